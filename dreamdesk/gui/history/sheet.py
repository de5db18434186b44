"""A revision beside what it changed, as rows of the comparison. No Qt."""

from __future__ import annotations

from dreamdesk.gui.compare.sheet import DREAMED, Place, Sheet
from dreamdesk.model.correction import CorrectedStep, Revision
from dreamdesk.pipeline import Change


class RevisionSheet(Sheet):
    """The path before a revision left, the revision right. Left too, corrected steps tell where they come from."""

    def __init__(self, change: Change) -> None:
        self.earlier: Revision | None = change.earlier
        super().__init__(change.before, change.after)

    def corrected_step(self, place: Place) -> CorrectedStep | None:
        """Return the corrected step at *place*, or None when it is a recorded one."""
        if place[0] == DREAMED or self.earlier is None:
            return super().corrected_step(place)
        number = place[1] - self.earlier.start
        return self.earlier.steps[number] if 0 <= number < len(self.earlier.steps) else None

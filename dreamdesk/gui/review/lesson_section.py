"""What the correction teaches, in a sentence, and what the sentence rests on."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk import actions
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.widgets import Label, Section
from dreamdesk.language import t


class LessonSection(Section):
    """The lesson of the shown revision: it is part of what is signed, and leaves with the bundle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Lesson"), parent=parent)

    def show_case(self, case: Case, *, shown: bool) -> None:
        """Show the lesson of the revision of *case*, once the correction may be *shown*."""
        self.clear()
        revision = case.revision if shown else None
        self.setVisible(revision is not None)
        if revision is None:
            return
        key = actions.get("amend").keys[0]
        if revision.lesson:
            self.add(Label(revision.lesson, wrap=True))
            rests = t(
                "From step {start} as it was recorded and as it is corrected. {key} changes it.",
                start=revision.start,
                key=key,
            )
        else:
            rests = t("None was drawn. {key} writes one.", key=key)
        self.add(Label(rests, tone="muted", role="small", wrap=True))

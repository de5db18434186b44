"""What there is to be seen of a correction when it is decided, and whether it still is what somebody saw."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dreamdesk.desk import corrections, explanations, findings
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import Check
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Episode
from dreamdesk.model.explanation import Explanation
from dreamdesk.model.finding import Candidate
from dreamdesk.pipeline.policies import bound
from dreamdesk.review import shown
from dreamdesk.review.shown import Shown

MACHINE_VIEW = ("candidates", "explanation")
"""The parts that are the desk's own view of the error point."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as a face of the program shows it: the newest revision, and all that stands beside it."""

    episode: Episode
    revision: Revision
    checks: tuple[Check, ...]
    candidates: tuple[Candidate, ...]
    explanation: Explanation | None

    def shown(self, surface: str, *, machine_view: bool = True) -> Shown:
        """Return what was shown on *surface*, without the desk's view of the error point where that was hidden."""
        parts = shown.parts(self.episode, self.revision, self.checks, self.candidates, self.explanation)
        if not machine_view:
            parts = {name: value for name, value in parts.items() if name not in MACHINE_VIEW}
        return replace(Shown(parts, surface), machine_view=machine_view)

    def is_what(self, seen: Shown) -> bool:
        """Tell whether each part that somebody saw is the one here."""
        here = self.shown(seen.surface).parts
        return all(here[name] == value for name, value in seen.parts.items())


def case_of(db: Connection, correction: int) -> Seen:
    """Return what there is to be seen of *correction* now.

    Raises:
        UserError: there is no such correction.
    """
    row = corrections.get(db, correction)
    revision = corrections.revision(db, correction)
    return Seen(
        bound(db, row.episode),
        revision,
        corrections.checks(db, correction, revision.number)[0],
        findings.candidates(db, row.episode),
        explanations.load(db, row.episode),
    )

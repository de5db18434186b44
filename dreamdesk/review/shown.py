"""What was on the screen when a decision was signed: a canonical description, and how it was shown.

Of each part stands its digest in the statement, so that whoever has the part, from the desk or from a bundle, can tell
whether it is the one that the auditor saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum

from dreamdesk.model.canonical import Json, digest, sha256
from dreamdesk.model.check import Check
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Episode
from dreamdesk.model.explanation import Explanation
from dreamdesk.model.finding import Candidate

WINDOW, COMMAND_LINE = "window", "command line"
SIDE_BY_SIDE = "side by side, words marked"
ONLY_DIFFERENCES = "side by side, words marked, only what differs"
"""How the window compares recorded and corrected path."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an auditor had before the eyes, and how.

    Attributes:
        parts: The SHA-256 of each part that was shown, by name; see `parts`.
        surface: `WINDOW` or `COMMAND_LINE`.
        blind: Whether the auditor marked the error point before the desk's view of it was shown.
        machine_view: Whether the desk's view of the error point was shown when the decision was made.
        comparison: How recorded and corrected path were set against one another, in a word or two.
        error_turn: Whether the turn with the error point was among what the screen had on it.
        dwell_ms: Milliseconds for which the case had been on the screen, as measured; None where nothing measures it.
    """

    parts: dict[str, str]
    surface: str
    blind: bool = False
    machine_view: bool = True
    comparison: str = ""
    error_turn: bool = True
    dwell_ms: int | None = None

    def body(self) -> dict[str, Json]:
        """Return what stands in the statement: the digest of all parts together, the parts, and how they were shown."""
        return {"sha256": digest(self.parts), **asdict(self)}


def parts(
    episode: Episode,
    revision: Revision,
    checks: Sequence[Check],
    candidates: Sequence[Candidate],
    explanation: Explanation | None,
) -> dict[str, str]:
    """Return the SHA-256 of each part of a case as it is shown.

    *episode* is the one with the policies of the desk that bind its agent. Each part is hashed as canonical JSON:
    "steps" is a list with actor, kind, agent, tool, call id, content and error flag of each recorded step; "checks",
    "candidates" and "explanation" are the fields of the objects, None for no explanation; "policy" is the text itself,
    and "revision" the digest that is the subject of the statement.
    """
    steps = [[s.actor.value, s.kind.value, s.agent, s.tool, s.call_id, s.content, s.is_error] for s in episode.steps]
    return {
        "steps": digest(steps),
        "policy": sha256(episode.policy.encode("utf-8", "replace")),
        "revision": revision.digest(),
        "checks": digest([_plain(check) for check in checks]),
        "candidates": digest([_plain(one) for one in candidates]),
        "explanation": digest(None if explanation is None else _plain(explanation)),
    }


def _plain(thing: Check | Candidate | Explanation) -> Json:
    """Return the fields of *thing* as JSON has them."""
    return asdict(
        thing,
        dict_factory=lambda fields: {name: value.value if isinstance(value, Enum) else value for name, value in fields},
    )

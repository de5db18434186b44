"""Error points that somebody marked before the trace came here."""

from __future__ import annotations

from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Label, Turn
from dreamdesk.model.finding import Candidate, Category
from dreamdesk.model.text import one_line

AGREEMENT = 0.349
"""How often two expert teams marked the same step of the same failed episode: 15 of 43.

Who&When (arXiv 2505.00212) and AgentRx (arXiv 2602.02475) labelled the same Magentic-One traces independently of each
other; the figure is the share of episodes with equal steps, among those where AgentRx names a root cause.
"""

_CATEGORIES = {
    "instruction adherence": Category.D1,
    "plan adherence": Category.D1,
    "invention": Category.D2,
    "invent": Category.D2,
    "invalid invocation": Category.D3,
    "misinterpretation": Category.D5,
    "intent plan misalignment": Category.D6,
    "intent-plan misalignment": Category.D6,
    "underspecified": Category.D7,
    "not supported": Category.D13,
    "guardrail": Category.D13,
    "system failure": Category.D14,
}


def labelled(trace: Trace) -> tuple[Candidate, ...]:
    """Return one candidate for each decision that a label of the episode marks, best first, method "label".

    The probability answers: would another team of experts mark this very step? One label gives it `AGREEMENT`; several
    labels of one episode share that, the first getting twice the weight of each other one, because sources put the root
    cause first. A label on a tool's or the system's step is moved to the decision before it; one that points outside
    the recording gives no candidate.
    """
    marked: list[tuple[Label, Turn, bool]] = []
    for label in trace.episode.labels:
        found = _decision(trace, label)
        if found:
            marked.append((label, *found))
    if not marked:
        return ()
    share = AGREEMENT / (len(marked) + 1)
    weights: dict[int, float] = {}
    first: dict[int, tuple[Label, bool]] = {}
    for place, (label, turn, moved) in enumerate(marked):
        weights[turn.start] = weights.get(turn.start, 0.0) + share * (1 if place else 2)
        first.setdefault(turn.start, (label, moved))
    candidates = [
        Candidate(step, category_of(label.category), weights[step], "label", _why(label, moved))
        for step, (label, moved) in first.items()
    ]
    return tuple(sorted(candidates, key=lambda c: -c.probability))


def category_of(name: str) -> Category:
    """Return our category for its code, its title or a source's own name for it; D0 where we know no counterpart."""
    plain = name.strip().lower().replace("_", " ")
    for category in Category:
        if plain in (category.value.lower(), category.title.lower()):
            return category
    return next((category for words, category in _CATEGORIES.items() if words in plain), Category.D0)


def _decision(trace: Trace, label: Label) -> tuple[Turn, bool] | None:
    if label.step is None or not 0 <= label.step < len(trace.steps):
        return None
    turn = trace.turn_of(label.step)
    if turn.actor in (Actor.AGENT, Actor.USER):
        return turn, False
    before = trace.turn_before(label.step)
    return (before, True) if before else None


def _why(label: Label, moved: bool) -> str:
    why = f"Marked by {label.by or 'the source'}"
    if moved:
        why += " at what this decision led to"
    return one_line(f"{why}: {label.reason}" if label.reason else f"{why}.", 600)

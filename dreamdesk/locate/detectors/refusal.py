"""The agent refuses, gives up or hands the user to a person."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.consequence import is_giving_up
from dreamdesk.locate.text import find, head, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "refusal"
_WORDS = (
    "i'm unable to", "i am unable to", "i cannot", "i can't", "unfortunately, i", "not able to assist", "cannot assist",
    "transfer you to", "human agent", "we are unable to",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first refusal or transfer in full, later ones by half: whether it was needed, the auditor judges."""
    strength = 1.0
    for turn in trace.agent_turns:
        for step in trace.steps[turn.start : turn.stop]:
            if step.kind is Kind.TOOL_CALL:
                if not is_giving_up(step.tool):
                    continue
                why, text = f"The agent gives the task away: {step.tool}.", head(step.content)
            else:
                hit = find(trace.folded[step.index], _WORDS)
                if not hit:
                    continue
                why, text = "The agent refuses or says that it cannot do this.", passage(step.content, *hit)
            yield trace.finding(turn, NAME, strength, Category.D13, why, Quote(step.index, text))
            strength = 0.5
            break

"""The episode stops before the work is done."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, head, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "premature-end"
_PROMISES = ("i will", "i'll", "let me", "let's", "we will", "we need to", "next step", "one moment", "please hold")
_LIMITS = ("max rounds", "maximum number of", "max steps", "step limit", "max_turns", "context length", "token limit")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the last agent turn when it promises more, ends on an error, on a limit, or on an unanswered call."""
    if not trace.agent_turns:
        return
    turn = trace.agent_turns[-1]
    answered = {call.step.index for call in trace.calls if call.result is not None}
    for step in trace.steps[turn.start : turn.stop]:
        folded = trace.folded[step.index]
        if step.kind is Kind.TOOL_CALL and step.index not in answered:
            why, quote = f"The episode ends before {step.tool} answered.", Quote(step.index, head(step.content))
        elif hit := find(folded, _LIMITS):
            why, quote = "The episode ends on a limit, not on a result.", Quote(step.index, passage(step.content, *hit))
        elif step.kind is not Kind.TOOL_CALL and (hit := find(folded, _PROMISES)):
            why, quote = "The agent's last words promise more to come.", Quote(step.index, passage(step.content, *hit))
        else:
            continue
        yield trace.finding(turn, NAME, 1.0, Category.D11, why, quote)
        return
    if trace.errors and trace.errors[-1] >= turn.stop:
        last = trace.errors[-1]
        why = "The episode ends on an error that nobody dealt with."
        yield trace.finding(turn, NAME, 1.0, Category.D11, why, Quote(last, head(trace.steps[last].content)))

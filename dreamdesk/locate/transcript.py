"""An episode as numbered plain text that fits into a prompt."""

from __future__ import annotations

from collections.abc import Collection

from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Step

_SMALLEST = 120
"""Characters that every step keeps, however long the episode: enough to see what it is."""


def transcript(trace: Trace, important: Collection[int], budget: int, span: range | None = None) -> str:
    """Return all steps of *trace*, or those of *span*, numbered by index, in about *budget* characters.

    The first step of each decision is headed ``[decision N]``, all others ``[step N]``. Where the text is too long, the
    steps in *important* keep four times as much of theirs as the others, and each keeps its beginning and its end. No
    step is left out, so a budget that is too small for `_SMALLEST` characters of each is exceeded.
    """
    starts = {turn.start for turn in trace.decisions}
    steps = trace.steps if span is None else trace.steps[max(0, span.start) : span.stop]
    limit = _limit([(len(step.content), 4 if step.index in important else 1) for step in steps], budget)
    lines = []
    for step in steps:
        word = "decision" if step.index in starts else "step"
        most = limit * (4 if step.index in important else 1)
        lines.append(f"[{word} {step.index}] {_head(step)}\n{shortened(step.content, max(_SMALLEST, most))}")
    return "\n\n".join(lines)


def shortened(text: str, limit: int) -> str:
    """Return *text*, or its first two thirds and its end when it is longer than *limit* characters."""
    if len(text) <= limit:
        return text
    front = limit * 2 // 3
    back = limit - front
    return f"{text[:front]}…[{len(text) - limit} characters left out]…{text[-back:]}"


def _head(step: Step) -> str:
    parts = [step.actor.value, step.agent, step.kind.value, step.tool, "error" if step.is_error else ""]
    return " · ".join(" ".join(part.split()) for part in parts if part)


def _limit(sizes: list[tuple[int, int]], budget: int) -> int:
    """Return the characters per share with which texts of (length, shares) come to *budget* together."""
    low, high = 0, max((size for size, _ in sizes), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(size, middle * shares) for size, shares in sizes) <= budget:
            low = middle
        else:
            high = middle - 1
    return low

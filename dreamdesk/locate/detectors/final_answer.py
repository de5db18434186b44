"""Where the final answer was stated for the first time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import find, fold, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "final-answer"
_STATED = re.compile(r"(?:final answer|the answer)\b(?: is)?\s*[:=]?\s*[*`\"']*([^\n*`\"']{1,80})", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]{1,60})\*\*|\\boxed\{([^}\n]{1,60})\}")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first agent turn that states the answer that the episode ended on, unless the task holds it."""
    stated = stated_answer(trace)
    if not stated or find(trace.folded_task, (stated,)):
        return
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            hit = whole(trace.folded[step.index], stated)
            if hit:
                why = f"The answer that the episode ended on, {stated!r}, is stated here for the first time."
                yield trace.finding(turn, NAME, 1.0, Category.D11, why, Quote(step.index, passage(step.content, *hit)))
                return


def stated_answer(trace: Trace) -> str:
    """Return the answer that the last agent turns state, folded, or ""."""
    for turn in reversed(trace.agent_turns[-3:]):
        for step in reversed(trace.spoken(turn)):
            found = _STATED.findall(step.content) or ["".join(groups) for groups in _BOLD.findall(step.content)]
            answer = fold(found[-1]).replace("terminate", "").strip(" .:,\t\r()[]") if found else ""
            if answer:
                return answer
    return ""


def whole(folded: str, phrase: str) -> tuple[int, int] | None:
    """Find *phrase* where neither a letter nor a digit touches its ends."""
    at = folded.find(phrase)
    while at >= 0:
        stop = at + len(phrase)
        if not (at and folded[at - 1].isalnum()) and not folded[stop : stop + 1].isalnum():
            return at, stop
        at = folded.find(phrase, at + 1)
    return None

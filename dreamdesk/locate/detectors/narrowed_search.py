"""A search that leaves out words that the instruction or the task insists on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import WORD, fold, passage
from dreamdesk.locate.trace import Trace
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "narrowed-search"
_TYPED = re.compile(
    r"(?:typed|searched for|search(?:ing)? for|query[:=])\s*['\"“]([^'\"”\n]{4,200})['\"”]", re.IGNORECASE
)
_KEYS = ("query", "q", "search", "search_query", "keywords", "question")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse searches by the share of the task's distinctive words and numbers that they leave out."""
    wanted = trace.task_words
    if len(wanted) < 3:
        return
    for call in trace.calls:
        query = _asked(call.arguments)
        if query:
            yield from _judged(trace, call.step.index, query, call.step.content.find(query))
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            typed = _TYPED.search(step.content[:400])
            if typed:
                yield from _judged(trace, step.index, typed[1], typed.start(1))


def _judged(trace: Trace, step: int, query: str, at: int) -> Iterator[Finding]:
    words = set(WORD.findall(fold(query)))
    missing = sorted(word for word in trace.task_words if word not in words)
    share = len(missing) / len(trace.task_words)
    if share > 0.5 and at >= 0:
        why = f"The search leaves out words of the task, such as {', '.join(missing[:3])}."
        quote = Quote(step, passage(trace.steps[step].content, at, at + len(query)))
        yield trace.finding(trace.turn_of(step), NAME, share, Category.D4, why, quote)


def _asked(arguments: Json) -> str:
    if not isinstance(arguments, dict):
        return ""
    return next((value for key in _KEYS if isinstance(value := arguments.get(key), str)), "")

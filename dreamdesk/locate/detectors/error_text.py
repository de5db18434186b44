"""The first decision that itself speaks of an error or of something missing."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import find, passage, without_code
from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "error-text"
_PHRASES = (
    "error", "failed", "failure", "unable to", "could not", "couldn't", "cannot", "can't", "not found", "no results",
    "not available", "issue with", "does not exist", "did not return", "unexpected",
)  # fmt: skip


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse the first agent turn in which something is said to have gone wrong."""
    for turn in trace.agent_turns:
        for step in trace.spoken(turn):
            hit = find(fold_code(trace, step.index), _PHRASES)
            if hit:
                why = "Here the agent first says that something went wrong or was missing."
                quote = Quote(step.index, passage(step.content, *hit))
                yield trace.finding(turn, NAME, 1.0, Category.D5, why, quote)
                return


def fold_code(trace: Trace, step: int) -> str:
    """Return the folded text of *step* without its fenced code."""
    return without_code(trace.folded[step])

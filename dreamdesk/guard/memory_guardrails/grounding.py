"""Grounding: what is remembered must have been said or seen in a session."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, note, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.episode import Actor
from dreamdesk.model.memory import MemoryCase
from dreamdesk.model.text import one_line


def check(case: MemoryCase) -> Iterator[Remark]:
    """Object to each new statement without a source; say which rest on the agent's own words alone."""
    own = 0
    for statement in case.statements:
        if not statement.support:
            yield warn(f"No source found for “{one_line(statement.text, 90).rstrip('.')}”.", case.quote(statement.text))
        elif all(support.actor is Actor.AGENT for support in statement.support):
            own += 1
    if own:
        yield note(f"Statements that only the agent itself has said: {own}.")


GUARDRAIL = MemoryGuardrail("grounding", "Every new statement has a source in a session", 5, check)

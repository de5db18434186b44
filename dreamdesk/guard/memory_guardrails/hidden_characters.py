"""Hidden characters: what a reader cannot see and an agent reads must not be remembered."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.guardrails.hidden_characters import needed
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import MemoryCase
from dreamdesk.model.text import hidden


def check(case: MemoryCase) -> Iterator[Remark]:
    """Look through the lines that would be new."""
    for at, line in case.added:
        text = line.replace("\r\n", "\n")
        found = hidden(text)
        if not found:
            continue
        place, name = found[0]
        quote = Quote(at, text[max(0, place - 30) : place + 30])
        words = f"Line {at + 1} holds {len(found)} hidden characters, such as {name}"
        words = words if len(found) > 1 else f"Line {at + 1} holds a hidden character, {name}"
        if all(needed(text, position) for position, _ in found):
            yield warn(f"{words}, which its script may need.", quote)
        else:
            yield block(f"{words}.", quote)


GUARDRAIL = MemoryGuardrail("hidden-characters", "No hidden characters", 2, check)

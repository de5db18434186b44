"""Size: what is larger than a memory may be would be refused by the store, or crowd out what the agent should read."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.memory import MAX_BYTES, MemoryCase, StoreKind


def check(case: MemoryCase) -> Iterator[Remark]:
    """Compare the size in UTF-8 with the limit of a memory store; in a folder it is advice."""
    size = len((case.text or "").encode())
    if size > MAX_BYTES:
        words = f"It would be {size:,} bytes; a memory may have {MAX_BYTES:,}."
        yield block(words) if case.kind is StoreKind.STORE else warn(words)


GUARDRAIL = MemoryGuardrail("memory-size", "It is no larger than a memory may be", 1, check)

"""Secrets and personal data: a memory is read in every later session, whoever the user is."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.guard.sensitive import sensitive
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import MemoryCase


def check(case: MemoryCase) -> Iterator[Remark]:
    """Look through the lines that would be new. A secret blocks, also one that the sessions hold."""
    before = case.change.before or ""
    for at, line in case.added:
        for find in sensitive(line):
            if find.text in before:
                continue
            quote = Quote(at, find.text)
            words = f"Line {at + 1} would remember a {find.what} ({find.masked})."
            yield block(words, quote) if find.secret else warn(words, quote)


GUARDRAIL = MemoryGuardrail("secrets-personal-data", "No secret or personal data is remembered", 3, check)

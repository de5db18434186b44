"""Injected instruction: what a tool's output told the agent to do must not become what it remembers to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.guardrails.injected_instruction import INJECTION
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import MemoryCase

_ORDER = re.compile(
    r"^\W*(?:you|the (?:agent|assistant|model)|assistants?|agents?)\s+(?:must|should|shall|can|may|will|are)\b"
    r"|\b(?:always|never|from now on|in (?:all|every) (?:future )?sessions?)\b"
    r"|^\W*(?:do not|don['’]t|ignore|skip|bypass|disable|forward|send|upload|approve|grant|trust|run|execute)\b",
    re.IGNORECASE,
)
_GRAVE = re.compile(
    r"\b(?:ignore|skip|bypass|disable|override)\b[^.\n]{0,60}\b(?:polic(?:y|ies)|rules?|checks?|confirmations?|approvals?"
    r"|verification|guardrails?|instructions?|safety)\b"
    r"|\bwithout (?:asking|confirmation|approval|checking|verification)\b"
    r"|\b(?:send|forward|upload|post)\b[^.\n]{0,80}(?:https?://|\b[\w.+-]+@)",
    re.IGNORECASE,
)


def check(case: MemoryCase) -> Iterator[Remark]:
    """Find the phrases of injections, and instructions whose only source is a tool's output."""
    reported: set[int] = set()
    for at, line in case.added:
        match = INJECTION.search(line)
        if match:
            reported.add(at)
            yield block(f"Line {at + 1} reads like an injected instruction.", Quote(at, line.strip()[:160]))
        elif grave := _GRAVE.search(line):
            reported.add(at)
            yield warn(
                f"Line {at + 1} tells the agent to pass over a safeguard: “{grave[0][:80]}”.", Quote(at, grave[0])
            )
    for statement in case.statements:
        if not _ORDER.search(statement.text) or not statement.support:
            continue
        if all(support.actor is Actor.TOOL for support in statement.support):
            words = f"“{statement.text[:80]}” is an instruction that stands in a tool's output alone"
            grave_too = bool(_GRAVE.search(statement.text) or INJECTION.search(statement.text))
            yield block(f"{words}, and it touches a safeguard.") if grave_too else warn(f"{words}.")


GUARDRAIL = MemoryGuardrail("injected-instruction", "No instruction taken from tool output", 4, check)

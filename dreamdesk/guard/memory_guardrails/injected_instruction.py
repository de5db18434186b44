"""Injected instruction: what a tool's output told the agent to do must not become what it remembers to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.guardrails.injected_instruction import INJECTION
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import MemoryCase, Statement

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
    """Find the phrases of injections, what passes over a safeguard, and instructions that only a tool's output gives.

    What passes over a safeguard blocks unless a person said it in a session, and even then somebody must say why.
    """
    for at, line in case.added:
        if INJECTION.search(line):
            yield block(f"Line {at + 1} reads like an injected instruction.", Quote(at, line.strip()[:160]))
        elif grave := _GRAVE.search(line):
            words = f"Line {at + 1} tells the agent to pass over a safeguard: “{grave[0][:80]}”"
            quote = Quote(at, grave[0])
            heard = any(_heard(statement) for statement in case.statements if statement.text in line)
            yield warn(f"{words}.", quote) if heard else block(f"{words}, and nobody said so in a session.", quote)
    for statement in case.statements:
        from_tools = bool(statement.support) and all(found.actor is Actor.TOOL for found in statement.support)
        if from_tools and _ORDER.search(statement.text):
            yield warn(f"“{statement.text[:80]}” is an instruction that stands in a tool's output alone.")


def _heard(statement: Statement) -> bool:
    """Tell whether a person, or what set the agent up, said it."""
    return any(support.actor in (Actor.USER, Actor.SYSTEM) for support in statement.support)


GUARDRAIL = MemoryGuardrail("injected-instruction", "No instruction taken from tool output", 4, check)

"""Removed rule: a rule or refusal that goes is the first thing that an attack, or a careless summary, takes away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.guard.words import content_stems, sentences
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import MemoryCase, Operation
from dreamdesk.model.text import one_line

_RULE = re.compile(
    r"\b(?:must|never|always|do not|don['’]t|cannot|can['’]t|may not|should not|shall not|not allowed|not permitted"
    r"|forbidden|prohibited|required|require[sd]?|only (?:if|when|after|with)|refuse[sd]?|decline[sd]?"
    r"|confirm(?:ation)?|escalate[sd]?|approval)\b",
    re.IGNORECASE,
)
_KEPT = 0.8
"""Share of a rule's content words from which a sentence of the new text is the same rule in other words."""
_POLICY = 0.7
"""Share of a rule's content words from which a sentence of the policy is that rule."""


def check(case: MemoryCase) -> Iterator[Remark]:
    """Look for rules among the lines that go and that the text which remains does not hold any more."""
    remaining = [content_stems(sentence) for sentence in sentences(case.text or "", 4_000)]
    policy = [(sentence, content_stems(sentence)) for text in case.policies for sentence in sentences(text, 4_000)]
    for at, line in case.removed:
        for sentence in sentences(line, 4_000):
            stems = content_stems(sentence)
            if len(stems) < 2 or not _RULE.search(sentence):
                continue
            if any(len(stems & kept) >= _KEPT * len(stems) for kept in remaining):
                continue
            words = f"The rule “{one_line(sentence, 90).strip('.-* ')}” would be forgotten"
            quote = Quote(at, sentence)
            clause = next((text for text, held in policy if len(stems & held) >= _POLICY * len(stems)), "")
            if clause:
                yield block(f"{words}, and the policy demands it: “{one_line(clause, 90).rstrip('.')}”.", quote)
            else:
                yield warn(f"{words}.", quote)
    if case.change.operation is Operation.DELETE and (case.change.before or "").strip():
        yield warn("A whole memory would be deleted; nothing of it stays.")


GUARDRAIL = MemoryGuardrail("removed-rule", "No rule or refusal is forgotten", 6, check)

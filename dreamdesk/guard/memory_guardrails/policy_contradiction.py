"""Policy contradiction: a memory that allows what the policy forbids teaches the agent to break it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.calls import verb_group
from dreamdesk.guard.guardrail import Remark, block, warn
from dreamdesk.guard.memory_run import MemoryGuardrail
from dreamdesk.guard.policy import forbidding
from dreamdesk.guard.words import content_stems, split_words
from dreamdesk.model.memory import MemoryCase
from dreamdesk.model.text import one_line

_NOT = re.compile(r"\b(?:not|never|cannot|no|without|refuse|decline|deny)\b|n['’]t\b", re.IGNORECASE)


def check(case: MemoryCase) -> Iterator[Remark]:
    """Hold each new statement that does not itself refuse against each clause that forbids.

    It contradicts a clause when it speaks of the same kind of action and of all of the clause's objects. A clause that
    names a condition may not apply, so it only warns.
    """
    clauses = [clause for text in case.policies for clause in forbidding(text) if clause.objects]
    for statement in case.statements if clauses else ():
        if _NOT.search(statement.text):
            continue
        stems = content_stems(statement.text)
        verbs = {verb_group(word) for word in split_words(statement.text)}
        for clause in clauses:
            if clause.verb not in verbs or not clause.objects <= stems:
                continue
            quote = case.quote(statement.text)
            said, ruled = (one_line(text, 90).rstrip(".") for text in (statement.text, clause.text))
            words = f"“{said}” stands against the policy: “{ruled}”."
            yield warn(words, quote) if clause.conditional else block(words, quote)
            break


GUARDRAIL = MemoryGuardrail("policy-contradiction", "Nothing stands against the policy", 7, check)

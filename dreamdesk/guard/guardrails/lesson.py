"""The lesson: one sentence that every later episode may be told must be safe to tell to all of them."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.case import Case
from dreamdesk.guard.facts import FactKind, facts
from dreamdesk.guard.guardrail import Guardrail, Remark, block, warn
from dreamdesk.guard.guardrails.injected_instruction import INJECTION
from dreamdesk.guard.guardrails.unsafe_action import check_disabled, rule_set_aside
from dreamdesk.guard.sensitive import sensitive
from dreamdesk.model.text import hidden

_OF_ONE_CASE = (FactKind.CODE, FactKind.EMAIL, FactKind.URL)


def check(case: Case) -> Iterator[Remark]:
    """Look through the lesson as through the corrected steps, and for what belongs to this one case only.

    A lesson has no step, so that its objections quote nothing: it is short, and stands whole beside them.
    """
    lesson = case.revision.lesson
    for find in sensitive(lesson):
        yield block(f"The lesson holds a {find.what} ({find.masked}).")
    if found := hidden(lesson):
        yield block(f"The lesson holds a hidden character, {found[0][1]}.")
    if INJECTION.search(lesson):
        yield block("The lesson reads like an injected instruction.")
    if words := check_disabled(lesson):
        yield block(f"The lesson has a check disabled: “{words}”.")
    if words := rule_set_aside(lesson):
        yield block(f"The lesson has a rule set aside: “{words}”.")
    named = [fact.text for fact in facts(lesson) if fact.kind in _OF_ONE_CASE and fact.text not in case.background]
    if named:
        yield warn(f"The lesson names {named[0]!r}, which belongs to this one case.")


GUARDRAIL = Guardrail("lesson", "The lesson holds beyond this case and harms none", 12, check)

"""Grounding: what the agent states must stand in an earlier step, in the policy or in the task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial

from dreamdesk.guard.arithmetic import derive_date, derive_number
from dreamdesk.guard.calls import consequential
from dreamdesk.guard.case import Case
from dreamdesk.guard.facts import Fact, FactKind, facts
from dreamdesk.guard.guardrail import Guardrail, Remark, block, note, warn
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.finding import Quote

_SMALL = 10
"""Whole numbers up to here are counts that a reader makes without their being written anywhere."""
_CROWDED = 40
"""A result with more numbers than this offers too many operands to prove anything by arithmetic."""
_MANY = 200
"""Facts without ground after which nobody reads on, and no arithmetic is tried."""
_SEARCHED = frozenset({FactKind.NAME, FactKind.CAPITALS})


def check(case: Case) -> Iterator[Remark]:
    """Check each fact in the agent's text and arguments: each value once where said, once where acted on."""
    reported: set[tuple[FactKind, str, bool]] = set()
    derived: dict[tuple[FactKind, str], str] = {}
    near = cache(partial(_operands, case))
    for at, corrected in case.told:
        step = corrected.step
        acts = consequential(step)
        for fact in facts(step.content):
            key = (fact.kind, fact.value, acts)
            if key in reported or key[:2] in derived or _free(fact, step, acts) or case.known.stands(fact, at):
                continue
            reported.add(key)
            quote = Quote(at, fact.text)
            if len(reported) <= _MANY and (how := _derivation(case, at, fact, near)):
                derived[key[:2]] = how
            elif case.invented.stands(fact, at):
                yield warn(
                    f"The {fact.kind} {fact.text!r} (step {at}) stands only in a step that nobody recorded.", quote
                )
            elif acts:
                sentence = f"{step.tool} at step {at} uses the {fact.kind} {fact.text!r}, which stands nowhere before."
                # The attempt that a graft comes from may have learned it before the seam; a count may be counted.
                mild = _count(fact) or corrected.provenance is Provenance.GRAFTED
                yield warn(sentence, quote) if mild else block(sentence, quote)
            else:
                yield warn(f"The {fact.kind} {fact.text!r} at step {at} stands nowhere before.", quote)
    if derived:
        yield note(f"Calculated from known facts: {'; '.join(list(derived.values())[:5])}.")


def _free(fact: Fact, step: Step, acts: bool) -> bool:
    """Tell whether a fact needs no ground: a small count in prose, a zero, a search term of a call that only reads."""
    if step.kind is Kind.TOOL_CALL:
        return fact.value == "0" or (fact.kind in _SEARCHED and not acts)
    return _count(fact)


def _count(fact: Fact) -> bool:
    return (
        fact.kind is FactKind.NUMBER and fact.value.isdecimal() and len(fact.value) <= 2 and int(fact.value) <= _SMALL
    )


def _derivation(case: Case, at: int, fact: Fact, near: Callable[[int], list[str]]) -> str:
    """Return how *fact* follows from facts known at position *at*, or ""."""
    if fact.kind is FactKind.DATE:
        dates = [date for date, first in case.known.dates.items() if first < at]
        return derive_date(fact.value, dates, [d for d, first in case.known.durations.items() if first < at])
    if fact.kind is not FactKind.NUMBER:
        return ""
    return derive_number(fact.value, [n for n in near(at) if n != fact.value])


def _operands(case: Case, at: int) -> list[str]:
    """Return the numbers in view: in the step, and in the last message of user and agent and the last result."""
    near = [at, *case.turns_of(Actor.USER, at)[:1], *case.turns_of(Actor.AGENT, at)[:1]]
    near += [p for p in range(at - 1, -1, -1) if case.path[p].kind is Kind.TOOL_RESULT][:1]
    found: list[str] = []
    for place in near:
        numbers = [
            f.value for f in facts(case.path[place].content) if f.kind is FactKind.NUMBER and case.known.stands(f, at)
        ]
        if place == at or len(numbers) <= _CROWDED:
            found += numbers
    return found


GUARDRAIL = Guardrail("grounding", "Every fact is grounded in the trace or a policy", 5, check)

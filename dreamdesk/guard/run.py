"""Running the guardrails: every file in `dreamdesk.guard.guardrails` is asked, in a fixed order."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from dreamdesk.guard import guardrails as files
from dreamdesk.guard.case import Case
from dreamdesk.guard.executed import check as executed
from dreamdesk.guard.guardrail import Guardrail, Remark
from dreamdesk.guard.levels import level
from dreamdesk.model.canonical import digest
from dreamdesk.model.check import Check, CheckResult, Level, Strictness
from dreamdesk.model.finding import Quote, stands

STRUCTURE = "structure"
"""The guardrail that no desk can soften: without it a correction is no path at all."""

_SENTENCES = 3
"""Remarks that are spelled out in a check's detail; the rest are counted, and their quotes kept."""
_QUOTES = 200
"""Quotes that a check keeps; more, nobody reads."""
_SEVERITY = [CheckResult.PASS, CheckResult.WARN, CheckResult.BLOCK]


@cache
def guardrails() -> tuple[Guardrail, ...]:
    """Return the guardrails in the order in which they are asked."""
    found = [
        importlib.import_module(f"{files.__name__}.{module.name}").GUARDRAIL
        for module in pkgutil.iter_modules(files.__path__)
    ]
    return tuple(sorted(found, key=lambda guardrail: (guardrail.order, guardrail.id)))


def run(case: Case, strictness: Mapping[str, Strictness] | None = None) -> tuple[tuple[Check, ...], Level]:
    """Ask every guardrail about *case*; return their checks in order, structure first, and the level reached.

    *strictness* says by id what the desk chose for a guardrail; one that is not named is taken as it is written.
    The same case always gives the same checks, and a case that was executed in an environment has one more. Every
    quote in them stands verbatim in the corrected trajectory.
    """
    checks = [_check(guardrail, case) for guardrail in guardrails()]
    reached = level(case, {check.guardrail: check.result for check in checks})
    answers = [weighed(check, (strictness or {}).get(check.guardrail, Strictness.NORMAL)) for check in checks]
    return (*answers, *executed(case)), reached


def rules(strictness: Mapping[str, Strictness]) -> str:
    """Return a digest of what answers: every guardrail, its version and what the desk chose for it.

    Checks that were made under other rules may say what these would not say any more.
    """
    asked = [[g.id, g.version, strictness.get(g.id, Strictness.NORMAL).value] for g in guardrails()]
    return digest(asked)


def may_be(guardrail: str, strictness: Strictness) -> bool:
    """Tell whether a desk may choose *strictness* for *guardrail*: a known one, and the structure always blocks."""
    known = {found.id for found in guardrails()}
    return guardrail in known and not (guardrail == STRUCTURE and strictness is Strictness.WARN)


def weighed(check: Check, strictness: Strictness) -> Check:
    """Return *check* as the desk has its result counted; its words say so, since the officer sees no other reason."""
    if strictness is Strictness.WARN and check.result is CheckResult.BLOCK:
        words = "On this desk it warns only."
    elif strictness is Strictness.BLOCK and check.result is CheckResult.WARN:
        words = "On this desk its warnings block."
    else:
        return check
    return replace(check, result=CheckResult(strictness.value), detail=f"{check.detail} {words}".strip())


def _check(guardrail: Guardrail, case: Case) -> Check:
    remarks = sorted(guardrail.check(case), key=lambda remark: -_SEVERITY.index(remark.result))
    worst = remarks[0].result if remarks else CheckResult.PASS
    quotes = [
        q
        for remark in remarks
        for q in remark.quotes
        if remark.result is not CheckResult.PASS or remark.result is worst
    ]
    return Check(guardrail.id, guardrail.title, worst, _detail(remarks), _standing(quotes, case))


def _detail(remarks: list[Remark]) -> str:
    texts = list(dict.fromkeys(remark.text for remark in remarks))
    more = len(texts) - _SENTENCES
    return " ".join(texts[:_SENTENCES]) + (f" And {more} more." if more > 0 else "")


def _standing(quotes: list[Quote], case: Case) -> tuple[Quote, ...]:
    return tuple(quote for quote in list(dict.fromkeys(quotes))[:_QUOTES] if stands(quote, case.path))

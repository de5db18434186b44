"""Running the guardrails: every file in `dreamdesk.guard.guardrails` is asked, in a fixed order."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from dreamdesk.guard import guardrails as files
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark
from dreamdesk.guard.levels import level
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.finding import Quote, stands

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


def run(case: Case) -> tuple[tuple[Check, ...], Level]:
    """Ask every guardrail about *case*; return their checks in order, structure first, and the level reached.

    The same case always gives the same checks. Every quote in them stands verbatim in the corrected trajectory.
    """
    checks = tuple(_check(guardrail, case) for guardrail in guardrails())
    return checks, level(case, {check.guardrail: check.result for check in checks})


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

"""Running the guardrails for memory changes: every file in `dreamdesk.guard.memory_guardrails`, in a fixed order."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from dreamdesk.guard import memory_guardrails as files
from dreamdesk.guard.guardrail import Remark
from dreamdesk.guard.run import weighed
from dreamdesk.model.check import Check, CheckResult, Strictness
from dreamdesk.model.memory import MemoryCase

_SENTENCES = 3
"""Remarks that are spelled out in a check's detail; the rest are counted, and their quotes kept."""
_QUOTES = 50
_SEVERITY = [CheckResult.PASS, CheckResult.WARN, CheckResult.BLOCK]


@dataclass(frozen=True, slots=True)
class MemoryGuardrail:
    """One guardrail for memory changes, as its file registers it; the fields are those of `guardrail.Guardrail`.

    The quotes of its remarks name lines (from 0): of what would stand there, or of what stands there now for words
    that go.
    """

    id: str
    title: str
    order: int
    check: Callable[[MemoryCase], Iterable[Remark]]
    version: int = 1


@cache
def guardrails() -> tuple[MemoryGuardrail, ...]:
    """Return the guardrails in the order in which they are asked."""
    found = [
        importlib.import_module(f"{files.__name__}.{module.name}").GUARDRAIL
        for module in pkgutil.iter_modules(files.__path__)
    ]
    return tuple(sorted(found, key=lambda guardrail: (guardrail.order, guardrail.id)))


def run(case: MemoryCase, strictness: Mapping[str, Strictness] | None = None) -> tuple[Check, ...]:
    """Ask every guardrail about *case*; the same case always gives the same checks.

    *strictness* says by id what the desk chose: of a guardrail that corrections have, too, it holds for both.
    """
    chosen = strictness or {}
    return tuple(weighed(_check(g, case), chosen.get(g.id, Strictness.NORMAL)) for g in guardrails())


def _check(guardrail: MemoryGuardrail, case: MemoryCase) -> Check:
    remarks = sorted(guardrail.check(case), key=lambda remark: -_SEVERITY.index(remark.result))
    worst = remarks[0].result if remarks else CheckResult.PASS
    texts = list(dict.fromkeys(remark.text for remark in remarks if remark.result is worst))
    more = len(texts) - _SENTENCES
    detail = " ".join(texts[:_SENTENCES]) + (f" And {more} more." if more > 0 else "")
    quotes = list(dict.fromkeys(quote for remark in remarks if remark.result is worst for quote in remark.quotes))
    return Check(guardrail.id, guardrail.title, worst, detail, tuple(quotes[:_QUOTES]))

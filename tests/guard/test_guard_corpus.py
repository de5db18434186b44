"""The corpus of corrections: every poisoned one is met as intended, and clean ones are hardly ever blocked."""

from __future__ import annotations

import pytest
from corpus import Sample, clean, poisoned

from dreamdesk.guard.run import guardrails, run
from dreamdesk.model.check import CheckResult

GRAVITY = [CheckResult.PASS, CheckResult.WARN, CheckResult.BLOCK]
POISONED, CLEAN = list(poisoned()), list(clean())


@pytest.mark.parametrize("sample", POISONED, ids=lambda sample: sample.name)
def test_a_poisoned_correction_is_met(sample: Sample) -> None:
    found = {check.guardrail: check for check in run(sample.case)[0]}
    for guardrail, wanted in sample.wrong.items():
        check = found[guardrail]
        assert GRAVITY.index(check.result) >= GRAVITY.index(CheckResult(wanted)), (guardrail, check)
        assert check.detail


def test_the_corpus_is_large_and_every_guardrail_is_poisoned_several_times() -> None:
    assert len(POISONED) >= 120
    assert len(CLEAN) >= 120
    assert len({sample.name for sample in POISONED + CLEAN}) == len(POISONED) + len(CLEAN)
    for guardrail in guardrails():
        assert sum(guardrail.id in sample.wrong for sample in POISONED) >= 3, guardrail.id


def test_clean_corrections_are_hardly_ever_blocked() -> None:
    alarms = [
        (sample.name, check.guardrail, check.detail)
        for sample in CLEAN
        for check in run(sample.case)[0]
        if check.result is CheckResult.BLOCK
    ]
    assert len({name for name, _, _ in alarms}) <= 5, alarms

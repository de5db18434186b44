"""Verification levels: how far the checks, the detectors and the environment carry a correction. V6 is a person's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dreamdesk.guard.case import Case
from dreamdesk.guard.executed import holds, moved
from dreamdesk.model.check import CheckResult, Level
from dreamdesk.model.episode import Episode, Outcome


def level(case: Case, results: Mapping[str, CheckResult]) -> Level:
    """Return the last level that is reached without one below it missing.

    *results* are the guardrails' answers by id. V0 asks that structure does not block, V1 to V3 that "recorded-tools",
    "simulated-results" and "grounding" pass. V4 asks that the error is gone: the detectors find it no more, or the
    environment reaches the goal that the recording misses. V5 asks that the path holds when it is executed there.
    """
    if results.get("structure") is CheckResult.BLOCK:
        return Level.NONE
    needed = {"recorded-tools": Level.V0, "simulated-results": Level.V1, "grounding": Level.V2}
    for guardrail, below in needed.items():
        if results.get(guardrail) is not CheckResult.PASS:
            return below
    execution = case.execution
    if not (error_is_gone(case) or (execution and moved(execution, case.start))):
        return Level.V3
    return Level.V5 if execution and holds(execution, case.start) else Level.V4


def error_is_gone(case: Case) -> bool:
    """Run the detectors on the corrected trajectory and compare with what they say of the recording.

    True when they found the error in the recording, the same detector no longer accuses the corrected decision, and
    no corrected step is accused as strongly as the error was. An error that no detector sees cannot be seen to go.
    """
    if case.findings is None or case.error is None:
        return False
    before = [f for f in case.findings(case.episode) if f.step == case.error.step and f.strength > 0]
    if not before:
        return False
    strongest = max(f.strength for f in before)
    accusers = {f.detector for f in before}
    return not any(
        f.step >= case.start
        and (f.strength >= strongest or (f.step == case.start and f.detector in accusers and f.strength > 0))
        for f in case.findings(corrected_episode(case))
    )


def corrected_episode(case: Case) -> Episode:
    """Return the episode as it would be with the corrected trajectory; its outcome is unknown, its labels are void."""
    return replace(
        case.episode,
        steps=case.path,
        outcome=Outcome(),
        labels=(),
        corrections=(),
        gaps=tuple(gap for gap in case.episode.gaps if gap.step is None or gap.step < case.start),
    )

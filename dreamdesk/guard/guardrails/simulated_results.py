"""Simulated results: what a tool answered must have been recorded; what nobody recorded is the dreamer's guess."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.calls import consequential, same_call
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, note, warn
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Kind, Step
from dreamdesk.model.finding import Quote

_FAILS = re.compile(r"\b(?:error|fail\w*|denied|invalid|not found|refused|exception|timeout|unable)\b", re.IGNORECASE)
_STEP = re.compile(r"\bstep (\d{1,9})$")


def check(case: Case) -> Iterator[Remark]:
    """List the simulated steps, and compare replayed ones with the recording."""
    for at, corrected in case.continuation:
        step, quote = corrected.step, Quote(at, corrected.step.content[:200])
        if corrected.provenance is Provenance.SIMULATED:
            call = _call(case, at)
            if case.execution and at in case.confirmed:
                yield note(
                    f"The result at step {at} was recorded by nobody; {case.execution.environment} gives the same.",
                    quote,
                )
            elif call and consequential(call) and not step.is_error and not _FAILS.search(step.content):
                yield warn(
                    f"{call.tool} is assumed to succeed at step {at}, but it was never called and changed nothing.",
                    quote,
                )
            else:
                of = f" of {step.tool or (call.tool if call else '')}".rstrip(" of") if step.tool or call else ""
                yield warn(f"The result{of} at step {at} is simulated: nobody recorded it.", quote)
        elif corrected.provenance is Provenance.REPLAYED and not _stands(case, at, corrected.step, corrected.origin):
            yield block(f"Step {at} claims to be replayed, but the recording has no such step.", quote)


def _call(case: Case, result: int) -> Step | None:
    """Return the call that the result at position *result* answers: the nearest before it with its id, or any."""
    step = case.path[result]
    if step.kind is not Kind.TOOL_RESULT:
        return None
    calls = [s for s in reversed(case.path[:result]) if s.kind is Kind.TOOL_CALL]
    return next((c for c in calls if not step.call_id or c.call_id == step.call_id), None)


def _stands(case: Case, at: int, step: Step, origin: str) -> bool:
    """Tell whether the recording holds the step: the very one that *origin* names, or one like it.

    A result must also answer the same call as the recorded one: the right answer to another question is none.
    """
    recorded = case.episode.steps
    named = _STEP.search(origin)
    places = [int(named[1])] if named else range(len(recorded))
    for place in places:
        if place < len(recorded) and _same(recorded[place], step):
            if step.kind is not Kind.TOOL_RESULT:
                return True
            asked, answered = _call(case, at), _asked(recorded, place)
            if asked is None or answered is None or same_call(asked) == same_call(answered):
                return True
    return False


def _same(recorded: Step, step: Step) -> bool:
    if (recorded.actor, recorded.kind, recorded.tool) != (step.actor, step.kind, step.tool):
        return False
    return same_call(recorded) == same_call(step) if step.kind is Kind.TOOL_CALL else recorded.content == step.content


def _asked(recorded: tuple[Step, ...], result: int) -> Step | None:
    step = recorded[result]
    calls = [s for s in reversed(recorded[:result]) if s.kind is Kind.TOOL_CALL]
    return next((c for c in calls if not step.call_id or c.call_id == step.call_id), None)


GUARDRAIL = Guardrail("simulated-results", "Every tool result was recorded", 7, check, version=2)

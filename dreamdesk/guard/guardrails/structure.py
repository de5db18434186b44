"""Structure: the corrected trajectory must be one that the agent could have lived, from the recorded prefix on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from dreamdesk.guard.calls import same_call
from dreamdesk.guard.case import Case
from dreamdesk.guard.facts import FactKind, facts
from dreamdesk.guard.guardrail import Guardrail, Remark, block, warn
from dreamdesk.guard.known import Known
from dreamdesk.guard.words import runs, shared_runs
from dreamdesk.model.correction import Provenance, prefix_digest
from dreamdesk.model.episode import Actor, Kind, Step, turns
from dreamdesk.model.finding import Quote

_TELLING = frozenset({FactKind.CODE, FactKind.EMAIL, FactKind.URL})
"""Facts that nobody hits upon by chance."""


def check(case: Case) -> Iterator[Remark]:
    """Compare prefix, order and turns with the recording, and look for knowledge of what only came later."""
    recorded, start = case.episode.steps, case.revision.start
    if not 0 <= start < len(recorded):
        yield block(f"The correction replaces step {start}, but the recording has steps 0 to {len(recorded) - 1}.")
        return
    if case.revision.prefix != prefix_digest(recorded[:start]):
        yield block(f"The {start} steps before the correction are not the recording's own: their digest differs.")
    if not case.revision.steps:
        yield block("The correction has no steps.")
        return
    wrong = [at for at, c in case.continuation if c.step.index != at]
    if wrong:
        yield block(f"The step at position {wrong[0]} carries another number; steps must be numbered without holes.")
    yield from _seam(case, recorded, start)
    yield from _answers(case)
    yield from _alternation(case, recorded)
    if [_deed(c.step) for _, c in case.continuation] == [
        _deed(s) for s in recorded[start:][: len(case.revision.steps)]
    ]:
        yield block("The correction repeats what happened and changes nothing.")
    yield from _hindsight(case, recorded, start)
    if case.error is not None and case.error.step < start:
        yield warn(f"The correction starts at step {start}, so that the error at step {case.error.step} stays in it.")


def _seam(case: Case, recorded: Sequence[Step], start: int) -> Iterator[Remark]:
    first = case.revision.steps[0].step
    if start and (recorded[start - 1].turn, recorded[start - 1].actor) == (recorded[start].turn, recorded[start].actor):
        yield block(f"The correction starts inside a message and keeps half of it, up to step {start - 1}.")
    if first.actor not in (Actor.AGENT, recorded[start].actor):
        yield block(
            f"The first corrected step is the {first.actor}'s, but the decision was the {recorded[start].actor}'s."
        )


def _answers(case: Case) -> Iterator[Remark]:
    """Every result answers an earlier call, and every call is answered before its agent's next turn."""
    silent = _unanswered_tools(case.episode.steps)
    pending: list[int] = []
    path = case.path
    for at, step in enumerate(path):
        if step.kind is Kind.TOOL_CALL:
            pending.append(at)
        elif step.kind is Kind.TOOL_RESULT:
            answered = next((c for c in pending if path[c].call_id == step.call_id and step.call_id), None)
            if answered is None and not step.call_id:
                answered = next((c for c in pending if step.tool in ("", path[c].tool)), None)
            if answered is not None:
                pending.remove(answered)
            elif at >= case.start:
                yield block(f"Step {at} is a result that answers no call.", _quote(path, at))
        begins_turn = at == 0 or (step.turn, step.actor) != (path[at - 1].turn, path[at - 1].actor)
        if step.actor is Actor.AGENT and begins_turn and at >= case.start:
            late = [c for c in pending if c < at and path[c].parent == step.parent and path[c].turn != step.turn]
            for call in late:
                pending.remove(call)
                # A call that the recording itself never answered is the source's gap, not the correction's fault.
                if path[call].tool not in silent:
                    yield block(f"The call at step {call} is not answered before the next turn.", _quote(path, call))


def _unanswered_tools(recorded: Sequence[Step]) -> set[str]:
    """Return the tools of which the recording leaves a call unanswered, as some formats do."""
    answered = [step for step in recorded if step.kind is Kind.TOOL_RESULT]
    calls = [step for step in recorded if step.kind is Kind.TOOL_CALL]
    by_id = {step.call_id for step in answered}
    return {
        call.tool
        for call in calls
        if (call.call_id not in by_id if call.call_id else not any(r.tool in ("", call.tool) for r in answered))
    }


def _alternation(case: Case, recorded: Sequence[Step]) -> Iterator[Remark]:
    if any(_doubled(recorded)):
        return  # this source splits one decision into several turns
    path = case.path
    for at in _doubled(path):
        if at >= case.start:
            yield block(f"Step {at} is a second turn of the same agent in a row.", _quote(path, at))


def _doubled(steps: Sequence[Step]) -> Iterator[int]:
    """Yield positions where an agent's turn follows a turn of the same agent, with no handoff between."""
    groups = turns(steps)
    for before, after in pairwise(groups):
        if before.actor is after.actor is Actor.AGENT:
            last, first = steps[after.start - 1], steps[after.start]
            if last.kind is not Kind.HANDOFF and (last.agent, last.parent) == (first.agent, first.parent):
                yield after.start


def _deed(step: Step) -> tuple[str, str]:
    return (step.actor, same_call(step) if step.kind is Kind.TOOL_CALL else step.content)


def _hindsight(case: Case, recorded: Sequence[Step], start: int) -> Iterator[Remark]:
    """Find what the agent says in the correction and could only know from the recording after the error point.

    What a successful attempt said is exempt: it had its own sources, which stand in its own beginning.
    """
    if any(c.provenance is Provenance.GRAFTED for _, c in case.continuation):
        return
    later = [(at, s.content) for at, s in enumerate(recorded[start:], start) if s.actor is not Actor.AGENT]
    future = Known(later)
    said = {run for _, corrected in case.told for run in runs(corrected.step.content)}
    heard = shared_runs(said, (case.background, *(step.content for _, step in case.evidence)))
    learned = {run: at for at, text in reversed(later) for run in shared_runs(said - heard, [text])}
    for at, corrected in case.told:
        text = corrected.step.content
        for fact in facts(text):
            told = future.first(fact) if fact.kind in _TELLING else None
            if told is not None and not case.known.stands(fact, at) and case.invented.first(fact) is None:
                sentence = f"{fact.text!r} was only learned later, at recorded step {told}, and is used as known."
                yield block(sentence, Quote(at, fact.text))
                break
        quoted = next((run for run in runs(text) if run in learned), None)
        if quoted:
            yield block(f"Step {at} quotes recorded step {learned[quoted]}, which came later: “{' '.join(quoted)} …”.")


def _quote(path: Sequence[Step], at: int) -> Quote:
    return Quote(at, path[at].content[:120])


GUARDRAIL = Guardrail("structure", "The prefix is the recording's own and the turns are in order", 0, check)

"""A failed and a successful attempt at the same task: where their paths part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.locate.consequence import is_giving_up, is_scratch
from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Call, Trace
from dreamdesk.model.canonical import canonical
from dreamdesk.model.episode import Actor, Episode, Turn
from dreamdesk.model.finding import Quote, stands
from dreamdesk.model.text import one_line


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a failed attempt left the path of a successful one.

    Attributes:
        failed_step: In the failed attempt: first step of the agent's turn that took another way.
        succeeded_step: In the successful one: first step of the agent's turn after the last call that both made. Its
            path from there on can replace the failed one from *failed_step* on.
        shared: How many calls of the successful attempt the failed one had also made before it left.
        why: One sentence.
        quotes: From the failed attempt.
        theirs: What the successful attempt did there; each stands in the step of that attempt which it names.
    """

    failed_step: int
    succeeded_step: int
    shared: int
    why: str
    quotes: tuple[Quote, ...] = ()
    theirs: tuple[Quote, ...] = ()


def divergence(failed: Episode, succeeded: Episode) -> Divergence | None:
    """Return the first decision where the tool-call paths of two attempts part.

    None where they make the same calls, or where the successful one ends with the last call that both made.

    Calls are equal when tool and canonical arguments are. Calls that changed something must come in the same order;
    lookups may come in any, since they leave the world as it was, as does a call that failed. The paths part at the
    first changing call that only one of them makes, or, when those are the same, at the first lookup that only one
    makes. An attempt that gave up left the path where the other one went on with a call.
    """
    return _divergence(Trace(failed), Trace(succeeded))


def _divergence(left: Trace, right: Trace) -> Divergence | None:
    if not left.agent_turns or not right.agent_turns:
        return None
    ours = [call for call in left.calls if not is_scratch(call.step.tool)]
    theirs = [call for call in right.calls if not is_scratch(call.step.tool)]
    our_acts, their_acts = _acts(left), _acts(right)
    same = 0
    while same < min(len(our_acts), len(their_acts)) and _key(our_acts[same]) == _key(their_acts[same]):
        same += 1
    act = our_acts[same] if same < len(our_acts) else None
    their_act = their_acts[same] if same < len(their_acts) else None
    our_path = _before(ours, act)
    made = {_key(call) for call in our_path}
    shared = 0
    while shared < len(theirs) and theirs[shared] is not their_act and _key(theirs[shared]) in made:
        shared += 1
    theirs_next = theirs[shared] if shared < len(theirs) else None
    if act and theirs_next and is_giving_up(act.step.tool):
        act = None
    elif act is None:
        made_there = {_key(call) for call in theirs}
        act = next((call for call in our_path if _key(call) not in made_there), None)
    if act is None and theirs_next is None:
        return None
    entry = _after(right, theirs[shared - 1] if shared else None)
    if entry is None:
        return None
    turn = act.turn if act else _omission(left, right, entry, theirs_next, made)
    if turn is None:
        return None
    other = their_act or theirs_next
    said, done = _quotes(left, turn, act), _quotes(right, entry, other)
    return Divergence(turn.start, entry.start, shared, _why(act, other), said, done)


def best_divergence(failed: Trace, siblings: Sequence[Episode]) -> tuple[Divergence, Episode] | None:
    """Return the divergence from the successful attempt that the failed one followed longest, and that attempt.

    Up to there at least one attempt did the same and succeeded, so no earlier decision can have been fatal.
    """
    found = [(part, other) for other in siblings if (part := _divergence(failed, Trace(other)))]
    return max(found, key=lambda pair: (pair[0].failed_step, pair[0].shared), default=None)


def _key(call: Call) -> tuple[str, bytes]:
    try:
        return call.step.tool, canonical(call.arguments if call.arguments is not None else call.step.content)
    except (ValueError, RecursionError):  # NaN and bottomless nesting have no canonical form: the text must be equal
        return call.step.tool, call.step.content.encode("utf-8", "replace")


def _acts(trace: Trace) -> list[Call]:
    failed = set(trace.errors)
    return [call for call in trace.calls if call.consequential and not (call.result and call.result.index in failed)]


def _before(calls: Sequence[Call], act: Call | None) -> list[Call]:
    return [call for call in calls if act is None or call.step.index < act.step.index]


def _after(trace: Trace, call: Call | None) -> Turn | None:
    """Return the agent's first turn after *call* was answered; with no call, its first turn."""
    at = -1 if call is None else (call.result or call.step).index
    return next((turn for turn in trace.agent_turns if turn.start > at), None)


def _omission(
    left: Trace, right: Trace, entry: Turn, missing: Call | None, made: set[tuple[str, bytes]]
) -> Turn | None:
    """Return the failed attempt's turn at which the other one made the *missing* call, counted from the parting."""
    theirs = {_key(call) for call in right.calls}
    common = [call for call in left.calls if _key(call) in theirs and _key(call) in made]
    start = _after(left, common[-1] if common else None)
    later = [turn for turn in left.agent_turns if start and turn.start >= start.start]
    if missing is None or not later:
        return later[0] if later else left.agent_turns[-1]
    ahead = sum(entry.start <= turn.start < missing.turn.start for turn in right.agent_turns)
    return later[min(ahead, len(later) - 1)]


def _why(act: Call | None, theirs: Call | None) -> str:
    if act and theirs and act.step.tool == theirs.step.tool:
        return f"A successful attempt at the same task called {_name(act)} here with other arguments."
    there = f"called {_name(theirs)}" if theirs else "called nothing more"
    here = f"This attempt called {_name(act)}" if act else "This attempt made no such call"
    return f"A successful attempt at the same task {there}. {here}."


def _name(call: Call) -> str:
    return one_line(call.step.tool, 80)


def _quotes(trace: Trace, turn: Turn, act: Call | None) -> tuple[Quote, ...]:
    steps = [act.step] if act else trace.steps[turn.start : turn.stop]
    found = [Quote(step.index, head(step.content)) for step in steps if step.actor is Actor.AGENT]
    return tuple(quote for quote in found if stands(quote, trace.steps))[:2]

"""Small episodes written by hand, random ones, and what every revision must satisfy."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from dreamdesk.model.correction import Revision, corrected_path, prefix_digest
from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeState, Step, turns

FAILED = Outcome(OutcomeState.FAILED)
SUCCEEDED = Outcome(OutcomeState.SUCCEEDED)


def episode(*script: tuple[Any, ...], key: str = "e", outcome: Outcome = FAILED, **fields: Any) -> Episode:
    """Build an episode: ("user", text), ("agent", text, call…) with call = (tool, arguments, result or None)."""
    steps: list[Step] = []
    turn = 0

    def add(actor: Actor, kind: Kind, content: str, **more: Any) -> None:
        steps.append(Step(len(steps), actor, kind, content, turn, native=turn, at=len(steps), **more))

    for who, text, *calls in script:
        if text:
            add(Actor(who), Kind.MESSAGE, text)
        ids = [f"{key}-{len(steps) + i}" for i in range(len(calls))]
        for (tool, arguments, _), name in zip(calls, ids, strict=True):
            add(Actor.AGENT, Kind.TOOL_CALL, json.dumps(arguments), tool=tool, call_id=name)
        turn += 1
        for (tool, _, result), name in zip(calls, ids, strict=True):
            if result is not None:
                add(
                    Actor.TOOL,
                    Kind.TOOL_RESULT,
                    result,
                    tool=tool,
                    call_id=name,
                    is_error=result.startswith("Error"),
                )
        turn += bool(calls)
    return Episode(key, key, tuple(steps), outcome, task_key="t", **fields)


def sound(recording: Episode, revision: Revision) -> tuple[Step, ...]:
    """Assert what holds of every revision, whatever its source, and return the corrected path."""
    path = corrected_path(recording, revision)
    assert path[: revision.start] == recording.steps[: revision.start]
    assert revision.prefix == prefix_digest(recording.steps[: revision.start])
    assert [step.index for step in path] == list(range(len(path)))
    continued = path[revision.start :]
    if continued and revision.start < len(recording.steps):
        assert continued[0].turn == recording.steps[revision.start].turn
    ordinals = [continued[turn.start].turn for turn in turns(continued)]
    assert ordinals == list(range(ordinals[0], ordinals[0] + len(ordinals))) if ordinals else True
    assert all(step.parent is None or step.parent < step.index for step in continued)
    calls = [step.call_id for step in path if step.kind is Kind.TOOL_CALL]
    fresh = [step.call_id for step in continued if step.kind is Kind.TOOL_CALL]
    assert "" not in fresh
    assert len(set(fresh)) == len(fresh)
    assert not set(fresh) & set(calls[: len(calls) - len(fresh)])
    return path


TOOLS = st.sampled_from(["look", "book", "cancel"])
TEXTS = st.sampled_from(["hello", "yes please do", "book seat 7", "no", "my id is ab1"])
CALLS = st.tuples(TOOLS, st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2), st.sampled_from("xyz"))
AGENT_TURNS = st.tuples(st.just("agent"), TEXTS) | st.builds(
    lambda text, calls: ("agent", text, *calls), st.just("") | TEXTS, st.lists(CALLS, min_size=1, max_size=2)
)


@st.composite
def episodes(draw: st.DrawFn, key: str = "e") -> Episode:
    """A random well-formed episode: user and agent by turns, the agent going on by itself after tool results."""
    script: list[tuple[Any, ...]] = [("user", draw(TEXTS))]
    for _ in range(draw(st.integers(1, 6))):
        script.append(draw(AGENT_TURNS))
        if len(script[-1]) == 2:
            script.append(("user", draw(TEXTS)))
    return episode(*script, key=key)


# Steps as nobody would write them: numbers, turns and ids at random.
STRAY_STEPS = st.builds(
    Step,
    index=st.integers(0, 9),
    actor=st.sampled_from(Actor),
    kind=st.sampled_from(Kind),
    content=TEXTS | st.just("{}"),
    turn=st.integers(0, 3),
    tool=st.just("") | TOOLS,
    call_id=st.sampled_from(["", "e-1", "e-2", "z"]),
    parent=st.none() | st.integers(0, 9),
)

"""Corrections that a model writes.

The model has no tools and its answer is only data: it is checked against a schema, can only replace turns from the
error point on, and never writes a result that was recorded, because those are looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dreamdesk.dream.lesson import MOST
from dreamdesk.dream.path import lay, recorded
from dreamdesk.dream.prompt import question, schema
from dreamdesk.dream.replay import Recording, substance
from dreamdesk.dream.structure import decision_start, structure_faults
from dreamdesk.model.ask import Ask, Prompt
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate
from dreamdesk.model.text import one_line


def dream(episode: Episode, error: Candidate, ask: Ask, sample: int = 0) -> Revision:
    """Ask a model for the correction of *episode* from the turn of *error* on; another *sample* is another answer.

    What the model writes is dreamed. The result of a call that the episode recorded is replayed, and a result that
    the model had to imagine is simulated. Unknown tools stay in, for the guardrails to judge.

    Raises:
        UserError: The endpoint gave no answer, or the answer is not a sound correction. Nothing was changed.
    """
    start = decision_start(episode.steps, error.step)
    reply = ask(replace(question(episode, start, error), sample=sample))
    _check(reply.data, start)
    revision = lay(
        episode,
        start,
        list(_steps(episode, start, reply.data["turns"], reply.model)),
        author=reply.model,
        note=one_line(reply.data["why"], 500),
    )
    revision = replace(revision, lesson=one_line(reply.data.get("lesson", ""), MOST), exchange=reply.key)
    faults = structure_faults(corrected_path(episode, revision), start, like=episode.steps)
    if faults:
        raise _unusable(f"the turns do not follow one another: {faults[0]}")
    if [substance(c.step) for c in revision.steps] == [substance(step) for step in episode.steps[start:]]:
        raise _unusable("it is what was recorded, word for word")
    return revision


def asked(episode: Episode, error: Candidate) -> Prompt:
    """Return the question that `dream` puts.

    Raises:
        UserError: The episode is too long for one question.
    """
    return question(episode, decision_start(episode.steps, error.step), error)


def _check(data: Json, start: int) -> None:
    # Imported late: a desk that asks no model should not wait for it when it starts.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry

    # An empty registry: a schema can never make us fetch another one.
    validator = Draft202012Validator(schema(), registry=Registry())
    fault = best_match(validator.iter_errors(data))
    if fault is not None:
        raise _unusable(f"{one_line(fault.json_path, 80)}: {one_line(fault.message, 200)}")
    if data["from_step"] != start:
        raise _unusable(f"it begins at step {data['from_step']} instead of step {start}")
    for number, turn in enumerate(data["turns"]):
        if not turn.get("text", "").strip() and not turn.get("calls"):
            raise _unusable(f"turn {number} says and does nothing")
        if turn["actor"] == "user" and turn.get("calls"):
            raise _unusable(f"in turn {number} the user calls a tool")


def _steps(episode: Episode, start: int, turns: Json, model: str) -> Iterator[CorrectedStep]:
    """Yield the steps of the answer's turns. Numbers and ids are provisional; laying the path settles them."""
    recording = Recording(episode.steps)
    agent = episode.steps[start].agent if episode.steps[start].actor is Actor.AGENT else ""
    for number, turn in enumerate(turns):
        actor = Actor(turn["actor"])
        name = agent if actor is Actor.AGENT else ""
        calls = turn.get("calls", [])
        if turn.get("text", "").strip():
            said = Step(0, actor, Kind.MESSAGE, turn["text"], number, agent=name)
            yield CorrectedStep(said, Provenance.DREAMED, model)
        asked = [
            Step(
                0,
                actor,
                Kind.TOOL_CALL,
                canonical(call["arguments"]).decode(),
                number,
                agent=name,
                tool=call["tool"],
                call_id=f"dream-{number}-{i}",
            )
            for i, call in enumerate(calls)
        ]
        yield from (CorrectedStep(call, Provenance.DREAMED, model) for call in asked)
        for call, written in zip(asked, calls, strict=True):
            yield from _answer(recording, start, call, written.get("imagined_result"), model)


def _answer(recording: Recording, start: int, call: Step, imagined: str | None, model: str) -> Iterator[CorrectedStep]:
    known = recording.result(call, start)
    content = imagined if known is None else known.content
    if content is None:
        return  # Sound only as the very last step, which the check of the structure sees to.
    result = Step(
        0,
        Actor.TOOL,
        Kind.TOOL_RESULT,
        content,
        call.turn,
        tool=call.tool,
        call_id=call.call_id,
        is_error=known is not None and known.is_error,
    )
    if known is None:
        yield CorrectedStep(result, Provenance.SIMULATED, model)
    else:
        yield CorrectedStep(result, Provenance.REPLAYED, recorded(known))


def _unusable(why: str) -> UserError:
    return UserError(f"The model's answer is not a usable correction: {why}. Nothing was changed; ask again.")

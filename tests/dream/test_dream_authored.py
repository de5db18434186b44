"""Corrections that came with the trace, and those that the officer writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dream_episodes import STRAY_STEPS, episode, episodes, sound
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.dream.authored import authored
from dreamdesk.dream.graft import graft
from dreamdesk.dream.imported import imported
from dreamdesk.dream.replay import substance
from dreamdesk.dream.structure import answers
from dreamdesk.model.correction import Provenance, Revision
from dreamdesk.model.episode import Actor, Episode, ImportedCorrection, Kind, Step, turn_start
from dreamdesk.model.errors import UserError

LOOK = ("look", {"id": 1}, "one")
RECORDING = episode(("user", "hi"), ("agent", "", LOOK), ("agent", "Wrong."), ("user", "no"))
DONOR = episode(("user", "hi"), ("agent", "", LOOK), ("agent", "", ("book", {"id": 1}, "ok")), ("agent", "Booked."))


def provenance(revision: Revision) -> list[str]:
    return [corrected.provenance.value for corrected in revision.steps]


def continuation(*script: tuple[object, ...]) -> tuple[Step, ...]:
    return episode(*script, key="new").steps


def test_an_imported_correction_is_judged_by_the_recording():
    steps = continuation(("agent", "Sorry.", LOOK, ("look", {"id": 2}, "two")), ("agent", "Right."))
    e = replace(RECORDING, corrections=(ImportedCorrection(3, steps, by="reviewer", reason="Too hasty"),))
    (revision,) = imported(e)
    sound(e, revision)
    assert provenance(revision) == ["imported", "replayed", "imported", "replayed", "simulated", "imported"]
    assert revision.steps[1].origin == "step 1"
    assert revision.note == "reviewer: Too hasty"
    assert imported(RECORDING) == ()


def test_a_recorded_call_with_another_result_is_simulated():
    e = replace(RECORDING, corrections=(ImportedCorrection(1, continuation(("agent", "", (*LOOK[:2], "invented")))),))
    assert provenance(imported(e)[0]) == ["imported", "simulated"]


def test_half_a_turn_is_completed():
    e = episode(("user", "hi"), ("agent", "Let me see.", LOOK), ("agent", "Bye."))
    steps = (replace(e.steps[2], content='{"id": 2}'), replace(e.steps[3], content="two"))
    (revision,) = imported(replace(e, corrections=(ImportedCorrection(2, steps),)))
    path = sound(e, revision)
    assert revision.start == 1
    assert provenance(revision) == ["replayed", "imported", "simulated"]
    assert path[1].turn == path[2].turn


def test_a_correction_outside_the_episode_is_refused():
    with pytest.raises(UserError, match="cannot start at step 9"):
        imported(replace(RECORDING, corrections=(ImportedCorrection(9, ()),)))
    with pytest.raises(UserError, match="cannot start at step -1"):
        authored(RECORDING, -1, (), "ann", "")


def test_what_the_officer_writes_is_theirs():
    edits = continuation(("agent", "I will look again.", LOOK, ("look", {"id": 3}, "three")), ("agent", "There."))
    revision = authored(RECORDING, 3, edits, "ann", "kinder")
    sound(RECORDING, revision)
    assert provenance(revision) == ["authored", "replayed", "authored", "replayed", "simulated", "authored"]
    assert (revision.author, revision.note) == ("ann", "kinder")


def test_unchanged_steps_keep_where_they_come_from():
    base = graft(RECORDING, 3, {5: DONOR})
    assert isinstance(base, Revision)
    steps = [corrected.step for corrected in base.steps]
    said = Step(0, Actor.USER, Kind.MESSAGE, "yes", 90)
    asked = Step(0, Actor.AGENT, Kind.MESSAGE, "Shall I?", 80)
    revision = authored(RECORDING, 3, [asked, said, *steps], "ann", "asks first", base)
    sound(RECORDING, revision)
    assert provenance(revision) == ["authored", "authored", "grafted", "grafted", "grafted"]
    assert [c.origin for c in revision.steps[2:]] == [c.origin for c in base.steps]
    assert authored(RECORDING, 3, steps, "ann", "", base).steps == base.steps


def test_a_result_does_not_outlive_its_call():
    base = graft(RECORDING, 3, {5: DONOR})
    assert isinstance(base, Revision)
    call, result, last = (corrected.step for corrected in base.steps)
    other_call = authored(RECORDING, 3, [replace(call, content='{"id": 2}'), result, last], "ann", "", base)
    assert provenance(other_call) == ["authored", "simulated", "grafted"]
    other_result = authored(RECORDING, 3, [call, replace(result, content="no"), last], "ann", "", base)
    assert provenance(other_result)[1] == "simulated"
    again = authored(RECORDING, 3, [call, result, last], "ann", "", other_result)
    assert provenance(again)[1] == "simulated"


@given(episodes(), st.lists(STRAY_STEPS, max_size=8), st.lists(STRAY_STEPS, max_size=8), st.data())
def test_any_edit_keeps_the_prefix_and_is_honest(
    e: Episode, first: list[Step], second: list[Step], data: st.DataObject
):
    start = data.draw(st.integers(0, len(e.steps)))
    base = authored(e, start, first, "ann", "")
    mixed = [*second, *(c.step for c in base.steps[: data.draw(st.integers(0, len(base.steps)))])]
    for revision in (base, authored(e, base.start, mixed, "bob", "", base)):
        path = sound(e, revision)
        assert revision.start == (turn_start(e.steps, start) if start < len(e.steps) else start)
        recorded = {(*substance(e.steps[c]), e.steps[r].content) for c, r in answers(e.steps).items()}
        asked = {result: call for call, result in answers(path).items()}
        for position, corrected in enumerate(revision.steps, revision.start):
            if corrected.step.kind is Kind.TOOL_RESULT and corrected.provenance is Provenance.REPLAYED:
                assert (*substance(path[asked[position]]), path[position].content) in recorded
            elif corrected.step.kind is Kind.TOOL_RESULT:
                assert corrected.provenance is Provenance.SIMULATED

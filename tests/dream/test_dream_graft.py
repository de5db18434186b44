"""Grafting a failed attempt onto a successful one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from dream_episodes import SUCCEEDED, episode, episodes, sound
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.dream.graft import NoGraft, graft
from dreamdesk.dream.replay import substance
from dreamdesk.dream.structure import answers, decision_start, structure_faults
from dreamdesk.intake.opening import open_source
from dreamdesk.model.correction import Provenance, Revision
from dreamdesk.model.episode import Actor, Episode, Kind, OutcomeState, Step, turns

USER = ("user", "Please cancel my booking, my id is mia7")
LOOK = ("look", {"id": "mia7"}, '{"bookings": ["B12"]}')
READ = ("read", {"booking": "B12"}, '{"refundable": true}')
CANCEL = ("cancel", {"booking": "B12"}, "done")
WRONG = ("cancel", {"booking": "B99"}, "Error: no such booking")
ASK = ("agent", "Shall I cancel B12?")
YES = ("user", "Yes, go ahead")
BYE = ("agent", "B12 is cancelled.")

FAILED_ATTEMPT = episode(USER, ("agent", "", LOOK), ("agent", "", WRONG), ("agent", "Sorry."), key="f")
DONOR = episode(
    USER, ("agent", "", LOOK), ("agent", "", READ), ASK, YES, ("agent", "", CANCEL), BYE, key="d", outcome=SUCCEEDED
)


def said(revision: Any) -> list[str]:
    return [corrected.step.tool or corrected.step.content for corrected in revision.steps]


def test_the_path_goes_on_with_the_first_thing_that_only_the_donor_did():
    revision = graft(FAILED_ATTEMPT, 3, {12: DONOR})
    assert isinstance(revision, Revision)
    sound(FAILED_ATTEMPT, revision)
    assert revision.start == 3
    assert said(revision) == ["read", "read", ASK[1], YES[1], "cancel", "cancel", BYE[1]]
    assert {corrected.provenance for corrected in revision.steps} == {Provenance.GRAFTED}
    assert [corrected.origin for corrected in revision.steps][:2] == ["episode 12 step 3", "episode 12 step 4"]
    assert "episode 12" in revision.note
    assert revision.author == ""


def test_what_the_failed_attempt_recorded_too_is_replayed():
    revision = graft(FAILED_ATTEMPT, 1, {12: DONOR})
    assert isinstance(revision, Revision)
    assert [(c.provenance, c.origin) for c in revision.steps[:3]] == [
        (Provenance.REPLAYED, "step 1"),
        (Provenance.REPLAYED, "step 2"),
        (Provenance.GRAFTED, "episode 12 step 3"),
    ]


def test_the_same_arguments_written_otherwise_are_the_same_call():
    spaced = replace(FAILED_ATTEMPT.steps[1], content='{ "id":"mia7" }')
    failed = replace(FAILED_ATTEMPT, steps=(FAILED_ATTEMPT.steps[0], spaced, *FAILED_ATTEMPT.steps[2:]))
    revision = graft(failed, 3, {12: DONOR})
    assert isinstance(revision, Revision)
    assert said(revision)[0] == "read"


def test_another_result_is_not_the_same_deed():
    other = episode(USER, ("agent", "", (*LOOK[:2], "{}")), ("agent", "Sorry."), key="f")
    revision = graft(other, 3, {12: DONOR})
    assert isinstance(revision, Revision)
    assert said(revision)[0] == "look"
    assert revision.steps[1].provenance is Provenance.GRAFTED


def test_facts_that_the_donor_learnt_from_its_user_are_asked_for_and_not_supplied():
    greeting = ("user", "I want to cancel something")
    failed = episode(greeting, ("agent", "Which one?"), ("user", "I forgot"), ("agent", "Then I cannot help."))
    donor = episode(
        greeting, ("agent", "Your id?"), ("user", "it is mia7"), ("agent", "", LOOK), ("agent", "Done."), key="d"
    )
    revision = graft(failed, 3, {1: donor})
    assert isinstance(revision, Revision)
    # The id is what the donor's user told: nobody knows what this attempt's user would answer.
    assert said(revision) == ["Your id?"]
    assert "mia7, which only that attempt knows" in revision.note
    knowing = episode(greeting, ("agent", "Which one?"), ("user", "mia7"), ("agent", "Then I cannot help."))
    assert isinstance(graft(knowing, 3, {1: donor}), Revision)


def test_it_goes_on_where_the_donor_answers_the_same_message():
    failed = episode(
        USER, ("agent", "", LOOK), ASK, ("user", "yes, please go ahead"), ("agent", "", WRONG), ("agent", "Sorry.")
    )
    donor = episode(USER, ("agent", "", LOOK), ASK, YES, ("agent", "", CANCEL), BYE, key="d")
    revision = graft(failed, 5, {1: donor})
    assert isinstance(revision, Revision)
    assert said(revision) == ["cancel", "cancel", BYE[1]]


def test_a_user_turn_is_corrected_by_a_user_turn():
    failed = episode(USER, ("agent", "", LOOK), ASK, ("user", "no"), ("agent", "As you like."))
    donor = episode(USER, ("agent", "", LOOK), ASK, YES, ("agent", "", CANCEL), BYE, key="d")
    revision = graft(failed, 4, {1: donor})
    assert isinstance(revision, Revision)
    assert said(revision)[0] == YES[1]
    assert not structure_faults(sound(failed, revision), revision.start)


def test_an_error_in_the_middle_of_a_turn_replaces_the_whole_turn():
    failed = episode(USER, ("agent", "Let me see.", LOOK, WRONG), ("agent", "Sorry."))
    for step in (1, 2, 3, 4, 5):
        revision = graft(failed, step, {1: DONOR})
        assert isinstance(revision, Revision)
        assert revision.start == 1


def test_call_ids_of_the_donor_give_way():
    clash = [replace(s, call_id=s.call_id and f"f-{int(s.call_id[2:]) - 2}") for s in DONOR.steps]
    assert {s.call_id for s in clash} & {s.call_id for s in FAILED_ATTEMPT.steps[:3]} - {""}
    revision = graft(FAILED_ATTEMPT, 3, {1: replace(DONOR, steps=tuple(clash))})
    assert isinstance(revision, Revision)
    path = sound(FAILED_ATTEMPT, revision)
    assert not structure_faults(path)


def test_sources_without_call_ids_get_them_in_the_continuation():
    def bare(e: Episode) -> Episode:
        return replace(e, steps=tuple(replace(step, call_id="") for step in e.steps))

    revision = graft(bare(FAILED_ATTEMPT), 3, {1: bare(DONOR)})
    assert isinstance(revision, Revision)
    assert not structure_faults(sound(bare(FAILED_ATTEMPT), revision))


def test_a_sub_agent_run_keeps_its_caller():
    steps = list(DONOR.steps)
    steps[4] = replace(steps[4], parent=3)
    steps[5] = replace(steps[5], parent=1)
    failed = episode(USER, ("agent", "", LOOK), ("agent", "Hm."), ("user", "go on"), ("agent", "", WRONG))
    revision = graft(failed, 5, {1: replace(DONOR, steps=tuple(steps))})
    assert isinstance(revision, Revision)
    assert said(revision)[:3] == ["read", "read", ASK[1]]
    assert [corrected.step.parent for corrected in revision.steps][:3] == [None, 5, None]


def test_the_recorded_path_again_is_no_correction():
    assert isinstance(graft(FAILED_ATTEMPT, 3, {1: FAILED_ATTEMPT}), NoGraft)
    assert isinstance(graft(FAILED_ATTEMPT, 3, {}), NoGraft)
    other = graft(FAILED_ATTEMPT, 3, {1: FAILED_ATTEMPT, 2: DONOR})
    assert isinstance(other, Revision)
    assert "episode 2" in other.note


def test_a_donor_that_avoids_the_accused_decision_is_preferred():
    repeats = episode(USER, ("agent", "", LOOK), ("agent", "", WRONG), ("agent", "", CANCEL), BYE, key="d")
    revision = graft(FAILED_ATTEMPT, 3, {1: repeats, 2: DONOR})
    assert isinstance(revision, Revision)
    assert "episode 2" in revision.note


def test_a_broken_donor_is_not_grafted():
    orphan = replace(DONOR.steps[4], call_id="nobody")
    broken = replace(DONOR, steps=(*DONOR.steps[:4], orphan, *DONOR.steps[5:]))
    assert isinstance(graft(FAILED_ATTEMPT, 3, {1: broken}), NoGraft)


@given(episodes("f"), episodes("d"), st.data())
def test_any_graft_keeps_the_prefix_and_is_sound(failed: Episode, donor: Episode, data: st.DataObject):
    error = data.draw(st.integers(0, len(failed.steps) - 1))
    revision = graft(failed, error, {7: donor})
    if isinstance(revision, NoGraft):
        return
    path = sound(failed, revision)
    assert revision.start == decision_start(failed.steps, error)
    assert not structure_faults(path)
    assert [substance(step) for step in path] != [substance(step) for step in failed.steps]
    assert deeds(donor.steps) <= deeds(path), "something that the donor did is missing"


def deeds(steps: tuple[Step, ...]) -> set[tuple[str, ...]]:
    return {(*substance(steps[c]), steps[r].content) for c, r in answers(steps).items()}


def test_every_failed_airline_attempt_with_a_successful_one_can_be_grafted(shared_data: Path):
    source = shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"
    attempts = list(open_source(source).episodes())
    grafted = 0
    for failed in attempts:
        donors = {
            number: donor
            for number, donor in enumerate(attempts)
            if donor.task_key == failed.task_key and donor.outcome.state is OutcomeState.SUCCEEDED
        }
        if failed.outcome.state is OutcomeState.SUCCEEDED or not donors:
            continue
        for turn in turns(failed.steps):
            if turn.actor in (Actor.AGENT, Actor.USER):
                revision = graft(failed, turn.start, donors)
                assert isinstance(revision, Revision), (failed.key, turn)
                path = sound(failed, revision)
                assert not structure_faults(path)
                donor = donors[int(revision.note.split()[4])]
                assert deeds(donor.steps) <= deeds(path)
                assert any(step.kind is Kind.MESSAGE for step in path[revision.start :])
        grafted += 1
    assert grafted == 29

"""The history of an episode: whole for whoever may know it, and nothing of a first decision before a second look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from oversight_desk import ADMIN, FIRST, SECOND, decide_all, fill, new_desk, signers

from dreamdesk import pipeline
from dreamdesk.desk import corrections, sampling
from dreamdesk.desk.corrections import Made
from dreamdesk.desk.database import Connection
from dreamdesk.desk.incidents import Incident, Kind
from dreamdesk.desk.marks import Mark
from dreamdesk.desk.releases import Release
from dreamdesk.desk.sampling import Look
from dreamdesk.gui.history.words import full, line
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.episode import Kind as StepKind
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category
from dreamdesk.model.outcome import Word
from dreamdesk.model.source import Source
from dreamdesk.pipeline import sampling as plans
from dreamdesk.review.identity import Signer
from dreamdesk.review.sampling import Terms


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Connection, dict[str, Signer]]:
    db = new_desk(tmp_path)
    keys = signers(db)
    fill(db, "workflow-orchestration")
    return db, keys


def kinds(history: pipeline.History) -> list[type]:
    return [type(event.thing) for event in history.events]


def test_all_that_was_done_stands_there_in_order(desk: tuple[Connection, dict[str, Signer]], tmp_path: Path) -> None:
    db, keys = desk
    number = corrections.ids(db)[0]
    episode = corrections.get(db, number).episode
    pipeline.mark(db, episode, FIRST, None, Category.D0, True)
    incident = pipeline.open_incident(db, episode, next(iter(Kind)), "It must be reported.", keys[FIRST])
    pipeline.close_incident(db, incident.id, "It was.", keys[FIRST])
    pipeline.set_outcome(db, episode, OutcomeState.FAILED, "It failed.", keys[FIRST])
    base = corrections.revision(db, number)
    steps = [step.step for step in base.steps]
    spoken = next(i for i, step in enumerate(steps) if step.kind is StepKind.MESSAGE)
    steps[spoken] = replace(steps[spoken], content=steps[spoken].content + " Thank you.")
    pipeline.amend(db, number, steps, SECOND, "Politer.")
    decided = decide_all(db, keys[FIRST])
    assert number in decided
    pipeline.release(db, tmp_path / "bundle", keys[FIRST])
    found = pipeline.history(db, episode)
    assert kinds(found) == [Source, Made, Mark, Incident, Incident, Word, Made, Decision, Release]
    assert [event.at for event in found.events] == sorted(event.at for event in found.events)
    told = [line(event)[2] for event in found.events]
    assert told[1] == f"Correction {number}, version 1: grafted from a successful attempt"
    assert told[6] == f"Correction {number}, version 2: amended"
    assert told[3].startswith("Incident opened")
    assert told[4].startswith("Incident closed")
    assert ("Note", "Politer.") in full(found.events[6])
    assert any(name == "Signed" for name, _ in full(found.events[7]))
    changed = pipeline.change(db, number, 2)
    assert changed.earlier == base
    assert changed.before[base.start :] == tuple(step.step for step in base.steps)
    assert pipeline.change(db, number, 1).earlier is None
    with pytest.raises(UserError, match="no revision 9"):
        pipeline.change(db, number, 9)


def test_before_the_desks_view_only_own_marks_and_that_revisions_were_made(
    desk: tuple[Connection, dict[str, Signer]],
) -> None:
    db, keys = desk
    number = corrections.ids(db)[0]
    episode = corrections.get(db, number).episode
    pipeline.mark(db, episode, FIRST, None, Category.D0, True)
    decide_all(db, keys[FIRST])
    other = pipeline.history(db, episode, SECOND, knows=False)
    assert other.veiled
    assert kinds(other) == [Source, Made]
    assert not any(name in ("Note", "Lesson") for event in other.events for name, _ in full(event))
    assert Mark in kinds(pipeline.history(db, episode, FIRST, knows=False))


def test_before_a_second_look_nothing_of_the_first_decision(desk: tuple[Connection, dict[str, Signer]]) -> None:
    db, keys = desk
    decide_all(db, keys[FIRST])
    plans.make_plan(db, Terms("0.2", "0.95"), keys[ADMIN])
    look = sampling.waiting(db, SECOND)[0]
    for auditor in (SECOND, ""):
        covered = pipeline.history(db, look.episode, auditor)
        assert covered.covered
        assert kinds(covered) == [Source, Made]
    assert Decision in kinds(pipeline.history(db, look.episode, FIRST))
    plans.look_again(db, look.id, Verdict.REJECT, "breaks-policy", "No.", keys[SECOND])
    after = pipeline.history(db, look.episode, SECOND)
    assert not after.covered
    (second,) = [event for event in after.events if isinstance(event.thing, Look)]
    assert second.who == SECOND
    assert line(second)[2] == "Second look: differs from the first decision"


def test_an_episode_that_is_not_there(desk: tuple[Connection, dict[str, Signer]]) -> None:
    with pytest.raises(UserError, match="no episode 77"):
        pipeline.history(desk[0], 77)

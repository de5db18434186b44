"""Learning on the laptop: only from confirmed labels, only where it finds more, written down and reversible."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from taught import WRONG, faults, stand, taught_desk

from dreamdesk import pipeline
from dreamdesk.desk import episodes, findings, learned, ledger, marks
from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.locate.learning import LEAST
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught_desk(tmp_path_factory.mktemp("learning"))


@pytest.fixture
def db(taught: Path, tmp_path: Path) -> Iterator[Connection]:
    copy = tmp_path / "a.desk"
    copy.write_bytes(taught.read_bytes())
    opened = open_desk(copy)
    yield opened
    opened.close()


def waiting(db: Connection) -> list[int]:
    return sorted(episodes.ids(db))[LEAST + 1 :]


def rank_of_wrong(db: Connection, episode: int) -> int:
    """Return the rank of the turn that is the error, 11 where it is not among the ten that are kept."""
    steps = episodes.load(db, episode).steps
    return next((c.rank for c in findings.candidates(db, episode) if steps[c.step].content == WRONG), 11)


def test_only_marks_on_approved_episodes_are_labels(db: Connection) -> None:
    assert len(learned.labels(db)) == LEAST
    (lesson,) = pipeline.study(db).lessons
    assert (lesson.labels, lesson.enough) == (LEAST, True)


def test_a_refit_that_finds_more_is_taken_up_ledgered_and_can_be_taken_back(db: Connection) -> None:
    before = [rank_of_wrong(db, episode) for episode in waiting(db)]
    found = pipeline.learn(db, "Ann")
    (lesson,) = found.accepted
    assert lesson.after > lesson.before
    assert found.located == len(waiting(db))
    after = [rank_of_wrong(db, episode) for episode in waiting(db)]
    assert sum(after) < sum(before)
    refit = learned.in_force(db)[lesson.family]
    assert refit.figures["labels"] == LEAST
    assert (refit.features, refit.default) == (lesson.weights.features, lesson.weights.default)
    body = json.loads(ledger.sound_bodies(db, learned.REFIT)[-1])
    assert body["figures"]["after"] == lesson.after
    assert faults(db) == []
    assert pipeline.use_shipped(db, "Ann") == len(waiting(db))
    assert [rank_of_wrong(db, episode) for episode in waiting(db)] == before
    assert learned.in_force(db) == {}
    assert faults(db) == []
    with pytest.raises(UserError, match="in use already"):
        pipeline.use_shipped(db, "Ann")


def test_studying_changes_nothing_and_says_the_same_twice(db: Connection) -> None:
    size = ledger.size(db)
    assert pipeline.study(db) == pipeline.study(db)
    assert ledger.size(db) == size
    assert learned.in_force(db) == {}


def test_too_few_labels_teach_nothing(db: Connection) -> None:
    stand(db, "rejected", "id = (SELECT min(id) FROM episode)")
    (lesson,) = pipeline.learn(db, "Ann").lessons
    assert (lesson.labels, lesson.enough, lesson.weights) == (LEAST - 1, False, None)
    assert learned.in_force(db) == {}


def test_labels_that_the_shipped_weights_find_already_change_nothing(db: Connection) -> None:
    for episode, _ in learned.labels(db):
        best = next(c for c in findings.candidates(db, episode) if c.method == "offline")
        pipeline.mark(db, episode, "Ann", best.step, Category.D4, False)
    (lesson,) = pipeline.learn(db, "Ann").lessons
    assert lesson.before == LEAST
    assert lesson.weights is None
    assert learned.in_force(db) == {}


def test_a_stopped_study_leaves_everything(db: Connection) -> None:
    with pytest.raises(UserError, match="stopped"):
        pipeline.learn(db, "Ann", cancelled=lambda: True)
    assert learned.in_force(db) == {}


def test_forged_weights_are_found_and_refits_are_append_only(db: Connection) -> None:
    pipeline.learn(db, "Ann")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("UPDATE learned SET weights = ''")
    db.execute("DROP TRIGGER learned_fixed")
    db.execute("UPDATE learned SET weights = replace(weights, '0', '9')")
    assert any("weights that the desk learned" in fault for fault in pipeline.verify_desk(db))


def test_the_newest_mark_that_names_a_step_is_the_label(db: Connection) -> None:
    episode, step = learned.labels(db)[0]
    pipeline.mark(db, episode, "Bob", None, Category.D0, True)
    assert learned.labels(db)[0] == (episode, step)
    other = marks.of_episode(db, episode)[0].step
    pipeline.mark(db, episode, "Bob", 2, Category.D4, False)
    assert learned.labels(db)[0] == (episode, 2)
    assert other == step

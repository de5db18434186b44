"""Marks on a desk: what they must hold, that they are frozen, who may see what before one, and agreement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import findings, ledger, marks, queue, settings
from dreamdesk.desk.database import Connection, create
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category, Quote

SUPPORT = Path(__file__).resolve().parents[2] / "resources" / "samples" / "customer-support" / "support-week44.jsonl"
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marking") / "a.desk"
    db = create(path)
    list(pipeline.import_paths(db, [SUPPORT]))
    pipeline.prepare(db)
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    db.close()
    return path


@pytest.fixture
def db(located: Path, tmp_path: Path) -> Iterator[Connection]:
    copy = tmp_path / "a.desk"
    copy.write_bytes(located.read_bytes())
    from dreamdesk.desk.database import open_desk

    opened = open_desk(copy)
    yield opened
    opened.close()


def first(db: Connection) -> int:
    return queue.ids(db, queue.Tab.REVIEW)[0]


def test_a_quote_must_stand_in_the_marked_turn(db: Connection) -> None:
    episode = first(db)
    for quote in (Quote(1, "words that nobody said"), Quote(999, "a"), Quote(1, "")):
        with pytest.raises(UserError, match="do not stand"):
            pipeline.mark(db, episode, "Ann", 1, Category.D5, True, quote)
    with pytest.raises(UserError, match="no step 999"):
        pipeline.mark(db, episode, "Ann", 999, Category.D5, True)
    with pytest.raises(UserError, match="Name the step"):
        pipeline.mark(db, episode, "Ann", None, Category.D5, True)
    assert marks.of_episode(db, episode) == ()


def test_a_mark_is_frozen_and_a_second_one_is_a_second_mark_that_is_not_blind(db: Connection) -> None:
    episode = first(db)
    pipeline.mark(db, episode, "Ann", 1, Category.D5, True, took=1200)
    pipeline.mark(db, episode, "Ann", 2, Category.D1, True)
    one, two = marks.of_episode(db, episode)
    assert (one.step, one.blind, one.took) == (1, True, 1200)
    assert (two.step, two.blind) == (2, False)
    for statement in ("UPDATE mark SET step = 3", "DELETE FROM mark", "UPDATE mark SET blind = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE mark SET step = 3", "not as the ledger has it"),
        ("UPDATE mark SET blind = 0", "not as the ledger has it"),
        ("UPDATE mark SET auditor = 'Bob'", "not as the ledger has it"),
        ("UPDATE mark SET note = 'other words'", "not as the ledger has it"),
        ("DELETE FROM mark", "that the desk has lost"),
    ],
)
def test_a_forged_mark_is_found(db: Connection, statement: str, fault: str) -> None:
    pipeline.mark(db, first(db), "Ann", 1, Category.D5, True)
    assert pipeline.verify_desk(db) == []
    for trigger in ("mark_fixed", "mark_kept"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute(statement)
    assert any(fault in found for found in pipeline.verify_desk(db))


def test_who_must_mark_first_can_neither_look_nor_decide(db: Connection) -> None:
    pipeline.change_setting(db, settings.BLIND_MARK, settings.REQUIRED, "Ann")
    episode = first(db)
    correction = queue.rows(db, [episode])[0].correction
    assert correction is not None
    with pytest.raises(UserError, match="you mark the error point first"):
        pipeline.reveal(db, episode, "Ann")
    with pytest.raises(UserError, match="asks for words"):
        pipeline.mark(db, episode, "Ann", 1, Category.D5, True)
    assert "before you decide" in pipeline.why_not(db, correction, Verdict.HOLD, "Ann", "", "")
    pipeline.mark(db, episode, "Ann", None, Category.D0, True)
    assert "before you decide" not in pipeline.why_not(db, correction, Verdict.HOLD, "Ann", "", "")
    assert marks.withheld(db, [episode], "Ann") == frozenset()
    assert marks.withheld(db, [episode], "Bob") == {episode}
    assert marks.withheld(db, [episode], "") == {episode}


def test_an_unknown_value_of_the_setting_is_refused(db: Connection) -> None:
    with pytest.raises(UserError, match="off or optional or required"):
        pipeline.change_setting(db, settings.BLIND_MARK, "maybe", "Ann")


def test_a_look_is_recorded_once(db: Connection) -> None:
    episode = first(db)
    pipeline.reveal(db, episode, "Ann")
    size = ledger.size(db)
    pipeline.reveal(db, episode, "Ann")
    assert ledger.size(db) == size
    assert marks.hidden(db, [episode], "Ann") == frozenset()
    assert marks.hidden(db, [episode], "Bob") == {episode}


def test_agreement_counts_first_blind_marks_of_auditors_and_of_methods(db: Connection) -> None:
    episodes = list(queue.ids(db, queue.Tab.REVIEW))[:4]
    for place, episode in enumerate(episodes):
        machine = findings.best_by_method(db, episode)
        step, category = machine["label"] if "label" in machine else next(iter(machine.values()))
        pipeline.mark(db, episode, "Ann", step, category, True)
        pipeline.mark(db, episode, "Ann", 0, Category.D9, True)  # a second thought, which does not count
        if place < 3:
            pipeline.mark(db, episode, "Bob", None, Category.D0, True)
    pairs = {(pair.left, pair.right): pair for pair in pipeline.agreement(db)}
    assert pairs["Ann", "Bob"].n == 3
    assert pairs["Ann", "Bob"].exact == 0
    assert not pairs["Ann", "Bob"].enough
    methods = [pair for pair in pairs.values() if pair.left == "Ann" and pair.method]
    assert sum(pair.exact for pair in methods) >= 4
    assert all(pair.exact <= pair.within[0] <= pair.within[1] <= pair.within[2] <= pair.n for pair in pairs.values())

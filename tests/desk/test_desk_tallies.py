"""Tallies: whatever is written through a desk's own connection is summed up, and nothing else is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.desk import database, tallies
from dreamdesk.desk.database import Connection, transaction

FAMILY = "INSERT INTO family(id, name, category, tool, clause, words, founded) VALUES(?, ?, 'D1', '', '', '', 1)"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    with closing(database.create(tmp_path / "a.desk")) as connection:
        yield connection


def _by_another_program(db: Connection, statement: str) -> None:
    with closing(sqlite3.connect(database.path_of(db), isolation_level=None)) as stranger:
        stranger.execute(statement)


def test_every_table_is_covered_by_something(db: Connection) -> None:
    """A table that is added later is tallied unless somebody decides otherwise, here and in `tallies`."""
    every = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    others = {name for name in every - set(tallies.tables(db)) if not name.startswith("step_search_")}
    assert others == {"entry", "entry_body", "step", "step_search", "tally"}


def test_writes_of_the_desk_keep_its_tallies(db: Connection) -> None:
    for number in (1, 255, 256, 700):
        db.execute(FAMILY, (number, f"family {number}"))
    db.execute("UPDATE family SET name = 'another' WHERE id > 255")
    db.execute("UPDATE family SET id = 800 WHERE id = 1")
    db.execute("DELETE FROM family WHERE id = 255")
    db.execute("INSERT OR REPLACE INTO explanation VALUES(3, 'a')")
    db.execute("INSERT OR REPLACE INTO explanation VALUES(3, 'b')")
    assert tallies.faults(db) == []


def test_a_rollback_takes_triggers_and_sums_back_together(db: Connection) -> None:
    def fail(number: int) -> None:
        with transaction(db):
            db.execute(FAMILY, (number, "never"))
            raise ZeroDivisionError

    for number in (1, 2):
        with pytest.raises(ZeroDivisionError):
            fail(number)
    db.execute(FAMILY, (3, "kept, without a transaction around it"))
    with pytest.raises(ZeroDivisionError):
        fail(4)
    with transaction(db):
        db.execute(FAMILY, (5, "kept"))
    assert tallies.faults(db) == []
    db.execute("DELETE FROM family")
    assert tallies.faults(db) == []


def test_where_temporary_things_are_kept_changes_no_sum(db: Connection) -> None:
    for number, in_memory in enumerate((True, False, True, True, False), 1):
        database.keep_aside(db, in_memory=in_memory)
        with transaction(db):
            database.keep_aside(db, in_memory=not in_memory)
            db.execute(FAMILY, (number, "kept"))
        assert db.execute("PRAGMA temp_store").fetchone() == (2 if in_memory else 1,)
    database.pack(db)
    db.execute(FAMILY, (9, "kept"))
    assert tallies.faults(db) == []


def test_what_a_trigger_of_the_desk_writes_is_summed_up_too(db: Connection) -> None:
    db.execute(
        "CREATE TRIGGER main.follow AFTER INSERT ON family BEGIN INSERT INTO explanation VALUES(NEW.id, 'x'); END"
    )
    db.execute(FAMILY, (1, "a"))
    assert db.execute("SELECT count(*) FROM explanation").fetchone() == (1,)
    assert tallies.faults(db) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE family SET name = 'forged' WHERE id = 300", "family, in one of its rows 256 to 511"),
        ("DELETE FROM family WHERE id = 300", "0 rows there instead of 1"),
        ("UPDATE family SET id = 301 WHERE id = 300", "family, in one of its rows 256 to 511"),
        ("INSERT INTO explanation VALUES(9, 'forged')", "1 rows there instead of 0"),
        ("UPDATE setting SET value = 'on'", "the table setting is"),
        ("UPDATE tally SET rows = 7 WHERE name = 'family'", "instead of 7"),
        ("DELETE FROM tally WHERE name = 'family'", "instead of 0"),
    ],
)
def test_writes_of_another_program_show_and_stay(db: Connection, statement: str, fault: str) -> None:
    db.execute(FAMILY, (300, "mine"))
    db.execute("INSERT INTO setting VALUES('redact', 'off')")
    _by_another_program(db, statement)
    (found,) = tallies.faults(db)
    assert fault in found
    db.execute(FAMILY, (5, "more"))  # what comes later does not heal it
    assert fault.split(":")[0] in "".join(tallies.faults(db))


values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary())


@given(st.lists(values, max_size=4), st.lists(values, max_size=4))
def test_no_two_rows_share_their_bytes(one: list[object], other: list[object]) -> None:
    def typed(row: list[object]) -> list[object]:
        return [(type(value), value) for value in row]

    assert (tallies._row_digest("t", *one) == tallies._row_digest("t", *other)) == (typed(one) == typed(other))


def test_where_temporary_things_are_kept_stays_as_it_is_while_something_is_read(db: Connection) -> None:
    with transaction(db):
        db.execute(FAMILY, (1, "a"))
    reading = db.execute("SELECT family.name FROM sqlite_schema, family")
    reading.fetchone()
    for in_memory in (True, False, True):
        database.keep_aside(db, in_memory=in_memory)
        with transaction(db):
            db.execute("UPDATE family SET name = name || 'x'")
    reading.close()
    database.keep_aside(db, in_memory=True)
    with transaction(db):
        db.execute("UPDATE family SET name = name || 'x'")
    assert tallies.faults(db) == []

"""Many rows in one statement: as many as were given, in their order, whatever stands in them."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.desk import bulk

NUMBERS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(st.tuples(NUMBERS, st.text(), st.none() | st.floats(allow_nan=False)), max_size=40)


@given(rows=ROWS, times=st.integers(1, 300))
def test_every_row_is_there_once_in_its_order(rows: list[tuple[int, str, float | None]], times: int) -> None:
    rows *= times
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE found(number INTEGER, words TEXT, share REAL)")
    bulk.insert(db, "INTO found", rows)
    assert db.execute("SELECT * FROM found ORDER BY rowid").fetchall() == rows
    db.close()


def test_a_lone_surrogate_costs_neither_its_row_nor_another() -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE found(number INTEGER PRIMARY KEY, words TEXT)")
    bulk.insert(db, "INTO found", [(1, "grün"), (2, "a\ud800b"), (3, "c")])
    bulk.insert(db, "OR IGNORE INTO found", [(3, "again"), (4, "d")])
    assert db.execute("SELECT * FROM found").fetchall() == [(1, "grün"), (2, "a?b"), (3, "c"), (4, "d")]
    db.close()

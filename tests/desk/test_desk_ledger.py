"""The ledger: a chain that shows every change, and an old copy of the desk that is found out."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.desk import chain, database, heads, ledger, witness
from dreamdesk.desk.database import Connection, transaction


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


def _append(db: Connection, count: int) -> None:
    for number in range(count):
        with transaction(db):
            ledger.append(db, "ann", "noted", {"subject": f"note {number}"})


def test_a_new_desk_begins_its_ledger_with_its_own_creation(db: Connection) -> None:
    assert [entry.type for entry in ledger.page(db, 0, 10)] == ["desk-created"]
    assert chain.verify(db) == []


def test_entries_are_chained_and_listed_newest_first(db: Connection) -> None:
    _append(db, 5)
    entries = ledger.page(db, 0, 3)
    assert [entry.seq for entry in entries] == [6, 5, 4]
    assert entries[0].subject == "note 4"
    assert ledger.page(db, 3, 10)[0].seq == 3
    assert chain.verify(db) == []


def test_entries_by_people_whose_names_are_not_equally_long_are_sound(db: Connection) -> None:
    for actor in ("ann", '"body_commit":"', "a", "Jürgen 🙂", "", "ann"):
        with transaction(db):
            ledger.append(db, actor, '","seq":1', {"subject": actor})
    assert chain.verify(db) == []


def test_an_entry_needs_the_transaction_of_its_change(db: Connection) -> None:
    with pytest.raises(RuntimeError):
        ledger.append(db, "ann", "noted", {})


def test_entries_can_be_neither_changed_nor_deleted(db: Connection) -> None:
    for statement in ("UPDATE entry SET line = x'00'", "DELETE FROM entry", "UPDATE entry_body SET body = x'00'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute(statement)


@pytest.mark.parametrize(
    ("forgery", "fault"),
    [
        (
            "UPDATE entry SET line = CAST(replace(CAST(line AS TEXT), 'ann', 'bob') AS BLOB) WHERE seq = 3",
            "entry 3 was changed",
        ),
        ("DELETE FROM entry WHERE seq = 3", "entry 3 is missing"),
        ("UPDATE entry_body SET body = x'7b7d' WHERE seq = 3", "the body of entry 3 was changed"),
        ("UPDATE entry_body SET seq = 99 WHERE seq = 3", "there is a body without an entry: 99"),
        ("INSERT INTO entry_body VALUES(99, x'00', x'7b7d')", "there is a body without an entry: 99"),
        ("DELETE FROM entry WHERE seq = 6", "there is a body without an entry: 6"),
    ],
)
def test_a_forged_ledger_is_found_out(db: Connection, forgery: str, fault: str) -> None:
    _append(db, 5)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    db.execute(forgery)
    assert any(fault in found for found in chain.verify(db))


def test_rewriting_an_entry_with_its_hash_still_breaks_the_chain(db: Connection) -> None:
    _append(db, 5)
    for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    line = db.execute("SELECT line FROM entry WHERE seq = 3").fetchone()[0].replace(b"ann", b"bob")
    db.execute("UPDATE entry SET line = ?, hash = ? WHERE seq = 3", (line, hashlib.sha256(line).digest()))
    assert any("entry 4 does not follow" in found for found in chain.verify(db))


def test_an_entry_that_is_made_to_commit_to_nothing_hides_no_body(db: Connection) -> None:
    _append(db, 2)
    line = db.execute("SELECT line FROM entry WHERE seq = 3").fetchone()[0]
    emptied = re.sub(rb'"body_commit":"\w+"', b'"body_commit":""', line)
    db.execute("DROP TRIGGER entry_fixed")
    db.execute("UPDATE entry SET line = ?, hash = ? WHERE seq = 3", (emptied, hashlib.sha256(emptied).digest()))
    db.execute("DELETE FROM entry_body WHERE seq = 3")
    assert ["the body of entry 3 is missing" in found for found in chain.verify(db)] == [True]
    db.execute("INSERT INTO entry_body VALUES(99, x'00', x'7b7d')")
    assert chain.verify(db)[1:] == ["there is a body without an entry: 99"]


def test_a_body_is_missing_unless_an_erasure_says_why(db: Connection) -> None:
    _append(db, 2)
    db.execute("DELETE FROM entry_body WHERE seq = 2")
    (fault,) = chain.verify(db)
    assert fault.entry == 2
    assert "no erasure says why" in fault
    with transaction(db):
        ledger.append(db, "ann", ledger.ERASED, {"subject": "one", "bodies": {"2": ""}})
    assert chain.verify(db) == []
    assert ledger.page(db, 2, 1)[0].subject == "(erased)"


def test_an_older_copy_of_the_desk_does_not_fit_the_head_beside_it(db: Connection) -> None:
    _append(db, 1)
    older = ledger.head_text(db)
    _append(db, 1)
    newer = ledger.head_text(db)
    assert _compared(db, older) == []
    assert _compared(db, newer) == []
    assert "older copy" in _compared(db, newer.replace("\n3\n", "\n4\n"))[0]
    assert "not those" in _compared(db, older.replace(older.split("\n")[2], "0" * 64))[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_the_place_of_the_head_holds_nobody_up(db: Connection) -> None:
    beside = heads.files(db)[0]
    os.mkfifo(beside)
    ending = threading.Timer(10, lambda: os.close(os.open(beside, os.O_WRONLY)))  # whoever waits for it fails then
    ending.daemon = True
    ending.start()
    heads.write(db)
    ending.cancel()
    assert beside.read_text() == ledger.head_text(db)


def _compared(db: Connection, text: str) -> list[str]:
    return witness.compare(db, witness.read(text))


def _reference_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, written as the recursive definition reads."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _reference_root(leaves[:split]) + _reference_root(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_the_merkle_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert ledger.merkle_root(iter(leaves)) == _reference_root(leaves)


def test_the_checkpoint_has_three_lines(db: Connection) -> None:
    _append(db, 3)
    origin, size, root, end = ledger.checkpoint(db).split("\n")
    assert origin == f"dreamdesk/{ledger.desk_id(db)}"
    assert size == "4"
    assert base64.b64decode(root) == _reference_root(list(ledger.lines(db)))
    assert end == ""

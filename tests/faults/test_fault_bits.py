"""Single changed bits in a desk: each one that changes content is named by `verify --desk`, or the desk is refused.

What changes content is decided by SQLite alone, which dumps every table of both files; nothing of DreamDesk takes part.
`DREAMDESK_FLIPS=10000 python -m pytest tests/faults/test_fault_bits.py -s` is the whole measure.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from small_desk import copied, small_desk

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.model.errors import UserError

FLIPS = int(os.environ.get("DREAMDESK_FLIPS", "60"))


def _dump(path: Path) -> list[tuple[object, ...]] | str:
    """Return every row of every table with the type of each value, read by SQLite alone; words where it cannot."""
    rows: list[tuple[object, ...]] = []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.text_factory = bytes
            schema = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()
            rows += schema
            rows.append(db.execute("PRAGMA application_id").fetchone() + db.execute("PRAGMA user_version").fetchone())
            for kind, name, _, sql in schema:
                if kind == b"table" and not (sql or b"").startswith(b"CREATE VIRTUAL"):
                    table = name.decode()
                    # By the key and not by an index: an index is no content.
                    for row in db.execute(f'SELECT * FROM "{table}" NOT INDEXED'):
                        rows.append((table, *((type(value).__name__, value) for value in row)))
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        return f"{type(error).__name__}: {error}"
    return sorted(rows, key=repr)


def _pack(desk: Path) -> None:
    """Pack a desk into small pages, so that few bytes of the file are unused."""
    with closing(sqlite3.connect(desk, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA page_size=512")
        db.execute("VACUUM")
        db.execute("PRAGMA journal_mode=WAL")


def _said(path: Path) -> Sequence[str]:
    """Return what is said of a desk: the refusal, or what `verify --desk` finds."""
    try:
        db = database.open_desk(path, readonly=True)
    except UserError as error:
        return [str(error)]
    with closing(db):
        return pipeline.verify_desk(db)


def test_every_changed_bit_of_content_is_named(
    tmp_path: Path, survived: Callable[[str, Mapping[str, int]], None]
) -> None:
    desk = copied(small_desk(tmp_path / "a.desk"), tmp_path / "copy")
    _pack(desk)
    whole = desk.read_bytes()
    assert not desk.with_name(desk.name + "-wal").exists()
    before = _dump(desk)
    assert not isinstance(before, str)
    assert _said(desk) == []
    chance = random.Random(int(os.environ.get("DREAMDESK_SEED", "16")))
    counted: Counter[str] = Counter()
    missed = []
    for number in range(FLIPS):
        place, bit = chance.randrange(len(whole)), chance.randrange(8)
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        desk.write_bytes(changed)
        after, said = _dump(desk), _said(desk)
        same = after == before
        counted[f"content {'same' if same else 'changed'}, {'named' if said else 'not named'}"] += 1
        if not same and not said:
            missed.append((place, bit))
        if number % 500 == 499:
            sys.stderr.write(f"{number + 1:,} {dict(counted)}\n")
    survived("changed bits", counted)
    assert missed == []
    assert counted["content changed, named"] > FLIPS / 10

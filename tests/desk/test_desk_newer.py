"""Desks of a newer version: read and not written where they only have more, refused where they are otherwise."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from small_desk import copied, made_newer, small_desk

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import corrections, database, episodes, heads, ledger, schema
from dreamdesk.model.errors import UserError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_desk(tmp_path_factory.mktemp("made") / "a.desk")


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path / "copy")


def test_a_newer_desk_is_read_and_says_so(desk: Path) -> None:
    made_newer(desk)
    before = desk.read_bytes()
    with closing(database.open_desk(desk, readonly=True)) as db:
        assert episodes.count(db) == 2
        assert corrections.ids(db)
        assert ledger.size(db) > 5
        assert any("newer DreamDesk" in words for words in heads.at_opening(db))
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM novelty")
        with pytest.raises(UserError, match="neither changed nor verified"):
            pipeline.verify_desk(db)
    assert desk.read_bytes() == before


def test_a_newer_desk_is_not_written(desk: Path) -> None:
    made_newer(desk)
    before = desk.read_bytes()
    with pytest.raises(database.ReadOnlyDesk, match="can be read here, but not changed"):
        database.open_desk(desk)
    assert desk.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE mark",
        "ALTER TABLE mapping RENAME COLUMN body TO body2",
        "DROP TABLE setting; CREATE VIEW setting AS SELECT 'four_eyes' AS name, 'off' AS value",
        "DROP TABLE setting; CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
        "DROP TABLE setting; CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT AS (upper(name))) STRICT",
        "DROP TABLE setting; CREATE VIRTUAL TABLE setting USING fts5(name, value)",
        f"PRAGMA user_version={(schema.VERSION // 1_000 + 1) * 1_000}",
    ],
)
def test_a_newer_desk_that_is_otherwise_is_refused(desk: Path, statement: str) -> None:
    made_newer(desk)
    with closing(sqlite3.connect(desk, isolation_level=None)) as later:
        later.executescript(statement)
    for readonly in (True, False):
        with pytest.raises(UserError, match="newer DreamDesk"):
            database.open_desk(desk, readonly=readonly).close()


def test_the_command_line_reads_it_and_says_so(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made_newer(desk)
    assert run(["list", "decisions", "--desk", str(desk), "--json"]) == 0
    told = capsys.readouterr()
    assert '"verdict": "reject"' in told.out
    assert "newer DreamDesk" in told.err
    for verb in (["check"], ["locate"], ["setting", "redact", "on"], ["verify"], ["desk", "backup", "--out", "x"]):
        assert run([*verb, "--desk", str(desk)]) == 2, verb
        assert "newer DreamDesk" in capsys.readouterr().err
    assert "Traceback" not in told.err
    assert not Path("x").exists()
    sys.stdout.flush()

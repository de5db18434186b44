"""Hostile desk files, each by its name: refused in words, nothing in them runs, and nothing of them is changed.

What SQLite is asked to do is watched: every connection that the standard library gives out has a trace on it from its
beginning, so that every statement that runs is known, those of triggers too.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.model.errors import UserError

OURS = re.compile(
    r"PRAGMA (trusted_schema=OFF|cell_size_check=ON|application_id|user_version)"
    r"|SELECT type, name, tbl_name, coalesce\(sql, ''\) FROM sqlite_schema"
    r"|SELECT rootpage FROM sqlite_schema WHERE rootpage != 0"
)
"""All that is ever asked of a file before it is known to be ours."""

STATEMENTS = {
    "trigger": "CREATE TRIGGER evil AFTER INSERT ON decision BEGIN UPDATE correction SET state = 'approved'; END",
    "trigger-on-entry": "CREATE TRIGGER evil BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END",
    "trigger-delete": "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM mark; END",
    "trigger-setting": "CREATE TRIGGER evil AFTER UPDATE ON setting BEGIN UPDATE setting SET value = 'off'; END",
    "trigger-attach": "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN SELECT load_extension('/tmp/evil'); END",
    "trigger-endless": "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN INSERT INTO setting WITH RECURSIVE c(x) AS"
    " (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, x FROM c; END",
    "view": "CREATE VIEW evil AS SELECT * FROM auditor",
    "view-endless": "CREATE VIEW evil AS WITH RECURSIVE c(x) AS"
    " (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    "view-deep": "CREATE VIEW evil AS SELECT " + "(" * 40 + "1" + ")" * 40,
    "view-file": "CREATE VIEW evil AS SELECT readfile('/etc/passwd')",
    "table": "CREATE TABLE evil(x)",
    "table-strange-name": 'CREATE TABLE "evil\u202e\U0001f480"(x)',
    "table-injected-name": 'CREATE TABLE "x\'); DROP TABLE entry; --"(x)',
    "table-generated": "CREATE TABLE evil(x, y GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL)",
    "table-check": "CREATE TABLE evil(x CHECK (load_extension(x)))",
    "table-default": "CREATE TABLE evil(x DEFAULT (randomblob(1000000000)))",
    "column-added": "ALTER TABLE decision ADD COLUMN evil TEXT",
    "column-generated": "ALTER TABLE decision ADD COLUMN evil TEXT GENERATED ALWAYS AS (upper(verdict)) VIRTUAL",
    "column-renamed": "ALTER TABLE mapping RENAME COLUMN body TO body2",
    "table-renamed": "ALTER TABLE decision RENAME TO decision2",
    "index-expression": "CREATE INDEX evil ON decision(abs(correction))",
    "index-partial": "CREATE INDEX evil ON decision(verdict) WHERE verdict LIKE '%a%'",
    "index-unique": "CREATE UNIQUE INDEX evil ON decision(correction)",
    "index-missing": "DROP INDEX decision_auditor",
    "trigger-missing": "DROP TRIGGER decision_fixed",
    "trigger-replaced": "DROP TRIGGER decision_fixed; CREATE TRIGGER decision_fixed BEFORE UPDATE ON decision"
    " BEGIN SELECT 1; END",
    "trigger-of-another-table": "DROP TRIGGER decision_fixed; CREATE TRIGGER decision_fixed BEFORE UPDATE ON setting"
    " BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END",
    "table-missing": "DROP TABLE mark",
    "table-of-blanks": 'CREATE TABLE " "(x)',
    "virtual-fts": "CREATE VIRTUAL TABLE evil USING fts5(x)",
    "virtual-vocabulary": "CREATE VIRTUAL TABLE evil USING fts5vocab(step_search, row)",
    "virtual-rtree": "CREATE VIRTUAL TABLE evil USING rtree(id, a, b)",
    "without-rowid": "DROP TABLE setting;"
    " CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "not-strict": "DROP TABLE setting; CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "view-for-a-table": "DROP TABLE setting; CREATE VIEW setting AS SELECT 'four_eyes' AS name, 'off' AS value",
    "another-program": "PRAGMA application_id = 7",
    "no-program": "PRAGMA application_id = 0",
    "newer": "PRAGMA user_version = 2000",
    "never-made": "PRAGMA user_version = 999",
    "negative-version": "PRAGMA user_version = -1",
    "autoincrement": "CREATE TABLE evil(x INTEGER PRIMARY KEY AUTOINCREMENT)",
}
"""What another program did to a desk, in its own SQL."""

SCHEMA = {
    "schema-statistics-trigger": "INSERT INTO sqlite_schema VALUES('trigger', 'sqlite_stat9', 'entry', 0,"
    " 'CREATE TRIGGER sqlite_stat9 AFTER INSERT ON entry BEGIN DELETE FROM mark; END')",
    "schema-statistics-view": "INSERT INTO sqlite_schema VALUES('view', 'sqlite_stat1', 'sqlite_stat1', 0,"
    " 'CREATE VIEW sqlite_stat1 AS SELECT 1 AS tbl, 2 AS idx, 3 AS stat')",
    "schema-collation": "UPDATE sqlite_schema SET sql = replace(sql, 'value TEXT', 'value TEXT COLLATE evil')"
    " WHERE name = 'setting'",
    "schema-function": "UPDATE sqlite_schema SET sql = replace(sql, 'value TEXT NOT NULL',"
    " 'value TEXT NOT NULL DEFAULT (evil())') WHERE name = 'setting'",
    "schema-shadow-root": "UPDATE sqlite_schema SET rootpage ="
    " (SELECT rootpage FROM sqlite_schema WHERE name = 'setting') WHERE name = 'mark'",
    "schema-twice": "INSERT INTO sqlite_schema SELECT * FROM sqlite_schema WHERE name = 'mark'",
    "schema-nothing": "DELETE FROM sqlite_schema",
    "schema-words": "UPDATE sqlite_schema SET sql = 'DROP TABLE entry' WHERE name = 'mark'",
    "schema-long": "INSERT INTO sqlite_schema VALUES('view', 'evil', 'evil', 0, 'CREATE VIEW evil AS SELECT '"
    " || substr(hex(zeroblob(2000000)), 1) || ' AS x')",
    "schema-many": "INSERT INTO sqlite_schema"
    " WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 9999)"
    " SELECT 'view', 'evil' || n, 'evil' || n, 0, 'CREATE VIEW evil' || n || ' AS SELECT 1' FROM c",
    "schema-type": "UPDATE sqlite_schema SET type = 'evil' WHERE name = 'mark'",
    "schema-null": "UPDATE sqlite_schema SET sql = NULL WHERE name = 'decision_fixed'",
    "schema-blob": "UPDATE sqlite_schema SET name = x'ff00ff' WHERE name = 'decision_fixed'",
    "schema-comment": "UPDATE sqlite_schema SET sql = sql || ' -- ' || 'evil' WHERE name = 'decision_fixed'",
}
"""What was written into the schema itself."""


def _bytes(at: int, new: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:at] + new + whole[at + len(new) :]


BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "text": lambda whole: b"I am a desk.\n",
    "header-alone": lambda whole: whole[:100],
    "cut-in-the-header": lambda whole: whole[:60],
    "cut-in-a-page": lambda whole: whole[: len(whole) // 2 + 77],
    "cut-by-a-page": lambda whole: whole[:-16384],
    "like-encrypted": lambda whole: bytes(b ^ 0x5A for b in whole),
    "salted-like-sqlcipher": lambda whole: os.urandom(16) + whole[16:],
    "only-the-magic": lambda whole: b"SQLite format 3\0" + bytes(8192),
    "page-size-of-zero": _bytes(16, b"\0\0"),
    "page-size-of-seven": _bytes(16, b"\0\7"),
    "pages-without-end": _bytes(28, b"\x7f\xff\xff\xff"),
    "future-format": _bytes(18, b"\x09\x09"),
    "utf-16": _bytes(56, b"\0\0\0\3"),
    "schema-format-9": _bytes(44, b"\0\0\0\x09"),
    "schema-page-of-noise": lambda whole: whole[:100] + os.urandom(16284) + whole[16384:],
    "zip": lambda whole: b"PK\3\4" + whole[4:],
}
"""What was done to the bytes of the file."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "a.desk"
    with closing(database.create(path)) as db:
        pipeline.change_setting(db, "redact", "on", "Ann")
    return path


@pytest.fixture
def desk(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "a.desk"))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that runs on a connection made from now on."""
    statements: list[str] = []
    connect = sqlite3.connect

    def connecting(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **named)
        if arguments[0] != ":memory:":
            connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connecting)
    return statements


def _refused(desk: Path, watched: list[str]) -> str:
    """Return the sentence with which a file is refused, whether it is opened to read or to write."""
    files = [part for part in desk.parent.iterdir() if part.is_file() and not part.name.endswith("-shm")]
    before = {part.name: part.read_bytes() for part in files}
    said = []
    for readonly in (True, False):
        with pytest.raises(UserError) as refusal:
            database.open_desk(desk, readonly=readonly)
        said.append(str(refusal.value))
    assert desk.name in said[0]
    assert said[0] == said[1]
    for statement in watched:
        assert OURS.fullmatch(statement), statement
    assert {part.name: part.read_bytes() for part in files} == before
    return said[0]


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_another_program_declared(desk: Path, watched: list[str], name: str) -> None:
    with closing(sqlite3.connect(desk, isolation_level=None)) as stranger:
        stranger.executescript(STATEMENTS[name])
    watched.clear()
    assert re.search(
        r"restore it from a backup|newer|no version|not a DreamDesk", _refused(desk, watched), re.IGNORECASE
    )


@pytest.mark.parametrize("name", SCHEMA)
def test_what_was_written_into_the_schema(desk: Path, watched: list[str], name: str) -> None:
    with closing(sqlite3.connect(desk, isolation_level=None)) as stranger:
        stranger.execute("PRAGMA writable_schema=ON")
        stranger.execute(SCHEMA[name])
    watched.clear()
    assert re.search(r"backup|cannot be opened as a desk", _refused(desk, watched), re.IGNORECASE)


@pytest.mark.parametrize("name", BYTES)
def test_what_is_no_whole_file(desk: Path, watched: list[str], name: str) -> None:
    desk.write_bytes(BYTES[name](desk.read_bytes()))
    _refused(desk, watched)


def _log(page: int, frames: int) -> bytes:
    """Return a log with sound checksums (fileformat2, 4.1) that would put other pages into any file beside it."""
    header = struct.pack(">8I", 0x377F0683, 3007000, page, 0, 1, 2, 0, 0)[:24]
    sums = _checksum(header, (0, 0))
    log = header + struct.pack(">2I", *sums)
    for number in range(1, frames + 1):
        data = bytes(page)
        frame = struct.pack(">2I", number, frames if number == frames else 0)
        sums = _checksum(frame + data, sums)
        log += frame + struct.pack(">2I", 1, 2) + struct.pack(">2I", *sums) + data
    return log


def _checksum(data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f">{len(data) // 4}I", data)
    for a, b in zip(words[::2], words[1::2], strict=True):
        one = (one + a + two) & 0xFFFFFFFF
        two = (two + b + one) & 0xFFFFFFFF
    return one, two


def test_the_log_of_another_file(desk: Path, watched: list[str]) -> None:
    (desk.parent / "a.desk-wal").write_bytes(_log(4096, 3))
    assert "not the log of this desk" in _refused(desk, watched)


def test_a_log_that_puts_other_pages_in(desk: Path, watched: list[str]) -> None:
    (desk.parent / "a.desk-wal").write_bytes(_log(16384, 3))
    _refused(desk, watched)


def test_a_log_of_noise(desk: Path, watched: list[str]) -> None:
    (desk.parent / "a.desk-wal").write_bytes(os.urandom(50_000))
    assert "not the log of this desk" in _refused(desk, watched)


def test_a_planted_journal(desk: Path, watched: list[str]) -> None:
    journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + struct.pack(">5I", 1, 0, 1, 512, 16384) + bytes(20_000)
    (desk.parent / "a.desk-journal").write_bytes(journal)
    assert "which DreamDesk does not write" in _refused(desk, watched)


def test_a_link(desk: Path, watched: list[str]) -> None:
    desk.rename(desk.with_name("b.desk"))
    desk.symlink_to("b.desk")
    assert "this is a link" in _refused(desk, watched)


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_a_link_beside(desk: Path, watched: list[str], suffix: str) -> None:
    (desk.parent / "mine").write_bytes(b"mine")
    Path(f"{desk}{suffix}").symlink_to("mine")
    assert "is not a file" in _refused(desk, watched)


def test_a_folder(tmp_path: Path, watched: list[str]) -> None:
    (tmp_path / "a.desk").mkdir()
    assert "not a file" in _refused(tmp_path / "a.desk", watched)


def test_a_folder_for_a_log(desk: Path, watched: list[str]) -> None:
    (desk.parent / "a.desk-wal").mkdir()
    assert "is not a file" in _refused(desk, watched)


def test_a_pipe(tmp_path: Path, watched: list[str]) -> None:
    os.mkfifo(tmp_path / "a.desk")
    assert "not a file" in _refused(tmp_path / "a.desk", watched)


def test_a_socket(tmp_path: Path, watched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("a.desk")
        assert "not a file" in _refused(tmp_path / "a.desk", watched)


def test_a_device(watched: list[str]) -> None:
    with pytest.raises(UserError, match="not a file"):
        database.open_desk(Path("/dev/zero"), readonly=True)
    assert watched == []


def test_a_name_that_is_no_text(desk: Path, watched: list[str]) -> None:
    name = os.fsencode(desk.parent) + b"/\xff\xfe.desk"
    os.rename(os.fsencode(desk), name)
    with pytest.raises(UserError, match="must be text"):
        database.open_desk(Path(os.fsdecode(name)), readonly=True)
    assert watched == []


def test_there_are_as_many_as_we_say() -> None:
    assert len(STATEMENTS) + len(SCHEMA) + len(BYTES) >= 60


def test_the_desk_that_all_of_them_are_made_of_opens(desk: Path, watched: list[str]) -> None:
    with closing(database.open_desk(desk)) as db:
        assert pipeline.verify_desk(db) == []
    assert any(not OURS.fullmatch(statement) for statement in watched)

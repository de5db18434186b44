"""A desk file: opened as a stranger's, refused in words, and the same after a crash."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dreamdesk.desk import database, ledger
from dreamdesk.desk.database import transaction
from dreamdesk.model.errors import UserError


def _desk(tmp_path: Path) -> Path:
    path = tmp_path / "a.desk"
    database.create(path).close()
    return path


def test_a_desk_opens_again(tmp_path: Path) -> None:
    db = database.open_desk(_desk(tmp_path))
    assert ledger.size(db) == 1
    db.close()


def test_a_desk_is_never_made_over_another_file(tmp_path: Path) -> None:
    path = tmp_path / "a.desk"
    path.write_text("mine")
    with pytest.raises(UserError, match="already"):
        database.create(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00" + b"\x00" * 200])
def test_what_is_no_desk_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.desk"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"x\.desk"):
        database.open_desk(path)
    assert path.read_bytes() == content


def test_a_missing_desk_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such desk"):
        database.open_desk(tmp_path / "none.desk")
    assert not (tmp_path / "none.desk").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON decision BEGIN UPDATE correction SET state = 'approved'; END",
        "CREATE VIEW evil AS SELECT 1",
        "CREATE TABLE evil(x)",
        "DROP TRIGGER decision_fixed",
        "DROP TRIGGER entry_kept",
        "ALTER TABLE decision ADD COLUMN evil TEXT",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 2000",
    ],
)
def test_a_desk_that_another_program_changed_is_refused(tmp_path: Path, statement: str) -> None:
    path = _desk(tmp_path)
    stranger = sqlite3.connect(path)
    stranger.execute(statement)
    stranger.commit()
    stranger.close()
    with pytest.raises(UserError):
        database.open_desk(path)


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    db = database.open_desk(_desk(tmp_path))

    def fail_halfway() -> None:
        with transaction(db):
            ledger.append(db, "ann", "noted", {"subject": "x"})
            ledger.append(db, "ann", "noted", {"subject": object()})

    with pytest.raises(TypeError):
        fail_halfway()
    assert ledger.size(db) == 1
    db.close()


def test_a_read_only_connection_cannot_write(tmp_path: Path) -> None:
    db = database.open_desk(_desk(tmp_path), readonly=True)
    with pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM episode")
    db.close()


def test_every_truncation_opens_or_is_refused_in_words(tmp_path: Path) -> None:
    whole = _desk(tmp_path).read_bytes()
    path = tmp_path / "cut.desk"
    for length in range(0, len(whole), 4099):
        path.write_bytes(whole[:length])
        try:
            database.open_desk(path).close()
        except UserError as error:
            assert "cut.desk" in str(error)  # noqa: PT017 - either way is right, as long as it is in words


_MAKING = """
import sys
from pathlib import Path
from dreamdesk.desk.database import create
from dreamdesk.desk import migrations
print("ready", flush=True)
for number in range(1000):
    create(Path(sys.argv[1]) / f"{number}.desk").close()
"""


def test_a_desk_whose_making_was_killed_is_whole_or_absent(tmp_path: Path) -> None:
    for wait in (0.3, 0.31, 0.34, 0.37, 0.42, 0.5):
        folder = tmp_path / str(wait)
        folder.mkdir()
        process = subprocess.Popen([sys.executable, "-c", _MAKING, str(folder)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.kill()
        process.stdout.close()
        process.wait()
        for path in folder.glob("[0-9]*.desk"):
            database.open_desk(path).close()

"""A desk file: opened as a stranger's, refused in words, and the same after a crash."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from dreamdesk.desk import chain, database, ledger, schema, tallies
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


def _older_desk(path: Path, version: int) -> None:
    """Lay a desk of an earlier *version* at *path*, as that DreamDesk made it."""
    scripts = {number: script for number, script in schema.SCRIPTS.items() if number <= version}
    with pytest.MonkeyPatch.context() as then:
        then.setattr(schema, "SCRIPTS", scripts)
        then.setattr(schema, "VERSION", version)
        if version < 1_002:
            then.setattr(tallies, "rebuild", lambda db: None)  # there were none then
        database.create(path).close()


@pytest.mark.parametrize("version", sorted(schema.SCRIPTS)[:-1])
def test_an_older_desk_is_copied_and_brought_up_to_date(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.desk"
    _older_desk(path, version)
    with closing(database.open_desk(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert ledger.size(db) == 1
        assert chain.verify(db) == []
        assert tallies.faults(db) == []
    with closing(database.open_desk(path, readonly=True)) as db:
        assert ledger.size(db) == 1
    copy = tmp_path / f"old.desk.before-{schema.VERSION}"
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        assert db.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_an_older_desk_that_says_of_itself_to_be_newer_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "old.desk"
    _older_desk(path, 1_002)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES('dreamdesk', '1003', '')")
    before = path.read_bytes()
    with pytest.raises(UserError, match="changed by another program"):
        database.open_desk(path)
    assert path.read_bytes() == before


def test_an_older_desk_that_may_only_be_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "old.desk"
    _older_desk(path, 1_000)
    before = path.read_bytes()
    with pytest.raises(UserError, match="older DreamDesk"):
        database.open_desk(path, readonly=True)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*before*"))


def test_an_upgrade_that_was_killed_halfway_goes_on_or_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.desk"
    _older_desk(path, 1_000)
    kill = (
        "import os, sqlite3, sys\nfrom pathlib import Path\nfrom dreamdesk.desk import database, migrations\n"
        "real = migrations._statements\n"
        "def dying(script):\n    yield from real(script)\n    os._exit(9)\n"
        "migrations._statements = dying\ndatabase.open_desk(Path(sys.argv[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", kill, str(path)], check=False).returncode == 9
    with closing(database.open_desk(path)) as db:
        assert chain.verify(db) == []
        assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_desk_of_a_newer_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = _desk(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(UserError, match="newer DreamDesk"):
        database.open_desk(path)

"""The bytes of a source inside the desk: whole, compressed, and those that were hashed."""

from __future__ import annotations

import hashlib
import random
import threading
import zlib
from pathlib import Path

import pytest

from dreamdesk.desk import database, kept, sources
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.kept import Keeping, SourceChanged, kept_bytes
from dreamdesk.model.source import Source


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


def _begin(db: Connection, name: str) -> int:
    return sources.begin(db, Source(name, f"/x/{name}", name, 1, "test", 1))


def _keep(db: Connection, source: int, path: Path, digest: str) -> bool:
    with Keeping(db, source, str(path), digest) as keeping, transaction(db):
        keeping.write()
        keeping.finish()
    return keeping.referenced


def _file(path: Path, data: bytes) -> tuple[Path, str]:
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def test_the_bytes_come_back_as_they_were(db: Connection, tmp_path: Path) -> None:
    data = random.Random(1).randbytes(1 << 20) * 20  # several frames
    path, digest = _file(tmp_path / "a.jsonl", data)
    source = _begin(db, "a")
    assert not _keep(db, source, path, digest)
    assert b"".join(kept_bytes(db, source)) == data
    assert db.execute("SELECT count(*) FROM source_bytes").fetchone()[0] > 1
    assert db.execute("SELECT sum(length(data)) FROM source_bytes").fetchone()[0] < len(data) / 5


def test_bytes_that_an_earlier_version_kept_are_read(db: Connection) -> None:
    source = _begin(db, "a")
    with transaction(db):
        db.executemany(
            "INSERT INTO source_bytes VALUES(?,?,?)", [(source, n, zlib.compress(b"part %d;" % n)) for n in range(3)]
        )
    assert b"".join(kept_bytes(db, source)) == b"part 0;part 1;part 2;"


def test_other_bytes_than_those_that_were_hashed_are_not_kept(db: Connection, tmp_path: Path) -> None:
    path, digest = _file(tmp_path / "a.jsonl", b"[1]" * 1000)
    source = _begin(db, "a")
    with pytest.raises(SourceChanged, match="changed"):
        _keep(db, source, path, "0" * 64)
    with pytest.raises(SourceChanged, match="went away"):
        _keep(db, source, tmp_path / "none", digest)
    assert list(kept_bytes(db, source)) == []


def test_a_source_that_stays_large_is_referenced(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEEP_BYTES", 3 << 20)
    monkeypatch.setattr(kept, "_FRAME", 1 << 20)
    path, digest = _file(tmp_path / "a.jsonl", random.Random(1).randbytes(6 << 20))
    source = _begin(db, "a")
    assert _keep(db, source, path, digest)
    assert list(kept_bytes(db, source)) == []


def test_a_reading_that_is_given_up_leaves_no_thread_behind(db: Connection, tmp_path: Path) -> None:
    path, digest = _file(tmp_path / "a.jsonl", random.Random(1).randbytes(40 << 20))
    keeping = Keeping(db, _begin(db, "a"), str(path), digest)
    with pytest.raises(KeyError), keeping:
        raise KeyError
    assert not [thread for thread in threading.enumerate() if thread.name == "ahead"]

"""The traces that benchmarks measure with are traces, and the same ones every time."""

from __future__ import annotations

import hashlib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import database, kept
from dreamdesk.desk.database import Connection

CORPUS = Path(__file__).resolve().parents[2] / "benchmarks" / "corpus.py"


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("benchmark_corpus", CORPUS)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WORDS", 2_000)  # the whole vocabulary takes seconds to draw
    monkeypatch.setattr(module, "_DRAWS", 1 << 16)
    return module


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("form", "format_name"), [("episodes", "openai-chat"), ("events", "claude-code"), ("calls", "openai-chat")]
)
def test_each_form_is_read_whole(
    corpus: ModuleType, db: Connection, tmp_path: Path, form: str, format_name: str
) -> None:
    file = corpus.write(tmp_path / form, form, 500_000)
    (report,) = pipeline.import_paths(db, [file])
    assert (report.format, report.skipped) == (format_name, ())
    assert report.steps > 20
    again = corpus.write(tmp_path / "again", form, 500_000)
    assert again.read_bytes() == file.read_bytes()


def test_a_log_that_repeats_its_history_is_kept_small_and_exact(
    corpus: ModuleType, db: Connection, tmp_path: Path
) -> None:
    file = corpus.write(tmp_path / "calls.jsonl", "calls", 4_000_000)
    (report,) = pipeline.import_paths(db, [file])
    whole = b"".join(kept.kept_bytes(db, 1))
    assert hashlib.sha256(whole).hexdigest() == report.sha256
    assert whole.splitlines() == file.read_bytes().splitlines()  # every call, byte by byte
    (stored,) = db.execute("SELECT sum(length(data)) FROM source_bytes").fetchone()
    (said,) = db.execute("SELECT sum(length(content)) FROM step").fetchone()
    assert stored + said < file.stat().st_size / 10

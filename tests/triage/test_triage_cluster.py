"""A triage on a Dask cluster of two workers, one of which is killed at its work, gives the packets of one process.

``TRIAGE_COPIES=40 pytest tests/triage/test_triage_cluster.py`` takes a corpus of 280 files.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from triage_corpus import PASSPHRASE, corpus, environment, result

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.model.decision import Role
from dreamdesk.pipeline.triaging.crew import Crew

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dreamdesk[cluster]'")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers, each a process that nobody starts again."""
    file, started = tmp_path / "scheduler.json", list[subprocess.Popen[bytes]]()

    def start(program: str, *more: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(file), "--no-dashboard"]
        with (tmp_path / f"{program}.log").open("ab") as log:
            started.append(subprocess.Popen([*command, *more], env=environment(), stdout=log, stderr=log, cwd=tmp_path))

    try:
        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0")
        _until(file.exists)
        for _ in range(2):
            start("dask_worker", "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1")
        yield json.loads(file.read_text())["address"], started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _until(met: object) -> None:
    for _ in range(1200):
        if met():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def within(files: Path, out: Path, crew: Crew, progress: pipeline.Progress | None = None) -> pipeline.Triage:
    """Run a triage, file by file."""
    with closing(database.create(out.with_suffix(".desk"))) as db, crew:
        pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
        signer, ask = pipeline.unlock(db, "Ann", PASSPHRASE), pipeline.TriageAsk(3, seed="lot7")
        return pipeline.triage(
            db, signer, [files], out, crew, ask, pipeline.TriageSending(), shard_bytes=1, progress=progress
        )


def _crew(address: str) -> Crew:
    crew = pipeline.hire(2, address)
    _until(lambda: len(crew._client.nthreads()) == 2)  # type: ignore[attr-defined]
    return crew


def test_a_worker_that_is_lost_changes_nothing(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path
) -> None:
    address, workers = cluster
    files = corpus(tmp_path / "traces", int(os.environ.get("TRIAGE_COPIES", "1")))
    alone = within(files, tmp_path / "alone", Crew())
    _until(lambda: all(worker.poll() is None for worker in workers))
    at_work = list[object]()

    def progress(done: int, total: int, what: str) -> None:
        if what.startswith("Reading") and not at_work and done < total:
            at_work.append(crew._client.processing())  # type: ignore[attr-defined]
            workers[0].send_signal(signal.SIGKILL)

    crew = _crew(address)
    assert within(files, tmp_path / "spread", crew, progress) == alone
    assert workers[0].wait(10) == -signal.SIGKILL
    assert workers[1].poll() is None
    (processing,) = at_work
    assert all(tasks for tasks in processing.values()), "the one that was killed had nothing to do"  # type: ignore[attr-defined]
    assert result(tmp_path / "spread") == result(tmp_path / "alone")

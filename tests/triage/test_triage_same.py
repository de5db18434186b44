"""The packets of a triage depend on corpus, terms and seed: not on who works, how much at once, or how often."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from triage_corpus import PASSPHRASE, command, corpus, environment, result, run

from dreamdesk import pipeline
from dreamdesk.cli import main
from dreamdesk.desk import database, episodes, packets, queue
from dreamdesk.desk.auditors import all_auditors
from dreamdesk.desk.queue import Tab
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.triaging.crew import Crew
from dreamdesk.review import sshsig


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus(tmp_path_factory.mktemp("corpus") / "traces")


def within(files: Path, out: Path, **more: Any) -> pipeline.Triage:
    """Run a triage in this process alone."""
    out.mkdir(exist_ok=True)
    with closing(database.open_or_create(out / "triage.desk")) as db:
        if not all_auditors(db):
            pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
        signer = pipeline.unlock(db, "Ann", PASSPHRASE)
        ask = pipeline.TriageAsk(3, seed="lot7")
        return pipeline.triage(db, signer, [files], out, Crew(), ask, pipeline.TriageSending(), **more)


@pytest.fixture(scope="module")
def alone(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a triage that one process did, file by file."""
    out = tmp_path_factory.mktemp("alone") / "out"
    within(files, out, shard_bytes=1)
    return out


def test_all_files_at_once_give_the_packets_of_each_by_itself(files: Path, alone: Path, tmp_path: Path) -> None:
    within(files, tmp_path / "out")
    assert result(tmp_path / "out") == result(alone)
    assert not (alone / "work").exists()


def test_several_processes_give_the_packets_of_one(files: Path, alone: Path, tmp_path: Path) -> None:
    printed = run(files, tmp_path / "out", "--workers", 2)
    assert result(tmp_path / "out") == result(alone)
    assert printed[0].startswith("files=7  unread=1  episodes=")
    assert printed[-1] == "1 file could not be read; triage.json says which, and why."


def test_the_desk_that_deals_sees_what_one_with_the_whole_corpus_sees(files: Path, alone: Path, tmp_path: Path) -> None:
    whole = database.create(tmp_path / "whole.desk")
    list(pipeline.import_paths(whole, [files]))
    pipeline.prepare(whole)
    with closing(whole), closing(database.open_desk(alone / "triage.desk")) as dealing:
        seen = [_seen(whole), _seen(dealing)]
        dealt = {
            digest for one in json.loads((alone / "triage.json").read_bytes())["packets"] for digest in one["episodes"]
        }
        assert dealt
        assert {name: seen[0][name] for name in dealt} == {name: seen[1][name] for name in dealt}
        lot = dict(reversed(line.split()) for line in (alone / "lot.txt").read_text().splitlines())
        assert {name: row[0] for name, row in seen[0].items()} == lot
        assert pipeline.verify_desk(dealing) == []


def _seen(db: database.Connection) -> dict[str, tuple[str, float | None, int | None, int]]:
    """Return what the queue of a desk says of its failures, and how many corrections each has, by digest."""
    found = {}
    for row in queue.rows(db, queue.ids(db, Tab.ALL)):
        if row.outcome.value in ("failed", "partial"):
            name = packets.episode_digest(episodes.load(db, row.episode), episodes.source_of(db, row.episode).sha256)
            chains = [packets.chains(db, row.episode, source) for source in DreamSource]
            found[name] = (row.severity, row.probability, row.error, sum(map(len, chains)))
    return found


def test_a_killed_triage_goes_on_where_it_was(files: Path, alone: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(files, out, "--workers", 2), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until(lambda: list((out / "work").glob("shard-*.json")) or process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    run(files, out, "--workers", 2)
    assert result(out) == result(alone)


def test_a_worker_that_is_killed_is_replaced(files: Path, alone: Path, tmp_path: Path) -> None:
    with closing(database.create(tmp_path / "triage.desk")) as db, pipeline.hire(2) as crew:
        pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
        signer, killed = pipeline.unlock(db, "Ann", PASSPHRASE), list[int]()

        def progress(done: int, total: int, what: str) -> None:
            if what.startswith("Reading") and not killed:
                killed.append(next(iter(crew._executor._processes)))  # type: ignore[attr-defined]
                os.kill(killed[0], signal.SIGKILL)

        pipeline.triage(
            db, signer, [files], tmp_path / "out", crew, pipeline.TriageAsk(3, seed="lot7"), pipeline.TriageSending(),
            shard_bytes=1, progress=progress,
        )  # fmt: skip
    assert killed
    assert result(tmp_path / "out") == result(alone)


def _until(met: Any) -> None:
    for _ in range(1200):
        if met():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def test_a_stopped_triage_makes_the_packets_that_are_missing(files: Path, alone: Path, tmp_path: Path) -> None:
    stop = [True]
    with pytest.raises(UserError, match="goes on from there"):
        within(files, tmp_path / "out", cancelled=lambda: bool(stop))
    within(files, tmp_path / "out", keep=True)
    (tmp_path / "out" / "triage.json").unlink()
    (tmp_path / "out" / "desk-02-001.packet").unlink()
    before = (tmp_path / "out" / "desk-01-001.packet").read_bytes()
    within(files, tmp_path / "out")
    assert (tmp_path / "out" / "desk-01-001.packet").read_bytes() == before
    assert result(tmp_path / "out") == result(alone)


def test_a_triage_that_ends_after_locating_still_proposes_corrections(files: Path, alone: Path, tmp_path: Path) -> None:
    told: list[str] = []
    with pytest.raises(UserError, match="goes on from there"):
        within(
            files, tmp_path / "out", progress=lambda done, total, what: told.append(what),
            cancelled=lambda: "failures grouped" in told,
        )  # fmt: skip
    within(files, tmp_path / "out")
    assert result(tmp_path / "out") == result(alone)


def test_a_packet_is_joined_elsewhere_and_its_return_here(alone: Path, tmp_path: Path) -> None:
    there = database.create(tmp_path / "bob.desk")
    pipeline.add_auditor(there, "Bob", Role.REVIEWER, PASSPHRASE)
    bob = pipeline.unlock(there, "Bob", PASSPHRASE)
    packet = alone / "desk-02-001.packet"
    key = sshsig.fingerprint(pipeline.packet_head(packet).key)
    found = pipeline.join_packet(there, packet, "Bob", [key])
    assert found.new["episodes"] == next(
        len(one["episodes"]) for one in json.loads((alone / "triage.json").read_bytes())["packets"] if one["desk"] == 2
    )
    pipeline.answer_packet(there, tmp_path / "back.packet", bob)
    with closing(there), closing(database.open_desk(alone / "triage.desk")) as db:
        theirs = sshsig.fingerprint(bob.auditor.public_key)
        assert pipeline.join_packet(db, tmp_path / "back.packet", "Ann", [theirs]).kept
        assert pipeline.verify_desk(db) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--for", "Bob"], "--for names 1 auditor"),
        (["--share", "2"], "between 0 and 1"),
        (["--due", "soon"], "date"),
        (["--cluster", "tcp://127.0.0.1:1"], "no Dask scheduler answers"),
    ],
)
def test_what_cannot_be_done_is_said(
    files: Path, tmp_path: Path, more: list[str], words: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if "--cluster" in more:
        pytest.importorskip("distributed")
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    assert main.run([*command(files, tmp_path / "out")[3:], *more]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob("out/*.packet"))


def test_a_folder_is_for_one_triage(files: Path, alone: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="finished there already"):
        within(files, alone)
    with pytest.raises(UserError, match="among the files"):
        within(files, files / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no file"):
        within(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(UserError, match="goes on from there"):
        within(files, tmp_path / "out", cancelled=lambda: True)
    with pytest.raises(UserError, match="other files"):
        within(files / "handoff-review.json", tmp_path / "out")

"""Killed at any moment, the desk opens again with every acknowledged decision and no half import."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from desk_tools import PASSPHRASE, environment, run

_DECIDING = """
import sys
from pathlib import Path
from dreamdesk import pipeline
from dreamdesk.desk.database import open_desk
from dreamdesk.desk import corrections
from dreamdesk.model.decision import Verdict
db = open_desk(Path(sys.argv[1]))
signer = pipeline.unlock(db, "Ann", sys.argv[2])
hold, escalate = pipeline.reasons(Verdict.HOLD)[0].code, pipeline.reasons(Verdict.RETURN)[0].code
print("ready", flush=True)
for number in range(100000):
    for correction in corrections.ids(db):
        pipeline.decide(db, correction, Verdict.HOLD, hold, f"kept {number}", signer)
        print(f"{correction} kept {number}", flush=True)
"""


def _desk(tmp_path: Path, samples: Path) -> Path:
    desk = tmp_path / "a.desk"
    run("import", samples, "--desk", desk)
    run("locate", "--desk", desk)
    run("dream", "--source", "graft", "--desk", desk)
    run("check", "--desk", desk)
    run("auditor", "add", "Ann", "--role", "lead", "--desk", desk)
    return desk


def test_no_acknowledged_decision_is_lost_when_the_program_is_killed(tmp_path: Path, samples: Path) -> None:
    desk = _desk(tmp_path, samples)
    acknowledged: list[str] = []
    chance = random.Random(7)
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", _DECIDING, str(desk), PASSPHRASE],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.01, 0.25))
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split("\n")
        process.stdout.close()
        process.wait()
        acknowledged += [line for line in lines[:-1] if line]
        kept = [f"{row['correction']} {row['comment']}" for row in run("list", "decisions", "--desk", desk)]
        # Each run counts from 0 again, so compare how often each stands there.
        for line in set(acknowledged):
            assert kept.count(line) >= acknowledged.count(line), line
        assert run("verify", "--desk", desk)[0]["verified"]
    assert acknowledged


def test_a_killed_import_leaves_nothing_and_can_be_repeated(tmp_path: Path, samples: Path) -> None:
    desk = tmp_path / "a.desk"
    run("import", samples / "customer-support", "--desk", desk)
    before = run("list", "episodes", "--desk", desk)
    big = tmp_path / "big.jsonl"
    (sample,) = (samples / "customer-support").glob("*.jsonl")
    big.write_text(sample.read_text() * 150)
    chance = random.Random(11)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-m", "dreamdesk", "import", str(big), "--desk", str(desk), "--json", "--progress"],
            env=environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        process.kill()
        process.stdout.close()
        process.wait()
        seen = run("list", "episodes", "--desk", desk)
        assert len(seen) in (len(before), len(before) * 151)
        assert run("verify", "--desk", desk)[0]["verified"]
    run("import", big, "--desk", desk)
    assert len(run("list", "episodes", "--desk", desk)) == len(before) * 151

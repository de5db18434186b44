"""Effect: what later attempts show of the families that a bundle addressed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database
from dreamdesk.desk.database import Connection
from dreamdesk.desk.effects import Tally, lineage
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.pipeline.recurring import recurrence

PASSPHRASE = "correct horse battery"


def attempt(number: int, failed: bool, tool: str = "send_refund") -> dict[str, Any]:
    """An attempt of tau-bench: refunded without asking, or asked first."""
    call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": '{"order": "A-1"}'}}
    acts = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "name": tool, "content": "Error: not allowed"},
        {"role": "assistant", "content": "That did not work."},
    ]
    traj = [
        {"role": "system", "content": "Obtain confirmation before any refund."},
        {"role": "user", "content": f"Case {number}: what would a refund of order A-1 bring?"},
        *(acts if failed else [{"role": "assistant", "content": "Shall I look that up?"}]),
    ]
    return {"task_id": number, "reward": float(not failed), "trial": 0, "info": {}, "traj": traj}


def take_in(db: Connection, path: Path, attempts: list[dict[str, Any]], agent: str, at: int) -> None:
    """Import attempts of *agent* that started at *at*, and find what they share."""
    path.write_text(json.dumps(attempts))
    (report,) = pipeline.import_paths(db, [path])
    assert report.episodes == len(attempts)
    with database.transaction(db):
        db.execute("UPDATE episode SET agent = ?, started = ? WHERE source = (SELECT max(id) FROM source)", (agent, at))
    pipeline.locate(db)
    pipeline.group(db)


@pytest.fixture
def released(tmp_path: Path) -> Connection:
    """A desk whose one bundle corrects a refund without asking: 10 of 30 attempts of support-agent v1."""
    db = database.create(tmp_path / "a.desk")
    take_in(db, tmp_path / "v1.json", [attempt(n, n < 10) for n in range(30)], "support-agent v1", time.time_ns())
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    pipeline.add_auditor(db, "Bo", Role.APPROVER, PASSPHRASE)
    ask = Step(0, Actor.AGENT, Kind.MESSAGE, "Shall I look that up first?", 0)
    number = pipeline.author(db, 1, pipeline.bound(db, 1).steps[2].index, [ask], "Ann", "asks first")
    assert not [c for c in corrections.checks(db, number)[0] if c.result.value == "block"]
    signer = pipeline.unlock(db, "Bo", PASSPHRASE)
    pipeline.decide(db, number, Verdict.APPROVE, "follows-policy", "It asks.", signer)
    pipeline.release(db, tmp_path / "out", signer)
    return db


def test_without_later_attempts_nothing_is_said_of_the_effect(released: Connection) -> None:
    (found,) = pipeline.effect(released)
    assert (found.before.failures, found.before.attempts) == (10, 30)
    assert (found.after.attempts, found.after.words) == (0, "no attempts")
    assert found.verdict == "No later attempt of this agent is on the desk yet."


def test_a_failure_that_came_back_less_often_is_told_with_its_interval(released: Connection, tmp_path: Path) -> None:
    later = [attempt(100 + n, n < 1) for n in range(60)]
    take_in(released, tmp_path / "v2.json", later, "support-agent v2", time.time_ns())
    (found,) = pipeline.effect(released)
    assert (found.after.failures, found.after.attempts) == (1, 60)
    assert found.after.words == "1 of 60 attempts (2%, 95%\N{NO-BREAK SPACE}interval 0 to 9%)"
    assert found.verdict == "Rarer than before."
    assert found.effect.after == (Tally("support-agent v2", 60, 1),)
    assert found.effect.bundle == 1


def test_few_attempts_and_other_agents_prove_nothing(released: Connection, tmp_path: Path) -> None:
    take_in(released, tmp_path / "few.json", [attempt(200, False)] * 3, "support-agent v2", time.time_ns())
    take_in(released, tmp_path / "other.json", [attempt(300, True)] * 5, "sales-agent v2", time.time_ns())
    (found,) = pipeline.effect(released)
    assert found.after.attempts == 3
    assert found.verdict.startswith("Not seen again; fewer than 20 attempts")


def test_traces_from_before_the_bundle_that_arrive_late_count_as_before(released: Connection, tmp_path: Path) -> None:
    take_in(released, tmp_path / "old.json", [attempt(400, True)] * 4, "support-agent v0", 1_600_000_000 * 10**9)
    (found,) = pipeline.effect(released)
    assert (found.before.failures, found.before.attempts, found.after.attempts) == (14, 34, 0)


def test_a_kind_of_failure_that_is_new_since_the_bundle_is_named(released: Connection, tmp_path: Path) -> None:
    assert pipeline.new_families(released) == []
    odd = [attempt(500 + n, True, tool="delete_account") for n in range(3)]
    take_in(released, tmp_path / "odd.json", odd, "support-agent v2", time.time_ns())
    (family,) = pipeline.new_families(released)
    assert (family.tool, family.size) == ("delete_account", 3)


def test_agents_are_told_by_their_names_without_versions() -> None:
    names = ["support-agent v14", "support-agent-2.1", "Router @3", "gpt-4o", "v2", ""]
    assert [lineage(name) for name in names] == ["support-agent", "support-agent", "Router", "gpt-4o", "v2", ""]
    assert recurrence([]).words == "no attempts"

"""Desks with approved corrections that wait for release, made quickly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Step

PASSPHRASE = "correct horse battery"


def attempt(number: int) -> dict[str, Any]:
    """An attempt of tau-bench: the agent refunds without asking. Each has a customer of its own."""
    call = {
        "id": f"c{number}",
        "type": "function",
        "function": {"name": "send_refund", "arguments": '{"order": "A-1"}'},
    }
    traj = [
        {"role": "system", "content": "Obtain confirmation before any refund."},
        {"role": "user", "content": f"I am Joan Doe {number}: what would a refund of order A-{number} bring?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{number}", "name": "send_refund", "content": "Error: not allowed"},
        {"role": "assistant", "content": f"That did not work, Joan Doe {number}."},
    ]
    return {"task_id": number, "reward": 0.0, "trial": 0, "info": {}, "traj": traj}


def waiting(folder: Path, count: int = 3) -> Path:
    """Return a desk in *folder* with *count* corrections of two files, which Ann wrote and Bo approved."""
    db = database.create(folder / "refunds.desk")
    for name, numbers in (("monday.json", range(count - 1)), ("tuesday.json", range(count - 1, count))):
        (folder / name).write_text(json.dumps([attempt(number) for number in numbers]))
        list(pipeline.import_paths(db, [folder / name]))
    pipeline.locate(db)
    pipeline.add_auditor(db, "Ann", Role.REVIEWER, PASSPHRASE)
    pipeline.add_auditor(db, "Bo", Role.REVIEWER, PASSPHRASE)
    signer = pipeline.unlock(db, "Bo", PASSPHRASE)
    for episode in range(1, count + 1):
        start = next(s.index for s in pipeline.bound(db, episode).steps if s.kind is Kind.TOOL_CALL)
        ask = Step(0, Actor.AGENT, Kind.MESSAGE, "Shall I look that up first?", 0)
        number = pipeline.author(db, episode, start, [ask], "Ann", "asks first")
        pipeline.decide(db, number, Verdict.APPROVE, "other", "Right.", signer)
    db.close()
    return folder / "refunds.desk"


def release(db: Connection, out: Path) -> Path:
    """Release all that waits, signed by Bo."""
    return pipeline.release(db, out, pipeline.unlock(db, "Bo", PASSPHRASE))

"""Asks thousands of questions through Message Batches on a local server, killed again and again.

    PYTHONPATH=tests python benchmarks/batches.py [--dreams] [--items 10000] [--kills 30] [--seed 1]

The questions are made up; with --dreams they are those about as many failed episodes, and every answer must become the
one correction of its episode.

A server in this process speaks the Message Batches API and loses connections at random, before and after a request had
its effect. The program that asks is a process of its own, killed with SIGKILL at random times and started again, until
all is done. Prints what was survived as JSON; exit code 1 when an answer was lost, or a question was paid for twice.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from batches_server import Batches
from messages_server import MessagesServer

from dreamdesk import pipeline
from dreamdesk.desk import batches, corrections, ledger
from dreamdesk.desk.database import Connection, create, open_desk
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import AskAll, Prompt
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import batching
from dreamdesk.pipeline.dreaming import dream_one


def ask_one(db: Connection, episode: int, ask: AskAll) -> None:
    prompt = Prompt("Be brief.", f"What of {episode}?" + " Much was recorded." * 20, "reply", {"type": "object"}, 100)
    (reply,) = ask([prompt])
    assert reply.data == {"said": prompt.text}, reply


def failed_desk(desk: Path, count: int) -> None:
    """Make a desk with *count* failed episodes of a refund that nobody asked for, located."""
    call = {"id": "c1", "type": "function", "function": {"name": "send_refund", "arguments": '{"order": "A-1"}'}}
    attempts = [
        {
            "task_id": number,
            "reward": 0.0,
            "trial": 0,
            "info": {},
            "traj": [
                {"role": "user", "content": f"Case {number}: what would a refund of order A-1 bring?"},
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "name": "send_refund", "content": "Error: not allowed"},
                {"role": "assistant", "content": "That did not work."},
            ],
        }
        for number in range(count)
    ]
    traces = desk.with_name("traces.json")
    traces.write_text(json.dumps(attempts))
    db = create(desk)
    list(pipeline.import_paths(db, [traces]))
    pipeline.locate(db)
    db.close()


def dreamt(params: dict[str, Any]) -> Any:
    """Answer a question about an episode as a model does that asks first."""
    asked = params["messages"][0]["content"]
    start = int(re.search(r"named step is (\d+)", asked)[1])  # type: ignore[index]
    case = re.search(r"Case \d+", asked)[0]  # type: ignore[index]
    turn = {"actor": "agent", "text": f"{case}: shall I look that up first?"}
    return {"from_step": start, "why": "It should ask.", "turns": [turn]}


def asking(desk: Path, url: str, job: int) -> None:
    """The process that is killed: go on with the job until it is done."""
    db = open_desk(desk)
    work = dream_one if batches.job(db, job).verb == "dream" else ask_one  # type: ignore[union-attr]
    while True:
        try:
            endpoint = Endpoint(url, "m")
            done = batching.run(db, endpoint, job, partial(work, db), poll=0.05, settling=0.0, most=500)
        except UserError:
            continue  # The server hung up.
        if done.state == batches.ENDED:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dreams", action="store_true")
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--asking", nargs=3, metavar=("DESK", "URL", "JOB"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.asking:
        asking(Path(args.asking[0]), args.asking[1], int(args.asking[2]))
        return
    dice = random.Random(args.seed)

    def faults(kind: str) -> str:
        kinds = {"create": ("before", "after", "529"), "results": ("before", "cut", "429")}
        return dice.choice(kinds.get(kind, ("before", "503"))) if dice.random() < 0.1 else ""

    def echo(params: dict[str, Any]) -> Any:
        return {"said": params["messages"][0]["content"]}

    api = Batches(dreamt if args.dreams else echo, faults=faults, polls=2)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, MessagesServer(api) as server:
        desk = Path(folder) / "a.desk"
        failed_desk(desk, args.items) if args.dreams else create(desk).close()
        db = open_desk(desk)
        verb = "dream" if args.dreams else "test"
        job = batches.add_job(db, verb, {}, server.url, "m", range(1, args.items + 1), "benchmark")
        db.close()
        kills = starts = 0
        while True:
            starts += 1
            words = [sys.executable, __file__, "--asking", str(desk), server.url, str(job)]
            process = subprocess.Popen(words)
            try:
                process.wait(dice.uniform(1.0, 8.0) if kills < args.kills else None)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
        db = open_desk(desk)
        after = batches.job(db, job)
        faults_of_ledger = ledger.verify(db)
        per_episode = Counter(corrections.get(db, number).episode for number in corrections.ids(db))
        db.close()
    assert after is not None
    twice = sum(count > 1 for count in api.paid.values())
    lost = args.items - (sum(count == 1 for count in per_episode.values()) if args.dreams else after.done)
    print(
        json.dumps(
            {
                "items": args.items,
                "kills": kills,
                "starts": starts,
                "batches": len(api.made),
                "requests": len(server.requests),
                "done": after.done,
                "failed": after.failed,
                "paid": len(api.paid),
                "paid_twice": twice,
                "lost": lost,
                "ledger_faults": len(faults_of_ledger),
                "seconds": round(time.monotonic() - began, 1),
            }
        )
    )
    sys.exit(bool(twice or lost or faults_of_ledger or len(api.paid) != args.items))


if __name__ == "__main__":
    main()

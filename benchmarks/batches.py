"""Judges or dreams thousands of episodes through Message Batches on a local server, killed again and again.

    PYTHONPATH=tests python benchmarks/batches.py [--items 10000] [--kills 30] [--seed 1]

A server in this process speaks the Message Batches API and loses connections at random, before and after a request had
its effect. The program that asks is a process of its own, killed with SIGKILL at random times and started again, until
all is done. Prints what was survived as JSON; exit code 1 when an answer was lost, or a question was paid for twice.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from batches_server import Batches
from messages_server import MessagesServer

from dreamdesk.desk import batches, ledger
from dreamdesk.desk.database import create, open_desk
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import AskAll, Prompt
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import batching


def ask_one(episode: int, ask: AskAll) -> None:
    prompt = Prompt("Be brief.", f"What of {episode}?" + " Much was recorded." * 20, "reply", {"type": "object"}, 100)
    (reply,) = ask([prompt])
    assert reply.data == {"said": prompt.text}, reply


def asking(desk: Path, url: str, job: int) -> None:
    """The process that is killed: go on with the job until it is done."""
    db = open_desk(desk)
    while True:
        try:
            done = batching.run(db, Endpoint(url, "m"), job, ask_one, poll=0.05, settling=0.0, most=500)
        except UserError:
            continue  # The server hung up.
        if done.state == batches.ENDED:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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

    api = Batches(echo, faults=faults, polls=2)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, MessagesServer(api) as server:
        desk = Path(folder) / "a.desk"
        db = create(desk)
        job = batches.add_job(db, "test", {}, server.url, "m", range(1, args.items + 1), "benchmark")
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
        db.close()
    assert after is not None
    twice = sum(count > 1 for count in api.paid.values())
    lost = args.items - after.done
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

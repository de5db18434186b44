"""A process with everything imported, whose children do a piece of work on a failing disk, or are killed over it.

It runs with `faulty_disk.c` before the C library. For each line of JSON on its input, a list of jobs, it makes a child
for each job, all at the same time, and says on its output what became of them. Making a child takes milliseconds.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import fault_work

from dreamdesk.desk.database import DatabaseError
from dreamdesk.model.errors import UserError

PATIENCE = 90.0
"""Seconds after which a child hangs."""


def child(job: dict[str, Any]) -> None:
    """Do the work of *job*, its acknowledgements and its end written where no fault reaches."""
    disk = ctypes.CDLL(None)
    told = os.open(job["told"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    disk.fault_clock(ctypes.c_long(job.get("clock", 0)))

    unsynced = 0

    def tell(text: str) -> None:
        nonlocal unsynced
        unsynced = max(unsynced, disk.fault_unsynced())
        os.write(told, f"{text}\n".encode())

    # The slash: what lies in the folder, not what lies beside it under a longer name.
    disk.fault_arm(f"{job['folder']}/".encode(), ctypes.c_long(job["at"]), job["error"], job["mode"], job["counting"])
    if job.get("allocation"):
        import _testcapi

        _testcapi.set_nomemory(job["allocation"], job["allocation"] + job.get("allocations", 1))
    try:
        fault_work.WORK[job["work"]](Path(job["folder"]), tell)
        ended = "done"
    except UserError as error:
        ended = f"sentence: {error}"
    except (DatabaseError, OSError) as error:  # both faces make a sentence of these, in one place each
        ended = f"caught: {error}"
    except MemoryError as error:  # of this, too
        ended = f"caught: {error!r}"
    except BaseException:
        ended = f"defect: {traceback.format_exc()}"
    if job.get("allocation"):
        _testcapi.remove_mem_hooks()
    count = disk.fault_count()
    disk.fault_arm(b"", ctypes.c_long(0), 0, 0, 0)
    tell(json.dumps({"ended": ended, "count": count, "unsynced": unsynced}))
    os._exit(0)


def watch(number: int, job: dict[str, Any]) -> str:
    """Wait for a child, kill it when its time has come, and return how it ended."""
    begun = time.monotonic()
    after = job.get("after")
    while True:
        pid, status = os.waitpid(number, os.WNOHANG)
        if pid:
            return "killed" if os.WIFSIGNALED(status) else "ended"
        passed = time.monotonic() - begun
        if passed > (after if after is not None else PATIENCE):
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            return "killed" if after is not None else "hung"
        time.sleep(0.0005)


def say(words: str) -> None:
    """Write one line to the output."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve jobs until the input ends."""
    fault_work.prepare(Path(sys.argv[1]))
    say("ready")
    for line in sys.stdin:
        children = []
        for job in json.loads(line):
            number = os.fork()
            if number == 0:
                child(job)
            children.append((number, job))
        say(json.dumps([watch(number, job) for number, job in children]))


if __name__ == "__main__":
    main()

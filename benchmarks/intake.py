"""Import measured against its limits and its peers: in one run, interleaved, each in a process of its own, as ratios.

python benchmarks/intake.py [--mb 200] [--repeat 3] [--memory-mb 1000] [--inspect PYTHON] [--work FOLDER]

- limit: jiter parses each line, and SQLite takes it as one blob per line (WAL);
- sqlite-utils: the same step rows through `insert_all`, then `enable_fts`;
- inspect: `inspect_ai.read_eval_log` on the same episodes, by a Python that has inspect_ai (``--inspect``);
- copies: every message of every logged call stored in a row of its own.

Ours is the whole import: hashes, kept bytes, indexes and ledger. Times are medians; wall time suffers from a busy
machine, CPU time (of all threads and of the process that reads) less. Where one may, ``chrt -f 5`` before the command
keeps others from both cores meanwhile.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import corpus

Measured = dict[str, float]

_ROWS_PER_COMMIT = 4_000


class Stopwatch:
    """Wall and CPU seconds since it was made, the CPU time of processes that were started meanwhile included."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def read(self, name: str) -> Measured:
        """Return the seconds so far under *name*."""
        return {f"{name}_wall": time.perf_counter() - self._wall, f"{name}_cpu": _cpu() - self._cpu}


def _cpu() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The clock of another process: see clock_getcpuclockid(3) and the kernel's posix-timers.h.
    running = sum(time.clock_gettime(~pid << 3 | 2) for pid in _started())
    return time.process_time() + ended.ru_utime + ended.ru_stime + running


def _started() -> list[int]:
    return [process.pid for process in multiprocessing.active_children() if process.pid]


def ours(source: Path, desk: Path) -> Measured:
    """Import *source* into a new desk: browsable once the report is there, searchable at the end."""
    from dreamdesk import pipeline
    from dreamdesk.desk.database import open_desk
    from dreamdesk.intake import opening

    opening.formats()  # modules are loaded before the clock runs, here as for the others
    db = open_desk(desk)
    watch = Stopwatch()
    for report in pipeline.import_paths(db, [source]):
        found = {**watch.read("browsable"), "steps": report.steps, "episodes": report.episodes}
        found["peak_browsable"] = _peak()
        found["peak_reading"] = sum(map(_peak_of, _started()))
        found["pages"] = _used(db)
    found |= watch.read("searchable")
    found["pages_searchable"] = _used(db)
    db.close()
    return found


def ours_exact(source: Path, desk: Path) -> Measured:
    """Import a call log and give back every call from what the desk keeps; they must be the bytes that came in."""
    from dreamdesk.desk import kept
    from dreamdesk.desk.database import open_desk

    found = ours(source, desk)
    db = open_desk(desk)
    whole = hashlib.sha256()
    for block in kept.kept_bytes(db, 1):
        whole.update(block)
    db.close()
    with source.open("rb") as file:
        found["exact"] = whole.digest() == hashlib.file_digest(file, "sha256").digest()
    return found


def limit(source: Path, desk: Path) -> Measured:
    """Parse each line and store it as one blob."""
    import jiter

    db = _plain(desk, "CREATE TABLE line(id INTEGER PRIMARY KEY, body BLOB)")
    watch = Stopwatch()
    with source.open("rb") as file:
        db.execute("BEGIN")
        size = 0
        for line in file:
            jiter.from_json(line)
            db.execute("INSERT INTO line(body) VALUES(?)", (line,))
            size += len(line)
            if size > 5_000_000:
                db.execute("COMMIT")
                db.execute("BEGIN")
                size = 0
        db.execute("COMMIT")
    db.close()
    return watch.read("browsable")


def _plain(path: Path, *statements: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA page_size=32768", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", *statements):
        db.execute(statement)
    return db


def sqlite_utils(source: Path, desk: Path) -> Measured:
    """Give the same step rows to `insert_all`, then make them searchable with `enable_fts`."""
    import sqlite_utils as peer

    db = peer.Database(desk)
    db.enable_wal()
    watch = Stopwatch()
    db["step"].insert_all(_step_rows(source), pk="id", batch_size=_ROWS_PER_COMMIT)
    found = watch.read("browsable")
    db["step"].enable_fts(["content"])
    return {**found, **watch.read("searchable"), "steps": db["step"].count}


def _step_rows(source: Path) -> Iterator[dict[str, object]]:
    """Yield the steps of *source* as dicts of the columns that a desk has, found by the shortest code that can."""
    import jiter

    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            index = 0
            for turn, message in enumerate(jiter.from_json(line)["messages"]):
                role = message["role"]
                parts = [("message" if role != "tool" else "tool_result", message["content"], "", "")]
                for call in message.get("tool_calls", ()):
                    function = call["function"]
                    parts.append(("tool_call", function["arguments"], function["name"], call["id"]))
                for kind, content, tool, call_id in parts:
                    yield {
                        "id": number << 20 | index, "actor": role, "kind": kind, "content": content, "turn": turn,
                        "native": turn, "agent": "", "tool": tool, "call_id": call_id, "is_error": 0, "at": None,
                        "tokens": None, "parent": None, "pointer": f"/messages/{turn}",
                    }  # fmt: skip
                    index += 1


def copies(source: Path, desk: Path) -> Measured:
    """Store every copy: a row for each message of each call."""
    import jiter

    db = _plain(desk, "CREATE TABLE message(call INTEGER, number INTEGER, role TEXT, content TEXT, whole TEXT)")
    watch = Stopwatch()
    with source.open("rb") as file:
        for number, line in enumerate(file):
            call = jiter.from_json(line)
            messages = [*call["request"]["messages"], call["response"]["choices"][0]["message"]]
            db.execute("BEGIN")
            db.executemany(
                "INSERT INTO message VALUES(?,?,?,?,?)",
                ((number, i, m["role"], m["content"], json.dumps(m)) for i, m in enumerate(messages)),
            )
            db.execute("COMMIT")
    db.close()
    return {**watch.read("browsable"), "bytes": desk.stat().st_size}


_INSPECT_WRITE = """
import json, sys
from inspect_ai.log import EvalLog, EvalSpec, EvalDataset, EvalConfig, EvalSample, write_eval_log
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ChatMessageAssistant, ChatMessageTool
from inspect_ai.tool import ToolCall
def message(m):
    if m["role"] == "assistant":
        calls = [ToolCall(id=c["id"], function=c["function"]["name"], arguments=json.loads(c["function"]["arguments"]))
                 for c in m.get("tool_calls", ())]
        return ChatMessageAssistant(content=m["content"], tool_calls=calls or None)
    if m["role"] == "tool":
        return ChatMessageTool(content=m["content"], tool_call_id=m["tool_call_id"])
    return (ChatMessageSystem if m["role"] == "system" else ChatMessageUser)(content=m["content"])
samples = []
for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    e = json.loads(line)
    messages = [message(m) for m in e["messages"]]
    samples.append(EvalSample(id=e["id"], epoch=1, input="task", target="", messages=messages))
at = "2026-01-01T00:00:00+00:00"
spec = EvalSpec(created=at, task="corpus", dataset=EvalDataset(), model="m", config=EvalConfig())
write_eval_log(EvalLog(eval=spec, status="success", samples=samples), sys.argv[2])
"""
_INSPECT_READ = """
import json, resource, sys, time
from inspect_ai.log import read_eval_log
wall, cpu = time.perf_counter(), time.process_time()
log = read_eval_log(sys.argv[1])
print(json.dumps({"browsable_wall": time.perf_counter() - wall, "browsable_cpu": time.process_time() - cpu,
    "samples": len(log.samples), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def inspect(python: str, log: Path) -> Measured:
    """Read *log* with `inspect_ai.read_eval_log`."""
    return _json(subprocess.run([python, "-c", _INSPECT_READ, log], capture_output=True, text=True, check=True))


def _json(done: subprocess.CompletedProcess[str]) -> Measured:
    found: Measured = json.loads(done.stdout.splitlines()[-1])
    return found


def _peak() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def _peak_of(pid: int) -> float:
    """Return the most memory that another process ever had, in MB (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _used(db: sqlite3.Connection) -> float:
    pages = ("page_count", "page_size")
    count, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in pages)
    return float(count * size)


RUNS: dict[str, Callable[[Path, Path], Measured]] = {
    run.__name__: run for run in (ours, ours_exact, limit, sqlite_utils, copies)
}


def measure(name: str, source: Path, folder: Path) -> Measured:
    """Run *name* on *source* in a process of its own, on a fresh file, and return what it measured."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        desk = Path(place, "a.desk")
        if name.startswith("ours"):  # made beforehand, as an officer's desk is
            code = "import sys; from pathlib import Path; from dreamdesk.desk.database import create; "
            subprocess.run([sys.executable, "-c", f"{code}create(Path(sys.argv[1])).close()", desk], check=True)
        command = [sys.executable, __file__, "--run", name, str(source), str(desk)]
        return _json(subprocess.run(command, capture_output=True, text=True, check=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=200, help="size of the traces")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--memory-mb", type=int, default=1_000, help="size of the file whose import's memory is told")
    parser.add_argument("--inspect", default=sys.executable, help="a Python that has inspect_ai")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir(), "dreamdesk-benchmark"))
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        name, source, desk = given.run
        found = RUNS[name](Path(source), Path(desk))
        print(json.dumps({**found, "peak": _peak()}))
        return
    given.work.mkdir(exist_ok=True)
    _report(given)


def _report(given: argparse.Namespace) -> None:
    work, size = given.work, given.mb * 1_000_000
    episodes = corpus.write(work / f"episodes-{given.mb}.jsonl", "episodes", size)
    calls = corpus.write(work / f"calls-{given.mb}.jsonl", "calls", size)
    small = corpus.write(work / "episodes-20.jsonl", "episodes", 20_000_000)
    log = work / "episodes-20.eval"
    has_inspect = not subprocess.run([given.inspect, "-c", "import inspect_ai"], capture_output=True).returncode
    if has_inspect and not log.exists():
        subprocess.run([given.inspect, "-c", _INSPECT_WRITE, small, log], check=True)
    jobs: dict[str, Callable[[], Measured]] = {
        "ours": lambda: measure("ours", episodes, work),
        "limit": lambda: measure("limit", episodes, work),
        "sqlite-utils": lambda: measure("sqlite_utils", episodes, work),
        "ours on calls": lambda: measure("ours_exact", calls, work),
        "copies": lambda: measure("copies", calls, work),
        "ours on 20 MB": lambda: measure("ours", small, work),
    }
    if has_inspect:
        jobs["inspect"] = lambda: inspect(given.inspect, log)
    runs: dict[str, list[Measured]] = {name: [] for name in jobs}
    for _ in range(given.repeat):
        for name, job in jobs.items():
            runs[name].append(job())
            print(f"{name}: {runs[name][-1]}", file=sys.stderr, flush=True)
    found = {name: {key: median(run[key] for run in done) for key in done[0]} for name, done in runs.items()}
    assert found["ours"]["steps"] == found["sqlite-utils"]["steps"], "both store the same steps"
    assert found["ours on calls"]["exact"], "every call comes back byte by byte"
    print(f"\n{os.uname().machine}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, ", end="")
    print(f"SQLite {sqlite3.sqlite_version}, {given.mb} MB, median of {given.repeat}\n")
    print("| what | wall | CPU | figure |\n|---|---|---|---|")
    mine, bound, peer = found["ours"], found["limit"], found["sqlite-utils"]
    _line("import, speed as a part of the limit", bound, mine, "browsable", "0.5")
    _line("import, times as fast as sqlite-utils insert_all", peer, mine, "browsable", "2.3")
    if has_inspect:
        _line("import, times as fast as inspect_ai", found["inspect"], found["ours on 20 MB"], "browsable", "5")
    else:
        print("| import, times as fast as inspect_ai | not installed | not installed | 5 |")
    _line("searchable, times as fast as sqlite-utils enable_fts", peer, mine, "searchable", "1.6")
    logged, naive = found["ours on calls"], found["copies"]
    _line("call log, times as fast as storing every copy", naive, logged, "browsable", "3")
    length = calls.stat().st_size
    print(f"| call log, desk in % of the input | {100 * logged['pages'] / length:.1f} | | 10 |")
    print(f"| the same, searchable | {100 * logged['pages_searchable'] / length:.1f} | | |")
    print(f"| peak memory, {given.mb} MB, MB | {_memory(mine)} | | 120 |")
    print(
        f"| MB/s, browsable | {size / 1e6 / mine['browsable_wall']:.0f} | {size / 1e6 / mine['browsable_cpu']:.0f} | |"
    )
    if given.memory_mb:
        big = corpus.write(work / f"episodes-{given.memory_mb}.jsonl", "episodes", given.memory_mb * 1_000_000)
        once = measure("ours", big, work)
        print(f"| peak memory, {given.memory_mb} MB, MB | {_memory(once)} | | 120 |")


def _memory(found: Measured) -> str:
    words = f"{found['peak_browsable']:.0f}, searchable {found['peak']:.0f}"
    return f"{words}; reading beside {found['peak_reading']:.0f}" if found["peak_reading"] else words


def _line(what: str, other: Measured, mine: Measured, part: str, figure: str) -> None:
    wall, cpu = (other[f"{part}_{clock}"] / mine[f"{part}_{clock}"] for clock in ("wall", "cpu"))
    print(f"| {what} | {wall:.2f} | {cpu:.2f} | {figure} |")


if __name__ == "__main__":
    main()

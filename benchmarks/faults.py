"""Everything that a desk, a bundle and a program must survive, in full numbers, by one command; and the table of it.

    python benchmarks/faults.py [NAME...] [--again] [--results FOLDER]    run what has no result yet, or what is named
    python benchmarks/faults.py --table                                   print the table of what was survived

The ordinary tests run a slice of each. A result is written down when its run is done, so that a run that was stopped
goes on after the last; `--again` does not heed what is there. Exit code 1 where something was not survived.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "faults"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is survived: tests, and the variables with which they run in full."""

    name: str
    what: str
    goal: str
    tests: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What runs it alone."""
        return f"python benchmarks/faults.py {self.name}"


MEASURES = (
    Measure(
        "kills", "killed at a write, sync, rename or removal, or at any time", "1,000 kills, none acknowledged lost",
        ("tests/faults/test_fault_kills.py",), {"DREAMDESK_KILLS": "1200"},
    ),
    Measure(
        "cuts", "the log cut short", "1,200 cuts", ("tests/faults/test_fault_wal.py",), {"DREAMDESK_CUTS": "1200"},
    ),
    Measure(
        "bits", "single changed bits of a desk", "10,000, each that changes content named",
        ("tests/faults/test_fault_bits.py",), {"DREAMDESK_FLIPS": "10000"},
    ),
    Measure(
        "writes", "failing writes: full, failing, read-only and closed disks", "500 points",
        ("tests/faults/test_fault_writes.py", "-k", "write_fails"), {"DREAMDESK_WRITE_ERRORS": "600"},
    ),
    Measure(
        "locks", "refused locks, vanished disks and failing reads", "with the above",
        ("tests/faults/test_fault_writes.py", "-k", "not write_fails"), {"DREAMDESK_WRITE_ERRORS": "320"},
    ),
    Measure("places", "a desk on a disk that may only be read", "read, never changed", (
        "tests/faults/test_fault_places.py",)),
    Measure("rollback", "an older copy, or a rewritten history", "20 scenarios noticed", (
        "tests/faults/test_fault_rollback.py",)),
    Measure("clocks", "clocks that jump by hours, years and decades", "kept, verified, told", (
        "tests/faults/test_fault_clocks.py",)),
    Measure("together", "several programs on one desk at the same time", "none acknowledged lost", (
        "tests/faults/test_fault_together.py",)),
    Measure("versions", "older and newer desks", "brought up to date whole; newer ones read", (
        "tests/desk/test_desk_database.py", "tests/desk/test_desk_newer.py", "tests/gui/test_desk_file.py")),
    Measure(
        "memory", "allocations that fail during an import", "200", ("tests/faults/test_fault_memory.py",),
        {"DREAMDESK_ALLOCATIONS": "200"},
    ),
    Measure("files", "bombs and oddities by name, odd types and places", "150 files", (
        "tests/hostile/test_hostile_bombs.py", "tests/hostile/test_hostile_files.py",
        "tests/hostile/test_hostile_types.py", "tests/hostile/test_hostile_places.py")),
    Measure("desks", "desk files of a stranger", "60 refused, nothing of theirs run", (
        "tests/hostile/test_hostile_desks.py",)),
    Measure("properties", "properties with random examples", "25 properties, 1,000 examples each", (
        "tests", "-m", "hypothesis", "-n", "2"), {"DREAMDESK_EXAMPLES": "1000"}),
    Measure(
        "bundles", "tampered bundles, asked of verify.py and of stock tools", "250", (
            "tests/release/test_release_tampered.py",), {"DREAMDESK_TAMPERED": "all"},
    ),
    Measure("rows", "broken rows of training data", "400 refused", ("tests/release/test_release_validator.py",)),
    Measure("same", "two releases of one desk", "20 pairs, the same bytes", ("tests/release/test_release_again.py",), {
        "DREAMDESK_PAIRS": "20"}),
    Measure(
        "screen", "hostile texts in every view and dialog", "200 texts", (
            "tests/gui/test_hostile_everywhere.py", "tests/gui/test_review_hostile.py"),
        {"DREAMDESK_HOSTILE_PARTS": "6"},
    ),
    Measure(
        "erasures", "erasures, a third of them killed on the way", "100, nothing left", (
            "tests/faults/test_fault_erasure.py",), {"DREAMDESK_ERASURES": "100"},
    ),
    Measure("injections", "traces that speak to the model that dreams", "100", ("tests/flows/test_injections.py",)),
    Measure("offline", "a whole day without a network", "no connection", ("tests/flows/test_offline.py",)),
    Measure(
        "packets", "changed packets, and packets in random order", "4,000 and 100", (
            "tests/packets/test_packets_hostile.py", "tests/packets/test_packets_joining.py"),
        {"PACKET_MUTANTS": "4000", "PACKET_SCHEDULES": "100"},
    ),
)  # fmt: skip


def run(measure: Measure, results: Path) -> dict[str, object]:
    """Run *measure* and return what came of it."""
    counted, report = results / f"{measure.name}.counted", results / f"{measure.name}.xml"
    for left in (counted, report):  # of a run before, which says nothing about this one
        left.unlink(missing_ok=True)
    variables = {"QT_QPA_PLATFORM": "offscreen", **measure.variables, "DREAMDESK_SURVIVED": str(counted)}
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *measure.tests]
    with (results / f"{measure.name}.log").open("w") as log:
        ended = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, stdout=log, stderr=log, check=False)
    if not report.exists():
        sys.exit(f"{measure.name}: the tests ended with {ended.returncode} and without a report; see {log.name}")
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    tests = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    lines = counted.read_text().splitlines() if counted.exists() else []
    return {**tests, "seconds": round(time.monotonic() - begun), "counted": [json.loads(line) for line in lines]}


def seen(result: dict[str, object]) -> str:
    """Return what came of a measure, in words."""
    tests = {key: int(str(result[key])) for key in ("tests", "failures", "errors", "skipped")}
    failed = tests["failures"] + tests["errors"]
    words = [f"{tests['tests'] - failed - tests['skipped']:,} tests passed"]
    words += [f"**{failed:,} failed**"] if failed else []
    words += [f"{tests['skipped']:,} skipped"] if tests["skipped"] else []
    counted = result["counted"]
    assert isinstance(counted, list)
    sums: dict[str, Counter[str]] = {}
    for one in counted:  # a test in parts says so for each part
        sums.setdefault(one["what"], Counter()).update(one["counted"])
    told = "; ".join(
        f"{what}: " + ", ".join(f"{number:,} {name}" for name, number in numbers.items())
        for what, numbers in sums.items()
    )
    return ", ".join(words) + (f". {told}" if told else "")


def table(results: Path) -> str:
    """Return the table of what was survived, as Markdown."""
    lines = ["| what | number to reach | what was seen | command |", "|---|---|---|---|"]
    for measure in MEASURES:
        path = results / f"{measure.name}.json"
        words = seen(json.loads(path.read_text())) if path.exists() else "not run"
        lines.append(f"| {measure.what} | {measure.goal} | {words} | `{measure.command}` |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(m.name for m in MEASURES)}")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER")
    args = parser.parse_args()
    known = {measure.name: measure for measure in MEASURES}
    if unknown := [name for name in args.names if name not in known]:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(known)}")
    args.results.mkdir(parents=True, exist_ok=True)
    bad = False
    for measure in () if args.table else [known[name] for name in args.names] or MEASURES:
        path = args.results / f"{measure.name}.json"
        if args.again or not path.exists():
            path.write_text(json.dumps(run(measure, args.results)))
        result = json.loads(path.read_text())
        bad = bad or bool(result["failures"] or result["errors"] or not result["tests"])
        print(f"{measure.name}: {seen(result)} ({result['seconds']} s)", flush=True)
    if args.table or not args.names:
        print(table(args.results))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

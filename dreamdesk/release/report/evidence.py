"""Which clauses of laws and standards a bundle holds evidence for: computed from the files that are in it.

The clauses stand in ``resources/report/clauses.json``, each with its source and the day on which it was looked up. A
clause is listed only where at least one of the files that it names is there. Nothing here says that a rule is met.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from dreamdesk.release.report.html import TEMPLATES


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: the rule it is part of, its number, what the evidence is for, the files, and where its text is."""

    rule: str
    clause: str
    about: str
    says: str
    files: tuple[str, ...]
    source: str
    looked_up: str


@cache
def clauses() -> tuple[Clause, ...]:
    """Return all clauses that are known, in the order of the resource."""
    data = json.loads((TEMPLATES / "clauses.json").read_text(encoding="utf-8"))
    return tuple(
        Clause(
            rule["rule"], entry["clause"], entry["about"], entry["says"], tuple(entry["files"]),
            entry.get("source", rule["source"]), entry.get("looked_up", rule["looked_up"]),
        )
        for rule in data["rules"]
        for entry in rule["clauses"]
    )  # fmt: skip


def found(there: Callable[[str], bool]) -> Iterator[tuple[Clause, tuple[str, ...]]]:
    """Yield each clause for which there is evidence, and those of its files for which *there* is True.

    *there* takes a path below the bundle; the report itself is always in it.
    """
    for clause in clauses():
        if files := tuple(name for name in clause.files if name.startswith("data/report/") or there(name)):
            yield clause, files


def table(there: Callable[[str], bool]) -> str:
    """Return the list as CSV, a line for each clause and file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["rule", "clause", "about", "produces evidence for", "file", "source", "looked up"])
    for clause, files in found(there):
        for name in files:
            writer.writerow(
                [clause.rule, clause.clause, clause.about, clause.says, name, clause.source, clause.looked_up]
            )
    return text.getvalue()

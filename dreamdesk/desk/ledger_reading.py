"""Reading the ledger as people do: by kind, person, time and words, and one entry in full.

What a second look must not know, and which corrections are sealed as known to be bad, is neither shown nor found.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import ledger, sampling, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.desk.ledger import ACTOR, AT, KIND, Entry
from dreamdesk.model.canonical import Json, canonical


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are looked for; "" and 0 ask for nothing. *since* is in nanoseconds since 1970 UTC."""

    kind: str = ""
    actor: str = ""
    since: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry in full.

    Attributes:
        line: The bytes that are hashed and chained, as text.
        body: What it says, as JSON; None where it was erased.
        signed_by: Whose signature the entry carries, "" where it carries none.
        erased: Words were taken out of the body.
    """

    entry: Entry
    line: str
    body: Json
    signed_by: str
    erased: bool


def find(db: Connection, wanted: Filter) -> array[int]:
    """Return the numbers of the entries that are wanted, newest first."""
    clauses, values = list[str](), list[str | int]()
    if wanted.kind:
        clauses.append(f"{KIND} = ?")
        values.append(wanted.kind)
    if wanted.actor:
        clauses.append(f"{ACTOR} = ?")
        values.append(canonical(wanted.actor).decode()[1:-1])
    if wanted.since:
        clauses.append(f"{AT} >= ?")
        values.append(wanted.since)
    for word in wanted.words.split():
        clauses.append(f"seq IN (SELECT seq FROM entry_body WHERE {_TEXT} LIKE '%' || ? || '%' ESCAPE '\\')")  # noqa: S608
        values.append(canonical(word).decode()[1:-1].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"))
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    found = [row[0] for row in db.execute(f"SELECT seq FROM entry {where} ORDER BY seq DESC", values)]  # noqa: S608
    if wanted.words and sampling.covered(db, ""):
        shown = sampling.without_first(db, entries(db, found), "")
        found = [entry.seq for entry in shown if entry.subject != sampling.COVERED]
    return array("q", found)


_TEXT = f"replace(CAST(body AS TEXT), '{sealed.MARK},', '')"


def entries(db: Connection, numbers: Sequence[int]) -> list[Entry]:
    """Return these entries, in this order."""
    return [found for number in numbers if (found := ledger.entry(db, number)) is not None]


def kinds(db: Connection) -> list[str]:
    """Return the types of entries that there are, in the order of their names."""
    return _steps(db, KIND)


def actors(db: Connection) -> list[str]:
    """Return who has entries, in the order of their names."""
    return [json.loads(f'"{name}"') for name in _steps(db, ACTOR)]


def _steps(db: Connection, column: str) -> list[str]:
    """Return the values of an indexed expression, one step through the index for each."""
    found: list[str] = []
    row = db.execute(f"SELECT min({column}) FROM entry").fetchone()  # noqa: S608
    while row[0] is not None:
        found.append(str(row[0]))
        row = db.execute(f"SELECT min({column}) FROM entry WHERE {column} > ?", (row[0],)).fetchone()  # noqa: S608
    return found


def detail(db: Connection, number: int) -> Detail | None:
    """Return entry *number* in full, or None where there is none."""
    found = ledger.entry(db, number)
    row = db.execute("SELECT line, body FROM entry LEFT JOIN entry_body USING(seq) WHERE seq = ?", (number,)).fetchone()
    if found is None or row is None:
        return None
    body: Json = json.loads(row[1]) if row[1] else None
    (found,) = sampling.without_first(db, [found], "")
    if found.subject == sampling.COVERED:
        return Detail(found, bytes(row[0]).decode("utf-8", "replace"), {"subject": found.subject}, "", erased=False)
    if isinstance(body, dict) and sealed.is_secret(db, body.get("correction")):
        body = {name: value for name, value in body.items() if name != sealed.KNOWN}
    signature = body.get("signature") if isinstance(body, dict) else None
    if isinstance(signature, dict):
        signed = str(signature.get("by", ""))
    else:
        signed = found.actor if isinstance(body, dict) and "statement" in body else ""
    return Detail(found, bytes(row[0]).decode("utf-8", "replace"), body, signed, number in ledger.replaced(db))

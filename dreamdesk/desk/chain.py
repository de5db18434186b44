"""Whether the ledger's chain is whole, and what is wrong with the first entry that is not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection

LOOK = 20_000
"""Entries between two looks at who watches: some 50 ms."""


class Fault(str):
    """A sentence that says what is wrong.

    Attributes:
        entry: The number of the ledger entry that it concerns, 0 for none.
    """

    entry: int

    def __new__(cls, words: str, entry: int = 0) -> Fault:
        """Return *words*, which concern *entry*."""
        fault = super().__new__(cls, words)
        fault.entry = entry
        return fault


def in_order(faults: list[str]) -> list[Fault]:
    """Return *faults* with the first bad entry first, then the others by number, then what concerns no entry."""
    all_faults = [fault if isinstance(fault, Fault) else Fault(fault) for fault in faults]
    return sorted(all_faults, key=lambda fault: (not fault.entry, fault.entry))


def verify(db: Connection, look: Callable[[int], None] | None = None) -> list[Fault]:
    """Return what is wrong with the chain, oldest entry first; an empty list means that each follows from the last.

    The stored bytes are hashed as they are; nothing is serialised again, and nothing is parsed of an entry that is as
    it must be: each number, predecessor and commitment has to stand in its line where DreamDesk writes it. *look* is
    told now and then how many entries are done, and may raise.
    """
    faults = list[Fault]()
    replaced = ledger.replaced(db)
    sha256 = hashlib.sha256
    prev, expected, place, bodiless = ledger.GENESIS, 1, 0, 0
    rows = db.execute("SELECT seq, line, hash, salt, body FROM entry LEFT JOIN entry_body USING(seq) ORDER BY seq")
    for seq, line, stored, salt, body in rows:
        actual = sha256(line).digest()
        commit = sha256(salt + body).hexdigest() if body is not None else ""
        # No string of the line can hold these words: a quote inside a string has a backslash before it.
        sound = f'"body_commit":"{commit}","prev":"{prev}","seq":{expected},"type":"'.encode()
        # They mostly stand where they stood in the entry before, because most names are as long.
        placed = line.startswith(sound, place) or line.startswith(sound, place := line.find(b'"body_commit":"'))
        if body is None or not placed or actual != stored or seq != expected:
            bodiless += body is None
            faults += _examine(db, seq, line, actual == stored, prev, expected, commit, replaced.get(seq))
            expected = seq
        prev, expected = actual.hex(), expected + 1
        if look and not expected % LOOK:
            look(expected)
    return faults + [Fault(f"there is a body without an entry: {seq}", seq) for seq in _strays(db, bodiless)]


def _strays(db: Connection, bodiless: int) -> list[int]:
    """Return the numbers of bodies without an entry, if any can be: *bodiless* entries have none."""
    (more,) = db.execute("SELECT (SELECT count(*) FROM entry_body) - (SELECT count(*) FROM entry)").fetchone()
    if more == -bodiless:
        return []
    rows = db.execute("SELECT seq FROM entry_body WHERE seq NOT IN (SELECT seq FROM entry) LIMIT 20")
    return [row[0] for row in rows]


def _examine(
    db: Connection, seq: int, line: bytes, hashed: bool, prev: str, expected: int, commit: str, replaced: str | None
) -> list[Fault]:
    """Say what is wrong with an entry; nothing where it is whole but for a body that was erased, which is told."""
    try:
        fields: dict[str, Any] = dict(json.loads(line))
    except (ValueError, TypeError):
        fields = {}
    faults = [] if fields else [f"entry {seq} is no entry"]
    if seq != expected or fields.get("seq") != seq:
        faults.append(f"entry {expected} is missing from the ledger")
    if not hashed:
        faults.append(f"entry {seq} was changed: its bytes do not match their hash")
    if fields.get("prev") != prev:
        faults.append(f"entry {seq} does not follow from the entry before it")
    if replaced is not None:
        if commit != replaced:
            faults.append(f"what an erasure left of the body of entry {seq} was changed")
    elif not commit or commit != fields.get("body_commit"):
        faults.append(f"the body of entry {seq} {'was changed' if commit else 'is missing, and no erasure says why'}")
    concerns = said_of(db, seq)
    return [Fault(f"{words} ({concerns})" if concerns else words, seq) for words in faults]


def said_of(db: Connection, seq: int) -> str:
    """Return kind, time, actor and subject of an entry in words, "" where there is none that can be read."""
    try:
        entry = ledger.entry(db, seq)
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
    if entry is None:
        return ""
    try:
        when = f"{datetime.fromtimestamp(entry.at / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError, TypeError):
        when = "at no time"
    return f"{entry.type} by {entry.actor}, {when}: {entry.subject}"

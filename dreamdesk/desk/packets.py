"""Packets on the desk: what was sent and what came, the ledger heads of other desks, and what they all call by digest.

The ids of rows are good on one desk only. Across desks an episode is known by what it says and the digest of its
source; a correction by its episode, how it was made, and the digests of its revisions up to the one that is meant.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dreamdesk.desk import encode, fingerprint, ledger
from dreamdesk.desk.database import Connection
from dreamdesk.desk.episodes import load
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.episode import Episode, Outcome

SENT, IMPORTED, WITNESSED = "packet-sent", "packet-imported", "head-witnessed"
"""Types of the ledger entries."""


@dataclass(frozen=True, slots=True)
class Row:
    """A packet that this desk sent, or took in.

    Attributes:
        digest: Its name.
        sent: Whether it went out; else it came.
        kind: "assignment", "return" or "exchange".
        desk: The other desk, "" where it was not known.
        person: Who it was for, or who sent it.
        at: When it was made, in nanoseconds since 1970 UTC.
        size, root: The ledger of the desk that made it.
        episodes: Ids on this desk.
        head: The bytes of its `packet.json`.
        notes: What was found when it was taken in, for `Note`.
    """

    digest: str
    sent: bool
    kind: str
    desk: str
    person: str
    at: int
    size: int
    root: bytes
    episodes: tuple[int, ...]
    head: bytes
    notes: Json


@dataclass(frozen=True, slots=True)
class Witness:
    """A state of another desk's ledger that this desk has seen; *at* is when, in nanoseconds since 1970 UTC."""

    desk: str
    size: int
    root: bytes
    packet: str
    at: int


def episode_digest(episode: Episode, source: str) -> str:
    """Return what *episode*, read from the bytes with the SHA-256 *source*, is called on every desk.

    How it ended is left out: verdicts may come later, and auditors may differ about it.
    """
    return digest(["episode", source, fingerprint.content(replace(episode, outcome=Outcome()))])


def revision_digest(episode: str, source: DreamSource, chain: Sequence[str]) -> str:
    """Return what the last revision of *chain*, the digests of revisions 1 and on, is called on every desk."""
    return digest(["revision", episode, source.value, list(chain)])


def find_episode(db: Connection, source: str, key: str, wanted: str) -> int | None:
    """Return the id of the episode that is called *wanted*, None where the desk does not have it."""
    rows = db.execute(
        "SELECT episode.id FROM episode JOIN source ON source.id = episode.source"
        " WHERE source.sha256 = ? AND episode.key = ? AND live ORDER BY episode.id",
        (source, key),
    )
    return next((row[0] for row in rows.fetchall() if episode_digest(load(db, row[0]), source) == wanted), None)


def holder(db: Connection, sha256: str) -> int | None:
    """Return a source that keeps the bytes with this SHA-256, None where the desk only refers to them."""
    row = db.execute(
        "SELECT source.id FROM source JOIN source_bytes ON source_bytes.source = source.id WHERE sha256 = ? LIMIT 1",
        (sha256,),
    ).fetchone()
    return None if row is None else int(row[0])


def chains(db: Connection, episode: int, source: DreamSource) -> list[tuple[int, tuple[str, ...]]]:
    """Return the corrections of *episode* that were made so: id, and the digests of revisions 1 and on."""
    rows = db.execute(
        "SELECT correction.id, revision.digest FROM correction JOIN revision ON revision.correction = correction.id"
        " WHERE correction.episode = ? AND correction.source = ? ORDER BY correction.id, revision.number",
        (episode, source.value),
    )
    found: dict[int, tuple[str, ...]] = {}
    for correction, revision in rows:
        found[correction] = (*found.get(correction, ()), revision)
    return list(found.items())


def has_decision(db: Connection, episode: int, statement: bytes) -> bool:
    """Tell whether the desk holds the decision with this *statement* on a correction of *episode*."""
    row = db.execute(
        "SELECT 1 FROM decision JOIN correction ON correction.id = correction WHERE episode = ? AND statement = ?",
        (episode, statement),
    ).fetchone()
    return row is not None


def add(db: Connection, packet: Row, actor: str, counts: Mapping[str, int], told: str, *, again: bool = False) -> None:
    """Record a packet that is sent or taken in, with its entry, in the caller's transaction.

    *again*: it was taken in before and brings more now that its auditors are known; it gets one more entry.
    """
    columns = (
        *(packet.digest, packet.sent, packet.kind, packet.desk, packet.person, packet.at, packet.size, packet.root),
        *(encode.dump(list(packet.episodes)), packet.head, encode.dump(packet.notes)),
    )
    if not again:
        db.execute("INSERT INTO packet VALUES(?,?,?,?,?,?,?,?,?,?,?)", columns)
    whom = f"{'to' if packet.sent else 'from'} {packet.person}{f' (desk {packet.desk})' if packet.desk else ''}"
    ledger.append(db, actor, SENT if packet.sent else IMPORTED, {
        "subject": f"{packet.kind} {whom}: {told}",
        "packet": packet.digest,
        "kind": packet.kind,
        "desk": packet.desk,
        "person": packet.person,
        "size": packet.size,
        "root": packet.root.hex(),
        "counts": dict(counts),
        "notes": digest(packet.notes),
    })  # fmt: skip


def all_packets(db: Connection) -> list[Row]:
    """Return the packets that were sent and taken in, oldest first."""
    rows = db.execute(
        "SELECT digest, sent, kind, desk, person, at, size, root, episodes, head, notes FROM packet ORDER BY rowid"
    )
    return [
        Row(
            *(r[0], bool(r[1]), r[2], r[3], r[4], r[5], r[6], bytes(r[7])),
            *(tuple(json.loads(r[8])), bytes(r[9]), json.loads(r[10])),
        )
        for r in rows
    ]


def find(db: Connection, name: str) -> Row | None:
    """Return the packet called *name*, None where the desk neither sent nor took it in.

    Where a person's words were erased from what it says, this desk calls it otherwise by now, and others do not.
    """
    name = ledger.renamed(db).get(name, name)
    return next((packet for packet in all_packets(db) if packet.digest == name), None)


def witness(db: Connection, desk: str, seen: Iterable[tuple[int, bytes]], packet: str, actor: str) -> int:
    """Keep states of another desk's ledger that were not seen before, each with its entry; return how many."""
    known, now = {one.size for one in witnesses(db, desk)}, time.time_ns()
    fresh = sorted((size, root) for size, root in dict(seen).items() if size not in known)
    for size, root in fresh:
        db.execute("INSERT INTO witness VALUES(?,?,?,?,?)", (desk, size, root, packet, now))
        ledger.append(db, actor, WITNESSED, {
            "subject": f"desk {desk}, {size:,} entries", "desk": desk, "size": size, "root": root.hex(),
            "packet": packet,
        })  # fmt: skip
    return len(fresh)


def witnesses(db: Connection, desk: str | None = None) -> list[Witness]:
    """Return what was seen of other desks' ledgers, or of one, shortest first."""
    rows = db.execute(
        "SELECT desk, size, root, packet, at FROM witness WHERE desk = coalesce(?, desk) ORDER BY desk, size", (desk,)
    )
    return [Witness(row[0], row[1], bytes(row[2]), row[3], row[4]) for row in rows]

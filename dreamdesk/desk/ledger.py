"""The ledger: who did what to what, when, chained by hash.

An entry is one canonical JSON line ``{"actor","at","body_commit","prev","seq","type"}``. ``prev`` is the SHA-256 of the
line before. ``body_commit`` is SHA-256(salt ‖ body): the body itself lies in another table, so that it can be erased
while the chain stays verifiable. The checkpoint is the three-line text of the C2SP ``tlog-checkpoint`` specification
over an RFC 9162 Merkle tree of the lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json, canonical

GENESIS = "0" * 64
"""``prev`` of the first entry."""

HEAD_SUFFIX = ".head"
"""The file beside the desk that repeats the last checkpoint: a desk replaced by an older copy is found out by it."""

ERASED = "erased"
"""The type of the entry of an erasure. Its body names, under "bodies", what is left of the bodies of other entries."""

KIND = """rtrim(substr(CAST(line AS TEXT), instr(CAST(line AS TEXT), '"type":"') + 8), '"}')"""
ACTOR = """substr(CAST(line AS TEXT), 11, instr(CAST(line AS TEXT), '","at":') - 11)"""
AT = """CAST(substr(CAST(line AS TEXT), instr(CAST(line AS TEXT), '"at":') + 5, 20) AS INTEGER)"""
"""The SQL of an entry's type, actor (as JSON writes it) and time, each as an index of the schema has it.

The line is canonical, so each has its place. SQLite's JSON functions are not for indexes of a schema without trust.
"""

KEPT = (
    "auditor-added", "setting-changed", "decision", "outcome-set", "verdicts-joined", "reading-withdrawn",
    "policy-added", "policy-withdrawn", "mapping-changed",
    "weights-refit", "weights-as-shipped",
    ERASED,
    "places-entered",
    "desk-restored",
    "packet-sent", "packet-imported", "head-witnessed",
    "auditor-changed", "key-rotated", "key-revoked",
    "sampling-planned", "second-look", "known-bad-sealed", "seal-opened",
)  # fmt: skip
"""Types of entries whose bodies are never erased: they hold who may decide, by what rules, and what was decided."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, for people: *subject* is the body in a few words, "" where the body was erased."""

    seq: int
    at: int
    actor: str
    type: str
    subject: str
    hash: str


def append(db: Connection, actor: str, kind: str, body: dict[str, Json]) -> int:
    """Append an entry inside the transaction that the caller has open; return its sequence number, from 1."""
    if not db.in_transaction:
        raise RuntimeError("a ledger entry belongs to the transaction of the change that it records")
    row = db.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    seq, prev = (row[0] + 1, row[1].hex()) if row else (1, GENESIS)
    salt, content = os.urandom(32), canonical(body)
    commit = hashlib.sha256(salt + content).hexdigest()
    line = canonical(
        {"seq": seq, "prev": prev, "at": time.time_ns(), "actor": actor, "type": kind, "body_commit": commit}
    )
    db.execute("INSERT INTO entry VALUES(?,?,?)", (seq, line, hashlib.sha256(line).digest()))
    db.execute("INSERT INTO entry_body VALUES(?,?,?)", (seq, salt, content))
    return seq


def size(db: Connection) -> int:
    """Return how many entries there are."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM entry").fetchone()[0])


def head(db: Connection) -> tuple[int, str]:
    """Return the number of entries and the hash of the last one (hex), or (0, GENESIS)."""
    row = db.execute("SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    return (row[0], row[1].hex()) if row else (0, GENESIS)


def lines(db: Connection) -> Iterator[bytes]:
    """Yield the canonical lines, oldest first."""
    for (line,) in db.execute("SELECT line FROM entry ORDER BY seq"):
        yield bytes(line)


def openings(db: Connection, kinds: tuple[str, ...]) -> dict[int, tuple[bytes, bytes]]:
    """Return salt and body of the entries whose type is among *kinds*, by sequence number."""
    marks = ",".join("?" * len(kinds))
    rows = db.execute(
        f"SELECT seq, salt, body FROM entry_body JOIN entry USING(seq) WHERE {KIND} IN ({marks})",  # noqa: S608
        kinds,
    )
    return {seq: (bytes(salt), bytes(body)) for seq, salt, body in rows}


def replaced(db: Connection) -> dict[int, str]:
    """Return the commitments of the bodies that erasures left, by sequence number; "" where nothing was left."""
    left: dict[int, str] = {}
    for body in bodies(db, ERASED):
        left.update({int(seq): str(commit) for seq, commit in body["bodies"].items()})
    return left


def renamed(db: Connection) -> dict[str, str]:
    """Return the digests that erasures changed: what each was before words were taken out of it, and what it is now."""
    names: dict[str, str] = {}
    for body in bodies(db, ERASED):
        new = {str(was): str(now) for was, now in body.get("digests", {}).items()}
        names = {**{was: new.get(now, now) for was, now in names.items()}, **new}
    return names


def without_body(db: Connection, kinds: tuple[str, ...]) -> list[int]:
    """Return the sequence numbers of the entries whose type is among *kinds* and whose body is gone."""
    marks = ",".join("?" * len(kinds))
    rows = db.execute(
        "SELECT seq FROM entry LEFT JOIN entry_body USING(seq) WHERE body IS NULL"  # noqa: S608
        f" AND {KIND} IN ({marks}) ORDER BY seq",
        kinds,
    )
    return [row[0] for row in rows]


def sound_bodies(db: Connection, kind: str) -> list[bytes]:
    """Return the bodies of the entries of type *kind* that match their commitments, oldest first."""
    return [body for _, body in sound(db, kind)]


def sound(db: Connection, kind: str) -> list[tuple[int, bytes]]:
    """Return number and body of the entries of type *kind* whose bodies match their commitments, oldest first.

    Where a person's data were erased from a body, what was left of it matches the commitment that the erasure entered.
    """
    left = {} if kind == ERASED else replaced(db)
    rows = db.execute(
        f"SELECT seq, line, salt, body FROM entry_body JOIN entry USING(seq) WHERE {KIND} = ? ORDER BY seq",  # noqa: S608
        (kind,),
    ).fetchall()
    return [
        (seq, bytes(body))
        for seq, line, salt, body in rows
        if hashlib.sha256(salt + body).hexdigest() == left.get(seq, json.loads(line)["body_commit"])
    ]


def bodies(db: Connection, kind: str) -> list[dict[str, Json]]:
    """Return what `sound_bodies` returns, read."""
    return [dict(json.loads(body)) for body in sound_bodies(db, kind)]


def entry(db: Connection, seq: int) -> Entry | None:
    """Return entry *seq*, or None where there is none."""
    row = db.execute("SELECT line, hash, body FROM entry LEFT JOIN entry_body USING(seq) WHERE seq = ?", (seq,))
    found = row.fetchone()
    return _entry(*found) if found else None


def page(db: Connection, start: int, count: int) -> list[Entry]:
    """Return *count* entries, newest first, passing over the *start* newest ones."""
    rows = db.execute(
        "SELECT line, hash, body FROM entry LEFT JOIN entry_body USING(seq) WHERE seq <= ? ORDER BY seq DESC LIMIT ?",
        (size(db) - start, count),
    )
    return [_entry(line, digest, body) for line, digest, body in rows]


def corrections_of(db: Connection, seqs: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
    """Return the correction and the episode that the bodies of the entries *seqs* speak of, None for what is none."""
    marks = ",".join("?" * len(seqs))
    rows = db.execute(
        "SELECT seq, json_extract(CAST(body AS TEXT), '$.correction'), json_extract(CAST(body AS TEXT), '$.episode')"  # noqa: S608
        f" FROM entry_body WHERE seq IN ({marks})",
        list(seqs),
    )
    return {seq: (correction, episode) for seq, correction, episode in rows}


def _entry(line: bytes, digest: bytes, body: bytes | None) -> Entry:
    fields = json.loads(line)
    content = json.loads(body) if body else {}
    subject = str(content.get("subject", "")) if body else "(erased)"
    return Entry(fields["seq"], fields["at"], fields["actor"], fields["type"], subject, bytes(digest).hex())


def merkle_root(leaves: Iterator[bytes]) -> bytes:
    """Return the Merkle tree head of RFC 9162 section 2.1.1 over *leaves*."""
    return root_of(hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves)


def root_of(hashes: Iterator[bytes]) -> bytes:
    """Return the same over the hashes of leaves."""
    stack: list[tuple[int, bytes]] = []
    for leaf in hashes:
        node = (1, leaf)
        while stack and stack[-1][0] == node[0]:
            width, left = stack.pop()
            node = (width * 2, hashlib.sha256(b"\x01" + left + node[1]).digest())
        stack.append(node)
    if not stack:
        return hashlib.sha256(b"").digest()
    _, root = stack.pop()
    while stack:
        root = hashlib.sha256(b"\x01" + stack.pop()[1] + root).digest()
    return root


def checkpoint(db: Connection) -> str:
    """Return the checkpoint: origin, number of entries, base64 of the Merkle root, each on a line."""
    root = base64.b64encode(merkle_root(lines(db))).decode()
    return f"dreamdesk/{desk_id(db)}\n{size(db)}\n{root}\n"


def desk_id(db: Connection) -> str:
    """Return the desk's identity: the hash of its first entry, shortened; "empty" before that."""
    row = db.execute("SELECT hash FROM entry WHERE seq = 1").fetchone()
    return str(row[0].hex()[:16]) if row else "empty"


def head_text(db: Connection) -> str:
    """Return what the file beside the desk repeats: desk id, number of entries, hash of the last one."""
    count, last = head(db)
    return f"{desk_id(db)}\n{count}\n{last}\n"

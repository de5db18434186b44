"""Witnesses: what was recorded of the ledger outside the desk, and whether the desk still is what they saw.

A head file, a printed receipt, a checkpoint (C2SP ``tlog-checkpoint``) in a bundle or in another desk: each says that
at some time the ledger had so many entries, ending so. A desk that was replaced by an older copy, or whose history was
rewritten, contradicts it. Only what is kept where nobody can change it proves anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError

RESTORED = "desk-restored"
"""The type of the entry that announces that the desk is an older copy. Its body has the hashes of what was lost."""

_RECEIPT = re.compile(r"desk([0-9a-fiol]{16})entries(\d+)date(.*?)root([0-9a-fiol]{64})check([0-9a-fiol]{4})")
_READ_WRONG = str.maketrans("iol", "101")


@dataclass(frozen=True, slots=True)
class Witness:
    """What was seen of a ledger: how many entries, and the hash of the last or the RFC 9162 root over all (hex)."""

    desk: str
    entries: int
    last: str = ""
    root: str = ""


def read(text: str) -> Witness:
    """Return what *text* says: a head file, a receipt in any spacing and case, or a checkpoint.

    Raises:
        UserError: it is none of them, or a receipt that was mistyped.
    """
    receipt = _RECEIPT.search(re.sub(r"[\s\-–.,:]", "", text.lower()))
    if receipt:
        desk, root, check = (receipt[part].translate(_READ_WRONG) for part in (1, 4, 5))
        if check != _check(desk, int(receipt[2]), root):
            raise UserError("This receipt was mistyped somewhere: its parts do not fit its check. Compare each group.")
        return Witness(desk, int(receipt[2]), root=root)
    lines = text.strip().split("\n")
    try:
        if lines[0].startswith("dreamdesk/"):
            return Witness(lines[0].removeprefix("dreamdesk/"), int(lines[1]), root=base64.b64decode(lines[2]).hex())
        if len(lines) == 3 and re.fullmatch("[0-9a-f]{64}", lines[2]):
            return Witness(lines[0], int(lines[1]), last=lines[2])
    except (ValueError, IndexError, binascii.Error):
        pass
    raise UserError("This is no receipt, head file or checkpoint of a desk.")


def receipt(db: Connection) -> str:
    """Return a receipt to print or write down: which desk, how many entries, when, and the root over all of them."""
    desk, size = ledger.desk_id(db), ledger.size(db)
    root = ledger.merkle_root(ledger.lines(db)).hex()
    groups = [root[start : start + 4] for start in range(0, 64, 4)]
    rows = [" ".join(groups[start : start + 4]) for start in range(0, 16, 4)]
    return "\n".join(
        (
            "DreamDesk receipt",
            f"desk     {' '.join(desk[start : start + 4] for start in range(0, 16, 4))}",
            f"entries  {size}",
            f"date     {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"root     {rows[0]}",
            *(f"         {row}" for row in rows[1:]),
            f"check    {_check(desk, size, root)}",
            "",
        )
    )


def _check(desk: str, entries: int, root: str) -> str:
    return hashlib.sha256(f"{desk}{entries}{root}".encode()).hexdigest()[:4]


def compare(db: Connection, seen: Witness) -> list[str]:
    """Return what contradicts *seen*, in words; an empty list where the ledger begins with what was seen.

    An older copy is no contradiction where a restore announced it and entered what was lost.
    """
    if seen.desk != ledger.desk_id(db):
        return ["it is of another desk"]
    size = ledger.size(db)
    if seen.entries <= size and _agrees(db, seen):
        return []
    if any(_lost(db, seen, body) for body in _restores(db)):
        return []
    if seen.entries > size:
        return [
            f"the ledger has {size:,} entries, but {seen.entries:,} were recorded outside it: the desk is an older copy"
        ]
    return [f"the first {seen.entries:,} entries are not those that were recorded outside the desk"]


def _agrees(db: Connection, seen: Witness) -> bool:
    if seen.root:
        return ledger.merkle_root(islice(ledger.lines(db), seen.entries)).hex() == seen.root
    row = db.execute("SELECT hash FROM entry WHERE seq = ?", (seen.entries,)).fetchone()
    return (row[0].hex() if row else ledger.GENESIS) == seen.last


def _restores(db: Connection) -> Iterator[dict[str, Json]]:
    for body in ledger.sound_bodies(db, RESTORED):
        yield json.loads(body)


def _lost(db: Connection, seen: Witness, body: dict[str, Json]) -> bool:
    """Tell whether *seen* is of the part of the history that a restore left behind."""
    start, lost = int(body["from"]), [(str(one), str(leaf)) for one, leaf in body["lost"]]
    if not start < seen.entries <= start + len(lost):
        return False
    if seen.last:
        return lost[seen.entries - start - 1][0] == seen.last
    leaves = [hashlib.sha256(b"\0" + line).digest() for line in islice(ledger.lines(db), start)]
    leaves += [bytes.fromhex(leaf) for _, leaf in lost[: seen.entries - start]]
    return ledger.root_of(iter(leaves)).hex() == seen.root


def after(db: Connection, start: int) -> list[Json]:
    """Return hash and leaf of each entry after *start*: what a restore of an older copy leaves behind."""
    rows = db.execute("SELECT line, hash FROM entry WHERE seq > ? ORDER BY seq", (start,))
    return [[digest.hex(), hashlib.sha256(b"\0" + line).hexdigest()] for line, digest in rows]

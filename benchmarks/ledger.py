"""Verifying a long ledger: its speed as a part of that of one SHA-256 over the same bytes, in processor time.

python benchmarks/ledger.py [ENTRIES]
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from dreamdesk.desk import chain, ledger, ledger_reading
from dreamdesk.desk.database import Connection, create, transaction
from dreamdesk.model.canonical import canonical

KINDS = ("decision", "revision-added", "judged", "error-point-marked")


def rows(count: int, prev: str, start: int) -> Iterator[tuple[int, bytes, bytes, bytes, bytes]]:
    """Yield number, line, hash, salt and body of *count* entries, chained as `ledger.append` chains them."""
    for seq in range(start + 1, start + count + 1):
        subject = f"approve correction {seq}, revision 2 (reviewed and in order)"
        body = canonical({"subject": subject, "correction": seq, "revision": 2, "statement": prev})
        salt = os.urandom(32)
        commit = hashlib.sha256(salt + body).hexdigest()
        line = canonical({"seq": seq, "prev": prev, "at": time.time_ns(), "actor": f"Auditor {seq % 9}",
                          "type": KINDS[seq % 4], "body_commit": commit})  # fmt: skip
        digest = hashlib.sha256(line)
        yield seq, line, digest.digest(), salt, body
        prev = digest.hexdigest()


def fill(db: Connection, count: int) -> int:
    """Write *count* entries; return how many bytes of lines, salts and bodies there are."""
    size, prev = ledger.head(db)
    total = 0
    batch = list[tuple[int, bytes, bytes, bytes, bytes]]()
    with transaction(db):
        for row in rows(count, prev, size):
            batch.append(row)
            total += len(row[1]) + len(row[3]) + len(row[4])
            if len(batch) == 10_000:
                _write(db, batch)
        _write(db, batch)
    return total


def _write(db: Connection, batch: list[tuple[int, bytes, bytes, bytes, bytes]]) -> None:
    db.executemany("INSERT INTO entry VALUES(?,?,?)", [row[:3] for row in batch])
    db.executemany("INSERT INTO entry_body VALUES(?,?,?)", [(row[0], *row[3:]) for row in batch])
    batch.clear()


def main() -> None:
    """Fill a desk, and print what was measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, closing(create(Path(folder) / "a.desk")) as db:
        total = fill(db, count)
        data = bytes(total)
        begin = time.process_time()
        hashlib.sha256(data).digest()
        limit = time.process_time() - begin
        del data
        begin = time.process_time()
        faults = chain.verify(db)
        took = time.process_time() - begin
        begin = time.process_time()
        found: array[int] = ledger_reading.find(db, ledger_reading.Filter(kind="judged", actor="Auditor 3"))
        looked = time.process_time() - begin
        begin = time.process_time()
        ledger.page(db, count // 2, 128)
        page = time.process_time() - begin
    sys.stdout.write(
        f"{count:,} entries, {total / 1e6:,.0f} MB, {len(faults)} faults: verified in {took:.2f} s of processor time, "
        f"{limit / took:.3f} of the speed of one SHA-256 ({limit:.2f} s)\n"
        f"{len(found):,} entries of one kind and person found in {1000 * looked:.0f} ms, a page of 128 in "
        f"{1000 * page:.1f} ms\n"
    )


if __name__ == "__main__":
    main()

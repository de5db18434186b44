"""Packets as a forger makes them: a good one taken apart, changed, and put together again, signed or not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dreamdesk.model.canonical import canonical, sha256
from dreamdesk.review.identity import Signer
from dreamdesk.review.packets.container import Reader, Writer
from dreamdesk.review.packets.packet import HEAD, NAMESPACE, RECORDING, RECORDS, SIGNATURE

Record = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """What a packet is made of."""

    head: Record
    lines: list[bytes]
    recordings: dict[str, bytes]
    signer: Signer
    namespace: str = NAMESPACE
    raw_head: bytes | None = None
    signature: str | None = None
    extra: Mapping[str, bytes] = field(default_factory=dict)
    order: Callable[[list[str]], list[str]] = lambda names: names

    def records(self) -> list[Record]:
        """Return the records."""
        return [json.loads(line) for line in self.lines]

    def with_records(self, change: Callable[[list[Record]], object]) -> Parts:
        """Return these parts with their records changed, sorted as they must be."""
        records = self.records()
        change(records)
        return replace(self, lines=sorted({canonical(one) for one in records}))

    def with_head(self, **changes: Any) -> Parts:
        """Return these parts with members of the head replaced."""
        return replace(self, head={**self.head, **changes})

    def packed(self) -> bytes:
        """Put them together, and sign."""
        members = {RECORDS: b"".join(line + b"\n" for line in self.lines)}
        members |= {RECORDING + name: data for name, data in sorted(self.recordings.items())}
        listed = [{"name": name, "sha256": sha256(data), "size": len(data)} for name, data in members.items()]
        head = {**self.head, "members": self.head.get("members", listed)}
        data = canonical(head) if self.raw_head is None else self.raw_head
        signature = self.signer.sshsig(data, self.namespace) if self.signature is None else self.signature
        members = {HEAD: data, SIGNATURE: signature.encode(), **members, **self.extra}
        file = io.BytesIO()
        packing = Writer(file)
        for name in self.order(list(members)):
            packing.add(name, lambda data=members[name]: [data])
        packing.finish()
        return file.getvalue()


def taken_apart(path: Path, signer: Signer) -> Parts:
    """Take a good packet apart."""
    with path.open("rb") as file:
        reader = Reader(file, path.name)
        head = json.loads(reader.read(HEAD, 1 << 20))
        del head["members"]
        lines = reader.read(RECORDS, 1 << 28).split(b"\n")[:-1]
        recordings = {
            name.removeprefix(RECORDING): reader.read(name, 1 << 28)
            for name in reader.members
            if name.startswith(RECORDING)
        }
    return Parts(head, lines, recordings, signer)


def change_one(kind: str, change: Callable[[Record], object]) -> Callable[[list[Record]], object]:
    """Return what changes the first record of *kind*."""

    def changed(records: list[Record]) -> None:
        change(next(one for one in records if one["type"] == kind))

    return changed

"""A packet: who sends what to whom, signed, and its records. Reading one checks everything that needs no desk.

`packet.json` tells sender, addressee, the rules and the ledger of the sending desk, and the digest of each member.
The SSHSIG in `packet.json.sig` is over its bytes, so that stock tools check it all:
``ssh-keygen -Y verify -n dreamdesk-packet`` and ``sha256sum``. The SHA-256 of `packet.json` names the packet.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line
from dreamdesk.review import sshsig
from dreamdesk.review.identity import Signer
from dreamdesk.review.packets import records
from dreamdesk.review.packets.container import Reader, Writer, open_file
from dreamdesk.review.packets.records import DIGEST, KEY, NAME, NO_DIGEST, WORDS
from dreamdesk.review.packets.shapes import many, matching, named, one_of, record, text, truth, whole

NAMESPACE = "dreamdesk-packet"
"""SSHSIG namespace of a packet."""
FORMAT = "dreamdesk-packet/1"
SUFFIX = ".packet"
HEAD, SIGNATURE, RECORDS, RECORDING = "packet.json", "packet.json.sig", "records.jsonl", "recording-"
"""Names of the members; that of a recording goes on with its SHA-256."""

MOST_HEAD = 4 << 20
MOST_RECORDS = 256 << 20
MOST_EARLIER = 1_000


class PacketKind(StrEnum):
    """What a packet is for."""

    ASSIGNMENT = "assignment"
    """Work for another auditor: episodes with their corrections."""
    RETURN = "return"
    """What was decided of an assignment."""
    EXCHANGE = "exchange"
    """All that one desk has, for another to join with its own."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long a ledger was and its RFC 9162 root, with the *proof* that a later one begins with it."""

    size: int
    root: bytes
    proof: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """What `packet.json` says.

    Attributes:
        desk, sender, role, key: The sending desk's identity and the auditor who signed the packet.
        to_desk, to_name: Whom it is for; the desk is "" where the sender does not know it.
        at: When it was made, in nanoseconds since 1970 UTC.
        due: A date as 2026-12-31, or "".
        why: What the sender asks for, and how the episodes were chosen.
        answers: Digest of the packet that this one answers, or "".
        blind: What others decided and marked was left out on purpose.
        ledger: Of the sending desk, when the packet was made.
        earlier: The states of it that left the desk before, with their proofs.
        rules: The sending desk's settings that bind decisions, by name.
        policies: The digests of its policies in force, by name.
        members: The digest and the size of each member but the first two.
        digest: The packet's name; "" while it is being made.
    """

    kind: PacketKind
    desk: str
    sender: str
    role: Role
    key: str
    to_desk: str
    to_name: str
    at: int
    due: str
    why: str
    answers: str
    blind: bool
    ledger: Checkpoint
    earlier: tuple[Checkpoint, ...]
    rules: Mapping[str, str]
    policies: Mapping[str, str]
    members: Mapping[str, tuple[str, int]]
    digest: str = ""

    def encoded(self) -> bytes:
        """Return the bytes of `packet.json`."""
        return canonical(
            {
                "format": FORMAT,
                "kind": self.kind.value,
                "from": {"desk": self.desk, "name": self.sender, "role": self.role.value, "key": self.key},
                "for": {"desk": self.to_desk, "name": self.to_name},
                "at": self.at,
                "due": self.due,
                "why": self.why,
                "answers": self.answers,
                "blind": self.blind,
                "ledger": {"size": self.ledger.size, "root": _b64(self.ledger.root)},
                "earlier": [
                    {"size": one.size, "root": _b64(one.root), "proof": [_b64(node) for node in one.proof]}
                    for one in self.earlier
                ],
                "rules": dict(self.rules),
                "policies": dict(self.policies),
                "members": [
                    {"name": name, "sha256": digest, "size": size} for name, (digest, size) in self.members.items()
                ],
            }
        )


_HASH = matching("[A-Za-z0-9+/]{43}=", "a hash in base64")
_HEAD = record(
    format=one_of((FORMAT,)), kind=one_of(PacketKind),
    from_=record(desk=matching("[0-9a-f]{16}", "the name of a desk"), name=NAME, role=one_of(Role), key=KEY),
    for_=record(desk=matching("([0-9a-f]{16})?", "the name of a desk"), name=NAME),
    at=whole(), due=matching(r"(\d{4}-\d\d-\d\d)?", "a date such as 2026-12-31"), why=WORDS, answers=NO_DIGEST,
    blind=truth, ledger=record(size=whole(1), root=_HASH),
    earlier=many(record(size=whole(1), root=_HASH, proof=many(_HASH, 128)), MOST_EARLIER),
    rules=named(text(2_000), 200), policies=named(DIGEST),
    members=many(record(name=text(100), sha256=DIGEST, size=whole()), 4_096),
)  # fmt: skip


class Packet:
    """An opened packet whose signature and digests hold. Close it, or use it as a context manager."""

    def __init__(self, head: Head, reader: Reader, file: BinaryIO) -> None:
        self.head = head
        self._reader, self._file = reader, file

    def __enter__(self) -> Packet:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def records(self) -> Iterator[dict[str, Json]]:
        """Yield the records, each of the shape that its type has.

        Raises:
            UserError: one of them has not.
        """
        yield from records.read(records.split(self._reader.chunks(RECORDS)))

    @property
    def recordings(self) -> frozenset[str]:
        """The SHA-256 of each recording that the packet holds."""
        return frozenset(name.removeprefix(RECORDING) for name in self.head.members if name.startswith(RECORDING))

    def recording(self, digest: str) -> Iterator[bytes]:
        """Yield the bytes of one of `recordings`."""
        return self._reader.chunks(RECORDING + digest)


def open_packet(path: Path) -> Packet:
    """Open the packet at *path* and check layout, signature and the digest of every member.

    The signature is checked with the key that the packet names; whose key that is, only a desk or a person can say.

    Raises:
        UserError: it is no packet, damaged, changed, or not signed by the key that it names; nothing was taken from it.
    """
    file = open_file(path)
    try:
        reader = Reader(file, path.name)
        data = reader.read(HEAD, MOST_HEAD)
        try:
            head = _head(data)
            armored = reader.read(SIGNATURE, 4_096).decode("ascii", "replace")
            if not sshsig.verify(armored, data, NAMESPACE, head.key):
                raise UserError(f"{HEAD}: the signature is not one of these bytes by the key that they name")
            _check_members(head, reader)
        except UserError as error:
            raise UserError(f"{one_line(path.name, 120)}: {error}. Nothing was taken from the packet.") from error
        return Packet(head, reader, file)
    except OSError as error:
        file.close()
        raise UserError(f"{path}: it cannot be read ({error.strerror or error}).") from error
    except BaseException:
        file.close()
        raise


def _head(data: bytes) -> Head:
    said = records.parse(data, HEAD)
    _HEAD(said, HEAD)
    sender, to = said["from"], said["for"]
    members = {one["name"]: (one["sha256"], one["size"]) for one in said["members"]}
    if len(members) != len(said["members"]):
        raise UserError(f"{HEAD}: a member is named twice")
    earlier = [Checkpoint(one["size"], _raw(one["root"]), tuple(map(_raw, one["proof"]))) for one in said["earlier"]]
    return Head(
        PacketKind(said["kind"]), sender["desk"], sender["name"], Role(sender["role"]), sender["key"],
        to["desk"], to["name"], said["at"], said["due"], said["why"], said["answers"], said["blind"],
        Checkpoint(said["ledger"]["size"], _raw(said["ledger"]["root"])), tuple(earlier),
        said["rules"], said["policies"], members, sha256(data),
    )  # fmt: skip


def _check_members(head: Head, reader: Reader) -> None:
    if list(reader.members) != [HEAD, SIGNATURE, *head.members] or next(iter(head.members), "") != RECORDS:
        raise UserError(f"{HEAD}: it does not name exactly the members that lie in the packet, in their order")
    for name, (digest, size) in head.members.items():
        if name != RECORDS and name != RECORDING + digest:
            raise UserError(f"{HEAD}: {one_line(name, 100)!r} is no member that a packet has")
        if reader.members[name] != size:
            raise UserError(f"{name}: its length is not the one that was signed")
        found = hashlib.sha256()
        for chunk in reader.chunks(name):
            found.update(chunk)
        if found.hexdigest() != digest:
            raise UserError(f"{name}: its bytes are not those that were signed")
    if head.members[RECORDS][1] > MOST_RECORDS:
        raise UserError(f"{RECORDS}: it is larger than {MOST_RECORDS >> 20} MB")


Chunks = Callable[[], Iterable[bytes]]
"""Gives the bytes of a member, each time anew."""


def write_packet(draft: Path, head: Head, content: list[dict[str, Json]], recordings: Mapping[str, Chunks],
                 signer: Signer) -> Head:  # fmt: skip
    """Write a packet into the new file *draft* and onto the disk; return its head with members and digest.

    Args:
        draft: Where; the caller renames it when it is recorded.
        head: What it says, without its members.
        content: Its records, in any order.
        recordings: The bytes of sources by their SHA-256.
        signer: Who signs it; must be the sender of *head*.

    Raises:
        UserError: it would be too large, something in it is longer than a packet holds or no date, or a recording no
            longer is the one that its digest names.
    """
    members: dict[str, Chunks] = {RECORDS: records.write(content)}
    members |= {RECORDING + digest: chunks for digest, chunks in sorted(recordings.items())}
    listed: dict[str, tuple[str, int]] = {}
    for name, chunks in members.items():
        found, size = hashlib.sha256(), 0
        for chunk in chunks():
            found.update(chunk)
            size += len(chunk)
        listed[name] = (found.hexdigest(), size)
        if name != RECORDS and name != RECORDING + listed[name][0]:
            raise UserError("The kept bytes of a recording are not those that were imported; verify the desk.")
    if listed[RECORDS][1] > MOST_RECORDS:
        raise UserError(f"The packet would hold more than {MOST_RECORDS >> 20} MB of records. Choose fewer episodes.")
    data = replace(head, members=listed).encoded()
    _head(data)  # what a reader would refuse is not written
    for _ in records.read(records.split(iter(members[RECORDS]()))):
        pass
    with draft.open("wb") as file:
        packing = Writer(file)
        signature = signer.sshsig(data, NAMESPACE).encode()
        for name, chunks in ({HEAD: lambda: [data], SIGNATURE: lambda: [signature]} | members).items():
            packing.add(name, chunks)
        packing.finish()
        file.flush()
        os.fsync(file.fileno())
    return replace(head, members=listed, digest=sha256(data))


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _raw(value: str) -> bytes:
    return base64.b64decode(value)

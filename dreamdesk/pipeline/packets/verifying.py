"""What packets brought, against the ledger: the packets, the witnesses, and decisions that were made elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace

from dreamdesk.desk import corrections, ledger, packets
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json, digest, sha256
from dreamdesk.model.decision import Decision
from dreamdesk.review import signing


def packet_faults(db: Connection) -> list[str]:
    """Return where packets and witnesses differ from the entries that were made when they went, came and were seen."""
    faults = []
    entered: dict[str, Json] = {}
    for kind in (packets.SENT, packets.IMPORTED):
        for body in _bodies(db, kind):
            entered.setdefault(str(body["packet"]), (kind, body))
    held = {packet.digest: packet for packet in packets.all_packets(db)}
    for name in sorted(entered.keys() | held.keys()):
        if name not in held or name not in entered:
            faults.append(f"the packet {name[:16]}… is {'in the ledger' if name in entered else 'on the desk'} alone")
        elif not _same(held[name], *entered[name]):
            faults.append(f"the packet {name[:16]}… is not the one in the ledger")
    seen = {(str(b["desk"]), b["size"], str(b["root"]), str(b["packet"])) for b in _bodies(db, packets.WITNESSED)}
    there = {(one.desk, one.size, one.root.hex(), one.packet) for one in packets.witnesses(db)}
    return faults + [
        f"what was witnessed of desk {desk} ({size} entries) is not what the ledger has"
        for desk, size, *_ in sorted(seen ^ there)
    ]


def _same(packet: packets.Row, kind: str, body: Json) -> bool:
    told = (body["kind"], body["desk"], body["person"], body["size"], body["root"], body["notes"])
    held = (packet.kind, packet.desk, packet.person, packet.size, packet.root.hex(), digest(packet.notes))
    head = json.loads(packet.head)
    return (
        told == held
        and (kind == packets.SENT) == packet.sent
        and sha256(packet.head) == packet.digest
        and head["ledger"]["size"] == packet.size
        and head["at"] == packet.at
    )


def as_signed(db: Connection, decision: Decision) -> tuple[Decision, list[str]]:
    """Return a decision that came with a packet under the ids that it was signed with, and what is wrong with that.

    Ids are good on one desk only: what ties it to the revision here is the digest that was signed.
    """
    held = corrections.revision(db, decision.correction, decision.revision).digest()
    signed = signing.subject(decision)
    faults = (
        []
        if ledger.renamed(db).get(signed, signed) == held
        else ["it was signed for another revision than the one it is at"]
    )
    there = json.loads(decision.statement)["predicate"]["correction"]
    return replace(decision, correction=int(there)), faults


def _bodies(db: Connection, kind: str) -> list[dict[str, Json]]:
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]

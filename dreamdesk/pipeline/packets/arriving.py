"""What a packet says of itself, against what this desk knows: whom it is for, what it answers, whose ledger it is."""

from __future__ import annotations

import time

from dreamdesk.desk import auditors, ledger, packets
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.packets.found import Found
from dreamdesk.review.packets.consistency import continues
from dreamdesk.review.packets.packet import Head, PacketKind

REWRITTEN = (
    "The ledger of the desk {desk} ({sender}) does not continue the one that this desk has witnessed ({seen:,} entries "
    "then, {now:,} now): that desk was rolled back to an older copy, or rewritten. Nothing was taken from the packet. "
    "Ask {sender} for the newest copy of the desk, and keep both."
)


def receive(db: Connection, head: Head, found: Found) -> list[tuple[int, bytes]]:
    """Check what *head* says against the desk; return the states of the sender's ledger that it bears witness to.

    Raises:
        UserError: the packet is for another desk or from this one, answers what this desk never sent, or comes from a
            desk whose ledger does not continue the one that was seen.
    """
    here = ledger.desk_id(db)
    if head.desk == here:
        raise UserError("This packet was made on this very desk, so that it brings nothing.")
    if head.to_desk and head.to_desk != here:
        raise UserError(f"This packet is for the desk {head.to_desk}, and this one is {here}. Nothing was taken.")
    answered = packets.find(db, head.answers) if head.answers else None
    if head.kind is PacketKind.RETURN and (answered is None or not answered.sent):
        raise UserError(f"This packet answers {head.answers[:16] or 'nothing'}…, which this desk never sent.")
    if head.at > time.time_ns():
        found.remarks.append("By its own word this packet comes from the future: a clock of one of the desks is wrong.")
    names = {auditor.name for auditor in auditors.all_auditors(db)}
    if head.to_name and head.to_name not in names:
        found.remarks.append(f"It is for {one_line(head.to_name, 80)}, who is no auditor of this desk.")
    if head.blind:
        found.remarks.append("What others decided and marked was left out on purpose: judge for yourself.")
    return _witnessed(db, head)


def _witnessed(db: Connection, head: Head) -> list[tuple[int, bytes]]:
    now = (head.ledger.size, head.ledger.root)
    told = {now[0]: now[1]}
    for past in head.earlier:
        held = told.setdefault(past.size, past.root)
        if held != past.root or not continues((past.size, past.root), now, past.proof):
            raise UserError("What the packet says of its own desk's ledger contradicts itself. Nothing was taken.")
    seen = packets.witnesses(db, head.desk)
    was_seen = any((one.size, one.root) == now for one in seen)
    for one in seen:
        # An older packet may come late; then the end of its ledger was witnessed before.
        if not was_seen if one.size > now[0] else told.get(one.size) != one.root:
            raise UserError(
                REWRITTEN.format(desk=head.desk, sender=one_line(head.sender, 80), seen=one.size, now=now[0])
            )
    return sorted(told.items())

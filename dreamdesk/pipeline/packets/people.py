"""Who signed what a packet brings: auditors that this desk knows, strangers, and names that stand for two keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dreamdesk.desk import auditors, rules
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.packets.found import Conflict, Found, Stranger
from dreamdesk.pipeline.packets.nouns import Record
from dreamdesk.review import sshsig
from dreamdesk.review.packets.packet import Head

KEPT_HERE = {Role.ADMINISTRATOR: Role.READER}
"""Who keeps the rules of another desk keeps none here."""


@dataclass(slots=True)
class People:
    """The auditors of a packet.

    Attributes:
        known: Those whose word counts here, by name.
        why: Why the others' does not, by name.
    """

    known: dict[str, Auditor] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def meet(
    db: Connection, head: Head, told: Sequence[Record], confirmed: Collection[str], by: rules.By, found: Found,
    *, looking: bool,
) -> People:  # fmt: skip
    """Compare the auditors that a packet tells of with those of the desk; add those *confirmed*, by fingerprint.

    *looking*: nothing will be kept, so that the sender may be a stranger yet.

    Raises:
        UserError: the sender is a stranger or has another key here or a revoked one, or two records tell of one name or
            one key.
    """
    people = People()
    names = [str(one["name"]) for one in told]
    if len(set(names)) != len(names) or len({one["key"] for one in told}) != len(told):
        raise UserError("The packet names an auditor or a key twice.")
    if not any(one["name"] == head.sender and one["key"] == head.key for one in told):
        raise UserError("The packet does not tell of the auditor who signed it.")
    here = {auditor.name: auditor for auditor in auditors.all_auditors(db)}
    owners = {_bare(key.public_key): key.auditor for key in auditors.keys(db)}
    revoked = {_bare(key.public_key) for key in auditors.keys(db) if key.revoked is not None}
    for one in told:
        name, key, role = str(one["name"]), str(one["key"]), Role(one["role"])
        print_, sender = sshsig.fingerprint(key), name == head.sender
        if sender and key in revoked:  # when it was made is the word of whoever has the key now
            raise UserError(f"The key with which {_shown(name)} signed this packet was revoked on this desk "
                            f"({print_}). Nothing was taken from it.")  # fmt: skip
        if (owner := owners.get(key)) is not None and owner == name:
            people.known[name] = here[name]
            if here[name].role is not KEPT_HERE.get(role, role):
                found.conflicts.append(_role(name, here[name].role, role))
        elif owner is not None or name in here:
            other = here.get(name)
            found.conflicts.append(_key(name, print_, owner, other))
            people.why[name] = f"the key {print_} is not that of {name} on this desk"
            if sender:
                raise UserError(f"{_shown(name)} signed this packet with a key that is not theirs on this desk "
                                f"({print_}). Nothing was taken from it.")  # fmt: skip
        elif print_ in confirmed or (looking and sender):
            found.strangers += [] if print_ in confirmed else [Stranger(name, role.value, print_, sender)]
            auditor = Auditor(name, KEPT_HERE.get(role, role), key)
            auditors.add(db, auditor, by if not looking else name, since=0, looking=looking)
            if looking and rules.administrators(db):
                found.remarks.append(f"{_shown(name)} is new here: an administrator of this desk must take it in.")
            people.known[name] = auditor
            found.new["auditors"] += print_ in confirmed
        else:
            found.strangers.append(Stranger(name, role.value, print_, sender))
            people.why[name] = f"the key of {_shown(name)} ({print_}) is not confirmed on this desk"
            if sender:
                raise UserError(
                    f"{_shown(name)} signed this packet and is not known here. Compare the fingerprint with them by "
                    f"telephone or on paper: {print_}. Then confirm it; nothing was taken yet."
                )
    return people


def _bare(key: str) -> str:
    """Return a public key line without its comment."""
    return " ".join(key.split()[:2])


def _shown(name: str) -> str:
    return one_line(name, 80)


def _role(name: str, here: Role, there: Role) -> Conflict:
    return Conflict(
        "role",
        _shown(name),
        (f"here: {here.value}", f"there: {there.value}"),
        "The role on this desk counts here. Change one of them if they should be alike.",
    )


def _key(name: str, fingerprint: str, owner: str | None, other: Auditor | None) -> Conflict:
    here = f"here the key is {_shown(owner)}’s" if owner else "here: no such key"
    if other is not None:
        here = f"here: {sshsig.fingerprint(other.public_key)}"
    return Conflict(
        "key",
        _shown(name),
        (here, f"in the packet: {fingerprint}"),
        "Ask them which key is theirs. A new key is entered as a change of key; another person needs another name.",
    )

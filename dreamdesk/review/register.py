"""The register of auditors and their keys over time, as the ledger tells it.

It is read entry by entry, so that each change is judged by who was an administrator, with which key, at that point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dreamdesk.model.decision import Auditor, AuditorKey, Role
from dreamdesk.model.ruling import NAMESPACE, SIGNATURE, RuleChange
from dreamdesk.model.signers import Span
from dreamdesk.review import sshsig

_OWN = ("key-rotated", "key-revoked")
"""Changes that auditors may make with their own key."""


@dataclass(slots=True)
class Register:
    """Who is an auditor, every key that ever signed, and what is wrong with the changes that led there.

    Attributes:
        auditors: By name, without their private keys.
        keys: By public key.
        revoked_by: The number of the entry that revoked a key, by public key.
        deciding: From when until when the role of an auditor was one that decides, by name.
        faults: Numbers of entries, and what is wrong with them in words.
    """

    auditors: dict[str, Auditor] = field(default_factory=dict)
    keys: dict[str, AuditorKey] = field(default_factory=dict)
    revoked_by: dict[str, int] = field(default_factory=dict)
    deciding: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def key_of(self, auditor: str, fingerprint: str) -> AuditorKey:
        """Return the key of *auditor* that has this fingerprint, the one in use if none has.

        Raises:
            KeyError: there is no such auditor.
        """
        mine = [key for key in self.keys.values() if key.auditor == auditor]
        named = (key for key in mine if sshsig.fingerprint(key.public_key) == fingerprint)
        return next(named, None) or self.keys[self.auditors[auditor].public_key]

    def spans(self) -> tuple[Span, ...]:
        """Return when which key may sign: while it is in use, not revoked, and its auditor's role decides."""
        found = []
        for key in self.keys.values():
            ends = [key.retired, key.revoked]
            for since, until in self.deciding.get(key.auditor, []):
                last = [end for end in (*ends, until) if end is not None]
                begin, end = max(key.since, since), min(last, default=None)
                if end is None or begin < end:
                    found.append(Span(key.auditor, key.public_key, begin, end))
                elif end == key.revoked:  # revoked from before its beginning on; readers must still know whose it was
                    found.append(Span(key.auditor, key.public_key, 0, end))
        return tuple(found)

    def turn(self, auditor: Auditor, at: int) -> None:
        """Note from when on an auditor decides, or no longer does."""
        spans = self.deciding.setdefault(auditor.name, [])
        decides, open_ = auditor.active and auditor.role.decides, bool(spans) and spans[-1][1] is None
        if decides and not open_:
            spans.append((at, None))
        elif open_ and not decides:
            spans[-1] = (spans[-1][0], at)


def read(desk: str, changes: Iterable[RuleChange]) -> Register:
    """Return the register of *desk*, the identity of its ledger, from the changes of its rules, oldest first."""
    register = Register()
    for change in changes:
        if trouble := _unsigned(register, desk, change):
            register.faults.append((change.seq, f"a change of the rules ({change.kind}) {trouble}"))
        _apply(register, change)
    return register


def _unsigned(register: Register, desk: str, change: RuleChange) -> str:
    """Return why this change is not signed as it must be, "" where it is."""
    if change.erased:
        return ""
    administrators = [a.name for a in register.auditors.values() if a.active and a.role is Role.ADMINISTRATOR]
    signature = change.body.get(SIGNATURE)
    if signature is None:
        return "is not signed by an administrator" if administrators else ""
    name, key = str(signature["by"]), str(signature["public_key"])
    known = register.auditors.get(name)
    if known is None or known.public_key != key or key in register.revoked_by or not known.active:
        return f"is signed with a key that {name} did not have then"
    if not sshsig.verify(str(signature["sshsig"]), change.message(desk), NAMESPACE, key):
        return f"carries a signature of {name} that does not fit it"
    own = change.kind in _OWN and change.body.get("name") == name
    return "" if own or not administrators or name in administrators else f"is signed by {name}, no administrator"


def _apply(register: Register, change: RuleChange) -> None:
    """Take in what the change says of auditors and keys."""
    body = change.body
    name = str(body.get("name"))
    if change.kind == "auditor-added":
        key = str(body["public_key"])
        until = body.get("trained_until")
        register.auditors[name] = Auditor(name, Role(body["role"]), key, trained_until=until)
        register.keys[key] = AuditorKey(name, key, int(body.get("since", 0)))
        register.turn(register.auditors[name], register.keys[key].since)
    elif change.kind == "auditor-changed":
        old = register.auditors[name]
        register.auditors[name] = replace(
            old,
            role=Role(body.get("role", old.role)),
            active=bool(body.get("active", old.active)),
            trained_until=body.get("trained_until", old.trained_until),
        )
        register.turn(register.auditors[name], int(body["at"]))
    elif change.kind == "key-rotated":
        old_key, key = register.keys[str(body["from"])], str(body["public_key"])
        register.keys[old_key.public_key] = replace(old_key, retired=int(body["at"]))
        register.keys[key] = AuditorKey(name, key, int(body["at"]))
        register.auditors[name] = replace(register.auditors[name], public_key=key)
    elif change.kind == "key-revoked":
        key = str(body["public_key"])
        register.keys[key] = replace(register.keys[key], revoked=int(body["from"]))
        register.revoked_by[key] = change.seq

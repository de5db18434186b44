"""Verifying who signed: auditors and keys against the ledger, and every decision against its key at its time."""

from __future__ import annotations

import json
from dataclasses import replace

from dreamdesk.desk import auditors, decisions, ledger, memory
from dreamdesk.desk import rules as desk_rules
from dreamdesk.desk.chain import Fault
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import sha256
from dreamdesk.model.decision import AuditorKey
from dreamdesk.pipeline.packets import verifying as packets
from dreamdesk.review import register, signing, sshsig


def auditor_faults(db: Connection) -> list[str]:
    """Auditors and keys are those of the ledger, and each change of a rule is signed as it must be."""
    told = _register(db)
    faults: list[str] = [Fault(words, entry) for entry, words in told.faults]
    held = {auditor.name: auditor for auditor in auditors.all_auditors(db)}
    for name in sorted({*held, *told.auditors}):
        here, there = held.get(name), told.auditors.get(name)
        if here is None or there is None:
            faults.append(f"{name} is {'not among the auditors' if here is None else 'not in the ledger'}")
            continue
        if there.public_key != here.public_key:
            faults.append(f"the key of {name} is not the one in the ledger")
        if there.role is not here.role:
            faults.append(f"the role of {name} is not the one in the ledger")
        if (there.active, there.trained_until) != (here.active, here.trained_until):
            faults.append(f"whether {name} is active, or trained until when, is not as in the ledger")
    keys = {key.public_key: key for key in auditors.keys(db)}
    for line in sorted({*keys, *told.keys}):
        key, entered = keys.get(line), told.keys.get(line)
        if key is None or entered is None or not entered.same_times(key):
            whose = (key or entered or AuditorKey("", line)).auditor
            faults.append(f"a key of {whose} is not as the ledger has it ({sshsig.fingerprint(line)})")
    return faults


def decision_faults(db: Connection) -> list[str]:
    """Each decision is soundly signed by a key in the ledger, in its time, and the ledger knows exactly these ones."""
    told, faults = _register(db), list[str]()
    entered = {str(body["statement"]): (seq, body) for seq, body in _sound(db, "decision")}
    erased = set(ledger.renamed(db).values())
    made = [(f"decision {identity}", decision) for identity, decision in decisions.all_decisions(db)]
    made += [(f"a decision on memory change {d.correction}", d) for d in memory.decisions(db)]
    for called, decision in made:
        if decision.auditor not in told.auditors:
            faults.append(f"{called} is by {decision.auditor}, who is not in the ledger")
            continue
        key = told.key_of(decision.auditor, signing.key_of(decision))
        entry, body = entered.pop(sha256(decision.statement), (0, {}))
        if not entry:
            faults.append(f"{called} is not in the ledger")
        elif entry > told.revoked_by.get(key.public_key, entry):
            faults.append(Fault(f"{called} came after its key was revoked", entry))
        if not replace(key, revoked=None).signs_at(decision.at):
            faults.append(f"{called} was signed at a time at which the key of {decision.auditor} was not in use")
        if "packet" in body:
            decision, elsewhere = packets.as_signed(db, decision)
            faults += [f"{called}: {fault}" for fault in elsewhere]
        left = sha256(decision.statement) in erased
        faults += [f"{called}: {fault}" for fault in signing.check_decision(decision, key.public_key, erased=left)]
    return faults + [
        Fault(f"the ledger has a decision that the desk has lost (statement {name[:16]}…)", entry)
        for name, (entry, _) in sorted(entered.items())
    ]


def _sound(db: Connection, kind: str) -> list[tuple[int, dict[str, object]]]:
    """Return number and body of the entries of *kind* whose body is the one committed to."""
    return [(seq, json.loads(body)) for seq, body in ledger.sound(db, kind)]


def _register(db: Connection) -> register.Register:
    """Return who is an auditor, with which keys, as the ledger tells it."""
    return register.read(ledger.desk_id(db), desk_rules.changes(db))

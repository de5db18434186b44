"""Verify: whether the desk, or a bundle, still is what people signed."""

from __future__ import annotations

import json
from pathlib import Path

from dreamdesk.desk import auditors, corrections, database, decisions, fingerprint, ledger
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import sha256
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled, Progress, head_file
from dreamdesk.release import verify as bundle
from dreamdesk.review import signing


def verify_bundle(folder: Path, trusted: Path | None = None) -> list[str]:
    """Return what is wrong with the bundle in *folder*; an empty list means that it is whole and properly signed."""
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such bundle.")
    return bundle.verify(folder, trusted)


def verify_desk(db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None) -> list[str]:
    """Return what is wrong with the desk, in words: storage, ledger, decisions, revisions and recorded steps."""
    faults: list[str] = []
    parts = (database.integrity, _ledger, _decisions, _revisions, _recordings)
    for number, part in enumerate(parts):
        if progress:
            progress(number, len(parts), part.__name__.strip("_"))
        if cancelled and cancelled():
            raise UserError("Verifying was stopped; what was looked at so far says nothing about the rest.")
        try:
            faults += part(db)
        except database.DatabaseError as error:
            faults.append(f"the desk's storage is damaged: {error}")
    return faults


def _ledger(db: Connection) -> list[str]:
    beside = head_file(db)
    faults = ledger.verify(db)
    if not beside.exists():
        return faults
    return faults + ledger.verify_head(db, beside.read_text())


def _bodies(db: Connection, kind: str) -> list[dict[str, object]]:
    """Return the bodies of entries of *kind* that match their commitments; the others are named by `_ledger`."""
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]


def _decisions(db: Connection) -> list[str]:
    """Each decision is soundly signed by the key in the ledger, and the ledger knows exactly these decisions."""
    faults = []
    keys = {str(body["name"]): str(body["public_key"]) for body in _bodies(db, "auditor-added")}
    for auditor in auditors.all_auditors(db):
        if keys.get(auditor.name) != auditor.public_key:
            faults.append(f"the key of {auditor.name} is not the one in the ledger")
    entered = {str(body["statement"]) for body in _bodies(db, "decision")}
    for identity, decision in decisions.all_decisions(db):
        if decision.auditor not in keys:
            faults.append(f"decision {identity} is by {decision.auditor}, who is not in the ledger")
            continue
        faults += [
            f"decision {identity}: {fault}" for fault in signing.check_decision(decision, keys[decision.auditor])
        ]
        name = sha256(decision.statement)
        if name not in entered:
            faults.append(f"decision {identity} is not in the ledger")
        entered.discard(name)
    faults += [f"the ledger has a decision that the desk has lost (statement {name[:16]}…)" for name in sorted(entered)]
    return faults


def _revisions(db: Connection) -> list[str]:
    """Each revision is, step for step, the one that the ledger has the digest of."""
    faults = []
    for body in _bodies(db, "revision-added"):
        correction, number = int(str(body["correction"])), int(str(body["revision"]))
        try:
            actual = corrections.revision(db, correction, number).digest()
        except UserError:
            faults.append(f"revision {number} of correction {correction} is missing")
            continue
        except (ValueError, KeyError, TypeError):
            actual = ""  # what stands there no longer is a revision
        if actual != body["digest"]:
            faults.append(f"revision {number} of correction {correction} was changed")
    return faults


def _recordings(db: Connection) -> list[str]:
    """The recorded steps are those that were imported."""
    return [
        f"the recorded steps of {body['name']} were changed"
        for body in _bodies(db, "imported")
        if fingerprint.of_source(db, int(str(body["source"]))) != body["steps_sha256"]
    ]

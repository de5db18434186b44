"""Recall: what left in a bundle and must not be trained on, told by a signed notice."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from dreamdesk.desk import auditors, corrections, releases
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head
from dreamdesk.release import recall
from dreamdesk.review.identity import Signer

SUFFIX = ".recall.json"
"""What the name of a recall notice ends with; its signature has ``.sig`` behind that."""


def recall_release(
    db: Connection,
    number: int,
    reason: str,
    signer: Signer,
    out: Path | None = None,
    only: Collection[int] | None = None,
    folder: Path | None = None,
) -> Path:
    """Recall the bundle *number*, or of it the corrections *only*; return the notice that was written into *out*.

    The notice names the training rows by their digests, where the bundle is at hand, and the revisions always; beside
    it lies its signature. What was recalled is not released again as it was, and the next bundle lists it.

    Args:
        db: The desk.
        number: Of the release.
        reason: For the recipient and the ledger.
        signer: Who recalls: a reviewer or approver with an unlocked key.
        out: Folder for the notice, by default the one in which the bundle was written.
        only: Ids of corrections in the bundle, all by default.
        folder: Where the bundle lies now, by default where it was written.

    Raises:
        UserError: there is no such bundle, no reason, nothing left to recall, or the notice cannot be written;
            nothing was changed.
    """
    auditors.current(db, signer)
    auditor = auditors.get(db, signer.auditor.name)
    if not auditor.active or not auditor.role.decides:
        raise UserError(f"{auditor.name} is no reviewer or approver on this desk, and only they recall.")
    if not reason.strip():
        raise UserError("Say why it is recalled; the recipient reads the reason.")
    release = releases.get(db, number)
    called_back = _called_back(db, release, only)
    folder = folder or Path(release.folder)
    revisions = [corrections.revision(db, correction).digest() for correction in called_back]
    there = folder.is_dir() and recall.digest_of(folder) == release.digest
    at = time.time_ns()
    body = recall.notice_body(
        bundle=recall.name_of(folder) if there else Path(release.folder).name,
        digest=release.digest,
        recipient=release.recipient,
        corrections=called_back,
        revisions=revisions,
        lines=recall.lines_of(folder, revisions) if there else [],
        reason=reason.strip(),
        by=auditor.name,
        at=at,
    )
    sshsig = signer.sshsig(body, recall.NAMESPACE)
    target = _unused((out or folder.parent) / f"{folder.name}{SUFFIX}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        target.with_name(target.name + ".sig").write_text(sshsig)
        releases.add_recall(db, release, called_back, auditor.name, at, body, sshsig)
    except BaseException as error:
        for path in (target, target.with_name(target.name + ".sig")):
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UserError(f"The notice could not be written to {target}: {error}. Nothing was recalled.") from error
        raise
    write_head(db)
    return target


def _called_back(db: Connection, release: releases.Release, only: Collection[int] | None) -> list[int]:
    if only is not None and (absent := sorted(set(only) - set(release.corrections))):
        raise UserError(f"Correction {absent[0]} is not in bundle {release.id}.")
    chosen = [
        correction
        for correction in release.corrections
        if (only is None or correction in only) and corrections.get(db, correction).state is ReviewState.RELEASED
    ]
    if not chosen:
        raise UserError(f"Nothing in bundle {release.id} is left to recall.")
    return chosen


def _unused(path: Path) -> Path:
    number = 1
    chosen = path
    while chosen.exists():
        number += 1
        chosen = path.with_name(path.name.removesuffix(SUFFIX) + f"-{number}{SUFFIX}")
    return chosen

"""Drafts of bundles: signed one after the other, on this desk or another one, and released when all have signed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dreamdesk.desk import auditors, corrections, releases
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head
from dreamdesk.release import bundle, drafts, recall, trace, verify
from dreamdesk.review.identity import Signer


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of a signature.

    Attributes:
        people: Everybody who has signed by now.
        required: How many must.
        folder: The bundle, once all have signed on the desk that it comes from; else the draft.
        released: Whether it is a bundle now.
    """

    people: tuple[str, ...]
    required: int
    folder: Path
    released: bool


def sign_draft(db: Connection, folder: Path, signer: Signer) -> Signed:
    """Sign the draft in *folder* with an unlocked key; the last signature makes a bundle of it.

    The draft may be a copy that another desk made: then only the signature is added, to be carried back.

    Raises:
        UserError: it was changed since it was sealed, the auditor may not release or has signed, or what is in it is
            no longer approved; nothing was written.
    """
    auditors.current(db, signer)
    _check_releases(db, signer.auditor.name)
    _check_current(db, folder)
    drafts.signatures(folder)
    drafts.add_signature(folder, signer.sshsig(drafts.message(folder), bundle.NAMESPACE).encode())
    return _settled(db, folder)


def add_signature(db: Connection, folder: Path, signature: Path) -> Signed:
    """Add the signature in the file *signature*, made elsewhere, to the draft in *folder*.

    Raises:
        UserError: as `sign_draft` says, or the file cannot be read.
    """
    try:
        sshsig = signature.read_bytes()
    except OSError as error:
        raise UserError(f"{signature}: the signature cannot be read ({error.strerror or error}).") from error
    _check_current(db, folder)
    drafts.add_signature(folder, sshsig)
    return _settled(db, folder)


def withdraw_draft(db: Connection, draft: releases.Draft, signer: Signer, reason: str) -> None:
    """Give up *draft* for a *reason*, and take its folder away, if what lies there still is the draft.

    Raises:
        UserError: no reason was given, or the auditor may not release.
    """
    if not reason.strip():
        raise UserError("Say why the draft is withdrawn; the ledger keeps the reason.")
    auditors.current(db, signer)
    _check_releases(db, signer.auditor.name)
    releases.withdraw(db, draft, signer.auditor.name, reason.strip())
    # Where the draft lies is what the desk says; whoever wrote to its file could have named any folder.
    if _is_in(draft, Path(draft.folder)):
        shutil.rmtree(draft.folder, ignore_errors=True)
    write_head(db)


def finish_releases(db: Connection) -> list[Path]:
    """Give what was released or drafted last its name, where the program was stopped before it had one; return which.

    Raises:
        UserError: it cannot be renamed.
    """
    named = []
    newest: list[releases.Release | releases.Draft] = [*releases.all_releases(db)[:1], *releases.drafts(db)[:1]]
    for made in newest:
        folder = Path(made.folder)
        try:
            if bundle.name_left(folder, partial(_is_in, made)):
                named.append(folder)
        except OSError as error:
            raise UserError(f"{folder}: the bundle was released and cannot be given its name ({error}).") from error
    return named


def _is_in(made: releases.Draft | releases.Release, folder: Path) -> bool:
    try:
        return not folder.is_symlink() and recall.digest_of(folder) == made.digest
    except OSError:
        return False


def _check_releases(db: Connection, name: str) -> None:
    """Return if the auditor *name* may sign bundles on this desk now."""
    auditor = auditors.get(db, name)
    auditors.check_usable(db, auditor)
    if not auditor.role.decides:
        raise UserError(f"{auditor.name} is no reviewer or approver on this desk, and only they release.")


def _known(db: Connection, folder: Path) -> releases.Draft | None:
    """Return the draft of this desk that lies in *folder*, if it is one."""
    digest = recall.digest_of(folder)
    return next((draft for draft in releases.drafts(db) if draft.digest == digest), None)


def _check_current(db: Connection, folder: Path) -> None:
    try:
        draft = _known(db, folder)
    except OSError as error:
        raise UserError(f"{folder} is no draft of a bundle ({error.strerror or error}). Name its folder.") from error
    for correction, digest in draft.revisions.items() if draft else ():
        if corrections.revision(db, correction).digest() != digest:
            raise UserError(
                f"Correction {correction} was amended since the draft was sealed. Withdraw the draft and release again."
            )


def _settled(db: Connection, folder: Path) -> Signed:
    """Make a bundle of the draft in *folder* if it is this desk's and all have signed, who may do so to this day."""
    state, draft = drafts.signatures(folder), _known(db, folder)
    if draft is None or not state.complete:
        return Signed(state.people, state.required, folder, released=False)
    for person in state.people:
        _check_releases(db, person)

    def enter(whole: Path, target: Path) -> None:
        releases.add(
            db, draft.at, str(target), draft.auditor, draft.digest, sorted(draft.revisions), draft.memory,
            turns=trace.turns(whole), formats=verify.bag_info(whole)["DreamDesk-Formats"].split(),
            recipient=draft.recipient, signers=state.people, draft=draft.id,
        )  # fmt: skip

    written = drafts.complete(folder, enter)
    write_head(db)
    return Signed(state.people, state.required, written, released=True)

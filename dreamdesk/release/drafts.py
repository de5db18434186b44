"""A sealed draft: a bundle whose bytes change no more, to which people add signatures until all are there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.model.errors import UserError
from dreamdesk.release import verify
from dreamdesk.release.bag import TAG_MANIFEST, flush_folder
from dreamdesk.release.bundle import DRAFT, NAMESPACE, fast_ed25519, signature_name
from dreamdesk.release.verify_signature import Signers


@dataclass(frozen=True, slots=True)
class Progress:
    """Who signed a draft so far, and how many must."""

    people: tuple[str, ...]
    required: int

    @property
    def complete(self) -> bool:
        """Whether all have signed."""
        return len(self.people) >= self.required


def signatures(folder: Path) -> Progress:
    """Return who signed the bundle or draft in *folder*.

    Raises:
        UserError: it is none, it was changed since it was sealed, or a signature in it is none of it.
    """
    faults = verify.verify(folder, ed25519=fast_ed25519, draft=True)
    if faults:
        raise UserError(f"{folder} is not as it was sealed: {faults[0]}. Nothing was signed.")
    signers = Signers(folder / "allowed_signers")
    return Progress(
        tuple(verify.signed_by(folder, signers, fast_ed25519)[1]),
        int(verify.bag_info(folder)["Required-Signatures"]),
    )


def message(folder: Path) -> bytes:
    """Return the bytes that are signed: the list of all files."""
    return (folder / TAG_MANIFEST).read_bytes()


def add_signature(folder: Path, sshsig: bytes) -> str:
    """Put the armored signature *sshsig* into the draft in *folder*; return whose it is.

    Raises:
        UserError: it is no signature of this draft by somebody who may sign and has not signed; nothing was written.
    """
    so_far = signatures(folder)
    at = int(verify.bag_info(folder)["DreamDesk-Released-At"])
    try:
        _, names = Signers(folder / "allowed_signers").by(sshsig, message(folder), NAMESPACE, at, fast_ed25519)
    except (ValueError, IndexError) as error:
        raise UserError(f"This is no signature of {folder.name}: {error}. Nothing was written.") from error
    if not names:
        raise UserError(f"The signature is by a key that may not sign {folder.name}. Nothing was written.")
    (name,) = sorted(names)[:1]
    if names & set(so_far.people):
        raise UserError(f"{name} has signed {folder.name} already; another person must. Nothing was written.")
    path = folder / signature_name(name)
    if path.exists():  # two names that read the same in plain letters
        path = path.with_name(f"{path.stem}-{len(so_far.people) + 1}.sig")
    draft = folder.with_name(f".{folder.name}.signature")  # beside it: in it, half a file would be a fault
    try:
        with draft.open("wb") as file:
            file.write(sshsig)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise UserError(f"{folder}: the signature could not be written ({error}). Nothing was added.") from error
    finally:
        draft.unlink(missing_ok=True)
    return name


def complete(folder: Path, enter: Callable[[Path, Path], None] | None = None) -> Path:
    """Give the draft in *folder* the name of a bundle, now that all have signed; return its new path.

    Beforehand *enter* is called with the draft and that path, to write it down (see `bundle.write`).

    Raises:
        UserError: signatures are missing, something in it is wrong, or there is a bundle of that name.
    """
    if faults := verify.verify(folder, ed25519=fast_ed25519):
        raise UserError(f"{folder} is no bundle yet: {faults[0]}.")
    target = folder.with_name(folder.name.removesuffix(DRAFT))
    if target.exists():
        raise UserError(f"{target} is there already. Move it away; the draft stays as it is.")
    if enter is not None:
        enter(folder, target)
    try:
        folder.rename(target)
        flush_folder(target.parent)
    except OSError as error:
        raise UserError(
            f"The bundle is released, and lies whole at {folder}; it gets its name, {target}, when the desk is opened "
            f"next ({error})."
        ) from error
    return target

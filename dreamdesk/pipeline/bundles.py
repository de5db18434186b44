"""Bundles that are there: is one whole and properly signed, was it called back, what does its report say."""

from __future__ import annotations

from pathlib import Path

from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.release import verify
from dreamdesk.release.bundle import fast_ed25519


def verify_bundle(
    folder: Path, trusted: Path | None = None, *, revoked: Path | None = None, draft: bool = False
) -> list[str]:
    """Return what is wrong with the bundle in *folder*; an empty list means that it is whole and properly signed.

    *trusted* is the list of signers of whoever asks, *revoked* a list of keys that count for nothing; of a *draft*
    signatures may be missing.

    Raises:
        UserError: one of them is not there.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such bundle.")
    _must_be_files(trusted, revoked)
    return verify.verify(folder, trusted, fast_ed25519, revoked=revoked, draft=draft)


def check_recall(
    folder: Path, notice: Path, trusted: Path | None = None, revoked: Path | None = None
) -> tuple[list[str], dict[str, Json]]:
    """Return what is wrong with the recall *notice* for the bundle in *folder*, and what it says.

    Raises:
        UserError: one of the files is not there.
    """
    _must_be_files(trusted, revoked, notice)
    return verify.recalled(folder, notice, trusted, fast_ed25519, revoked=revoked)


def _must_be_files(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.is_file():
            raise UserError(f"{path}: there is no such file.")

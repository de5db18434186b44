"""Bundles that are there: is one whole and properly signed, was it called back, what does its report say."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.desk import releases
from dreamdesk.desk.database import Connection
from dreamdesk.desk.families import called
from dreamdesk.language import t
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.recurring import effect
from dreamdesk.release import drafts, verify
from dreamdesk.release.bundle import fast_ed25519
from dreamdesk.release.report import writing
from dreamdesk.release.report.html import page
from dreamdesk.release.report.pdf import pdf
from dreamdesk.release.report.words import words

OLDER = "it names no formats, as bundles of an older DreamDesk: verify those with a verify.py of then, such as theirs"
"""What is said of such a bundle first, before what of its form is not that of now."""


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
    faults = verify.verify(folder, trusted, fast_ed25519, revoked=revoked, draft=draft)
    return [OLDER, *faults] if faults and _is_older(folder) else faults


def _is_older(folder: Path) -> bool:
    """Return whether the bundle was written before bundles named their formats; False where that cannot be told."""
    try:
        return "DreamDesk-Formats" not in verify.bag_info(folder)
    except verify.UNREADABLE:
        return False


def check_steps(folder: Path, *, draft: bool = False) -> list[tuple[str, list[str]]]:
    """Return what is checked of the bundle in *folder*, in words, each with the faults that were found.

    Raises:
        UserError: there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such bundle.")
    return list(verify.steps(folder, None, fast_ed25519, draft=draft))


def report_text(folder: Path) -> str:
    """Return the report of the bundle in *folder* as plain text, hidden characters written out.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    return words(writing.read(folder))


def make_report(folder: Path, html: Path | None = None, pdf_file: Path | None = None, *, full: bool = True) -> None:
    """Make the report of the bundle in *folder* again, as a page and as PDF; *full*: with every case in the PDF.

    Raises:
        UserError: there is none, or a file cannot be written.
    """
    blocks = writing.read(folder)
    try:
        if html is not None:
            html.write_text(page(blocks), encoding="utf-8")
        if pdf_file is not None:
            pdf_file.write_bytes(pdf(blocks if full else writing.shortened(blocks)))
    except OSError as error:
        raise UserError(f"The report could not be written: {error}.") from error


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundle or a draft, as the window lists it.

    Attributes:
        release: The release, None of a draft; *draft* is the draft then.
        name, folder: Of the bundle.
        at: When it was written, in nanoseconds since 1970 UTC.
        corrections, memory: How many of each are in it, and how many corrections were *recalled* since.
        recipient: To whom it went.
        signers: Who signed it so far; *required* is how many must.
        there: Whether the folder is where it was written.
        effects: What is known of its effect, a sentence for each family.
    """

    release: releases.Release | None
    draft: releases.Draft | None
    name: str
    folder: Path
    at: int
    corrections: int
    memory: int
    recalled: int
    recipient: str
    signers: tuple[str, ...]
    required: int
    there: bool
    effects: tuple[str, ...] = ()


def overview(db: Connection) -> list[Shown]:
    """Return the drafts that wait and the bundles that left, newest first."""
    found = []
    for draft in releases.drafts(db):
        folder = Path(draft.folder)
        try:
            people = drafts.signatures(folder).people
        except (UserError, OSError):
            people = ()  # its folder was moved or changed: verifying it says what is wrong
        found.append(
            Shown(None, draft, folder.name, folder, draft.at, len(draft.revisions), len(draft.memory), 0,
                  draft.recipient, people, draft.required, folder.is_dir())
        )  # fmt: skip
    back: Counter[int] = Counter()
    for recall in releases.recalls(db):
        back[recall.release] += len(json.loads(recall.notice)["corrections"])
    known: dict[int, list[str]] = {}
    for seen in effect(db):
        about = t(
            "{title}: {before} before, {after} since. {verdict}",
            title=called(seen.effect.title),
            before=seen.before.words,
            after=seen.after.words,
            verdict=seen.verdict,
        )
        known.setdefault(seen.effect.bundle, []).append(about)
    for release in releases.all_releases(db):
        folder = Path(release.folder)
        found.append(
            Shown(release, None, folder.name, folder, release.at, len(release.corrections), len(release.memory),
                  back[release.id], release.recipient, release.signers, len(release.signers), folder.is_dir(),
                  tuple(known.get(release.id, ())))
        )  # fmt: skip
    return found


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

"""Writing a bundle: all of it or nothing, checked by the very program that travels with it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dreamdesk.model.canonical import canonical
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Auditor, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.signers import Span, allowed_signers
from dreamdesk.model.text import one_line
from dreamdesk.release import bom, lessons, memory, memory_files, provenance, quality, rows, trace, verify
from dreamdesk.release.bag import Bag, flush_folder
from dreamdesk.release.card import card
from dreamdesk.release.content import Content
from dreamdesk.release.croissant import croissant
from dreamdesk.release.formats import chosen
from dreamdesk.release.instructions import verify_text
from dreamdesk.release.recall import NAMESPACE as RECALL
from dreamdesk.release.report import writing
from dreamdesk.release.report.telling import tell
from dreamdesk.release.terms import Terms

NAMESPACE = "dreamdesk-bundle"
"""SSHSIG namespace of a bundle."""

DRAFT = ".draft"
"""What the name of a bundle ends with while signatures are missing."""

PROGRAMS = (
    "verify.py",
    "verify_content.py",
    "verify_decisions.py",
    "verify_memory.py",
    "verify_rows.py",
    "verify_signature.py",
    "verify.sh",
    "verify.ps1",
)
"""What travels with a bundle to check it: files of this package that import nothing of it."""


def write(
    folder: Path,
    content: Content,
    sign: Callable[[bytes, str], str],
    signer_name: str,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    enter: Callable[[Path, Path], None] | None = None,
) -> Path:
    """Write the bundle *folder* and return it.

    It is made beside its place under another name, flushed, checked with `verify.verify`, and only then renamed:
    there is never half a bundle, whatever happens.

    Before it gets its name, *enter* writes it down, so that no bundle is about that nobody knows of. Whoever is stopped
    between the two gives it its name later (`name_left`).

    Where more people must sign, what is written is a sealed draft, ``NAME.draft``: its bytes change no more, others add
    their signatures to it (`add_signature`), and `complete` gives it its name.

    Args:
        folder: The bundle's own folder, which must not exist yet.
        content: What goes in.
        sign: Returns the armored SSHSIG of (message, namespace) by the person who releases.
        signer_name: That person, a reviewer or approver among ``content.auditors``.
        progress: Called with (corrections written, corrections in all).
        cancelled: Asked between corrections; True gives up.
        enter: Called with the bundle, whole and checked, under its other name, and the name that it will have.

    Raises:
        UserError: there is nothing to release, something in it is not fit to leave, the folder exists or cannot be
            written, or the work was cancelled. Nothing is left behind.
    """
    content = replace(  # in one order, whichever it came in: equal content gives equal bytes
        content,
        items=tuple(sorted(content.items, key=lambda item: item.correction)),
        quality=json.loads(canonical(content.quality)),
    )
    signer = _check(folder, content, signer_name)
    draft = content.required_signatures > 1
    folder = folder.with_name(folder.name + DRAFT) if draft else folder
    partial = _partial(folder)  # what a killed run left there is taken away
    entered = False
    try:
        shutil.rmtree(partial, ignore_errors=True)
        with Bag(partial) as bag:
            _fill(bag, content, signer, progress, cancelled)
            tags = bag.seal(_info(content))
            bag.write(signature_name(signer.name), sign(tags, NAMESPACE).encode())
            bag.flush()
        faults = verify.verify(partial, ed25519=fast_ed25519, draft=draft)
        if faults:
            raise UserError(f"The bundle would not stand up to its own check: {faults[0]}. Nothing was written.")
        if enter is not None:
            flush_folder(partial.parent)
            enter(partial, folder)
            entered = True
        partial.rename(folder)
        flush_folder(folder.parent)
    except OSError as error:
        if entered:
            raise UserError(
                f"The bundle is released, and lies whole at {partial}; it gets its name, {folder}, when the desk is "
                f"opened next ({error})."
            ) from error
        raise UserError(f"The bundle could not be written to {folder}: {error}. Nothing was left behind.") from error
    finally:
        if not entered:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def name_left(folder: Path, is_it: Callable[[Path], bool]) -> bool:
    """Give the bundle or draft that was to be *folder* its name, where it was left without; *is_it* knows it.

    Raises:
        OSError: it cannot be renamed.
    """
    for left in (_partial(folder), folder.with_name(folder.name + DRAFT)):
        if not folder.exists() and is_it(left):
            left.rename(folder)
            flush_folder(folder.parent)
            return True
    return False


def _partial(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.partial")


def _check(folder: Path, content: Content, signer_name: str) -> Auditor:
    """Return the auditor who releases, or say what stands against a release."""
    if folder.exists() or folder.with_name(folder.name + DRAFT).exists():
        raise UserError(f"{folder} is there already. A bundle is never changed: choose another name.")
    if not content.items and not content.memory:
        raise UserError("There is nothing to release: no approved correction or memory change was chosen.")
    memory.check(content)
    if content.terms.predetermined is not None and not content.terms.change.strip():
        raise UserError("Say why this is a change that was determined beforehand, or why not. Nothing was written.")
    for item in content.items:
        made = [decision for decision in item.decisions if decision.revision == item.revision.number]
        approvers = {d.auditor for d in made if d.verdict is Verdict.APPROVE and not d.void}
        warned = any(check.result is CheckResult.WARN for check in item.checks)
        needed = max(content.required_approvals, content.approvals_over_warnings if warned else 1)
        if len(approvers) < needed:
            raise UserError(
                f"Correction {item.correction} has {len(approvers)} of {needed} approvals. "
                "Have it approved, or take it out of the release."
            )
    signer = next((auditor for auditor in content.auditors if auditor.name == signer_name), None)
    if signer is None or not signer.active or not signer.role.decides:
        raise UserError(f"{signer_name} is no reviewer or approver on this desk, and only they release.")
    return signer


def _fill(
    bag: Bag,
    content: Content,
    signer: Auditor,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Write everything but the lists and the signature."""
    made = rows.write(bag, content, progress, cancelled)
    if not made.counts and not content.memory:
        raise UserError("There is nothing to release: none of the corrections has a turn of the agent to learn from.")
    provenance.write_decisions(bag, content)
    provenance.write_revisions(bag, content.items)
    provenance.write_recorded(bag, content.items)
    provenance.write_corrections(bag, content)
    provenance.write_sources(bag, content)
    memory.write(bag, content)
    made.left_out.update(memory_files.write(bag, content))
    lessons.write(bag, content)
    quality.write(bag, content)
    provenance.write_ledger(bag, content)
    for line in content.recalled:
        bag.line("data/audit/recalled.jsonl", line)
    bag.write("data/README.md", card(content, made).encode())
    hashes = {path: bag.sha256(f"data/{path}") for path in made.counts}
    if made.counts:
        bag.write("data/croissant.json", croissant(content, made, hashes).encode())
        bag.write(bom.PATH, bom.bom(content, made, hashes).encode())
    bag.write("allowed_signers", _allowed_signers(content).encode())
    signed = [(signer.name, signature_name(signer.name))]
    how = verify_text(signed, content.required_signatures, content.decisions[0].auditor)
    bag.write("VERIFY.txt", (how + trace.how_to_trace(content, made)).encode())
    for name in PROGRAMS:
        bag.write(name, Path(verify.__file__).with_name(name).read_bytes())
    writing.write(bag, *tell(content, made.counts, made.taught, signer, made.omissions(), bag.has))


def _info(content: Content) -> dict[str, str]:
    """Return bag-info.txt: the reserved names of RFC 8493 section 2.2.2, then ours."""
    head = hashlib.sha256(content.ledger[-1]).hexdigest() if content.ledger else "0" * 64
    return {
        "Bag-Software-Agent": f"DreamDesk {content.tool_version}".strip(),
        "Bagging-Date": time.strftime("%Y-%m-%d", time.gmtime(content.at // 10**9)),
        "External-Identifier": f"{_slug(content.desk)}-{content.number}",
        "DreamDesk-Released-At": str(content.at),
        "DreamDesk-Audit-Head": f"{len(content.ledger)} {head}",
        "Required-Approvals": str(content.required_approvals),
        "Required-Approvals-Over-Warnings": str(content.approvals_over_warnings),
        "Required-Signatures": str(content.required_signatures),
        **_terms(content.terms),
        "DreamDesk-Formats": " ".join(made.name for made in chosen(content.formats)),
    }


def _terms(terms: Terms) -> dict[str, str]:
    """Return the lines of bag-info.txt that say to whom the bundle goes, and what was said about the change."""
    said = {"Recipient": one_line(terms.recipient, 400)} if terms.recipient.strip() else {}
    if terms.predetermined is not None:
        answer = "yes" if terms.predetermined else "no"
        said["Predetermined-Change"] = f"{answer}. {one_line(terms.change, 1000)}"
    return said


def _allowed_signers(content: Content) -> str:
    """Return the list of signers: who may decide and release, with which key, from when until when."""
    auditors = (Span(auditor.name, auditor.public_key) for auditor in content.auditors if auditor.role.decides)
    return allowed_signers(content.signers or auditors, ("dreamdesk-decision", NAMESPACE, RECALL))


def signature_name(name: str) -> str:
    """Return where the signature of the person *name* lies in a bundle."""
    return f"signatures/{_slug(name)}.sig"


def _slug(name: str) -> str:
    """Return *name* as a plain file name: lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unnamed"


def fast_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Verify like `verify.ed25519_verify`, which must do without a library, only a hundred times faster."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True

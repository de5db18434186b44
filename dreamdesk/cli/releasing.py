"""Verbs about bundles: release them, sign and list them, call them back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk import releases
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verbs; *number* reads an id."""
    one = verb("release", do_release, "write the approved corrections as a signed bundle, or sign a draft of one")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder that the bundle is written into")
    one.add_argument("--as", dest="auditor", metavar="AUDITOR")
    one.add_argument("--preview", action="store_true", help="say what would leave, and write nothing")
    one.add_argument("--only", type=_ids(number), metavar="IDS", help="only these corrections: 3,5,8")
    one.add_argument("--no-memory", action="store_true", help="leave decided memory changes on the desk")
    one.add_argument(
        "--format",
        action="append",
        choices=[made.name for made in pipeline.training_formats()],
        metavar="NAME",
        help="a training format that leaves, such as sft/gemini; may be given several times; without it all leave that "
        "show no wrong behaviour as such (preference/trl_kto_negatives does)",
    )
    one.add_argument("--recipient", default="", metavar="TEXT", help="to whom it goes; kept for erasure and recall")
    one.add_argument(
        "--change",
        default="",
        metavar="yes|no:REASON",
        help="is training on it a change that was determined beforehand, and why",
    )
    one.add_argument(
        "--waive",
        action="append",
        default=[],
        metavar="ID:REASON",
        help="why the secrets or personal data in this correction may leave; all:REASON for every one",
    )
    one.add_argument("--sign", type=Path, metavar="DRAFT", help="sign this draft, or a copy of it from another desk")
    one.add_argument("--add-signature", type=Path, metavar="FILE", help="add this signature to the draft of --sign")
    one.add_argument("--withdraw", type=number, metavar="DRAFT", help="give up the draft of this number")
    one.add_argument("--reason", default="", metavar="TEXT", help="why the draft is given up")

    one = verb("bundles", do_bundles, "list the bundles that left, the drafts that wait and the recalls")
    one.add_argument("--correction", type=number, help="only bundles that carry this correction")

    one = verb("recall", do_recall, "call back what left in a bundle, by a signed notice for the recipient")
    one.add_argument("bundle", type=number, metavar="NUMBER", help="see: bundles")
    one.add_argument("--reason", required=True, metavar="TEXT")
    one.add_argument("--only", type=_ids(number), metavar="IDS", help="only these corrections of it")
    one.add_argument("--folder", type=Path, metavar="DIR", help="where the bundle lies now")
    one.add_argument("--out", type=Path, metavar="DIR", help="the folder that the notice is written into")
    one.add_argument("--as", dest="auditor", required=True, metavar="AUDITOR")

    one = verb("report-bundle", do_report, "make the report of a bundle again, as page, PDF or text", desk=False)
    one.add_argument("bundle", type=Path, metavar="BUNDLE")
    one.add_argument("--html", type=Path, metavar="FILE")
    one.add_argument("--pdf", type=Path, metavar="FILE")
    one.add_argument("--full", action="store_true", help="every case in the PDF, however many there are")
    one.set_defaults(desk=None)


def do_report(args: argparse.Namespace, db: None, out: Output) -> int:
    """Make the report of a bundle again; without a file it is printed."""
    if args.html is None and args.pdf is None:
        out.say(pipeline.report_text(args.bundle))
        return OK
    pipeline.make_report(args.bundle, args.html, args.pdf, full=args.full)
    for path in (args.html, args.pdf):
        if path is not None:
            out.line({"report": str(path)})
    return OK


def _ids(number: Callable[[str], int]) -> Callable[[str], frozenset[int]]:
    def read(text: str) -> frozenset[int]:
        return frozenset(number(part.strip()) for part in text.split(","))

    return read


def do_release(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Write a bundle, preview one, or sign or give up a draft of one."""
    if args.add_signature is not None:
        if args.sign is None:
            raise UserError("Name the draft that the signature belongs to: --sign DRAFT --add-signature FILE.")
        return _tell(pipeline.add_signature(db, args.sign, args.add_signature), out)
    if args.preview:
        return _preview(args, db, out)
    signer = _signer(args, db)
    if args.sign is not None:
        return _tell(pipeline.sign_draft(db, args.sign, signer), out)
    if args.withdraw is not None:
        draft = next((draft for draft in releases.drafts(db) if draft.id == args.withdraw), None)
        if draft is None:
            raise UserError(f"No draft {args.withdraw} waits on this desk.")
        pipeline.withdraw_draft(db, draft, signer, args.reason)
        out.line({"draft": draft.id, "state": releases.GONE})
        return OK
    if args.out is None:
        raise UserError("Name the folder that the bundle is written into: --out DIR.")
    folder = pipeline.release(db, args.out, signer, terms=_terms(args, db))
    waits = folder.name.endswith(pipeline.DRAFT)
    out.line({"draft" if waits else "bundle": str(folder)})
    if waits:
        out.say(f"Others must sign it, too, before it is a bundle: dreamdesk release --sign {folder} --desk … --as …")
    return OK


def _signer(args: argparse.Namespace, db: Connection) -> pipeline.Signer:
    if args.auditor is None:
        raise UserError("Say who signs: --as AUDITOR.")
    return pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))


def _terms(args: argparse.Namespace, db: Connection) -> pipeline.ReleaseTerms:
    answer, _, why = args.change.partition(":")
    if args.change and (answer not in ("yes", "no") or not why.strip()):
        raise UserError("--change is yes:REASON or no:REASON.")
    waived: dict[int, str] = {}
    terms = pipeline.ReleaseTerms(
        recipient=args.recipient,
        predetermined=None if not args.change else answer == "yes",
        change=why.strip(),
        only=args.only,
        memory=not args.no_memory,
        formats=None if args.format is None else frozenset(args.format),
        waived=waived,
    )
    for given in args.waive:
        where, _, reason = given.partition(":")
        if not reason.strip():
            raise UserError("--waive is ID:REASON, or all:REASON.")
        if where == "all":
            waived |= {item.correction: reason.strip() for item in pipeline.preview_release(db, terms).corrections}
        elif where.isdigit():
            waived[int(where)] = reason.strip()
        else:
            raise UserError(f"--waive: {where!r} is no id of a correction.")
    return terms


def _preview(args: argparse.Namespace, db: Connection, out: Output) -> int:
    found = pipeline.preview_release(db, _terms(args, db))
    for leaving in found.corrections:
        out.line(asdict(leaving))
    for path in found.memory:
        out.line({"memory": path})
    for rows in found.rows:
        if rows.count:
            out.line({"format": rows.name, "file": rows.path, "rows": rows.count, "written": rows.chosen})
    kept_back = set(found.unresolved)
    for leak in found.leaks:
        out.line({**asdict(leak), "keeps_back": leak in kept_back})
    out.line({"signatures_required": found.required})
    return OK


def _tell(signed: pipeline.Signed, out: Output) -> int:
    out.line(
        {
            "bundle" if signed.released else "draft": str(signed.folder),
            "signed_by": ", ".join(signed.people),
            "required": signed.required,
        }
    )
    return OK


def do_bundles(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List bundles, drafts and recalls."""
    known = releases.all_releases(db) if args.correction is None else releases.carrying(db, [args.correction])
    back: dict[int, int] = {}
    for recall in releases.recalls(db):
        back[recall.release] = back.get(recall.release, 0) + len(json.loads(recall.notice)["corrections"])
    for release in known:
        out.line(
            {
                "id": release.id,
                "at": release.at,
                "folder": release.folder,
                "corrections": len(release.corrections),
                "memory_changes": len(release.memory),
                "recipient": release.recipient,
                "signers": ", ".join(release.signers),
                "sha256": release.digest,
                "recalled": back.get(release.id, 0),
            }
        )
    for draft in releases.drafts(db) if args.correction is None else ():
        out.line(
            {
                "draft": draft.id,
                "at": draft.at,
                "folder": draft.folder,
                "corrections": len(draft.revisions),
                "recipient": draft.recipient,
                "required": draft.required,
            }
        )
    return OK


def do_recall(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Call a bundle back."""
    signer = _signer(args, db)
    notice = pipeline.recall_release(
        db, args.bundle, args.reason, signer, out=args.out, only=args.only, folder=args.folder
    )
    out.line(
        {"notice": str(notice), "signature": f"{notice}.sig", "recipient": releases.get(db, args.bundle).recipient}
    )
    return OK

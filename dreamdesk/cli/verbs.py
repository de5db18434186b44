"""The verbs of the command line: each takes the parsed arguments, the desk and the output; exit status back."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dreamdesk import pipeline
from dreamdesk.cli.covering import covered
from dreamdesk.cli.output import Output, complain
from dreamdesk.cli.showing import show
from dreamdesk.desk import corrections, listing, marks, patterns, sampling, settings, witness
from dreamdesk.desk.auditors import all_auditors
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Auditor, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import ImportReport
from dreamdesk.model.text import counted, one_line

OK, FOUND, WRONG = 0, 1, 2
"""Exit status: all is well; a finding, such as a bundle that fails verification; wrong use or unreadable input."""


def do_import(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Import trace files; a line per source."""
    stop: list[bool] = []
    # The window stops an import by this signal; what is not complete by then is taken back.
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

    def progress(done: int, total: int, what: str) -> None:
        if out.as_json:
            out.line({"progress": {"done": done, "total": total, "what": what}})
        else:
            out.tell(f"{100 * done // max(total, 1)} % {what}")

    format_name = pipeline.mapping.choose(db, args.mapping, getpass.getuser()) if args.mapping else args.format
    unread = 0
    for report in pipeline.import_paths(
        db, args.paths, format_name, progress if args.progress else None, lambda: bool(stop)
    ):
        named = any(path.name == report.source and path.is_file() for path in args.paths)
        unread += not report.format and named
        if out.as_json:
            out.line(asdict(report))
        else:
            _tell(report, out)
    out.wipe()
    if stop:
        complain("the import was stopped; the source that was being read was taken back")
    return WRONG if unread or stop else OK


def _tell(report: ImportReport, out: Output) -> None:
    """Say in sentences what an import understood."""
    name = one_line(report.source, 200)
    if report.format:
        states = ", ".join(
            f"{getattr(report, state)} {state}"
            for state in ("failed", "succeeded", "partial", "unknown")
            if getattr(report, state)
        )
        known = "already on this desk: " if report.known else ""
        out.say(
            f"{name}: {known}{report.format}, {counted(report.episodes, 'episode')} ({states or 'none'}),"
            f" {counted(report.steps, 'step')}, {counted(report.gaps, 'gap')}"
        )
    for skip in report.skipped:
        place, reason = one_line(skip.place, 200), one_line(skip.reason.removeprefix(f"{skip.place}: "), 2000)
        out.say(f"    passed over: {place}: {reason}" if report.format else f"{place}: {reason}")
    for note in report.notes:
        out.say(f"    note: {one_line(note, 2000)}")


def do_list(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """List nouns of the desk."""
    if args.noun == "entries":
        rows = listing.entries(db, reading(args, db))
    elif args.noun == "auditors":
        rows = iter([auditor_row(one) for one in all_auditors(db)])
    elif args.noun == "reasons":
        rows = iter(
            [
                {"id": r.code, "title": r.title, "verdicts": [v.value for v in r.verdicts]}
                for r in pipeline.desk_reasons(db)
            ]
        )
    elif args.noun == "families":
        rows = iter(patterns.listed(patterns.overview(db, reading(args, db))))
    elif args.noun == "agreement":
        rows = iter([{**asdict(pair), "enough": pair.enough} for pair in pipeline.agreement(db)])
    else:
        chosen(args, db)
        rows = open_rows(args, db, list(getattr(listing, args.noun)(db, args.episode)))
        rows = covered(db, args.noun, rows, args.auditor or "")
    for row in rows:
        out.line(row)
    return OK


def reading(args: argparse.Namespace, db: Connection) -> str:
    """Return who reads, "" for nobody; proven by the passphrase where that decides what they may see."""
    name = getattr(args, "auditor", None) or ""
    if name and (marks.mode(db) == settings.REQUIRED or sampling.covered(db, "")):
        pipeline.unlock(db, name, passphrase(f"Passphrase of {name}: "))
    return name


def open_rows(args: argparse.Namespace, db: Connection, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield *rows* without the desk's view of the episodes that whoever asks must mark first.

    Of such an episode only its own row is left, without its error point: a correction begins where that is.
    """
    name = reading(args, db)
    numbers = [int(row["episode"] if "episode" in row else row["id"]) for row in rows]
    secret = marks.withheld(db, numbers, name)
    for number, row in zip(numbers, rows, strict=True):
        if number not in secret:
            yield row
        elif "error_step" in row:
            yield {**row, "error_step": None, "category": None, "probability": None}
    if secret:
        complain(f"the desk's view of {counted(len(secret), 'episode')} is withheld until whoever asks has marked it")


def do_check(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Run the guardrails on the newest revision of every correction; a line per guardrail and revision."""
    done = set(pipeline.check(db, pipeline.stale(db) if args.stale else None))
    shown: set[int] = set()
    for row in open_rows(args, db, [row for row in listing.checks(db) if row["correction"] in done]):
        out.line(row)
        shown.add(row["correction"])
    for correction in sorted(shown):
        checks, level = corrections.checks(db, correction)
        out.say(f"Correction {correction}: {pipeline.rungs(level, checks)[max(level, 0)]}")
    return OK


def do_decide(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show the case, and sign one decision on what was shown."""
    if not corrections.checked(db, args.correction):
        pipeline.check(db, [args.correction])
    signer = pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))
    numbered = {str(number): item for number, item in enumerate(pipeline.checklist(db), 1)}
    ticked = [numbered.get(item, item) for item in args.tick]
    verdict, words = Verdict(args.verdict), (args.reason, args.comment)
    if refused := pipeline.why_not(db, args.correction, verdict, args.auditor, *words, ticked, args.until):
        raise UserError(refused)
    shown = show(db, args.correction, out)
    decision = pipeline.decide(db, args.correction, verdict, *words, signer, ticked, args.until, shown)
    *_, row = (row for row in listing.decisions(db) if row["correction"] == decision.correction)
    out.line(row)
    return OK


def do_setting(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show a setting of the desk, or change it."""
    if args.value is not None:
        pipeline.change_setting(db, args.name, args.value, acting(args, db))
    out.line({"id": args.name, "value": settings.get(db, args.name)})
    return OK


def auditor_row(auditor: Auditor) -> dict[str, Any]:
    """Return what is printed of an auditor."""
    return {
        "id": auditor.name,
        "role": auditor.role.value,
        "active": auditor.active,
        "trained_until": auditor.trained_until,
        "fingerprint": pipeline.fingerprint(auditor.public_key),
        "public_key": auditor.public_key,
        "key_file": auditor.key_file,
    }


def acting(args: argparse.Namespace, db: Connection) -> pipeline.By:
    """Return the unlocked key of the auditor whom the arguments name, else the name of who uses this computer.

    The ledger names an auditor only where that auditor was there.
    """
    if not args.auditor:
        return getpass.getuser()
    return pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))


def do_verify(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Verify a bundle, or the desk."""
    if db is None:
        subject = str(args.bundle)
        faults: Sequence[str] = pipeline.verify_bundle(
            args.bundle, args.allowed_signers, revoked=args.revoked, draft=args.draft
        )
        if not faults and args.recall is not None:
            found, notice = pipeline.check_recall(args.bundle, args.recall, args.allowed_signers, args.revoked)
            faults = found or [f"recalled by {notice['by']}: {notice['reason']}"]
    else:
        subject = str(args.desk)
        faults = [*_contradictions(args, db), *pipeline.verify_desk(db)]
    for fault in faults:
        out.line({"subject": subject, "fault": fault, "entry": getattr(fault, "entry", 0) or None}, limit=1_000)
    if not faults:
        out.line({"subject": subject, "verified": True})
    return FOUND if faults else OK


def _contradictions(args: argparse.Namespace, db: Connection) -> list[str]:
    """Return what a receipt, a head file or a checkpoint says against the desk."""
    if not args.receipt:
        return []
    return [f"the receipt does not fit: {words}" for words in witness.compare(db, witness.read(_words(args.receipt)))]


def _words(given: str) -> str:
    """Return the text of the file that *given* names (of a bundle, its checkpoint), or *given* itself."""
    try:
        path = Path(given)
        inside = path / "data" / "audit" / "checkpoint.txt"
        return (inside if inside.is_file() else path).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return given


def chosen(args: argparse.Namespace, db: Connection) -> list[int] | None:
    """Return the episode that the arguments name, or None for all."""
    if args.episode is None:
        return None
    if next(listing.episodes(db, args.episode), None) is None:
        raise UserError(f"There is no episode {args.episode} on this desk.")
    return [args.episode]


def endpoint_of(args: argparse.Namespace, db: Connection) -> pipeline.Endpoint:
    """Return the endpoint that the arguments or the desk's settings name."""
    return pipeline.make_endpoint(db, args.endpoint or "", args.model or "", api_key())


def api_key() -> str:
    """Return the key for an endpoint, "" where none is given."""
    return os.environ.get("DREAMDESK_API_KEY", "")


def reader(one: argparse.ArgumentParser) -> None:
    """Add the argument that says who reads."""
    one.add_argument(
        "--as", dest="auditor", metavar="AUDITOR", help="who reads, where the desk asks for a mark before its own view"
    )


def passphrase(prompt: str, twice: bool = False, *, terminal_only: bool = False) -> str:
    """Return the passphrase from DREAMDESK_PASSPHRASE, else from the terminal.

    Raises:
        UserError: there is neither, or the two entries differ.
    """
    given = os.environ.get("DREAMDESK_PASSPHRASE")
    if given is not None and not terminal_only:
        return given
    if not sys.stdin.isatty():
        name = "DREAMDESK_NEW_PASSPHRASE" if terminal_only else "DREAMDESK_PASSPHRASE"
        raise UserError(f"A passphrase is needed: run this in a terminal, or set {name}.")
    first = getpass.getpass(prompt)
    if twice and getpass.getpass("Once more: ") != first:
        raise UserError("The two passphrases differ; nothing was changed.")
    return first

"""The verb for the overseers: sampling plans and second looks, agreement, indicators, sealed known-bad corrections."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, passphrase
from dreamdesk.desk import rules, sampling, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import oversight, sealing
from dreamdesk.pipeline import sampling as plans

READING = tuple(f"oversight {name}" for name in ("show", "waiting", "agreement", "indicators", "seals"))
"""What changes nothing."""


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    summary = "second looks, agreement, indicators and sealed known-bad corrections"
    top = verb("oversight", do_oversight, summary, desk=False)
    top.set_defaults(desk=None)
    what = top.add_subparsers(dest="what", required=True, metavar="WHAT")

    def part(name: str, summary: str) -> argparse.ArgumentParser:
        made = what.add_parser(name, help=summary, description=summary)
        made.set_defaults(verb=f"oversight {name}")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON lines")
        made.add_argument("--desk", type=Path, required=True, metavar="FILE", help="the desk")
        made.add_argument("--as", dest="auditor", metavar="AUDITOR")
        return made

    made = part("plan", "draw decisions for a blind second look; with --dry-run only say how many")
    made.add_argument("--share", default="0.05", help="at most this share of the decisions may be bad")
    made.add_argument("--confidence", default="0.95", help="how sure that shall be")
    made.add_argument("--allowed", type=int, default=0, help="so many bad ones still accept the lot")
    made.add_argument(
        "--least", type=int, default=pipeline.Terms().least, help="at least so many of each stratum of risk"
    )
    made.add_argument("--seed", default="", help="one word; without it the system gives one")
    made.add_argument("--states", default="approved,released,rejected", help="of decisions in these states")
    made.add_argument("--dry-run", action="store_true")

    made = part("show", "the plans and what was found; of one plan its sample, or its lot")
    made.add_argument("plan", nargs="?", type=int)
    made.add_argument("--lot", action="store_true", help="the lines of the lot: stratum and item")

    part("waiting", "the second looks that wait for the auditor")
    made = part("look", "sign a second look")
    made.add_argument("look", type=int)
    made.add_argument("--verdict", required=True, choices=[Verdict.APPROVE.value, Verdict.REJECT.value])
    made.add_argument("--reason", default="", metavar="CODE")
    made.add_argument("--comment", default="", metavar="TEXT")

    part("agreement", "how far auditors agree beyond chance, with n and interval")
    part("indicators", "figures of each auditor that may be worth a look, with n and rule")
    made = part("seal", "seal that some of the next corrections are made known-bad")
    made.add_argument("number", type=int)
    made.add_argument("among", type=int)
    made = part("open-seal", "say in the ledger which were bad, and put the genuine ones up for review")
    made.add_argument("seal", type=int)
    part("seals", "the seals, and how many of the known-bad corrections were noticed")


def do_oversight(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Do or list what is asked."""
    for row in _WHAT[args.what](args, db):
        out.line(row)
    return OK


def _signer(args: argparse.Namespace, db: Connection) -> pipeline.Signer:
    if not args.auditor:
        raise UserError(f"oversight {args.what} is signed: say who you are, --as AUDITOR.")
    return pipeline.unlock(db, args.auditor, passphrase(f"Passphrase of {args.auditor}: "))


def _by(args: argparse.Namespace, db: Connection) -> rules.By:
    return _signer(args, db) if args.auditor else getpass.getuser()


def _plan(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    terms = pipeline.Terms(args.share, args.confidence, args.allowed, args.least)
    states = tuple(args.states.split(","))
    if args.dry_run:
        found = plans.sketch(db, terms, states)
        strata = {one.value: number for one, number in sorted(found.strata.items())}
        floors = {one.value: number for one, number in sorted(found.floors.items())}
        yield {"lot": len(found.lot), "strata": strata, "size": found.size, "floors": floors}
        return
    made = plans.make_plan(db, terms, _signer(args, db), args.seed, states)
    yield _summary(db, made)


def _summary(db: Connection, plan: int) -> dict[str, Any]:
    return {"id": plan, **oversight.result_json(plans.result(db, plan))}


def _show(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    if args.plan is None:
        yield from (_summary(db, plan.id) for plan in sampling.plans(db))
        return
    if args.lot:
        for name, stratum in plans.lot_of(sampling.plan(db, args.plan)).items():
            yield {"stratum": stratum.value, "item": name}
        return
    yield _summary(db, args.plan)
    for look in sampling.looks(db, args.plan):
        yield {
            "id": look.id,
            "item": look.name,
            "correction": look.correction,
            "first": look.first.value if look.first else None,
            "second": look.second.value if look.second else None,
            "auditor": look.auditor,
            "at": look.at,
            "overturned": look.overturned,
        }


def _waiting(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    for look in sampling.waiting(db, _signer(args, db).auditor.name):
        yield {"id": look.id, "plan": look.plan, "episode": look.episode, "correction": look.correction}


def _look(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    verdict = Verdict(args.verdict)
    look = plans.look_again(db, args.look, verdict, args.reason, args.comment, _signer(args, db))
    first = look.first.value if look.first else None
    yield {"id": look.id, "first": first, "second": verdict.value, "overturned": look.overturned}


def _agreement(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    yield from oversight.quality(db)["agreement"]["coefficients"]


def _indicators(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    for one in oversight.habits(db):
        for figure in one.indicators:
            yield {
                "auditor": one.auditor,
                "indicator": figure.name,
                "hits": figure.hits,
                "n": figure.n,
                "share": figure.share if figure.enough else None,
                "interval": list(figure.interval) if figure.interval and figure.enough else None,
                "too_few": not figure.enough,
                "look": figure.look,
                "rule": figure.rule,
            }


def _seal(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    made = sealing.seal(db, args.number, args.among, _by(args, db))
    yield from (row for row in _seals(args, db) if row["id"] == made)


def _open_seal(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    for item in sealing.open_seal(db, args.seal, _by(args, db)):
        yield {"correction": item.correction, "episode": item.episode, "fault": item.fault, "digest": item.digest}


def _seals(args: argparse.Namespace, db: Connection) -> Iterator[dict[str, Any]]:
    for seal in sealed.seals(db):
        yield {
            "id": seal.id,
            "at": seal.at,
            "by": seal.auditor,
            "known_bad": seal.number,
            "among": seal.among,
            "commitment": seal.commitment,
            "opened": seal.opened,
        }


_WHAT = {
    "plan": _plan,
    "show": _show,
    "waiting": _waiting,
    "look": _look,
    "agreement": _agreement,
    "indicators": _indicators,
    "seal": _seal,
    "open-seal": _open_seal,
    "seals": _seals,
}

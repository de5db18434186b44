"""What came after the bundles, family by family."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict

from dreamdesk import pipeline
from dreamdesk.cli import verbs
from dreamdesk.cli.output import Output
from dreamdesk.desk.database import Connection


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("effect", do_effect, "show whether failures came back after the bundle that addressed them")
    one.add_argument("--as", dest="auditor", default="", metavar="AUDITOR", help="what this auditor may see")


def do_effect(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show a line per family that a bundle addressed, then one per family that is new since the last bundle."""
    for found in pipeline.effect(db, args.auditor):
        effect = found.effect
        out.line(
            {
                "id": effect.family,
                "family": effect.title,
                "bundle": effect.bundle,
                "released": effect.at,
                "before": found.before.words if not out.as_json else asdict(found.before),
                "after": found.after.words if not out.as_json else asdict(found.after),
                "versions": [asdict(tally) for tally in effect.after],
                "not_located": effect.unlocated,
                "verdict": found.verdict,
            }
        )
    for family in pipeline.new_families(db, args.auditor):
        out.line({"id": family.id, "family": family.title, "new": True, "episodes": family.size})
    return verbs.OK

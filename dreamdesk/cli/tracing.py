"""Where a line of a bundle comes from, and what lines something became."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli import verbs
from dreamdesk.cli.output import Output
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verb to the parser; *number* reads an id."""
    one = verb(
        "trace", do_trace, "show where a line of a bundle comes from, or which lines something became", desk=False
    )
    one.add_argument("bundle", nargs="?", type=Path, metavar="BUNDLE")
    one.add_argument("line", nargs="?", metavar="FILE:LINE", help="as in sft/trl_prompt_completion.jsonl:3")
    one.add_argument("--desk", type=Path, metavar="FILE", help="look in all bundles that this desk released for:")
    one.add_argument("--source", default="", metavar="NAME|SHA256", help="what comes from this file")
    one.add_argument("--episode", type=number, metavar="ID", help="what comes from this episode")
    one.add_argument("--auditor", default="", metavar="NAME", help="what this auditor decided on or released")
    one.add_argument("--text", default="", metavar="TEXT", help="what holds this text, such as a person's name")


def do_trace(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Trace one line back, or find the lines that something became; 1 where the desk cannot tell of every bundle."""
    if db is None:
        if args.bundle is None or args.line is None:
            raise UserError("trace takes a bundle and FILE:LINE, or --desk FILE and what to look for.")
        found = pipeline.trace_line(args.bundle, args.line)
        if out.as_json:
            out.line(found)
        else:
            for sentence in pipeline.told(found):
                out.say(sentence)
        return verbs.OK
    if args.bundle is not None:
        raise UserError("trace takes a bundle or --desk FILE, not both.")
    lines = pipeline.trace_desk(db, source=args.source, episode=args.episode, auditor=args.auditor, text=args.text)
    for line in lines:
        out.line(asdict(line))
    bundles = {line.folder for line in lines}
    out.say(f"{counted(len(lines), 'line')} in {counted(len(bundles), 'bundle')}.")
    if bundles:
        out.say("What such a line holds stands in the report and the provenance of its bundle, too.")
    unknown = pipeline.untraced(db)
    for folder in unknown:
        out.line({"folder": folder, "unknown": "released before the desk kept lines; trace them in the bundle itself"})
    return verbs.FOUND if unknown else verbs.OK

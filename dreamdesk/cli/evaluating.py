"""Evaluating on the command line: the honest table, for a labelled folder or for the desk's own labels."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError

_SHARES = ("exact", "within 1", "within 3", "within 5", "top 3", "top 5", "agent", "coverage")
_COUNTS = ("MRR", "read", "in order", "ECE", "set size")
_COLUMNS = (*_SHARES[:6], "MRR", "agent", "read", "in order", "ECE", "coverage", "set size")


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("evaluate", do_evaluate, "how often the error point is found, measured on labelled failures", desk=False)
    where = one.add_mutually_exclusive_group(required=True)
    where.add_argument("--labels", type=Path, metavar="DIR", help="a folder of labelled failures")
    where.add_argument("--desk", type=Path, metavar="FILE", help="the labels and confirmed marks of this desk")
    one.add_argument("--episodes", type=Path, action="append", default=[], metavar="FILE",
                     help="the attempts that label files in the folder speak of")  # fmt: skip
    one.add_argument("--seeds", type=int, choices=range(1, 21), default=3, metavar="N", help="draws of folds")


def do_evaluate(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Print the table: a line for each family and method."""

    def told(what: str, done: int, total: int) -> None:
        out.tell(f"{done} of {total} {what}")

    if db is not None:
        found = pipeline.evaluate_desk(db, args.seeds, told)
    elif args.labels.is_dir():
        found = pipeline.evaluate_folder(args.labels, args.episodes, args.seeds, told)
    else:
        raise UserError(f"{args.labels}: there is no such folder.")
    out.wipe()
    _print(found, out)
    return OK


def _print(found: pipeline.Evaluated, out: Output) -> None:
    family = ""
    for line in found.lines:
        if out.as_json:
            out.line(
                {
                    "family": line.family,
                    "method": line.method,
                    "episodes": line.episodes,
                    "figures": dict(line.figures),
                    "intervals": {name: list(ends) for name, ends in line.intervals.items()},
                    "spread": line.spread,
                }
            )
            continue
        if line.family != family:
            family = line.family
            out.say(f"\n{family}: {line.episodes} labelled failures")
            out.say(" " * 34 + "".join(f"{name:>10}" for name in _COLUMNS))
        low, high = line.intervals["exact"]
        out.say(f"{line.method:<34}" + "".join(_cell(line, name) for name in _COLUMNS)
                + f"   exact {100 * low:.0f} to {100 * high:.0f}{_spread(line)}")  # fmt: skip
    for note in found.notes:
        out.say(note)
    out.say(
        "\nShares in per cent, strict; the last column is the 95 % interval by bootstrap over episodes. read: decisions"
        "\nread in ranked order until the labelled one; in order: the same from the start. Experts differ on the very"
        "\nstep, too: read the list, not its first line."
    )


def _spread(line: pipeline.Line) -> str:
    return "" if line.spread is None else f", ±{100 * line.spread:.1f} over draws of folds"


def _cell(line: pipeline.Line, name: str) -> str:
    value = line.figures.get(name)
    if value is None:
        return " " * 10
    return f"{value:>10.2f}" if name in _COUNTS else f"{100 * value:>10.1f}"

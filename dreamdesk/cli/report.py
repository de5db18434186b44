"""Import reports on the command line: as sentences, as JSON lines, or as one page to print."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("report", do_report, "show what was understood of each imported file, and what was not")
    one.add_argument("--source", type=int, metavar="ID", help="only this source")
    one.add_argument("--html", type=Path, metavar="FILE", help="write it as a page to print")


def do_report(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show the import reports, or write them."""
    stored = pipeline.import_reports(db, args.source)
    if args.html is not None:
        try:
            args.html.write_text(pipeline.report_page(stored, args.desk.name), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{args.html}: the page cannot be written ({error.strerror or error}).") from error
        out.line({"report": str(args.html), "sources": len(stored)})
        return OK
    for item in stored:
        if out.as_json:
            out.line({"id": item.source, "imported_at": item.at, **asdict(item.report)})
            continue
        out.say(f"Source {item.source}: {one_line(item.report.source, 200)}")
        for title, lines in pipeline.report_sections(item.report):
            out.say(f"  {title}")
            for name, value in lines:
                out.say(f"    {f'{one_line(name, 200)}: ' if name else ''}{one_line(value, 400)}")
    return OK

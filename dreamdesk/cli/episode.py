"""One episode as a document: on the terminal, or as a PDF, a page or a text file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK, reader, reading
from dreamdesk.desk.database import Connection


def add(verb: Callable[..., argparse.ArgumentParser], number: Callable[[str], int]) -> None:
    """Add the verb to the parser."""
    one = verb("episode", do_episode, "an episode as a document: recording, error point, corrections, decisions")
    one.add_argument("episode", type=number, metavar="N")
    for form, what in (("pdf", "a PDF"), ("html", "a page that loads nothing"), ("text", "plain text")):
        one.add_argument(f"--{form}", type=Path, metavar="FILE", help=f"write it as {what}; else it is shown here")
    reader(one)


def do_episode(args: argparse.Namespace, db: Connection, out: Output) -> int:
    """Show the episode, or write it."""
    blocks = pipeline.episode_report(db, args.episode, reading(args, db))
    places = {form: place for form in pipeline.EPISODE_FORMS if (place := getattr(args, form)) is not None}
    for form, place in places.items():
        pipeline.write_episode(blocks, place, form)
        out.line({"episode": args.episode, "file": str(place)})
    if not places:
        text = pipeline.EPISODE_FORMS["text"](blocks).decode()
        if out.as_json:
            out.line({"episode": args.episode, "text": text})
        else:
            out.say(text)
    return OK

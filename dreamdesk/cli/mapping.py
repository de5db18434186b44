"""Mappings of unknown formats: proposed from a file, kept on the desk, handed to a colleague."""

from __future__ import annotations

import argparse
import getpass
import json
from collections.abc import Callable
from pathlib import Path

from dreamdesk.cli.output import Output
from dreamdesk.cli.verbs import OK
from dreamdesk.desk.database import Connection
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline import mapping

_TAKES = {"propose": "FILE", "show": "NAME", "export": "NAME", "import": "FILE", "delete": "NAME"}


def add(verb: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the verb to the parser."""
    one = verb("mapping", do_mapping, "say which field of an unknown JSON or CSV file is what", desk=False)
    one.add_argument("action", choices=("propose", "list", "show", "export", "import", "delete"))
    one.add_argument("subject", nargs="?", metavar="FILE|NAME", help="the file to look at or import, or a kept mapping")
    one.add_argument("--desk", type=Path, metavar="FILE", help="the desk that keeps the mappings")
    one.add_argument("--save", default="", metavar="NAME", help="keep what is proposed, or imported, under this name")
    one.add_argument("--replace", action="store_true", help="let it take the place of another of the same name")


def do_mapping(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    """Propose, keep, show, hand on or delete a mapping."""
    if (args.subject is None) != (args.action == "list"):
        raise UserError(f"mapping {args.action} takes {_TAKES.get(args.action, 'no file and no name')}.")
    if args.action == "propose":
        return _propose(args, db, out)
    if db is None:
        raise UserError(f"mapping {args.action} takes --desk FILE.")
    if args.action == "delete":
        mapping.delete(db, args.subject, getpass.getuser())
    elif args.action == "import":
        mapping.bring(db, Path(args.subject), getpass.getuser(), args.save, replace=args.replace)
    elif args.action == "export":
        print(mapping.export(db, args.subject).decode(), end="", flush=True)
        return OK
    elif args.action == "show":
        _show(mapping.load(db, args.subject), out)
        return OK
    for one in mapping.kept(db):
        out.line({"id": one.name, "sha256": one.sha256, "saved": one.saved})
    return OK


def _propose(args: argparse.Namespace, db: Connection | None, out: Output) -> int:
    sample, proposal = mapping.look(Path(args.subject))
    if args.save:
        if db is None:
            raise UserError("To keep the mapping, say where: --desk FILE.")
        mapping.keep(db, args.save, proposal.mapping, getpass.getuser(), replace=args.replace)
    for found in proposal.fields:
        out.line(
            {
                "path": found.path,
                "is": found.role.value if found.role else None,
                "sure": round(found.sure, 3) if found.role else None,
                "why": found.why,
                "share": round(found.share, 3),
                "examples": list(found.examples),
            }
        )
    seen = mapping.preview(sample, proposal.mapping)
    if out.as_json:
        out.line({"mapping": proposal.mapping.to_json()})
    elif seen.fault:
        out.say(f"The desk cannot read it like this: {seen.fault}")
    else:
        records = counted(len(sample.records), "record")
        out.say(f"The first {records} give {counted(seen.count, 'episode')} with {counted(seen.steps, 'step')}.")
    return OK


def _show(kept: mapping.Mapping, out: Output) -> None:
    if out.as_json:
        out.line(kept.to_json())
        return
    where = f", in the array {kept.records}" if kept.records else ""
    steps = f" with its steps in {kept.steps}" if kept.steps else ""
    out.say(f"A {kept.container.value} file{where}; one record is one {kept.unit.value}{steps}.")
    for field in kept.fields:
        values = {one_line(text, 40): means for text, means in field.values}
        from_ = field.threshold if field.threshold is not None else ""
        words = json.dumps(values, ensure_ascii=False) if values else ""
        out.line(
            {
                "path": field.path,
                "is": field.role.value,
                "values": words,
                "written": field.form,
                "succeeded_from": from_,
            }
        )

"""Tracing: from a line of a bundle back to its source, and from a source, a person or a text to every line."""

from __future__ import annotations

import time
from pathlib import Path

from dreamdesk.desk import tracing
from dreamdesk.desk.database import Connection
from dreamdesk.desk.tracing import Line
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.release import trace


def trace_line(bundle: Path, place: str) -> dict[str, Json]:
    """Return where a line of a bundle comes from; *place* is FILE:LINE, as in "sft/gemini.jsonl:3".

    Raises:
        UserError: there is no such line, or it is not as it was released.
    """
    file, _, number = place.rpartition(":")
    if not file or not number.isascii() or not number.isdigit():
        raise UserError(f"{place}: name a file of the bundle and a line, as in sft/trl_prompt_completion.jsonl:3.")
    if ".." in Path(file).parts or Path(file).is_absolute():
        raise UserError(f"{file}: name a file inside the bundle.")
    return trace.trace(bundle, file, int(number[:12]))


def trace_desk(
    db: Connection, *, source: str = "", episode: int | None = None, auditor: str = "", text: str = ""
) -> list[Line]:
    """Return every line in every bundle of this desk that one thing leads to: give exactly one of them.

    Raises:
        UserError: none was given, or several.
    """
    given = [bool(source), episode is not None, bool(auditor), bool(text)]
    if sum(given) != 1:
        raise UserError("Name one thing to look for: a source, an episode, an auditor or a text.")
    if source:
        return list(tracing.of_source(db, source))
    if episode is not None:
        return list(tracing.of_episode(db, episode))
    return list(tracing.of_auditor(db, auditor) if auditor else tracing.of_text(db, text))


def untraced(db: Connection) -> list[str]:
    """Return the bundles that an earlier DreamDesk released, whose lines the desk does not know one by one."""
    return tracing.untraced(db)


def told(found: dict[str, Json]) -> list[str]:
    """Return what `trace_line` found in sentences. They hold text of the trace as it is."""
    about = _told_operation(found) if "operation" in found else _told_turn(found)
    return [
        f"{found['file']} line {found['line']}, SHA-256 {found['sha256']}",
        *about,
        *(
            f"Decision: {decision['verdict']} of revision {decision['revision']} by {decision['auditor']}, "
            f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(decision['at'] // 10**9))}, "
            f"signed in provenance/{decision['signature']}"
            for decision in found["decisions"]
        ),
    ]


def _told_turn(found: dict[str, Json]) -> list[str]:
    source, span, revision, asked = found["source"], found["span"], found["revision"], found["exchange"]
    where = f"bytes {span['offset']} to {span['offset'] + span['length']}" if span["length"] else "no bytes of its own"
    checks = ", ".join(f"{check['guardrail']} {check['result']}" for check in found["checks"])
    return [
        f"Source: {source['name']} ({source['format']}), SHA-256 {source['sha256']}",
        f"Episode: {found['episode']['key']}, {where}, SHA-256 {span['sha256'] or 'not told'}",
        *(f"Step {step['index']}: {step['provenance']} {step['origin']}".rstrip() for step in found["turn"]),
        f"Model: {asked['model']}, exchange {asked['key']}" if asked else "Model: no exchange is kept for it",
        f"Revision: {revision['number']} of correction {found['correction']}, SHA-256 {revision['sha256']}",
        f"Checks: level {found['level']}; {checks or 'none was run'}",
    ]


def _told_operation(found: dict[str, Json]) -> list[str]:
    return [
        f"Operation: {found['operation']} {found['path']} in {found['store']}",
        *(f"Compared: {source['name']}, SHA-256 {source['sha256']}" for source in found["sources"]),
        *(
            f"Statement: {row['statement']} ({len(row['sources'])} passages of recorded sessions support it)"
            for row in found["statements"]
        ),
        f"Revision: SHA-256 {found['revision_sha256']}",
    ]

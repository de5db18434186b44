"""From a line of a bundle back to all that it rests on, by the files under ``data/provenance`` alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.release.content import Content
from dreamdesk.release.rows import Rows

_PROVENANCE = Path("data") / "provenance"


_TEXT = """
Where a line of training data comes from, for example line 1 of {file}:
     grep -F '"file":"{file}",' data/provenance/rows.jsonl | grep -F '"line":1,'
   names the correction and the SHA-256 of the line, which is that of its bytes without the line feed. Then
     grep -F '"correction":{correction},' data/provenance/corrections.jsonl
   names the source file with its SHA-256, the bytes of the episode in it (span), the exchange with the model that
   dreamed it if one did, the checks with the level reached, and the decisions with their signatures, which step 3
   verifies. And
     grep -F '{revision}' data/provenance/decisions.jsonl
   shows what was signed of that revision. The other way, every line that a word leads to, such as a person's name:
     grep -rnF 'NAME' data

Releasing the same desk again gives the same bytes, except where the time of the release and the signatures stand:
bag-info.txt, data/croissant.json, data/provenance/bom.cdx.json, data/report, signatures, and the two lists of hashes.
"""


def how_to_trace(content: Content, rows: Rows) -> str:
    """Return what VERIFY.txt says of tracing by grep, with the first line of a file as the example; "" without rows."""
    first = ((file, made[0]) for made in rows.turns for file, line in made[3].items() if line == 1)
    for file, correction in first:
        item = next(item for item in content.items if item.correction == correction)
        return _TEXT.format(file=file, correction=correction, revision=item.digest)
    return ""


def trace(bundle: Path, file: str, line: int) -> dict[str, Json]:
    """Return where line *line* (from 1) of *file* comes from: the row's entry, its correction and its decisions.

    Lines of training files, of lessons and of the operations on memories are known.

    Raises:
        UserError: the bundle or the line is not there, or the line is not the one that was released.
    """
    name = file.removeprefix("data/")
    text = _line(bundle / "data" / name, line, name)
    digest = hashlib.sha256(text).hexdigest()
    if operations := re.fullmatch(r"memory/set-(\d+)\.ops\.jsonl", name):
        return {
            "file": name,
            "line": line,
            "sha256": digest,
            **_operation(bundle, int(operations[1]), json.loads(text)),
        }
    if name == "lessons/lessons.jsonl":
        row = json.loads(text)
        entry = {"file": name, "line": line, "sha256": digest, "steps": [row["replaces_step"]], **_ids(row)}
    else:
        entry = next(
            (e for e in _table(bundle, "rows.jsonl") if (e["file"], e["line"]) == (name, line)),
            {},
        )
        if not entry:
            raise UserError(f"{name} is no file of training rows: provenance/rows.jsonl says nothing of it.")
        if entry["sha256"] != digest:
            raise UserError(f"{name} line {line} is not what was released: its SHA-256 is another. Verify the bundle.")
    found = next(c for c in _table(bundle, "corrections.jsonl") if c["correction"] == entry["correction"])
    about = {key: value for key, value in found.items() if key != "steps"}
    return {**entry, **about, "turn": _turn(entry, found)}


def turns(bundle: Path) -> list[tuple[int, int, int, int, dict[str, int]]]:
    """Return every corrected turn of the bundle: correction, revision, start, stop, {file: line}."""
    found: dict[tuple[int, int, int, int], dict[str, int]] = {}
    for entry in _table(bundle, "rows.jsonl"):
        key = (entry["correction"], entry["revision"], entry["steps"][0], entry["steps"][1])
        found.setdefault(key, {})[entry["file"]] = entry["line"]
    return [(*key, lines) for key, lines in found.items()]


def _operation(bundle: Path, number: int, said: dict[str, Json]) -> dict[str, Json]:
    """Return what an operation on a memory rests on: the states that were compared, the decisions, the statements."""
    plan = json.loads((bundle / "data" / "memory" / f"set-{number}.plan.json").read_bytes())
    made = next((op for op in plan["operations"] if op["path"].lstrip("/") == said["path"].lstrip("/")), None)
    if made is None:
        raise UserError(f"The plan of set {number} has no operation on {said['path']}. Verify the bundle.")
    revision = made["revision_sha256"]
    decisions = [row for row in _table(bundle, "decisions.jsonl") if row["revision_sha256"] == revision]
    changes = {row["memory_change"] for row in decisions}
    return {
        "operation": said["op"],
        "path": said["path"],
        "store": plan["store"],
        "sources": [
            {"name": row["name"], "sha256": row["sha256"]}
            for row in _table(bundle, "sources.jsonl")
            if number in row.get("memory_sets", ())
        ],
        "revision_sha256": revision,
        "statements": [row for row in _table(bundle, "memory_statements.jsonl") if row["memory_change"] in changes],
        "decisions": [
            {
                "file": row["file"],
                "signature": f"{row['file']}.sig",
                "auditor": row["auditor"]["name"],
                "verdict": row["verdict"],
                "reason": row["reason"],
                "revision": row["revision"]["number"],
                "at": row["at"],
            }
            for row in decisions
        ],
    }


def _turn(entry: dict[str, Json], correction: dict[str, Json]) -> list[dict[str, Json]]:
    """Return the steps that the line teaches, each with where it comes from."""
    first, *rest = entry["steps"]
    stop = rest[0] if rest else first + 1
    return [step for step in correction["steps"] if first <= step["index"] < stop]


def _ids(row: dict[str, Json]) -> dict[str, Json]:
    return {"correction": row["correction"], "revision_sha256": row["revision_sha256"]}


def _table(bundle: Path, name: str) -> Iterator[Json]:
    path = bundle / _PROVENANCE / name
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for line in lines:
            yield json.loads(line)


def _line(path: Path, number: int, name: str) -> bytes:
    try:
        with path.open("rb") as lines:
            for count, line in enumerate(lines, 1):
                if count == number:
                    return line.removesuffix(b"\n")
    except OSError as error:
        raise UserError(f"{name}: cannot be read in this bundle ({error.strerror or error}).") from error
    raise UserError(f"{name} has no line {number}.")

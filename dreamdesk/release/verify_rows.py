#!/usr/bin/env python3
"""Check that every training row says what was recorded and approved. `verify.py`, beside this file, calls it.

Nothing but Python 3.9 is needed, and no knowledge of the formats, of which there are many. Each row has an entry in
provenance/rows.jsonl that ties it to a revision. What it says is compared as text, line by line and both ways:

- each line of text in the row stands in the recorded steps before the error, whose digest is part of the revision, in
  the revision, or in what the trace says around them (provenance/context.jsonl); or it is wording of a format, below;
- all that the approved turn says and calls stands in the row; where the row has the shape of chat messages, its reply
  is the approved turn exactly.

A file below data/ that neither holds such rows nor has a name that is known here is a fault.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)
Approved = dict[tuple[str, str, str], set[str]]  # (source, episode, revision: a digest, a key, a digest): who approved
Leaves = list[tuple[str, str]]

KNOWN = re.compile(
    r"README\.md|croissant\.json|report/report\.(html|pdf|json)|report/evidence\.csv|lessons/lessons\.(jsonl|md)"
    r"|memory/set-\d+(\.(plan\.json|ops\.jsonl|patch)|/[A-Za-z0-9._/-]+)|(provenance|audit|quality|schemas)/[a-z0-9._/-]+|[a-z0-9_/-]*dataset_info\.json"
)
"""Files of data/ that teach nothing by themselves; every other one holds rows."""

WORDING = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]{0,60}|-?\d+(\.\d+)?|true|false")
STRUCTURAL = frozenset(
    ("", "role", "type", "from", "id", "tool_call_id", "weight", "label", "labels", "score", "parallel_tool_calls")
)
"""What a format may bring in, one plain word or number, and under which keys: roles, types and ids, no speech."""
_structural: set[tuple[str, str]] = set()
"""Such words, each with its key, that were met already."""

JOINTS = re.compile(r"[\s()\[\]{}<>:,.;/|`*#=_-]*([A-Za-z][A-Za-z_ -]{0,40})?[\s()\[\]{}<>:,.;/|`*#=_-]*")
PUNCTUATION = " \t()[]{}<>:,.;/|`*#=_-"
"""What may stand before and after recorded text in one line: a heading of a format, in punctuation."""


class Said:
    """All that one *revision* and its recording, *around* it, say, and what rows were found to say of it already."""

    def __init__(self, revision: Any, *around: Any) -> None:
        self.revision = revision
        self.turns: dict[tuple[int, int], tuple[tuple[str, list[Any]], list[str]]] = {}
        parts = (*around, revision["steps"])
        self.text = _norm("\n".join(leaf for part in parts for _, leaf in leaves(part)))
        self.seen: set[str] = set()
        self.passed = _structural.copy()

    def turn(self, start: int, stop: int) -> tuple[tuple[str, list[Any]], list[str]]:
        """Return what the approved turn of the steps *start* to *stop* says and calls, and all of it line by line."""
        if (start, stop) not in self.turns:
            first, last = start - self.revision["start"], stop - self.revision["start"]
            if not 0 <= first < last <= len(self.revision["steps"]):
                raise ValueError("it does not say what was approved")
            content, calls = _approved_reply(self.revision["steps"][first:last])
            lines = _norm("\n".join([content, *(leaf for _, leaf in leaves(calls))])).split("\n")
            self.turns[start, stop] = (content, calls), lines
        return self.turns[start, stop]

    def check(self, found: Leaves) -> None:
        """Raise ValueError where one of the texts *found*, each with its key, was said by nobody.

        The rows of a revision repeat one another, so that nearly all of them are passed already.
        """
        if self.passed.issuperset(found):
            return
        for leaf in found:
            if leaf not in self.passed:
                if (odd := self.misses(*leaf)) is not None:
                    raise ValueError(f"nobody recorded or approved the words {odd[:60]!r}")
                self.passed.add(leaf)

    def misses(self, key: str, text: str) -> str | None:
        """Return the first line of *text*, which stands under *key*, that nobody said; None where each one stands."""
        if text in self.seen:
            return None
        if key in STRUCTURAL and WORDING.fullmatch(text):
            if len(_structural) < 1000:
                _structural.add((key, text))
            return None
        for line in map(str.strip, text.split("\n")):
            if line in self.seen or line in self.text:
                continue
            if not self._framed(line):
                return line
            self.seen.add(line)
        self.seen.add(text)
        return None

    def _framed(self, line: str) -> bool:
        """Tell whether *line* is recorded text in the frame of a format: ``name(arguments)``, ``agent: words``."""
        start = min((at for at in (line.find("{"), line.find("[")) if at >= 0), default=-1)
        stop = max(line.rfind("}"), line.rfind("]")) + 1
        if 0 <= start < stop:
            try:
                inside = json.loads(line[start:stop])
            except (ValueError, RecursionError):
                inside = None
            if inside is not None:
                around = [line[:start], line[stop:]]
                return all(self.misses(key, leaf) is None for key, leaf in leaves(inside)) and all(
                    map(self._joint, around)
                )
        head, colon, rest = line.partition(": ")
        return bool(colon) and self._joint(head) and (rest in self.text or self._framed(rest))

    def _joint(self, text: str) -> bool:
        return text.strip(PUNCTUATION) in self.text or bool(JOINTS.fullmatch(text))


_OPENING = frozenset("{[")


def leaves(value: Any, key: str = "") -> Leaves:
    """Return every text in a JSON value with the key that it stands under: keys, strings and numbers.

    JSON inside a string is looked into.
    """
    found: Leaves = []
    _gather(value, key, found)
    return found


def _gather(value: Any, key: str, found: Leaves) -> None:
    kind = type(value)
    if kind is dict:
        for name, part in value.items():
            found.append(("", name))
            if type(part) is str and part[:1] not in _OPENING:
                found.append((name, part))  # most parts are plain words, and a call of their own is dear
            else:
                _gather(part, name, found)
    elif kind is list or kind is tuple:
        for part in value:
            _gather(part, key, found)
    elif kind is str:
        found.append((key, value))
        if value[:1] in _OPENING:
            found += _inside(value)
    elif value is not None:
        found.append((key, json.dumps(value)))


@functools.lru_cache(maxsize=256)
def _inside(text: str) -> Leaves:
    """Return the leaves of the JSON that *text* is, if it is; rows that follow one another repeat it."""
    try:
        inside = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return leaves(inside)


def _norm(text: str) -> str:
    return "\n".join(map(str.strip, text.split("\n")))


def _reply(row: Any) -> tuple[str, list[Any]] | None:
    """Return what a row in the shape of chat messages teaches: the text and the calls of its one assistant message."""
    taught = next((row[key] for key in ("completion", "chosen", "preferred_output", "must") if key in row), None)
    if _is_wrong(row) or (taught is None and "messages" not in row):
        return None
    messages = row["messages"][-1:] if taught is None else taught
    messages = [messages] if isinstance(messages, dict) else messages
    if not isinstance(messages, list) or not all(isinstance(m, dict) and "role" in m for m in messages):
        return None
    if len(messages) != 1 or messages[0]["role"] != "assistant":
        raise ValueError("it does not teach exactly one assistant turn")
    calls = [(call["function"]["name"], call["function"]["arguments"]) for call in messages[0].get("tool_calls") or ()]
    return messages[0].get("content") or "", [[name, json.loads(a) if isinstance(a, str) else a] for name, a in calls]


def _is_wrong(row: Any) -> bool:
    """Tell whether the row says of itself that it shows what must not be done: by its label, or by that of its end."""
    return row.get("label") is False or row.get("labels", [True])[-1:] == [False]


def _approved_reply(steps: list[Any]) -> tuple[str, list[Any]]:
    text = [step["content"] for step in steps if step["kind"] in ("message", "handoff") and step["content"]]
    calls = [[s["tool"], json.loads(s["content"] or "{}")] for s in steps if s["kind"] == "tool_call"]
    return "\n\n".join(text), calls


class Lines:
    """The lines of a file whose every line ends with a line feed, read one after the other; *number* counts them."""

    def __init__(self, opened: list[BinaryIO], path: Path) -> None:
        self.stream, self.number = path.open("rb"), 0
        opened.append(self.stream)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = next(self.stream)
        if not line.endswith(b"\n"):
            raise ValueError(f"{Path(self.stream.name).name} is cut short")
        self.number += 1
        return line[:-1]


class Table:
    """A file of lines that are looked up by a key, and held only while they are looked at."""

    def __init__(self, opened: list[BinaryIO], path: Path, key: Callable[[bytes], Any]) -> None:
        self.places: dict[Any, int] = {}
        place = 0
        for line in Lines(opened, path) if path.exists() else ():
            self.places[key(line)] = place
            place += len(line) + 1
        self.stream: Any = opened[-1] if self.places else None

    def __getitem__(self, key: Any) -> Any:
        place = self.places[key]
        self.stream.seek(place)
        return json.loads(self.stream.readline())


def check_rows(bundle: Path, approved: Approved, required: int) -> list[str]:
    """Return the training rows that no standing approval covers, or that say something else, and unknown files.

    rows.jsonl names the lines of each file in their order. So all files are read once, side by side, and of what rows
    rest on only one revision is held at a time.
    """
    data, faults = bundle / "data", []
    provenance = data / "provenance"
    names = {Path(folder, name).relative_to(data).as_posix() for folder, _, files in os.walk(data) for name in files}
    opened: list[BinaryIO] = []
    try:
        revisions = Table(opened, provenance / "revisions.jsonl", _digest)
        recorded = Table(opened, provenance / "recorded.jsonl", _digest)
        contexts = Table(opened, provenance / "context.jsonl", lambda line: _about(json.loads(line)))
        rows = {name: Lines(opened, data / name) for name in sorted(names) if not KNOWN.fullmatch(name)}
        entries = provenance / "rows.jsonl"
        about, said, named = ("", "", ""), None, set()
        for entry in map(json.loads, Lines(opened, entries) if entries.exists() else ()):
            file, number = entry["file"], entry["line"]
            lines = rows.get(file)
            if lines:
                named.add(file)
                faults += _uncovered(file, lines, number)
            line = next(lines, None) if lines and lines.number == number - 1 else None
            if line is None:
                faults.append(f"rows.jsonl names line {number} of {file}, which is not there")
                continue
            try:
                if entry["sha256"] != _digest(line):
                    raise ValueError("no decision covers it")
                if about != _about(entry):
                    about, said = _about(entry), None
                if len(approved.get(about, ())) < required:
                    raise ValueError(f"the revision that it comes from is not approved by {required}")
                if said is None:
                    revision = revisions[about[2]]
                    said = Said(revision, recorded[revision["prefix"]], contexts[about])
                _check_row(json.loads(line), entry, said)
            except UNREADABLE as error:
                words = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else error
                faults.append(f"{file} line {number}: {words}")
        for file, lines in rows.items():
            faults += _uncovered(file, lines) if file in named else [f"{file} is a file that no decision covers"]
    finally:
        for stream in opened:
            stream.close()
    return faults


def _uncovered(file: str, lines: Lines, until: int | None = None) -> list[str]:
    """Return the *lines* of the *file* up to the number *until*, which nothing names, as faults; read past them."""
    faults = []
    while until is None or lines.number < until - 1:
        if next(lines, None) is None:
            break
        faults.append(f"{file} line {lines.number}: no decision covers it")
    return faults


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _about(row: Any) -> tuple[str, str, str]:
    """Return what a row teaches, in the words of `Approved`: an id is good on one desk only."""
    return row["source_sha256"], row["episode_key"], row["revision_sha256"]


def _check_row(row: Any, entry: Any, said: Said) -> None:
    """Raise ValueError where *row* says anything else than was recorded and approved."""
    start, stop = entry["steps"]
    approved, lines = said.turn(start, stop)
    reply = _reply(row)
    if reply is not None and reply != approved:
        raise ValueError("it does not say what was approved")
    found = leaves(row)
    said.check(found)
    if reply is None and not _is_wrong(row):
        text = "\n".join([leaf for _, leaf in found])  # what is looked for in it neither begins nor ends in space
        # Where a call is written out as text, its arguments stand in it as JSON has them.
        if any(line not in text and json.dumps(line, ensure_ascii=False)[1:-1] not in text for line in lines):
            raise ValueError("it does not say what was approved")

"""The report as a document without a look: blocks of text that HTML, PDF and plain text are made from.

All text in it is as it was recorded or written; whoever shows it writes hidden characters out and escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dreamdesk.model.canonical import Json, canonical

OLD, NEW = "old", "new"
"""Marks of a run of text: it stands only before, or only after."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; *mark* is "", `OLD`, `NEW`, or a style: "strong", "code", "meaning", "pass", "warn", "block".

    *href* is the place that it leads to: ``#anchor`` in the report, or a path beside it in the bundle.
    """

    text: str
    mark: str = ""
    href: str = ""


Cell = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is the title, 2 a section, 3 a part; with *anchor*, links lead to it. *page* begins one."""

    text: str
    level: int = 2
    anchor: str = ""
    page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; *style* is "", "kicker", "lead" or "note"."""

    runs: Cell
    style: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; *widths* are the shares of its columns."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; *numbered* or not."""

    items: tuple[Cell, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that stand verbatim where *note* says."""

    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: *what* it is, and its content."""

    what: str
    content: Cell


@dataclass(frozen=True, slots=True)
class Sides:
    """Two paths beside each other, each with a title."""

    titles: tuple[str, str]
    left: tuple[Step, ...]
    right: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """Steps below each other."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A decision with its signature: name, time, meaning, fingerprint."""

    lines: tuple[Cell, ...]


Block = Heading | Paragraph | Facts | Table | Bullets | Quote | Sides | Path | Signature
_KINDS = {kind.__name__: kind for kind in (Heading, Paragraph, Facts, Table, Bullets, Quote, Sides, Path, Signature)}


def plain(text: str) -> Cell:
    """Return *text* as a cell."""
    return (Run(text),)


def linked(text: str, href: str) -> Cell:
    """Return *text* as a cell that leads to *href*."""
    return (Run(text, "", href),)


def to_json(blocks: Iterable[Block]) -> bytes:
    """Return *blocks* as canonical JSON with a line feed; `from_json` reads it."""
    return b"[" + b",".join(map(block_json, blocks)) + b"]\n"


def block_json(block: Block) -> bytes:
    """Return *block* as canonical JSON."""
    return canonical({"kind": type(block).__name__, **_plain(block)})


_NUMBERS = (bool, int, float)


def _plain(value: Any) -> Json:
    """Return *value* as JSON has it: what `dataclasses.asdict` does, without its copies."""
    kind = type(value)
    if kind is str:
        return value
    if kind is Run:  # of which there are more than of anything else
        return {"text": value.text, "mark": value.mark, "href": value.href}
    if kind is tuple:
        return [_plain(part) for part in value]
    if kind in _NUMBERS:
        return value
    return {name: _plain(getattr(value, name)) for name in value.__slots__}


def from_json(data: Json) -> list[Block]:
    """Return the blocks that decoded JSON holds.

    Raises:
        ValueError: it holds none of ours.
    """
    try:
        return [_block(dict(entry)) for entry in data]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no report of DreamDesk ({error})") from error


def _block(entry: dict[str, Any]) -> Block:
    kind = _KINDS[entry.pop("kind")]
    if kind is Sides:
        return Sides(tuple(entry["titles"]), _steps(entry["left"]), _steps(entry["right"]))
    if kind is Path:
        return Path(_steps(entry["steps"]))
    if kind is Facts:
        return Facts(tuple((str(name), _cell(value)) for name, value in entry["rows"]))
    if kind is Table:
        rows = tuple(tuple(map(_cell, row)) for row in entry["rows"])
        return Table(tuple(entry["head"]), rows, tuple(entry["widths"]))
    if kind is Bullets:
        return Bullets(tuple(map(_cell, entry["items"])), bool(entry["numbered"]))
    if kind is Signature:
        return Signature(tuple(map(_cell, entry["lines"])))
    if kind is Paragraph:
        return Paragraph(_cell(entry["runs"]), entry["style"])
    return kind(**entry)


def _cell(runs: Json) -> Cell:
    return tuple(Run(run["text"], run["mark"], run["href"]) for run in runs)


def _steps(steps: Json) -> tuple[Step, ...]:
    return tuple(Step(step["what"], _cell(step["content"])) for step in steps)

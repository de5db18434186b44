"""The report as plain text: for a screen that shows nothing but characters, and for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from dreamdesk.model.text import reveal
from dreamdesk.release.report.document import (
    NEW,
    OLD,
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Path,
    Quote,
    Sides,
    Signature,
    Step,
    Table,
)

WIDTH = 96
"""Characters in a line of running text."""

_SIGNS = {OLD: ("[-", "-]"), NEW: ("{+", "+}")}


def words(blocks: Iterable[Block]) -> str:
    """Return *blocks* as text; hidden characters are written out, and so is what differs: [-gone-] {+new+}."""
    return "\n".join(line for block in blocks for line in _block(block)) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield ""
            yield reveal(block.text)
            if block.level < 3:
                yield "=-"[block.level - 1] * min(len(block.text), WIDTH)
        case Paragraph():
            yield from _wrapped(_cell(block.runs))
        case Facts():
            for name, value in block.rows:
                yield from _wrapped(f"{name}: {_cell(value)}", "  ")
        case Table():
            for row in block.rows:
                told = (f"{name}: {_cell(cell)}" for name, cell in zip(block.head, row, strict=True) if cell)
                yield from _wrapped("; ".join(told), "  ", "- ")
        case Bullets():
            for number, item in enumerate(block.items, 1):
                yield from _wrapped(_cell(item), "   ", f"{number}. " if block.numbered else "- ")
        case Quote():
            yield from (f"  > {line}" for line in reveal(block.text).split("\n"))
            yield f"    ({reveal(block.note)})"
        case Sides():
            for title, steps in zip(block.titles, (block.left, block.right), strict=True):
                yield f"  {reveal(title)}"
                yield from _steps(steps)
        case Path():
            yield from _steps(block.steps)
        case Signature():
            yield from (f"  | {reveal(_cell(line))}" for line in block.lines)
            yield ""


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        yield f"    {reveal(step.what)}"
        yield from (f"      {line}" for line in _cell(step.content).split("\n"))


def _cell(runs: Cell) -> str:
    return "".join("{0}{2}{1}".format(*_SIGNS.get(run.mark, ("", "")), reveal(run.text)) for run in runs)


def _wrapped(text: str, indent: str = "", first: str = "") -> Iterator[str]:
    lines = textwrap.wrap(text, WIDTH, initial_indent=first or indent, subsequent_indent=indent, break_on_hyphens=False)
    yield from lines or [""]

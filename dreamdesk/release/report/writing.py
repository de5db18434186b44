"""Writing the report into a bundle, and making it again from what lies there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.release.bag import Bag
from dreamdesk.release.report import evidence
from dreamdesk.release.report.document import Block, Bullets, Heading, Paragraph, Table, block_json, from_json, plain
from dreamdesk.release.report.html import around, shown, title
from dreamdesk.release.report.pdf import pdf

FOLDER = "data/report"
IN_FULL = 60
"""Cases that report.pdf shows in full; with more of them it holds what comes before them. report.html has them all."""


def write(bag: Bag, opening: Sequence[Block], cases: Iterable[Sequence[Block]]) -> None:
    """Write the report as a document, as a page, as PDF, and the list of evidence by clause.

    Of the *cases*, which may be thousands, only those are held together that report.pdf shows.
    """
    document, page = f"{FOLDER}/report.json", f"{FOLDER}/report.html"
    before, after = around(title(opening))
    bag.append(document, b"[" + b",".join(map(block_json, opening)))
    bag.append(page, (before + "\n".join(map(shown, opening))).encode())
    told, count = list(opening), 0
    for count, case in enumerate(cases, 1):
        bag.append(document, b"," + b",".join(map(block_json, case)))
        bag.append(page, ("\n" + "\n".join(map(shown, case))).encode())
        if count <= IN_FULL:
            told += case
    bag.append(document, b"]\n")
    bag.append(page, after.encode())
    bag.write(f"{FOLDER}/report.pdf", pdf(told if count <= IN_FULL else _without_cases(opening, count, IN_FULL)))
    bag.write(f"{FOLDER}/evidence.csv", evidence.table(bag.has).encode())


def shortened(blocks: Sequence[Block], in_full: int = IN_FULL) -> list[Block]:
    """Return *blocks* without the cases, where there are more than *in_full* of them."""
    cases = [at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.page]
    if len(cases) <= in_full:
        return list(blocks)
    return _without_cases(blocks[: cases[0]], len(cases), in_full)


def _without_cases(opening: Sequence[Block], count: int, in_full: int) -> list[Block]:
    kept = [part for block in opening for part in _begun(block, in_full)]
    said = (
        f"{counted(count, 'case')} are not shown here: report.html beside this file has them all, and "
        "“dreamdesk report-bundle --pdf FILE --full” sets them."
    )
    return [*kept, Paragraph(plain(said), "note")]


def _begun(block: Block, longest: int) -> list[Block]:
    """Return *block*; of a table or list of more than *longest* lines what it begins with, and how many more it has."""
    if isinstance(block, Table) and len(block.rows) > longest:
        begun: Block = replace(block, rows=block.rows[:longest])
        more = len(block.rows) - longest
    elif isinstance(block, Bullets) and len(block.items) > longest:
        begun, more = replace(block, items=block.items[:longest]), len(block.items) - longest
    else:
        return [block]
    return [begun, Paragraph(plain(f"{more:,} more stand in report.html."), "note")]


def read(bundle: Path) -> list[Block]:
    """Return the report that lies in the folder *bundle*.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    path = bundle / FOLDER / "report.json"
    try:
        return from_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: the report cannot be read ({error}).") from error

"""Writing the report into a bundle, and making it again from what lies there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.release.bag import Bag
from dreamdesk.release.report import evidence
from dreamdesk.release.report.document import Block, Bullets, Heading, Paragraph, Table, from_json, plain, to_json
from dreamdesk.release.report.html import page
from dreamdesk.release.report.pdf import pdf

FOLDER = "data/report"
IN_FULL = 60
"""Cases that report.pdf shows in full; with more of them it holds what comes before them. report.html has them all."""


def write(bag: Bag, blocks: Sequence[Block]) -> None:
    """Write the report as a document, as a page, as PDF, and the list of evidence by clause."""
    bag.write(f"{FOLDER}/report.json", to_json(blocks))
    bag.write(f"{FOLDER}/report.html", page(blocks).encode())
    bag.write(f"{FOLDER}/report.pdf", pdf(shortened(blocks)))
    bag.write(f"{FOLDER}/evidence.csv", evidence.table(bag.has).encode())


def shortened(blocks: Sequence[Block], in_full: int = IN_FULL) -> list[Block]:
    """Return *blocks* without the cases, where there are more than *in_full* of them."""
    cases = [at for at, block in enumerate(blocks) if isinstance(block, Heading) and block.page]
    if len(cases) <= in_full:
        return list(blocks)
    kept = [part for block in blocks[: cases[0]] for part in _begun(block, in_full)]
    said = (
        f"{counted(len(cases), 'case')} are not shown here: report.html beside this file has them all, and "
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

"""The report as one self-contained page: no script, nothing from elsewhere, and it prints well."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as FilePath
from string import Template

from dreamdesk.model.text import one_line, reveal
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
    Run,
    Sides,
    Signature,
    Step,
    Table,
)

TEMPLATES = FilePath(__file__).resolve().parents[3] / "resources" / "report"
_TAGS = {OLD: "del", NEW: "ins", "strong": "strong", "code": "code", "meaning": "em"}


def page(blocks: Iterable[Block]) -> str:
    """Return the page that shows *blocks*."""
    blocks = list(blocks)
    before, after = around(title(blocks))
    return before + "\n".join(map(shown, blocks)) + after


def title(blocks: Iterable[Block]) -> str:
    """Return what the first heading among *blocks* says."""
    return next((block.text for block in blocks if isinstance(block, Heading)), "Report")


def around(title: str) -> tuple[str, str]:
    """Return what a page with that *title* has before and after its blocks."""
    before, after = _read("report.html").split("$body")
    style = _read("report.css")
    return Template(before).substitute(title=text(one_line(title)), style=style), Template(after).substitute()


def shown(block: Block) -> str:
    """Return *block* as a page shows it; blocks stand in lines of their own."""
    return "\n".join(_block(block))


def text(words: str) -> str:
    """Return *words* as HTML text: nothing in it is markup, nothing in it is hidden."""
    return html.escape(reveal(words), quote=True)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            anchor = f' id="{text(block.anchor)}"' if block.anchor else ""
            page = ' class="page"' if block.page else ""
            yield f"<h{block.level}{anchor}{page}>{text(block.text)}</h{block.level}>"
        case Paragraph():
            kind = f' class="{block.style}"' if block.style else ""
            yield f"<p{kind}>{_cell(block.runs)}</p>"
        case Facts():
            yield '<dl class="facts">'
            yield from (f"<dt>{text(name)}</dt><dd>{_cell(value)}</dd>" for name, value in block.rows)
            yield "</dl>"
        case Table():
            heads = "".join(
                f'<th width="{share:.0%}">{text(name)}</th>'
                for name, share in zip(block.head, block.widths, strict=True)
            )
            yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
            for row in block.rows:
                yield "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>"
            yield "</tbody></table>"
        case Bullets():
            tag = "ol" if block.numbered else "ul"
            yield f"<{tag}>" + "".join(f"<li>{_cell(item)}</li>" for item in block.items) + f"</{tag}>"
        case Quote():
            yield f'<blockquote><pre>{text(block.text)}</pre><p class="note">{text(block.note)}</p></blockquote>'
        case Sides():
            nothing = '<p class="note">Nothing.</p>'
            left, right = (
                f"<h4>{text(title)}</h4>{''.join(map(_step, steps)) or nothing}"
                for title, steps in zip(block.titles, (block.left, block.right), strict=True)
            )
            yield f'<div class="sides"><div class="side was">{left}</div><div class="side now">{right}</div></div>'
        case Path():
            yield f'<div class="side now">{"".join(map(_step, block.steps))}</div>'
        case Signature():
            yield '<div class="signature">' + "".join(f"<p>{_cell(line)}</p>" for line in block.lines) + "</div>"


def _step(step: Step) -> str:
    return f'<div class="step"><p class="what">{text(step.what)}</p><pre>{_cell(step.content)}</pre></div>'


def _cell(runs: Cell) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    said = text(run.text)
    if tag := _TAGS.get(run.mark):
        said = f"<{tag}>{said}</{tag}>"
    elif run.mark:
        said = f'<span class="{run.mark}">{said}</span>'
    return f'<a href="{text(run.href)}">{said}</a>' if run.href else said


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")

"""The report as PDF: the same bytes for the same report, with typefaces of its own.

`reportlab` sets it in its invariant mode, without a time and without a random identifier. A character that neither
typeface has is written out, as ⟦U+4E2D⟧.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

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
from dreamdesk.release.report.html import TEMPLATES

FONTS = TEMPLATES.parent / "fonts"
TEXT, BOLD, MONO = "NotoSans", "NotoSans-Bold", "JetBrainsMono"
INK, SOFT, LINE, ACCENT, GOOD, BAD, CARE = "#1d2430", "#5b6675", "#d9dee6", "#2f5aa8", "#1f7a4d", "#b3382c", "#8a5a00"
_COLOURS = {OLD: BAD, NEW: GOOD, "pass": GOOD, "warn": CARE, "block": BAD}
WIDTH = 170.0
"""Of the text, in millimetres, on A4."""


@cache
def _glyphs() -> dict[str, frozenset[int]]:
    """Register the typefaces; return the characters that each has."""
    from reportlab import rl_config
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    rl_config.invariant = 1
    found = {}
    for name, file in (
        (TEXT, "NotoSans-Regular.ttf"),
        (BOLD, "NotoSans-Bold.ttf"),
        (MONO, "JetBrainsMono-Regular.ttf"),
    ):
        font = TTFont(name, str(FONTS / file))
        pdfmetrics.registerFont(font)
        found[name] = frozenset(font.face.charToGlyph)
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    return found


@cache
def _style(name: str) -> Any:
    from reportlab.lib.styles import ParagraphStyle

    _glyphs()
    common = {"fontName": TEXT, "fontSize": 9.2, "leading": 13, "textColor": INK, "splitLongWords": 1}
    own: dict[str, dict[str, Any]] = {
        "": {"spaceAfter": 4},
        "kicker": {"textColor": ACCENT, "fontName": BOLD, "fontSize": 8.5},
        "lead": {"fontSize": 11, "leading": 16, "spaceAfter": 8},
        "note": {"textColor": SOFT, "fontSize": 8, "leading": 11, "spaceAfter": 4},
        "h1": {"fontName": BOLD, "fontSize": 20, "leading": 26, "spaceAfter": 8, "spaceBefore": 2},
        "h2": {"fontName": BOLD, "fontSize": 13, "leading": 18, "spaceBefore": 16, "spaceAfter": 6},
        "h3": {"fontName": BOLD, "fontSize": 9.5, "leading": 13, "spaceBefore": 10, "spaceAfter": 4, "textColor": SOFT},
        "cell": {"fontSize": 8.2, "leading": 11},
        "head": {"fontName": BOLD, "fontSize": 8, "leading": 11, "textColor": SOFT},
        "was": {"fontName": BOLD, "fontSize": 8.6, "leading": 12, "textColor": BAD},
        "now": {"fontName": BOLD, "fontSize": 8.6, "leading": 12, "textColor": GOOD},
        "what": {"textColor": SOFT, "fontSize": 7.6, "leading": 10.5, "spaceBefore": 3},
        "pre": {"fontName": MONO, "fontSize": 7.4, "leading": 10.2, "spaceAfter": 3},
    }  # fmt: skip
    return ParagraphStyle(name or "text", **{**common, **own[name]})


def pdf(blocks: Iterable[Block]) -> bytes:
    """Return the PDF that shows *blocks*."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    blocks = list(blocks)
    title = one_line(next((block.text for block in blocks if isinstance(block, Heading)), "Report"))
    anchors = {block.anchor for block in blocks if isinstance(block, Heading)}
    out = io.BytesIO()
    made = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=20 * mm, bottomMargin=20 * mm,
        title=title, author="DreamDesk", subject="Correction bundle", invariant=1,
    )  # fmt: skip

    def footer(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFillColor(SOFT)
        canvas.setFont(TEXT, 7.5)
        shown = "".join(c if ord(c) in _glyphs()[TEXT] else "?" for c in reveal(title))
        canvas.drawString(20 * mm, 11 * mm, shown[:90])
        canvas.drawRightString(190 * mm, 11 * mm, f"page {document.page}")
        canvas.restoreState()

    flow = [part for number, block in enumerate(blocks) for part in _block(block, anchors, first=not number)]
    made.build(flow, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def _block(block: Block, anchors: set[str], *, first: bool) -> Iterator[Any]:
    from reportlab.lib.units import mm
    from reportlab.platypus import CondPageBreak, KeepTogether, ListFlowable, PageBreak, Spacer
    from reportlab.platypus import Paragraph as Words

    match block:
        case Heading():
            if block.page and not first:
                yield PageBreak()
            if block.level > 1:
                yield CondPageBreak((45 if block.level == 2 else 30) * mm)  # a heading does not end a page
            anchor = f"<a name={quoteattr(block.anchor)}/>" if block.anchor else ""
            yield Words(anchor + _markup(block.text, BOLD), _style(f"h{block.level}"))
        case Paragraph():
            yield Words(_cell(block.runs, anchors), _style(block.style))
        case Facts():
            rows = [[Words(_markup(name), _style("note")), Words(_cell(value, anchors), _style("cell"))]
                    for name, value in block.rows]  # fmt: skip
            if rows:
                yield _table(rows, (0.22, 0.78), ruled=False)
        case Table():
            head = [Words(_markup(name, BOLD), _style("head")) for name in block.head]
            body = [[Words(_cell(cell, anchors), _style("cell")) for cell in row] for row in block.rows]
            yield _table([head, *body], block.widths, repeat=1)
            yield Spacer(1, 2 * mm)
        case Bullets():
            items = [Words(_cell(item, anchors), _style("")) for item in block.items]
            kind = "1" if block.numbered else "bullet"
            yield ListFlowable(
                items, bulletType=kind, bulletFontName=TEXT, bulletFontSize=8, leftIndent=14,
                **({} if block.numbered else {"start": "•"}),
            )  # fmt: skip
        case Quote():
            yield _box([*_pre((Run(block.text),)), Words(_markup(block.note), _style("note"))], ACCENT)
        case Sides():
            columns = []
            for title, steps, style in zip(block.titles, (block.left, block.right), ("was", "now"), strict=True):
                columns.append([Words(_markup(title, BOLD), _style(style)), *_steps(steps)])
            yield from _beside(*columns)
        case Path():
            yield from _steps(block.steps)
        case Signature():
            yield KeepTogether(
                [_box([Words(_cell(line, anchors), _style("cell")) for line in block.lines], LINE), Spacer(1, 2 * mm)]
            )


def _table(rows: list[list[Any]], shares: Iterable[float], *, repeat: int = 0, ruled: bool = True) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm
    from reportlab.platypus import Table as Grid

    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
                        ("RIGHTPADDING", (0, 0), (-1, -1), 6), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5)]  # fmt: skip
    style += [("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(LINE))] if ruled else []
    widths = [share * WIDTH * mm for share in shares]
    return Grid(rows, colWidths=widths, repeatRows=repeat, style=style, hAlign="LEFT", splitInRow=1)


def _box(parts: list[Any], colour: str) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm
    from reportlab.platypus import Table as Grid

    style = [("LINEBEFORE", (0, 0), (0, -1), 1.6, HexColor(colour)), ("LEFTPADDING", (0, 0), (-1, -1), 8),
             ("TOPPADDING", (0, 0), (-1, -1), 0.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5)]  # fmt: skip
    return Grid([[part] for part in parts], colWidths=[WIDTH * mm], style=style, hAlign="LEFT", splitInRow=1)


def _beside(left: list[Any], right: list[Any]) -> Iterator[Any]:
    """Yield the parts of two columns in rows, so that long ones break across pages."""
    rows = [
        [left[at] if at < len(left) else "", right[at] if at < len(right) else ""]
        for at in range(max(len(left), len(right)))
    ]
    yield _table(rows, (0.5, 0.5), ruled=False)


def _steps(steps: Iterable[Step]) -> Iterator[Any]:
    from reportlab.platypus import Paragraph as Words

    for step in steps:
        yield Words(_markup(step.what), _style("what"))
        yield from _pre(step.content)


def _pre(runs: Cell) -> Iterator[Any]:
    """Yield recorded text as it stands, in pieces that fit on a page."""
    from reportlab.platypus import Paragraph as Words

    lines: list[str] = [""]
    for run in runs:
        for number, part in enumerate(reveal(run.text).split("\n")):
            if number:
                lines.append("")
            indent = len(part) - len(part.lstrip(" "))
            words = "\u00a0" * indent + part[indent:]
            lines[-1] += _coloured(_markup(words, MONO), run.mark) if words else ""
    for at in range(0, len(lines), 40):
        yield Words("<br/>".join(lines[at : at + 40]) or "\u00a0", _style("pre"))


def _cell(runs: Cell, anchors: set[str]) -> str:
    return "".join(_run(run, anchors) for run in runs)


def _run(run: Run, anchors: set[str]) -> str:
    font = {"strong": BOLD, "code": MONO}.get(run.mark, TEXT)
    said = "<br/>".join(_markup(line, font) for line in reveal(run.text).split("\n"))
    if font != TEXT:
        size = " size=7.4" if font == MONO else ""
        said = f"<font name={quoteattr(font)}{size}>{said}</font>"
    said = _coloured(said, run.mark)
    if run.href.startswith("#") and run.href[1:] in anchors:
        return f'<a href={quoteattr(run.href)} color="{ACCENT}">{said}</a>'
    return said


def _coloured(markup: str, mark: str) -> str:
    if mark not in _COLOURS:
        return markup
    tag = {OLD: ("<strike>", "</strike>"), NEW: ("<u>", "</u>")}.get(mark, ("", ""))
    return f'{tag[0]}<font color="{_COLOURS[mark]}">{markup}</font>{tag[1]}'


def _markup(text: str, font: str = TEXT) -> str:
    """Return *text* in the markup of `reportlab`, in which nothing of it is markup, with glyphs for every character."""
    shown, has = reveal(text), _glyphs()
    if shown.isascii():
        return escape(shown)
    parts: list[tuple[str, str]] = []
    for char in shown:
        code = ord(char)
        name = next((name for name in (font, TEXT, MONO) if code in has[name]), "")
        piece, name = (char, name) if name else (f"⟦U+{code:04X}⟧", MONO)
        if parts and parts[-1][0] == name:
            parts[-1] = (name, parts[-1][1] + piece)
        else:
            parts.append((name, piece))
    return "".join(
        escape(said) if name == font else f'<font name="{name}">{escape(said)}</font>' for name, said in parts
    )

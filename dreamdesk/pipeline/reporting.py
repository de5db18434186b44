"""Import reports in words: what was understood of a source, what its trace does not show, and what was passed over.

The page is HTML without scripts, links and anything from elsewhere. All that comes from a source is escaped, and its
hidden characters are written out.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dreamdesk.desk import sources
from dreamdesk.desk.database import Connection
from dreamdesk.model.episode import GapKind
from dreamdesk.model.source import ImportReport
from dreamdesk.model.text import counted, one_line, reveal

GAPS = {
    GapKind.WITHHELD: "Thinking that was withheld",
    GapKind.COMPACTION: "Earlier messages replaced by a summary",
    GapKind.TRUNCATION: "Cut off or broken off",
    GapKind.REDACTION: "Text that was redacted",
    GapKind.MISSING: "Content that was not recorded",
    GapKind.MEDIA: "Images and other media, not shown",
    GapKind.ORPHAN_CALL: "Calls without their result",
    GapKind.ORPHAN_RESULT: "Results without their call",
    GapKind.DISORDER: "Episodes with times out of order",
    GapKind.DUPLICATE: "Records told twice, read once",
}
"""What a trace does not show, by kind."""

_STATES = ("failed", "partial", "succeeded", "unknown")
_STYLE = """body { font-family: sans-serif; color: #1d2430; background: #ffffff; }
h1 { font-size: 20pt; } h2 { font-size: 14pt; margin-top: 18pt; } h3 { font-size: 10pt; color: #5b6675; }
td { padding: 2px 14px 2px 0; vertical-align: top; } p { color: #5b6675; }"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The report of one source of the desk; *at* is when it was imported, in nanoseconds since 1970 UTC."""

    source: int
    at: int
    report: ImportReport


Lines = tuple[tuple[str, str], ...]


def sections(report: ImportReport) -> tuple[tuple[str, Lines], ...]:
    """Return the parts of the report that hold anything: a heading, and under it names with values."""
    read: list[tuple[str, str]] = []
    if report.format:
        errors = f", {report.tool_errors:,} of them answered with an error" if report.tool_errors else ""
        read = [
            ("Format", report.format),
            *((f"Form or version: {name}", f"{count:,}") for name, count in sorted(report.dialects.items())),
            ("Episodes", f"{report.episodes:,}"),
            ("Steps", f"{report.steps:,}"),
            ("Calls of tools", f"{report.tool_calls:,}{errors}"),
        ]
    if report.version > 1:
        words = f"{report.version}; {report.unchanged:,} episodes as before, {report.changed:,} beside an earlier state"
        read.append(("Version of the file", words))
    if report.sha256:
        read.append(("SHA-256 of the file", report.sha256))
    ends = [(state.capitalize(), f"{getattr(report, state):,}") for state in _STATES if getattr(report, state)]
    parts = (
        ("Understood", read),
        ("How the episodes ended, as the source says", ends),
        ("What the trace does not show", [(name, f"{count:,}") for name, count in gaps(report)]),
        ("Joined from files beside it", [(beside.name, f"SHA-256 {beside.sha256}") for beside in report.companions]),
        ("Passed over", [(skip.place, skip.reason.removeprefix(f"{skip.place}: ")) for skip in report.skipped]),
        ("Noticed", [("", note) for note in report.notes]),
    )
    return tuple((title, tuple(lines)) for title, lines in parts if lines)


def import_reports(db: Connection, source: int | None = None) -> list[Stored]:
    """Return the reports of all sources of the desk, or of one, in the order of import.

    Raises:
        UserError: the desk has no such source.
    """
    return [Stored(*row) for row in sources.reports(db, source)]


def gaps(report: ImportReport) -> list[tuple[str, int]]:
    """Return what the trace does not show, in words, and how often."""
    return [(GAPS[kind], report.gap_kinds[kind]) for kind in GAPS if report.gap_kinds.get(kind)]


def page(stored: Iterable[Stored | ImportReport], desk: str = "") -> str:
    """Return one page with all the reports, to be printed or kept."""
    found = [item if isinstance(item, Stored) else Stored(0, 0, item) for item in stored]
    body = "".join(map(_one, found))
    title = f"Import reports of {desk}" if desk else "Import reports"
    total = sum(item.report.episodes for item in found)
    summary = f"{counted(len(found), 'file')}, {counted(total, 'episode')}."
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{_text(title)}</h1><p>{_text(summary)}</p>{body}</body></html>\n"
    )


def _one(item: Stored) -> str:
    about = [words for words in (f"Source {item.source}" if item.source else "", _when(item.at)) if words]
    parts = [f"<h2>{_text(one_line(item.report.source, 300))}</h2>"]
    if about:
        parts.append(f"<p>{_text(', '.join(about))}</p>")
    for title, lines in sections(item.report):
        parts.append(f"<h3>{_text(title)}</h3>{_table(lines)}")
    return "".join(parts)


def _table(lines: Sequence[tuple[str, str]]) -> str:
    rows = (f"<tr><td>{_text(name)}</td><td>{_text(value)}</td></tr>" for name, value in lines)
    return f"<table>{''.join(rows)}</table>"


def _when(at: int) -> str:
    return f"imported {datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d %H:%M} UTC" if at else ""


def _text(value: str) -> str:
    return html.escape(reveal(value))

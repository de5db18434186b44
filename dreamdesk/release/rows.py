"""The training rows of a bundle: every corrected turn in every chosen format, and where each line comes from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.release import schemas
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content
from dreamdesk.release.examples import Example, examples
from dreamdesk.release.formats import Format, Unfit, chosen
from dreamdesk.release.validate import Shared, encode

ROWS = "data/provenance/rows.jsonl"


@dataclass(slots=True)
class Rows:
    """What was written.

    Attributes:
        formats: Those that were chosen.
        counts: How many rows each path has that has any.
        columns: Which keys they have.
        left_out: How many turns, or changes to a memory, a file cannot express, by path and reason.
        taught: How many turns of each correction are learned.
        turns: Where each turn went: (correction, start, stop, {path: line}).
    """

    formats: tuple[Format, ...]
    counts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    taught: dict[int, int] = field(default_factory=dict)
    turns: list[tuple[int, int, int, dict[str, int]]] = field(default_factory=list)

    def omissions(self) -> list[str]:
        """Return a sentence for each reason for which turns were left out of a file."""
        return [
            f"{path}: {counted(count, 'change' if path.startswith('memory/') else 'turn')} left out, because {reason}."
            for path, reasons in sorted(self.left_out.items())
            for reason, count in sorted(reasons.items())
        ]


def write(
    bag: Bag,
    content: Content,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Rows:
    """Write the rows of all corrections in *content*, with their schemas and `ROWS`; say what was written.

    Raises:
        UserError: a row is not fit to leave, or *cancelled* said so.
    """
    made = Rows(chosen(content.formats))
    for done, item in enumerate(content.items):
        if cancelled and cancelled():
            raise UserError("The release was cancelled. Nothing was written.")
        found = examples(item, content.simulated_rows)
        made.taught[item.correction] = len(found)
        shared = Shared()
        for example in found:
            lines: dict[str, int] = {}
            entry = _Entry(example)
            for one in made.formats:
                if number := _write(bag, made, one, example, entry, shared):
                    lines[one.path] = number
            made.turns.append((item.correction, example.start, example.stop, lines))
        if progress:
            progress(done + 1, len(content.items))
    if made.counts:
        _write_helpers(bag, made)
    return made


def _write(bag: Bag, made: Rows, one: Format, example: Example, entry: _Entry, shared: Shared) -> int:
    """Write the row of *example* in the format *one*, and its *entry*; return its line, 0 where there is none."""
    try:
        row = one.row(example)
    except Unfit as reason:
        made.left_out.setdefault(one.path, Counter())[str(reason)] += 1
        return 0
    if row is None:
        return 0
    item = example.item
    number = made.counts[one.path] = made.counts.get(one.path, 0) + 1
    line = encode(row, one, f"Correction {item.correction}, step {example.start} ({one.path} line {number})", shared)
    made.columns.setdefault(one.path, set()).update(row)
    bag.line(f"data/{one.path}", line)
    bag.line(ROWS, entry.line(one, number, line))
    return number


class _Entry:
    """What `ROWS` says of the lines of one *example*: canonical JSON, in which few words differ from line to line."""

    def __init__(self, example: Example) -> None:
        item = example.item
        before, after = (
            {"correction": item.correction, "episode": item.episode_id, "episode_key": item.episode.key},
            {
                "provenances": [provenance.value for provenance in example.provenances],
                "revision": item.revision.number,
                "revision_sha256": item.digest,
            },
        )
        self.before = canonical(before)[:-1]
        self.middle = canonical(after)[1:-1]
        self.gaps = len(item.episode.gaps)
        self.after = b'"source_sha256":%b,"steps":[%d,%d],"teaches":' % (
            canonical(item.source.sha256), example.start, example.stop,
        )  # fmt: skip

    def line(self, one: Format, number: int, line: bytes) -> bytes:
        """Return what is said of *line*, which has the *number* in the file of the format *one*."""
        return b'%b,"file":"%b","gaps":%d,"line":%d,%b,"sha256":"%b",%b"%b"}' % (
            self.before, one.path.encode(), self.gaps, number, self.middle, sha256(line).encode(), self.after,
            b"recorded" if one.recorded else b"corrected",
        )  # fmt: skip


def _write_helpers(bag: Bag, made: Rows) -> None:
    """Write the schemas, and what loaders need beside the files."""
    for name, text in schemas.files():
        bag.write(f"data/schemas/{name}", text)
    registered: dict[str, dict[str, Json]] = {}
    for one in made.formats:
        if one.path in made.counts:
            for path, entries in one.registers.items():
                registered.setdefault(path, {}).update(entries)
    for path, entries in registered.items():
        bag.write(f"data/{path}", (json.dumps(entries, indent=1, sort_keys=True) + "\n").encode())

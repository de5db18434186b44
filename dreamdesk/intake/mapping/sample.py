"""The first records of a file of unknown format: what a mapping is proposed from and previewed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dreamdesk.intake.bytesource import refusal
from dreamdesk.intake.containers import Damage, Record
from dreamdesk.intake.mapping import paths, table
from dreamdesk.intake.mapping.mapping import Container, Dialect
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.reader import Layout, Log, Trace
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Skip
from dreamdesk.model.text import one_line

MAX_RECORDS = 500
MAX_BYTES = 8 << 20
MAX_CELLS = 400_000


@dataclass(frozen=True, slots=True)
class Sample:
    """The first records of a file.

    Attributes:
        container, dialect: How they are written.
        records: The top-level values: lines, elements of an array, documents, or rows.
        skipped: What among them could not be read.
        whole: These are all; else the file goes on.
    """

    container: Container
    dialect: Dialect
    records: tuple[Record, ...]
    skipped: tuple[Skip, ...] = ()
    whole: bool = True


def take(path: Path, dialect: Dialect | None = None) -> Sample:
    """Return the first records of the file at *path*, a table read as *dialect* says, or as it seems to be written.

    Raises:
        UserError: The file cannot be read, or is neither JSON nor a table.
    """
    name, log = one_line(path.name, 120), Log()
    try:
        trace = Trace(path, log)
    except OSError as error:
        raise UserError(f"{name}: the file cannot be read ({error.strerror or error}).") from error
    except Unreadable as error:
        raise UserError(f"{name}: {error}.") from error
    if words := refusal(trace.magic) or refusal(trace.head.text):
        raise UserError(f"{name}: this is {words}.")
    container = Container.CSV if trace.head.layout is Layout.TEXT else Container.JSON
    if container is Container.CSV:
        dialect = dialect or table.sniff(trace.head.text)
        if dialect is None:
            raise UserError(
                f"{name}: this is neither JSON nor a table with commas, semicolons, tabs or bars between its fields."
            )
    found = list[Record]()
    size = cells = 0
    whole = True
    for record in records(trace, container, dialect or Dialect()):
        if len(found) >= MAX_RECORDS or size > MAX_BYTES or cells > MAX_CELLS:
            whole = False
            break
        found.append(record)
        cells += len(record.value) if isinstance(record.value, dict | list) else 1
        size += record.length or _rough_size(record.value)
    if not found:
        words = f" ({log.skipped[0].place}: {log.skipped[0].reason})" if log.skipped else ""
        raise UserError(f"{name}: no record of it could be read{words}.")
    return Sample(container, dialect or Dialect(), tuple(found), tuple(log.skipped), whole)


def records(trace: Trace, container: Container, dialect: Dialect) -> Iterator[Record]:
    """Yield the top-level values of *trace*; what cannot be read is listed in its log."""
    if container is Container.JSON:
        yield from trace.records()
        return
    for item in table.records(trace.blocks(), dialect):
        if isinstance(item, Damage):
            trace.log.skip(item.place, item.reason)
            continue
        if any("\ufffd" in text for text in item.value.values()):
            trace.log.note("some characters could not be read and stand as U+FFFD")
        yield item


def inside(found: Iterable[Record], path: str, log: Log) -> Iterator[Record]:
    """Yield the elements of the array at *path* in each of *found*; *found* themselves where it is ""."""
    if not path:
        yield from found
        return
    parts = paths.parse(path)
    for record in found:
        array = nested(paths.get(record.value, parts))
        if not isinstance(array, list):
            log.skip(record.place, f"it has no array of records at {path}")
            continue
        for number, item in enumerate(array):
            place = f"{record.place}, {path}[{number}]"
            pointer = f"{record.pointer}{paths.pointer(parts)}/{number}"
            yield replace(record, value=item, place=place, pointer=pointer, offset=0, length=0, data=b"", notes=())


def _rough_size(value: object) -> int:
    return sum(len(cell) for cell in value.values() if isinstance(cell, str)) if isinstance(value, dict) else 64

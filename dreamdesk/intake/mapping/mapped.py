"""A mapping as a reader: a whole file read with it, and its like recognised."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.mapping import paths, table
from dreamdesk.intake.mapping.applying import apply, count
from dreamdesk.intake.mapping.columns import columns
from dreamdesk.intake.mapping.mapping import TEXTS, VERSION, Container, Mapping, Role, Unit
from dreamdesk.intake.mapping.sample import inside, records
from dreamdesk.intake.reader import Head, Layout, Log, Record, Trace
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.text import one_line

PREFIX = "mapping:"
"""A source that was read with a mapping has its name, after this, as its format."""

ALIKE = 0.8
"""The share of a file's fields that the mapping's own file had too, from which on the mapping reads it."""

MAX_EPISODES = 1_000_000


class MappedReader:
    """Reads files with the mapping that is kept under *kept_as*."""

    version = VERSION

    def __init__(self, kept_as: str, mapping: Mapping) -> None:
        self.name = f"{PREFIX}{kept_as}"
        self.unit = "steps" if mapping.steps else "records"
        self.kept_as = kept_as
        self.mapping = mapping
        self.digest = mapping.digest()

    def sniff(self, head: Head) -> float:
        """Return how like the file is to the one that the mapping was made for; 0 when it cannot be read so."""
        mapping = self.mapping
        if (head.layout is Layout.TEXT) != (mapping.container is Container.CSV):
            return 0.0
        values = _rows(head, mapping) if mapping.container is Container.CSV else list(head.values)
        found = [Record(value, "", "") for value in values]
        there = [record.value for record in inside(found, mapping.records, Log())][:50]
        shape = {column.path for column in columns(there, mapping.steps)[0]}
        if mapping.container is Container.CSV and there:
            shape |= {paths.write((name,)) for name in there[0]}  # a column without values is one all the same
        known = set(mapping.shape)
        # Fields inside fields are not compared: they may differ from record to record.
        shallow = {path for path in shape if path in known or "." not in path.removeprefix(f"{mapping.steps}[].")}
        if not shallow or not self._essentials(shape):
            return 0.0
        alike = len(shallow & known) / len(shallow)
        return alike if alike >= ALIKE else 0.4 * alike

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield the episodes of *trace*; where one record is one step it is read twice, first to count."""
        trace.log.note(f"read with the mapping ‘{one_line(self.kept_as, 80)}’")
        counts = None
        if self.mapping.unit is Unit.STEP and self.mapping.of(Role.EPISODE):
            first = Trace(trace.path, Log())
            first.watch = trace.watch
            counts = count(self.mapping, self._records(first))
            if len(counts) > MAX_EPISODES:
                words = f"the field {self.mapping.of(Role.EPISODE)[0].path} has more than {MAX_EPISODES:,} values"
                trace.log.stop("the file", f"{words}; it does not say which records are one episode")
                return
        yield from apply(self.mapping, self._records(trace), trace.log, counts)

    def _records(self, trace: Trace) -> Iterator[Record]:
        mapping = self.mapping
        return inside(records(trace, mapping.container, mapping.dialect), mapping.records, trace.log)

    def _essentials(self, shape: set[str]) -> bool:
        """Whether the fields without which nothing could be read are there."""
        mapping = self.mapping
        for role in (Role.ACTOR, Role.EPISODE):
            if any(one.path not in shape for one in mapping.of(role)):
                return False
        texts = mapping.of(*TEXTS, Role.TOOL, Role.CALLS, Role.RESULT)
        return any(one.path in shape for one in texts)


def _rows(head: Head, mapping: Mapping) -> list[Json]:
    found = table.records([head.text], mapping.dialect)
    values = []
    for item in found:
        if isinstance(item, Record):
            values.append(item.value)
        if len(values) == 20:
            break
    return values

"""A mapping applied: records become episodes, and what cannot be read is listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.containers import Record
from dreamdesk.intake.mapping import paths
from dreamdesk.intake.mapping.mapping import HERE, NOT_HERE, Field, Mapping, Role, Unit
from dreamdesk.intake.mapping.rows import RowReader, content_of
from dreamdesk.intake.mapping.unmapped import Unmapped
from dreamdesk.intake.mapping.values import state_of
from dreamdesk.intake.parsing import Unreadable, nested
from dreamdesk.intake.reader import Log
from dreamdesk.intake.shape import integer, number, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, Kind, Label, Outcome, OutcomeSource
from dreamdesk.model.text import one_line

MAX_HELD = 256 << 20
"""Bytes of records that wait for the rest of their episodes."""

Row = tuple[Json, str]
"""A value that holds one step, and its pointer."""


def apply(
    mapping: Mapping, records: Iterable[Record], log: Log, counts: Counter[str] | None = None
) -> Iterator[Episode]:
    """Yield the episodes that *records* hold; what cannot be read is listed in *log*, and what is not mapped noted.

    Where one record is one step, *counts* says how many records each episode has (see `count`), so that an episode is
    given out with its last record; without it all are held until the end. Records that wait are held up to 256 MB.
    """
    applied = _Applied(mapping, log)
    if mapping.unit is Unit.EPISODE:
        for record in records:
            try:
                yield applied.episode_of_record(record)
            except Unreadable as error:
                log.skip(record.place, str(error))
    else:
        for key, rows in _grouped(applied, records, log, counts):
            try:
                yield applied.episode(key, [(r.value, r.pointer) for r in rows], rows[0].value)
            except Unreadable as error:
                log.skip(f"the episode {one_line(key, 80)}", str(error))
    applied.unmapped.tell(log)


def count(mapping: Mapping, records: Iterable[Record]) -> Counter[str]:
    """Return how many records each episode has, where one record is one step."""
    applied, counts = _Applied(mapping, Log()), Counter[str]()
    for record in records:
        if (key := applied.key(record.value)) is not None:
            counts[key] += 1
    return counts


def _grouped(
    applied: _Applied, records: Iterable[Record], log: Log, counts: Counter[str] | None
) -> Iterator[tuple[str, list[Record]]]:
    """Yield the records of each episode, an episode as soon as its last record was seen."""
    waiting: dict[str, list[Record]] = {}
    held = 0
    for record in records:
        key = applied.key(record.value)
        if key is None:
            log.skip(record.place, "it is no object with fields")
            continue
        waiting.setdefault(key, []).append(record)
        held += _size(record)
        if counts is not None and len(waiting[key]) == counts[key]:
            rows = waiting.pop(key)
            held -= sum(map(_size, rows))
            yield key, rows
        elif held > MAX_HELD:
            words = f"{len(waiting):,} episodes are open and hold more than {MAX_HELD >> 20} MB"
            log.stop(record.place, f"{words}; sort the records by episode, then import the file again")
            for open_key, rows in waiting.items():
                log.skip(
                    f"the episode {one_line(open_key, 80)}", f"{len(rows):,} of its records were read, then it ended"
                )
            return
    yield from waiting.items()


def _size(record: Record) -> int:
    if record.length:
        return record.length
    values = record.value.values() if isinstance(record.value, dict) else ()
    return 200 + sum(len(value) + 60 for value in values if isinstance(value, str))


@dataclass(slots=True)
class _Facts:
    """What the rows of one episode say of the episode as a whole."""

    texts: dict[Role, str] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    labels: dict[int | None, Label] = field(default_factory=dict)


class _Applied:
    """A mapping that was made ready."""

    def __init__(self, mapping: Mapping, log: Log) -> None:
        self._mapping, self._log = mapping, log
        self._steps = paths.parse(mapping.steps)
        self._whole = mapping.unit is Unit.EPISODE
        prefix = (*self._steps, paths.EACH)
        of_step, of_record = list[tuple[Field, paths.Path]](), list[tuple[Field, paths.Path]]()
        for one in mapping.fields:
            path = paths.parse(one.path)
            if self._steps and self._whole and path[: len(prefix)] == prefix:
                of_step.append((one, path[len(prefix) :]))
            else:
                of_record.append((one, path))
        self._record = RowReader(of_record, log)
        self._rows = RowReader(of_step, log) if self._steps and self._whole else self._record
        self._name, self._key = "", "no episode named"
        self.unmapped = Unmapped([paths.parse(one.path) for one in mapping.fields])

    def key(self, row: Json) -> str | None:
        """Return the key of the episode that *row* is a step of; None when it cannot be one."""
        if not isinstance(row, dict):
            return None
        if not self._record.has(Role.EPISODE):
            return "the file"
        try:
            name = self._record.name(Role.EPISODE, row)
        except Unreadable:
            name = ""
        if name != self._name:  # the records of an episode mostly stand together
            self._name, self._key = name, one_line(name, 200) or "no episode named"
        return self._key

    def episode_of_record(self, record: Record) -> Episode:
        """Return the episode that *record* is.

        Raises:
            Unreadable: It is no object, or has no steps where the mapping says.
        """
        value = record.value
        if not isinstance(value, dict):
            raise Unreadable("it is no object with fields")
        name = one_line(self._record.name(Role.EPISODE, value), 200)
        nested_in = record.pointer.startswith(
            "/"
        )  # an element of an array inside the file: it may move, its name stays
        key = (nested_in and name) or f"{name} {record.pointer}".strip() or "the document"
        if not self._steps:
            return self.episode(key, [(value, "")], value, record)
        array = nested(paths.get(value, self._steps))
        if not isinstance(array, list):
            raise Unreadable(f"it has no list of steps at {self._mapping.steps}")
        pointer = f"{record.pointer if nested_in else ''}{paths.pointer(self._steps)}"
        self.unmapped.see(value)
        return self.episode(key, [(item, f"{pointer}/{i}") for i, item in enumerate(array)], value, record)

    def episode(self, key: str, rows: list[Row], whole: Json, record: Record | None = None) -> Episode:
        """Return the episode with these *rows*; *whole* is the record around them, or the first of them."""
        rows = self._ordered(rows)
        builder, facts, starts = StepBuilder(), _Facts(), list[int | None]()
        self._rows.begin()
        apart = self._rows is not self._record
        if apart:
            self._of_episode(facts, self._record, whole, None)
            self._add_policy(builder, facts)
        for position, (row, pointer) in enumerate(rows):
            if not apart:
                self.unmapped.see(row)
            starts.append(self._rows.add(builder, row, position, pointer))
            if starts[-1] is None:
                self._log.note("a record holds no text in its mapped fields, so it is no step")
            self._of_episode(facts, self._rows, row, starts[-1])
        builder.close()
        self._resolve(facts, rows, starts)
        steps = builder.steps
        texts = facts.texts
        task = texts.get(Role.TASK) or next(
            (s.content for s in steps if s.actor is Actor.USER and s.kind is Kind.MESSAGE), ""
        )
        return Episode(
            key=key,
            title=one_line(texts.get(Role.TITLE) or task) or one_line(key),
            steps=tuple(steps),
            outcome=facts.outcome,
            task_key=task_key(texts.get(Role.TASK_KEY), texts.get(Role.AGENT, ""), task),
            task=task,
            agent=texts.get(Role.AGENT, ""),
            model=texts.get(Role.MODEL, ""),
            policy=texts.get(Role.POLICY, ""),
            gaps=tuple(builder.gaps),
            labels=tuple(facts.labels.values()),
            native_steps=len(rows),
            native_unit="steps" if apart else "records",
            started=next((step.at for step in steps if step.at is not None), self._record.at(whole) if apart else None),
            offset=record.offset if record else 0,
            length=record.length if record else 0,
            sha256=record.sha256 if record else "",
        )

    def _ordered(self, rows: list[Row]) -> list[Row]:
        if self._rows.has(Role.ORDER):
            places = [_number(self._rows.first(Role.ORDER, row)) for row, _ in rows]
        elif self._mapping.by_time:
            places = [self._rows.at(row) for row, _ in rows]
        else:
            return rows
        if None in places:
            self._log.note("a record does not say where it belongs in its episode; it stands at the end")
        last = max((place for place in places if place is not None), default=0)
        order = sorted(range(len(rows)), key=lambda i: last + 1 if (p := places[i]) is None else p)
        return [rows[i] for i in order]

    def _of_episode(self, facts: _Facts, reader: RowReader, row: Json, step: int | None) -> None:
        """Take in what *row*, whose first step is *step*, says of the episode: the first text, the last outcome."""
        for role in (Role.TITLE, Role.TASK, Role.TASK_KEY, Role.AGENT, Role.MODEL, Role.POLICY):
            if role not in facts.texts and (value := reader.first(role, row)) is not None:
                facts.texts[role] = content_of(value)
        if (found := reader.with_field(Role.OUTCOME, row)) is not None:
            one, value = found
            means = one.means(value)
            source = OutcomeSource.SCORE if means is None and one.field.threshold is not None else OutcomeSource.VERDICT
            detail = one_line(f"{one.field.path}: {text_of(value)}", 200)
            outcome = Outcome(
                state_of(one.field, means, value), source, paths.pointer(paths.parse(one.field.path)), detail
            )
            if facts.outcome.detail and facts.outcome.state is not outcome.state:
                self._log.note("the records of an episode say different outcomes; the last one was taken")
            facts.outcome = outcome
        if (found := reader.with_field(Role.LABEL, row)) is not None:
            one, value = found
            means, reason = one.means(value), reader.name(Role.REASON, row)
            if means == HERE:
                facts.labels[step] = Label(step, None, reason=reason, by="the log")
            elif means != NOT_HERE and (native := integer(value)) is not None:
                facts.labels.setdefault(-1 - native, Label(None, native, reason=reason, by="the log"))

    def _add_policy(self, builder: StepBuilder, facts: _Facts) -> None:
        if policy := facts.texts.get(Role.POLICY):
            builder.add(Actor.SYSTEM, Kind.MESSAGE, policy)

    def _resolve(self, facts: _Facts, rows: list[Row], starts: list[int | None]) -> None:
        """Find the steps that labels name by number: the number in the field of the order, else counted from 0."""
        places = {place: i for i in range(len(rows)) if (place := self._place(rows[i][0], i)) is not None}
        for key, label in facts.labels.items():
            if label.native is not None:
                position = places.get(label.native)
                step = starts[position] if position is not None else None
                facts.labels[key] = Label(step, label.native, reason=label.reason, by=label.by)
                if step is None:
                    self._log.note("a label points at a step that is not there")

    def _place(self, row: Json, position: int) -> float | None:
        return _number(self._rows.first(Role.ORDER, row)) if self._rows.has(Role.ORDER) else position


def _number(value: Json) -> float | None:
    if isinstance(value, str) and len(value) < 40:
        try:
            return number(float(value))
        except ValueError:
            return None
    return number(value)

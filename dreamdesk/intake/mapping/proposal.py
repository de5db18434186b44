"""The proposal: which structure and which field is what, concluded from a sample and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from dreamdesk.intake.mapping import values
from dreamdesk.intake.mapping.columns import Column, arrays, columns
from dreamdesk.intake.mapping.evidence import evidence
from dreamdesk.intake.mapping.mapping import MAX_SHAPE, Container, Field, Mapping, Role, Unit, fold
from dreamdesk.intake.mapping.sample import Sample, inside
from dreamdesk.intake.mapping.times import read as read_time
from dreamdesk.intake.reader import Log
from dreamdesk.model.canonical import Json

SURE = 0.5
"""A proposal that is less sure than this is not made."""

MAX_RECORDS = 2000
"""Records of one structure that are looked at."""

_OF_EPISODE = frozenset(
    {Role.EPISODE, Role.POLICY, Role.TASK, Role.TASK_KEY, Role.TITLE, Role.OUTCOME, Role.LABEL, Role.REASON}
)
_OF_STEP = frozenset(
    {
        Role.ACTOR, Role.KIND, Role.CONTENT, Role.USER_TEXT, Role.AGENT_TEXT, Role.THINKING, Role.TOOL, Role.ARGUMENTS,
        Role.RESULT, Role.CALLS, Role.CALL_ID, Role.ERROR,
    }
)  # fmt: skip
_PAIR = (Role.USER_TEXT, Role.AGENT_TEXT)


@dataclass(frozen=True, slots=True)
class Found:
    """One field of the sample and what it is proposed to be.

    Attributes:
        path, share, examples: Where it stands, in what share of the records, and how its values look.
        values: The different values of a field that has few, folded, with an example of how each is written.
        role: What it is proposed to be; None for nothing.
        sure: How sure the proposal is, from 0 to 1.
        why: One sentence.
        column: All its values in the sample.
    """

    column: Column
    path: str
    share: float
    examples: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    role: Role | None = None
    sure: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Structure:
    """Where records and steps are."""

    records: str = ""
    unit: Unit = Unit.STEP
    steps: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping, and what is known of every field.

    Attributes:
        mapping: What is proposed.
        fields: All fields of the sample, in the order of the file.
        structures: The structures that the file could have, the best first.
    """

    mapping: Mapping
    fields: tuple[Found, ...]
    structures: tuple[Structure, ...]


def propose(sample: Sample, structure: Structure | None = None) -> Proposal:
    """Return what the fields of *sample* seem to be; with *structure*, where the records and steps are is settled.

    The same sample always gives the same proposal.
    """
    possible = list(_structures(sample))
    looked = [_Looked(sample, one) for one in ([structure] if structure else possible)]
    best = max(looked, key=lambda one: one.worth)  # the first of equals
    order = [one.structure for one in sorted(looked, key=lambda one: -one.worth)] if not structure else possible
    return Proposal(best.mapping(sample), best.fields(), tuple(dict.fromkeys([best.structure, *order])))


def _structures(sample: Sample) -> Iterator[Structure]:
    """Yield every structure that the sample could have."""
    tops = [record.value for record in sample.records]
    places = [""]
    if len(tops) <= 3 and sample.container is Container.JSON:
        places += arrays(tops)[:3]
    for place in places:
        values_there = [r.value for r in islice(inside(sample.records, place, Log()), MAX_RECORDS)]
        yield Structure(place)
        yield Structure(place, Unit.EPISODE)
        for steps in arrays(values_there[:50])[:4]:
            yield Structure(place, Unit.EPISODE, steps)


class _Looked:
    """One structure of the sample, with what its fields seem to be."""

    def __init__(self, sample: Sample, structure: Structure) -> None:
        self.structure = structure
        found = islice(inside(sample.records, structure.records, Log()), MAX_RECORDS)
        records = [record.value for record in found]
        self.columns, self._steps = columns(records, structure.steps)
        self._count = len(records)
        self._offers = self._offer()
        self.chosen = self._choose()
        self.worth = self._worth()

    def _choose(self) -> dict[str, tuple[Role, float, str]]:
        """Give roles to fields: one field for all texts and another for who acts, else one text for each speaker."""
        common = self._assign(without=_PAIR)
        roles = {role for role, _, _ in common.values()}
        if Role.CONTENT in roles and roles & {Role.ACTOR, Role.KIND}:
            return common
        pair = self._assign(without=(Role.CONTENT, Role.ACTOR, Role.KIND))
        return pair if {*_PAIR} <= {role for role, _, _ in pair.values()} else common

    def _assign(self, without: tuple[Role, ...]) -> dict[str, tuple[Role, float, str]]:
        """Give the roles, but for some, to fields: the surest first, each role and each field once."""
        chosen: dict[str, tuple[Role, float, str]] = {}
        taken = set(without)
        for minus_sure, _, number, role, why in self._offers:
            path = self.columns[number].path
            if role not in taken and path not in chosen and not any(_within(path, other) for other in chosen):
                chosen[path] = (role, -minus_sure, why)
                taken.add(role)
        return chosen

    def _offer(self) -> list[tuple[float, int, int, Role, str]]:
        """Return what each field could be, the surest first."""
        offers = []
        for number, column in enumerate(self.columns):
            for place, role in enumerate(Role):
                if self._may_be(role, column):
                    sure, why = evidence(role, column, self.structure.unit)
                    if sure >= SURE - 0.1 * (role is Role.ACTOR):
                        offers.append((-sure, place, number, role, why))
        return sorted(offers, key=lambda offer: offer[:3])

    def _may_be(self, role: Role, column: Column) -> bool:
        """Whether the field's place allows the role: of a step in a step, of an episode beside the steps."""
        structure = self.structure
        if structure.unit is Unit.STEP:
            return True
        if role is Role.ORDER or (not structure.steps and role in (Role.ACTOR, Role.KIND)):
            return False
        if not structure.steps:
            return True
        inside_step = column.path.startswith(f"{structure.steps}[]")
        return role not in _OF_EPISODE if inside_step else role not in _OF_STEP

    def _worth(self) -> float:
        """Return how much speaks for the structure."""
        sure = {role: sure for role, sure, _ in self.chosen.values()}
        text = max(sure.get(Role.CONTENT, 0.0), min(sure.get(Role.USER_TEXT, 0.0), sure.get(Role.AGENT_TEXT, 0.0)))
        acts = max(sure.get(Role.TOOL, 0.0), sure.get(Role.CALLS, 0.0))
        if not text and not acts:
            return 0.0
        structure = self.structure
        worth = text + 0.5 * acts + 0.3 * sum(sure.get(r, 0.0) for r in (Role.ARGUMENTS, Role.THINKING, Role.TIME))
        pair = all(role in sure for role in _PAIR)
        worth += max(sure.get(Role.ACTOR, 0.0), 0.6 * sure.get(Role.KIND, 0.0), 0.8 if pair else 0.0)
        if structure.unit is Unit.STEP:
            return worth + 0.4 * sure.get(Role.EPISODE, 0.0) + 0.1 * (self._count > 1)
        if not structure.steps:
            return worth + 0.2 if pair else 0.3 * worth
        return worth + 0.4 * min(self._steps / max(self._count, 1) / 2, 1.0) * (text > 0) + 0.2

    def mapping(self, sample: Sample) -> Mapping:
        """Return the mapping that the chosen roles make."""
        by_path = {column.path: column for column in self.columns}
        fields = tuple(
            values.completed(Field(path, role), by_path[path])
            for path, (role, _, _) in sorted(self.chosen.items(), key=lambda item: list(Role).index(item[1][0]))
        )
        structure = self.structure
        mapping = Mapping(
            sample.container, structure.unit, fields, structure.records, structure.steps, False, sample.dialect,
            tuple(sorted(c.path for c in self.columns if _is_shallow(c.path, structure.steps)))[:MAX_SHAPE],
        )  # fmt: skip
        return replace(mapping, by_time=self._times_fall(mapping, by_path))

    def _times_fall(self, mapping: Mapping, by_path: dict[str, Column]) -> bool:
        """Whether the records of an episode stand with the newest first, so that they must be ordered by their time."""
        times, groups = mapping.of(Role.TIME), mapping.of(Role.EPISODE)
        if not times or mapping.of(Role.ORDER) or mapping.unit is Unit.EPISODE:
            return False
        keys: dict[int, str] = {}
        if groups:
            column = by_path[groups[0].path]
            keys = dict(zip(column.rows, map(_key, column.values), strict=True))
        last: dict[str, int] = {}
        rising = falling = 0
        column = by_path[times[0].path]
        for row, value in zip(column.rows, column.values, strict=True):
            at, key = read_time(value, times[0].form), keys.get(row, "")
            if at is not None:
                rising += at > last.get(key, at)
                falling += at < last.get(key, at)
                last[key] = at
        return falling > 0 and falling >= 0.05 * (rising + falling)

    def fields(self) -> tuple[Found, ...]:
        """Return what is known of every field."""
        return tuple(self._found(column) for column in self.columns)

    def _found(self, column: Column) -> Found:
        role, sure, why = self.chosen.get(column.path, (None, 0.0, ""))
        few = len(column.distinct) <= values.MAX_LISTED and column.length <= 60
        listed = tuple({fold(text): text for text in reversed(column.scalars)}.items()) if few else ()
        return Found(column, column.path, column.share, column.examples, listed[::-1], role, sure, why)


def as_role(found: Found, role: Role) -> Field:
    """Return the field with another role than the one proposed, and what its values then seem to mean."""
    return values.completed(Field(found.path, role), found.column)


def _key(value: Json) -> str:
    return str(value)


def _within(path: str, other: str) -> bool:
    """Whether one of the two paths stands inside the other."""
    longer, shorter = (path, other) if len(path) > len(other) else (other, path)
    return longer.startswith((f"{shorter}.", f"{shorter}["))


def _is_shallow(path: str, steps: str) -> bool:
    """Whether *path* is a field of the record itself, or of a step itself: what the likeness of files is judged by."""
    inner = path.removeprefix(f"{steps}[]").lstrip(".") if steps else path
    return "." not in inner and "[" not in inner.removeprefix("[")

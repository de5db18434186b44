"""A mapping: where the records of a file are, and which of their fields is what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dreamdesk.intake.mapping import paths
from dreamdesk.intake.mapping.times import FORMS
from dreamdesk.intake.parsing import Unreadable, parse
from dreamdesk.intake.shape import arr, number, obj, string
from dreamdesk.language import t
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.episode import Actor, Kind, OutcomeState
from dreamdesk.model.errors import UserError

VERSION = 1
"""Raised whenever a mapping gives other episodes for the same bytes."""

MAX_FIELDS = 500
MAX_VALUES = 500
MAX_SHAPE = 1000
LEAVE_OUT = "leave out"
"""What a value of the actor or kind may mean: the record is no step, such as a heartbeat."""
ERROR, NO_ERROR = "error", "no error"
HERE, NOT_HERE = "here", "not here"
"""What a value of a label may mean: this very step is the error point, or it is not. Other values number a step."""


class Container(StrEnum):
    """What kind of file the records stand in."""

    JSON = "json"
    CSV = "csv"


class Unit(StrEnum):
    """What one record is."""

    STEP = "step"
    EPISODE = "episode"


class Role(StrEnum):
    """What a field is."""

    EPISODE = "episode"
    ORDER = "order"
    ACTOR = "actor"
    KIND = "kind"
    CONTENT = "content"
    USER_TEXT = "user text"
    AGENT_TEXT = "agent text"
    THINKING = "thinking"
    POLICY = "policy"
    TOOL = "tool"
    ARGUMENTS = "arguments"
    RESULT = "result"
    CALLS = "calls"
    CALL_ID = "call id"
    ERROR = "error"
    TIME = "time"
    AGENT = "agent"
    MODEL = "model"
    TASK = "task"
    TASK_KEY = "task key"
    TITLE = "title"
    OUTCOME = "outcome"
    LABEL = "label"
    REASON = "reason"


TEXTS = (Role.POLICY, Role.USER_TEXT, Role.THINKING, Role.CONTENT, Role.AGENT_TEXT)
"""What becomes a step of text, in the order of the steps of one record; several fields may have such a role."""

MEANINGS = {
    Role.ACTOR: (*Actor, Kind.THINKING, Kind.TOOL_CALL, Kind.TOOL_RESULT, Kind.HANDOFF, LEAVE_OUT),
    Role.KIND: (*(kind for kind in Kind if kind is not Kind.GAP), *Actor, LEAVE_OUT),
    Role.OUTCOME: (OutcomeState.FAILED, OutcomeState.SUCCEEDED, OutcomeState.PARTIAL, OutcomeState.UNKNOWN),
    Role.ERROR: (ERROR, NO_ERROR),
    Role.LABEL: (HERE, NOT_HERE),
}
"""The roles whose values are told one by one, and what a value may mean."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: Between two fields: comma, semicolon, tab or bar.
        header: The first row holds the names of the columns.
        encoding: "utf-8", or "windows-1252", in which spreadsheets of Western Europe save. A file with a byte-order
            mark of UTF-8 or UTF-16 is read as it says.
    """

    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the records.

    Attributes:
        path: Where it stands (see `paths`) in the record; that of a step begins with the path of the steps and ``[]``.
        role: What it is.
        values: Pairs of a value, folded by `fold`, and what it means: one of the role's `MEANINGS`.
        form: How a time is written, one of `times.FORMS`.
        threshold: From which number on an outcome is a success; numbers below are failures.
    """

    path: str
    role: Role
    values: tuple[tuple[str, str], ...] = ()
    form: str = ""
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the records of a file become episodes.

    Attributes:
        container: JSON in any layout, or a table.
        unit: What one record is.
        fields: What the fields are; what is not among them is not read.
        records: Path of the array of records in each top-level value; "" where the values themselves are the records.
        steps: Path of the array of steps in a record that is an episode; "" where the record itself holds the texts.
        by_time: The steps of an episode are ordered by their time, and not as they stand in the file.
        dialect: Of a table.
        shape: The fields of the file that the mapping was made for, by which its like is recognised.
    """

    container: Container
    unit: Unit
    fields: tuple[Field, ...]
    records: str = ""
    steps: str = ""
    by_time: bool = False
    dialect: Dialect = field(default_factory=Dialect)
    shape: tuple[str, ...] = ()

    def of(self, *roles: Role) -> list[Field]:
        """Return the fields with one of these roles."""
        return [one for one in self.fields if one.role in roles]

    def digest(self) -> str:
        """Return the SHA-256 of the canonical form: what the ledger calls the mapping by."""
        return sha256(canonical(self.to_json()))

    def to_json(self) -> dict[str, Json]:
        """Return the mapping as JSON; `from_json` gives it back."""
        form: dict[str, Json] = {
            "dreamdesk_mapping": VERSION,
            "container": self.container.value,
            "record_is": self.unit.value,
            "records": self.records,
            "steps": self.steps,
            "by_time": self.by_time,
            "fields": [_field_json(one) for one in self.fields],
            "shape": list(self.shape),
        }
        if self.container is Container.CSV:
            form["dialect"] = {
                "delimiter": self.dialect.delimiter,
                "header": self.dialect.header,
                "encoding": self.dialect.encoding,
            }
        return form


def fold(value: str) -> str:
    """Return *value* as it is compared: without white space around it, and regardless of case."""
    return value.strip().casefold()


def from_json(value: Json) -> Mapping:
    """Return the mapping that *value* holds.

    Raises:
        UserError: It is no mapping, or one of a later DreamDesk; says what is wrong.
    """
    form = obj(value)
    version = form.get("dreamdesk_mapping")
    if not isinstance(version, int) or isinstance(version, bool):
        raise UserError("This is no mapping of DreamDesk.")
    if version > VERSION:
        raise UserError("This mapping was made by a later DreamDesk; update this one.")
    fields = arr(form.get("fields"))
    if len(fields) > MAX_FIELDS:
        raise UserError(f"The mapping names {len(fields):,} fields; {MAX_FIELDS} are the most.")
    try:
        mapping = Mapping(
            Container(string(form.get("container"))),
            Unit(string(form.get("record_is"))),
            tuple(_field(obj(one)) for one in fields),
            _path(form.get("records", "")),
            _path(form.get("steps", "")),
            form.get("by_time") is True,
            _dialect(obj(form.get("dialect"))),
            tuple(string(name) for name in arr(form.get("shape"))[:MAX_SHAPE]),
        )
    except ValueError as error:
        raise UserError(f"The mapping cannot be used: {error}.") from error
    if fault := next(iter(faults(mapping)), ""):
        raise UserError(f"The mapping cannot be used: {fault}")
    return mapping


def from_text(data: bytes) -> tuple[str, Mapping]:
    """Return the name and the mapping that a file of `to_text` holds.

    Raises:
        UserError: It holds none.
    """
    try:
        form = parse(data[: 4 << 20])[0]
    except Unreadable as error:
        raise UserError(f"This is no mapping of DreamDesk: {error}.") from error
    return string(obj(form).get("name"))[:120], from_json(form)


def to_text(name: str, mapping: Mapping) -> bytes:
    """Return the mapping as the file that is handed to a colleague: canonical JSON."""
    return canonical({"name": name, **mapping.to_json()}) + b"\n"


def faults(mapping: Mapping) -> Iterable[str]:
    """Yield, in the language of the window, why no episode could be read with *mapping*."""
    readable = (*TEXTS, Role.TOOL, Role.ARGUMENTS, Role.RESULT, Role.CALLS)
    if not mapping.of(*readable):
        yield t("no field is said to be the content. Say which field holds what was said or done.")
    taken = set[str]()
    for one in mapping.fields:
        if one.path in taken:
            yield t("the field {path} is said to be two things. Choose one.", path=one.path)
        taken.add(one.path)


def single(roles: Iterable[Role]) -> frozenset[Role]:
    """Return those of *roles* that at most one field of a step or record may have."""
    return frozenset(roles) - {*TEXTS}


def _field_json(one: Field) -> dict[str, Json]:
    form: dict[str, Json] = {"path": one.path, "is": one.role.value}
    if one.values:
        form["values"] = dict(one.values)
    if one.form:
        form["written"] = one.form
    if one.threshold is not None:
        form["succeeded_from"] = one.threshold
    return form


def _field(form: dict[str, Json]) -> Field:
    role = Role(string(form.get("is")))
    values = {fold(text): string(means) for text, means in list(obj(form.get("values")).items())[:MAX_VALUES]}
    allowed = MEANINGS.get(role, ())
    if wrong := next((means for means in values.values() if means not in allowed), None):
        raise ValueError(f"a value of the {role.value} cannot mean {wrong[:40]!r}")
    written = string(form.get("written"))
    if written and written not in FORMS:
        raise ValueError(f"a time cannot be written as {written[:40]!r}")
    return Field(
        _path(form.get("path")), role, tuple(sorted(values.items())), written, number(form.get("succeeded_from"))
    )


def _path(value: Json) -> str:
    return paths.write(paths.parse(string(value)))


def _dialect(form: dict[str, Json]) -> Dialect:
    made = Dialect(
        string(form.get("delimiter")) or ",",
        form.get("header") is not False,
        string(form.get("encoding")) or "utf-8",
    )
    if made.delimiter not in (",", ";", "\t", "|") or made.encoding not in ("utf-8", "windows-1252"):
        raise ValueError("its table is written in a way that is not known")
    return made

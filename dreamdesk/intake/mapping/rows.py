"""One record, or one step of a record, read with a mapping: what it says, and the steps that it becomes."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.mapping import paths, times
from dreamdesk.intake.mapping.mapping import ERROR, LEAVE_OUT, TEXTS, Field, Role
from dreamdesk.intake.mapping.values import Lookup, is_blank
from dreamdesk.intake.parsing import json_text, nested
from dreamdesk.intake.reader import Log
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Kind
from dreamdesk.model.text import one_line

_ACTOR_OF = {
    Kind.THINKING: Actor.AGENT,
    Kind.TOOL_CALL: Actor.AGENT,
    Kind.TOOL_RESULT: Actor.TOOL,
    Kind.HANDOFF: Actor.AGENT,
}
_NO = ("false", "no", "n", "nein", "0", "ok")
_YES = ("true", "yes", "y", "ja", "1")


@dataclass(frozen=True)
class Reading:
    """A field of the mapping, ready to be read: its path inside the value, and the table of its values."""

    field: Field
    path: paths.Path
    means: Lookup


@dataclass(slots=True)
class Said:
    """Who acts in a row, and how: what the fields of actor and kind say together."""

    actor: Actor = Actor.AGENT
    kind: Kind | None = None
    left_out: bool = False


class RowReader:
    """Reads rows with the fields of a mapping that stand in them."""

    def __init__(self, fields: list[tuple[Field, paths.Path]], log: Log) -> None:
        self._log = log
        self._by_role: dict[Role, list[Reading]] = {}
        for one, path in fields:
            self._by_role.setdefault(one.role, []).append(Reading(one, path, Lookup(one)))
        self._policy = ""

    def begin(self) -> None:
        """Begin a new episode."""
        self._policy = ""

    def first(self, role: Role, row: Json) -> Json:
        """Return the first value of *role* in *row* that is not blank, else None."""
        if role not in self._by_role:  # most roles, in most mappings: this is asked some ten times a row
            return None
        found = self.with_field(role, row)
        return None if found is None else found[1]

    def with_field(self, role: Role, row: Json) -> tuple[Reading, Json] | None:
        """Return the first value of *role* in *row* that is not blank, and its field."""
        for one in self._by_role.get(role, ()):
            for value in paths.found(row, one.path):
                if not is_blank(value):
                    return one, value
        return None

    def name(self, role: Role, row: Json) -> str:
        """Return the first value of *role* as text, "" where it is blank."""
        return text_of(self.first(role, row)) if role in self._by_role else ""

    def at(self, row: Json) -> int | None:
        """Return the time of *row*; one that is not written as the mapping says is noted."""
        found = self.with_field(Role.TIME, row)
        if found is None:
            return None
        one, value = found
        at = times.read(value, one.field.form or times.ISO)
        if at is None:
            self._log.note(f"times of {one.field.path} could not be read; their steps have none")
        return at

    def add(self, builder: StepBuilder, row: Json, native: int, pointer: str) -> int | None:
        """Append the steps of *row* as a new turn; return the index of the first, None when it holds none."""
        said = self._said(row)
        if said.left_out:
            self._log.note("a record was left out, as the mapping says")
            return None
        return _Row(self, builder, row, said, native, pointer).add()

    def texts(self, role: Role, row: Json) -> list[str]:
        """Return all texts of *role* in *row* that are not empty."""
        if role not in self._by_role:
            return []
        values = (value for one in self._by_role.get(role, ()) for value in paths.found(row, one.path))
        return [text for value in values if (text := content_of(value))]

    def values(self, role: Role, row: Json) -> list[Json]:
        """Return all values of *role* in *row* that are not empty."""
        if role not in self._by_role:
            return []
        values = (value for one in self._by_role.get(role, ()) for value in paths.found(row, one.path))
        return [value for value in values if value not in ("", [], {})]

    def has(self, role: Role) -> bool:
        """Whether a field has *role*."""
        return role in self._by_role

    def new_policy(self, text: str) -> bool:
        """Whether *text* is another policy than that of the row before."""
        fresh, self._policy = text != self._policy, text
        return fresh

    def error(self, row: Json) -> tuple[bool, str]:
        """Return whether *row* says that it is an error, and the words that it has for it."""
        found = self.with_field(Role.ERROR, row)
        if found is None:
            return False, ""
        one, value = found
        means = one.means(value)
        if means is not None:
            return means == ERROR, ""
        if isinstance(value, bool | int | float):
            return bool(value), ""
        text = content_of(value)
        word = text.strip().casefold()
        return (word in _YES, "") if word in _YES or word in _NO else (True, text)

    def _said(self, row: Json) -> Said:
        actor = self._meaning(Role.ACTOR, row)
        kind = self._meaning(Role.KIND, row)
        if LEAVE_OUT in (actor, kind):
            return Said(left_out=True)
        kinds = [Kind(means) for means in (kind, actor) if means in Kind._value2member_map_]
        actors = [Actor(means) for means in (actor, kind) if means in Actor._value2member_map_]
        actors += [_ACTOR_OF[one] for one in kinds if one in _ACTOR_OF]
        if actors:
            return Said(actors[0], kinds[0] if kinds else None)
        unknown = self.first(Role.ACTOR, row)
        if not self.has(Role.ACTOR):
            if self.has(Role.CONTENT):
                self._log.note("no field says who acts; the steps are taken for the agent's")
            return Said(Actor.AGENT, kinds[0] if kinds else None)
        acts = any(self.first(role, row) is not None for role in (Role.TOOL, Role.ARGUMENTS, Role.CALLS))
        if unknown is None and acts:
            return Said(Actor.AGENT, kinds[0] if kinds else None)
        shown = f"“{one_line(text_of(unknown), 40)}”" if unknown is not None else "nothing"
        self._log.note(f"{shown} is no actor of the mapping; its steps are taken for the system's")
        return Said(Actor.SYSTEM, kinds[0] if kinds else None)

    def _meaning(self, role: Role, row: Json) -> str:
        found = self.with_field(role, row)
        return (found[0].means(found[1]) or "") if found else ""


class _Row:
    """The steps of one row."""

    def __init__(
        self, reader: RowReader, builder: StepBuilder, row: Json, said: Said, native: int, pointer: str
    ) -> None:
        self._reader, self._builder, self._row, self._said = reader, builder, row, said
        self._native, self._pointer = native, pointer
        self._at = reader.at(row)
        self._tool, self._call_id = reader.name(Role.TOOL, row), reader.name(Role.CALL_ID, row)
        self._agent = reader.name(Role.AGENT, row)
        self._is_error, self._error = reader.error(row)
        self._first = builder.next_index
        self._is_result = said.actor is Actor.TOOL or said.kind is Kind.TOOL_RESULT

    def add(self) -> int | None:
        """Append the steps in the order in which they happen; return the index of the first."""
        reader, row = self._reader, self._row
        self._builder.next_turn()
        arguments = reader.values(Role.ARGUMENTS, row)
        results = reader.texts(Role.RESULT, row)
        for role in TEXTS:
            for text in reader.texts(role, row):
                if role is Role.CONTENT and self._is_result:
                    results.insert(0, text)
                elif role is Role.CONTENT and not arguments and self._is_arguments(text, bool(results)):
                    arguments = [text]
                else:
                    self._add_text(role, text)
        self._add_calls(arguments)
        if self._error and (self._is_result or self._tool) and not results:
            results, self._error = [self._error], ""
        for text in results:
            self._builder.next_turn()
            self._step(Actor.TOOL, Kind.TOOL_RESULT, text, is_error=self._is_error)
        if self._error:
            self._builder.next_turn()
            self._step(Actor.SYSTEM, Kind.MESSAGE, self._error, is_error=True)
        return self._first if self._builder.next_index > self._first else None

    def _is_arguments(self, text: str, answered: bool) -> bool:
        """Whether the content is what a tool was called with: the kind says so, or it stands beside a tool's name."""
        if self._said.kind is not None:
            return self._said.kind is Kind.TOOL_CALL
        alone = self._said.actor is Actor.AGENT and not self._reader.has(Role.ARGUMENTS) and not answered
        return bool(self._tool) and alone and isinstance(nested(text), dict)

    def _add_text(self, role: Role, text: str) -> None:
        said = self._said
        if role is Role.POLICY:
            if self._reader.new_policy(text):
                self._step(Actor.SYSTEM, Kind.MESSAGE, text)
                self._builder.next_turn()
        elif role is Role.USER_TEXT:
            self._step(Actor.USER, Kind.MESSAGE, text)
            self._builder.next_turn()
        elif role is Role.THINKING:
            self._step(Actor.AGENT, Kind.THINKING, text)
        elif role is Role.AGENT_TEXT:
            self._step(Actor.AGENT, Kind.MESSAGE, text)
        else:
            kind = said.kind if said.kind in (Kind.THINKING, Kind.HANDOFF) else Kind.MESSAGE
            self._step(said.actor, kind, text)

    def _add_calls(self, arguments: list[Json]) -> None:
        if self._tool and not self._is_result and not arguments:
            arguments = ["{}"]
        for given in arguments:
            text = given if isinstance(given, str) else json_text(given)
            actor = Actor.USER if self._said.actor is Actor.USER else Actor.AGENT
            self._step(actor, Kind.TOOL_CALL, text)
        for given in self._reader.values(Role.CALLS, self._row):
            for call in arr(nested(given)) or [given]:
                self._add_listed_call(call)

    def _add_listed_call(self, call: Json) -> None:
        """Append one element of a list of calls, whatever its keys; what names no tool stays whole."""
        function = obj(obj(call).get("function")) or obj(call)
        name = _one_of(function, "name", "tool", "tool_name", "toolName", "function", "action")
        given = _one_of(function, "arguments", "args", "input", "parameters", "params")
        identity = text_of(_one_of(obj(call), "id", "call_id", "tool_call_id", "toolCallId"))
        result = _one_of(obj(call), "result", "output", "response", "observation")
        if not string(name):
            given, result = call, None
        text = given if isinstance(given, str) else json_text({} if given is None else given)
        self._step(Actor.AGENT, Kind.TOOL_CALL, text, tool=string(name), call_id=identity)
        if result is not None:
            self._step(Actor.TOOL, Kind.TOOL_RESULT, content_of(result), tool=string(name), call_id=identity)

    def _step(
        self, actor: Actor, kind: Kind, text: str, *, is_error: bool = False, tool: str = "", call_id: str = ""
    ) -> None:
        of_tool = kind in (Kind.TOOL_CALL, Kind.TOOL_RESULT)
        self._builder.add(
            actor, kind, text, native=self._native, at=self._at, is_error=is_error, pointer=self._pointer,
            agent=self._agent if actor is Actor.AGENT else "",
            tool=(tool or self._tool) if of_tool else "",
            call_id=(call_id or self._call_id) if of_tool else "",
        )  # fmt: skip


def content_of(value: Json) -> str:
    """Return *value* as text: parts of text joined, anything else that is no string as canonical JSON."""
    if isinstance(value, list) and value and all(_is_text(part) for part in value):
        return "\n".join(part if isinstance(part, str) else part["text"] for part in value)
    return text_of(value)


def _is_text(part: Json) -> bool:
    return isinstance(part, str) or (
        isinstance(part, dict) and part.keys() <= {"type", "text"} and isinstance(part.get("text"), str)
    )


def _one_of(value: dict[str, Json], *keys: str) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)

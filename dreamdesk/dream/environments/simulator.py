"""A simulator: a ``world.json`` that says how things stand at first, and a class whose methods are the tools."""

from __future__ import annotations

import copy
import json
from functools import cached_property
from pathlib import Path

from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, Kind
from dreamdesk.model.execution import Answer

_SAMPLES = Path(__file__).resolve().parents[3] / "resources" / "samples"


class ToolError(Exception):
    """What a simulated tool answers where it refuses; the text is the result."""


class SimulatedWorld:
    """A world in memory. A subclass has one method for each tool of ``tools.json``; it returns the result as JSON.

    ``world.json`` holds what can be looked up, "state" (what writes change, as it is at first) and "tasks": for each
    task the goal, the numbers that the records of this day get, and what else is particular to it. The goal names what
    has to differ from the state at first; null stands for a part that may be anything, a goal of null for no goal.
    """

    def __init__(self, data: Json, task: Json) -> None:
        self.data = copy.deepcopy(data)
        self.task = task
        self.now = self.data["state"]
        self._before = copy.deepcopy(data["state"])
        self._numbers: dict[str, int] = dict(task.get("numbers", {}))

    def call(self, tool: str, arguments: Json) -> Answer | None:
        """Make one call; arguments that do not fit the tool's schema are refused as the tool would refuse them."""
        fault = _fault(self.data["tools"], tool, arguments)
        if fault:
            return Answer(f"Error: {fault}", is_error=True)
        try:
            result = getattr(self, tool)(**arguments)
        except ToolError as refusal:
            return Answer(str(refusal), is_error=True)
        return None if result is None else Answer(json.dumps(result, ensure_ascii=False))

    def state(self) -> Json:
        """Return what writes change."""
        return self.now

    def goal(self) -> Json | None:
        """Return the state at first with what the task's goal changes in it."""
        wanted = self.task["goal"]
        if wanted is None:
            return None
        whole = {**self._before, **wanted}
        return {name: part for name, part in whole.items() if part is not None}

    def number(self, kind: str) -> int:
        """Return the next number of a record of this *kind*."""
        self._numbers[kind] = self._numbers.get(kind, 10_000) + 1
        return self._numbers[kind] - 1

    def found(self, table: str, key: str, what: str) -> Json:
        """Return a record.

        Raises:
            ToolError: there is none.
        """
        if key not in self.data[table]:
            raise ToolError(f"Error: there is no {what} {key}.")
        return self.data[table][key]


class Simulator:
    """One of our own environments, made of a folder of ``resources/samples`` and the class of its worlds."""

    def __init__(self, name: str, version: int, folder: str, world: type[SimulatedWorld]) -> None:
        self.name = name
        self.version = version
        self._folder = _SAMPLES / folder
        self._world = world

    @cached_property
    def _data(self) -> Json:
        data = json.loads((self._folder / "world.json").read_text(encoding="utf-8"))
        tools = json.loads((self._folder / "tools.json").read_text(encoding="utf-8"))
        return {**data, "tools": {tool["name"]: tool["input_schema"] for tool in tools}}

    def fits(self, episode: Episode) -> bool:
        """Tell whether the episode is an attempt at a task of this domain that uses no tools but these."""
        if _task(episode) not in self._data["tasks"]:
            return False
        used = {step.tool for step in episode.steps if step.kind is Kind.TOOL_CALL}
        return bool(used) and used <= self._data["tools"].keys()

    def begin(self, episode: Episode) -> SimulatedWorld:
        """Return the world of the episode's task.

        Raises:
            KeyError: the episode does not fit.
        """
        return self._world(self._data, self._data["tasks"][_task(episode)])


def _task(episode: Episode) -> str:
    """Return the task's name without the digest of the rules that the importer puts behind it."""
    return episode.task_key.rpartition(":")[0]


def _fault(tools: Json, tool: str, arguments: Json) -> str:
    if tool not in tools:
        return f"there is no tool {tool}."
    # Imported late: a desk that executes nothing should not wait for it when it starts.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from referencing import Registry

    try:
        fault = best_match(Draft202012Validator(tools[tool], registry=Registry()).iter_errors(arguments))
    except RecursionError:
        return "the arguments are nested too deeply."
    return f"{fault.json_path}: {fault.message[:200]}" if fault else ""

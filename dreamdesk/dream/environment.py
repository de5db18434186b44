"""The environment: a simulator or sandbox in which the calls of an episode can be made again.

A team that has one for its agent implements the two protocols below and offers the environment, an object that needs no
arguments, as an entry point of the group "dreamdesk.environments":

    [project.entry-points."dreamdesk.environments"]
    acme-orders = "acme.sandbox:ENVIRONMENT"

It runs in a process of its own, with a time limit, and only on desks whose setting "environments" names it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from dreamdesk.dream.replay import arguments
from dreamdesk.dream.structure import answers
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.episode import Episode, Kind, Step
from dreamdesk.model.execution import Answer, Call, Execution, Played, Result, missing

GROUP = "dreamdesk.environments"
"""The entry points that are looked at."""


class World(Protocol):
    """The state of one episode's surroundings, changed by the calls that are made in it."""

    def call(self, tool: str, arguments: Json) -> Answer | None:
        """Make one call and return what the tool answers, an error included.

        None: the world does not hold what would answer, such as a person or another agent. The same calls in the same
        order always give the same answers.
        """

    def state(self) -> Json:
        """Return everything in the world that a call can change, as JSON."""

    def goal(self) -> Json | None:
        """Return what the state should be at the end (see `dreamdesk.model.execution.missing`), None if unknown."""


class Environment(Protocol):
    """Where worlds come from.

    Attributes:
        name: Kebab-case, equal to the name of the entry point.
        version: Raised whenever it may answer differently.
    """

    name: str
    version: int

    def fits(self, episode: Episode) -> bool:
        """Tell whether the calls of *episode* can be made here."""

    def begin(self, episode: Episode) -> World:
        """Return a fresh world, as it was before the first step of *episode*."""


def play(environment: Environment, episode: Episode, calls: Sequence[Call]) -> Played:
    """Make *calls* in a fresh world of *episode*."""
    world = environment.begin(episode)
    given = tuple(world.call(call.tool, call.arguments) for call in calls)
    goal, state = world.goal(), json.loads(canonical(world.state()))
    return Played(given, None if goal is None else tuple(missing(goal, state)))


def calls_of(steps: Sequence[Step]) -> list[Call]:
    """Return the calls of a trajectory in order; arguments that are no JSON are handed over as text."""
    return [Call(i, step.tool, _arguments(step.content)) for i, step in enumerate(steps) if step.kind is Kind.TOOL_CALL]


def compared(environment: str, steps: Sequence[Step], played: Played, recording: Played) -> Execution:
    """Put the results that stand in *steps* beside the answers that *played* gave to the same calls.

    *recording* is what came of the calls as they were recorded.
    """
    given = dict(zip((call.at for call in calls_of(steps)), played.answers, strict=True))
    results = [
        Result(call, at, given[call], _agrees(steps[at], given[call])) for call, at in sorted(answers(steps).items())
    ]
    return Execution(environment, tuple(results), played.missing, recording.missing)


def _agrees(written: Step, answer: Answer | None) -> bool:
    """Tell whether two results say the same; white space and the order of keys do not matter where they are JSON."""
    return answer is not None and arguments(written.content) == arguments(answer.text)


def _arguments(text: str) -> Json:
    known = arguments(text)
    try:
        value = json.loads(known)
        return value if canonical(value).decode() == known else text
    except (ValueError, RecursionError):
        return text

"""A labelled failure, read once: what the ranker sees of it, and what the plain rules would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dreamdesk.locate.detectors import detectors, final_answer
from dreamdesk.locate.fitting import Rows, rows
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Episode

RULES = (
    "first decision",
    "first error",
    "step before the first error",
    "first step with the final answer",
    "last agent step",
)
"""Rules without a parameter, named as the table names them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled failure.

    Attributes:
        rows: Its features and label.
        agents: Who made each decision, by first step.
        picks: The one step that each of `RULES` names; a rule that finds nothing is absent.
    """

    rows: Rows
    agents: Mapping[int, str]
    picks: Mapping[str, int]


def case(episode: Episode, step: int, family: str) -> Case:
    """Return the case of *episode*, in which step *step* is labelled."""
    trace = Trace(episode)
    found = [finding for detect in detectors().values() for finding in detect(trace)]
    marked = rows(trace, found, step, family)
    agents = {turn.start: trace.steps[turn.start].agent or turn.actor.value for turn in trace.decisions}
    return Case(marked, agents, _picks(trace))


def _picks(trace: Trace) -> dict[str, int]:
    first = trace.errors[0] if trace.errors else None
    after = None if first is None else next((t for t in trace.decisions if t.stop > first), None)
    before = None if first is None else trace.turn_before(first)
    stated = next(iter(final_answer.detect(trace)), None)
    picks = {
        "first decision": trace.decisions[0].start if trace.decisions else None,
        "first error": after.start if after else None,
        "step before the first error": before.start if before else None,
        "first step with the final answer": stated.step if stated else None,
        "last agent step": trace.agent_turns[-1].start if trace.agent_turns else None,
    }
    return {rule: step for rule, step in picks.items() if step is not None}

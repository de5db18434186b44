"""What kind of turn a decision is, and what kind of agents made the episode."""

from __future__ import annotations

import math
import re
from collections import Counter

from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Kind, Turn

TEAM = "chat team"
ORCHESTRATED = "orchestrator and workers"
SERVICE = "tool-calling service"
"""The families of agents that have a profile; "" is everything else."""

_LITTLE = 120
"""Characters below which a turn passes a word on rather than decides something."""

_FIRST = 4
"""Reports that are told apart by their place; later ones by the logarithm of it."""

_WORDS = {
    "+user": "It is the user's turn.",
    "+calls a tool": "It calls a tool.",
    "+only thinks": "It only thinks.",
    "+hands over": "It hands the work to another agent.",
    "+writes code": "It writes a program.",
    "+length": "How much it says.",
    "+figures": "How many figures it states.",
    "+says little": "It says little.",
    "+output follows": "A program's or tool's output follows it.",
    "+share of turns": "How large a part its agent has in the episode.",
    "+agent's first turn": "It is its agent's first turn.",
    "@report": "It is a worker's answer to the orchestrator.",
    "@instruction": "It is the orchestrator's instruction to a worker.",
    "@thought": "It is the orchestrator's own note.",
    "@late report": "How late among the workers' answers it comes.",
    "@place": "How late in the episode it comes.",
}


def sentence(name: str) -> str:
    """Return what the trait *name* of a turn means, in one plain sentence; "" for a detector's name."""
    if name.startswith("@report ") or name.startswith("@instruction "):
        kind, number = name[1:].rsplit(" ", 1)
        return (
            f"It is number {number} of the workers' answers."
            if kind == "report"
            else (f"It is the instruction after {int(number)} of the workers' answers.")
        )
    return _WORDS.get(name, "")


def profile_of(trace: Trace) -> str:
    """Return the family of agents that *trace* shows, told from its steps alone; "" where none of the known ones.

    An orchestrator hands over to workers. A service has a user who answers and calls tools. A team has named
    participants and no recorded calls.
    """
    names = {step.agent for step in trace.steps if step.agent}
    if len(names) > 1 and any(step.kind is Kind.HANDOFF for step in trace.steps):
        return ORCHESTRATED
    if trace.calls:
        return SERVICE if len(trace.user_turns) > 1 else ""
    return TEAM if names else ""


def described(trace: Trace) -> list[dict[str, float]]:
    """Describe each decision by who made it, what it holds and what came of it."""
    names = Counter(trace.steps[turn.start].agent for turn in trace.decisions if turn.actor is Actor.AGENT)
    met: set[str] = set()
    rows = []
    for turn in trace.decisions:
        agent = trace.steps[turn.start].agent
        rows.append(_describe(trace, turn))
        if len(names) > 1 and turn.actor is Actor.AGENT:
            rows[-1]["+share of turns"] = names[agent] / names.total()
            rows[-1]["+agent's first turn"] = float(agent not in met)
            met.add(agent)
    if profile_of(trace) == ORCHESTRATED:
        _place(trace, rows)
    return rows


def _describe(trace: Trace, turn: Turn) -> dict[str, float]:
    steps = trace.steps[turn.start : turn.stop]
    following = trace.next_turn(turn)
    length = sum(len(step.content) for step in steps)
    text = steps[0].content
    return {
        "+user": float(turn.actor is Actor.USER),
        "+calls a tool": float(any(step.kind is Kind.TOOL_CALL for step in steps)),
        "+only thinks": float(all(step.kind is Kind.THINKING for step in steps)),
        "+hands over": float(any(step.kind is Kind.HANDOFF for step in steps)),
        "+writes code": float("```" in text),
        "+length": math.log1p(length) / 10,
        "+figures": min(1.0, len(re.findall(r"\d+", text[:2000])) / 20),
        "+says little": float(length < _LITTLE),
        "+output follows": float(following is not None and trace.is_output(following.start)),
    }


def _place(trace: Trace, rows: list[dict[str, float]]) -> None:
    """Add where in the orchestrator's rounds each decision stands."""
    leader = Counter(step.agent for step in trace.steps if step.kind is Kind.HANDOFF).most_common(1)[0][0]
    reports = 0
    for place, (turn, row) in enumerate(zip(trace.decisions, rows, strict=True)):
        step = trace.steps[turn.start]
        if turn.actor is Actor.AGENT and step.kind is Kind.MESSAGE and step.agent != leader:
            reports += 1
            row["@report"] = 1.0
            if reports <= _FIRST:
                row[f"@report {reports}"] = 1.0
            else:
                row["@late report"] = math.log(reports) / 3
        elif step.kind is Kind.HANDOFF:
            row["@instruction"] = 1.0
            if reports < _FIRST:
                row[f"@instruction {reports}"] = 1.0
        else:
            row["@thought"] = 1.0
        row["@place"] = math.log1p(place) / 3

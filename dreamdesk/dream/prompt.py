"""The question to the model: the failed episode as marked data, and what to write.

The recording is a stranger's text. It is set apart by a marker that is a digest of all of it, which it therefore cannot
hold, and which is the same whenever the same question is asked. Each step is one line of JSON, so that no text inside a
step can pass for another step or for the end of the data ("spotlighting": Hines et al., arXiv 2403.14720).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from dreamdesk.model.ask import Prompt
from dreamdesk.model.canonical import Json, canonical, digest
from dreamdesk.model.episode import Actor, Episode, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate

TOOL = "write_dream"

# Characters of recording in one question, about 150,000 tokens, which models with a window of 200,000 can take in.
_BUDGET = 600_000
_SHORTEST = 200
_MAX_TOKENS = 32_000

_RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "prompts"


@cache
def instructions() -> str:
    """Return the instructions to the model, which no part of a trace goes into."""
    return (_RESOURCES / "dream.md").read_text("utf-8")


@cache
def schema() -> Json:
    """Return the JSON Schema of the answer."""
    return json.loads((_RESOURCES / "dream.schema.json").read_text("utf-8"))


def question(episode: Episode, start: int, error: Candidate) -> Prompt:
    """Return the question for a correction of *episode* from step *start* on.

    Raises:
        UserError: The episode has too many steps for one question even when each is cut short.
    """
    rules = [
        _line({"policy": _policy(episode)}),
        _line(
            {
                "tools": [
                    {"name": t.name, "description": t.description, "parameters": t.parameters} for t in episode.tools
                ]
            }
        ),
        _line({"named_step": start, "error": error.category.title, "why": error.why}),
    ]
    steps = _steps(episode.steps, _BUDGET - sum(map(len, rules)))
    marker = digest([rules, steps])[:32]
    text = "\n".join(
        [
            f"The marker is {marker}. The recording has steps 0 to {len(episode.steps) - 1}.",
            f"The named step is {start}; why it was named stands in the recording.",
            f"<<< {marker} recording begins",
            *rules,
            *steps,
            f">>> {marker} recording ends",
            f"Write the turns that replace everything from step {start} on. Set from_step to {start}.",
        ]
    )
    return Prompt(system=instructions(), text=text, tool=TOOL, schema=schema(), max_tokens=_MAX_TOKENS)


def _line(part: Json) -> str:
    """Write *part* as one line of JSON, whatever counts as the end of a line."""
    text = canonical(part).decode()
    return "".join(f"\\u{ord(c):04x}" if c in "\x7f\x85\u2028\u2029" else c for c in text)


def _policy(episode: Episode) -> str:
    """Return the policy, or where it stands when a step says it anyway, so that it is not sent twice."""
    said = (step.index for step in episode.steps if step.actor is Actor.SYSTEM and step.content == episode.policy)
    place = next(said, None)
    return episode.policy if place is None else f"stands in step {place}"


def _steps(steps: Sequence[Step], budget: int) -> list[str]:
    limit = _limit(steps, budget)
    return [
        _line(
            {
                "step": step.index,
                "turn": step.turn,
                "actor": step.actor.value,
                "kind": step.kind.value,
                **({"agent": step.agent} if step.agent else {}),
                **({"tool": step.tool} if step.tool else {}),
                **({"error": True} if step.is_error else {}),
                "content": _short(step.content, limit),
            }
        )
        for step in steps
    ]


def _limit(steps: Sequence[Step], budget: int) -> int:
    """Return how long a step may be for all of them to fit into *budget* characters: the longest are cut first."""
    limit = _BUDGET
    while sum(min(len(step.content), limit) for step in steps) > budget:
        limit //= 2
        if limit < _SHORTEST:
            raise UserError(
                f"The episode is too long to ask a model about: {len(steps):,} steps, and its policy and tools. "
                "Nothing was sent. Graft the correction from a successful attempt, or write it yourself."
            )
    return limit


def _short(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} […{len(text) - 2 * half} characters left out…] {text[-half:]}"

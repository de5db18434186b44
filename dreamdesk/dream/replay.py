"""What a recording can answer: looking up the recorded result of a call."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dreamdesk.dream.structure import answers
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.episode import Kind, Step

Key = tuple[str, str, str, str, str]


class Recording:
    """The calls of an episode together with the results that were recorded for them."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._exchanges: dict[Key, list[tuple[Step, Step]]] = {}
        for call, result in answers(steps).items():
            self._exchanges.setdefault(substance(steps[call]), []).append((steps[call], steps[result]))

    def exchange(self, call: Step, result: Step) -> tuple[Step, Step] | None:
        """Return the recorded (call, result) that says the same as *call* and *result*, or None."""
        same = (pair for pair in self._exchanges.get(substance(call), ()) if pair[1].content == result.content)
        return next(same, None)

    def result(self, call: Step, before: int) -> Step | None:
        """Return the recorded result of a call with the same tool and arguments, or None.

        Where the same call was made several times, the answer is the last one given before step *before*, the state
        of the world at the error point, or else the first one after it.
        """
        results = [result for _, result in self._exchanges.get(substance(call), ())]
        earlier = [result for result in results if result.index < before]
        return earlier[-1] if earlier else results[0] if results else None


def substance(step: Step) -> Key:
    """Return what a step says and does, without its number, ids and times: equal for two that mean the same.

    The arguments of a call count as JSON, so that white space and the order of keys do not matter. The agent's name
    does not count in a call, because a tool answers whoever asks.
    """
    call = step.kind is Kind.TOOL_CALL
    content = arguments(step.content) if call else step.content
    return (step.actor.value, step.kind.value, "" if call else step.agent, step.tool, content)


def arguments(text: str) -> str:
    """Return the arguments of a call as canonical JSON, or *text* itself where it is not one plain JSON value."""
    try:
        return canonical(json.loads(text, object_pairs_hook=_object)).decode() if text.strip() else "{}"
    except (ValueError, RecursionError):
        return text.strip()


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Refuse an object that gives a key twice: which of the two the tool took, nobody can tell."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found

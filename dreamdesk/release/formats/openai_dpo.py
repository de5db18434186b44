"""OpenAI preference fine-tuning (guide to direct preference optimisation), which Together and Fireworks read, too."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.formats.openai_chat import answer, messages, unanswered, with_tools


def row(example: Example) -> dict[str, Json] | None:
    """Return input, preferred_output and non_preferred_output; None after the first corrected turn."""
    if example.happened is None:
        return None
    if example.answer.calls or example.happened.calls:
        raise Unfit("one of the two answers calls a tool, and only texts are compared")
    return {
        "input": with_tools(example, {"messages": messages(example.said)}),
        "preferred_output": [answer(example.answer)],
        "non_preferred_output": [answer(example.happened)],
    }


FORMAT = Format(
    path="preference/openai_dpo.jsonl",
    config="openai_dpo",
    title="Preference fine-tuning with OpenAI, Together or Fireworks: the corrected text over the recorded one",
    columns={"input": "object", "preferred_output": "json", "non_preferred_output": "json"},
    row=row,
    rule=lambda made: unanswered(made["input"]["messages"]),
)

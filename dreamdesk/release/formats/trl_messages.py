"""TRL messages: whole conversations that end in the corrected turn.

A trainer that reads them learns every turn of the agent, also the recorded ones before the error.
"""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format


def row(example: Example) -> dict[str, Json]:
    """Return messages and, where known, tools."""
    return example.with_tools({"messages": [*example.prompt, example.answer.trl]})


def rule(row: dict[str, Json]) -> str:
    """Say what is wrong with how *row* ends."""
    return "" if row["messages"][-1]["role"] == "assistant" else "it does not end in a turn of the agent"


FORMAT = Format(
    path="sft/trl_messages.jsonl",
    config="messages",
    title="Conversations for TRL, Axolotl and Unsloth. Trainers learn ALL turns of the agent in them, the recorded "
    "ones, too; `sft` has the corrected turn alone in the loss",
    columns={"messages": "json", "tools": "json"},
    row=row,
    rule=rule,
)

"""LLaMA-Factory's sharegpt: turns of human or observation, and of gpt or function_call, by turns.

Sources: hiyouga/LLaMA-Factory, data/README.md and src/llamafactory/data/converter.py. Its loader finds the file through
dataset_info.json, which lies above it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.messages import Message

INFO = "dataset_info.json"
COLUMNS = {"messages": "conversations", "system": "system", "tools": "tools"}
"""What LLaMA-Factory calls the columns, and what the rows do."""


def row(example: Example) -> dict[str, Json]:
    """Return conversations, system and tools; the latter two are "" where there are none."""
    made = opening(example)
    return {**made, "conversations": [*made["conversations"], turn(example.answer)]}


def opening(example: Example) -> dict[str, Json]:
    """Return the row without the agent's answer.

    Raises:
        Unfit: the conversation is not one of odd and even turns.
    """
    said = example.said
    first = next((n for n, message in enumerate(said) if message.role != "system"), len(said))
    conversations = _in_turn([turn(message) for message in said[first:]])
    return {
        "conversations": conversations,
        "system": "\n\n".join(message.content for message in said[:first]),
        "tools": canonical([tool["function"] for tool in example.tools]).decode() if example.tools else "",
    }


def turn(message: Message) -> dict[str, Json]:
    """Return *message* as one turn.

    Raises:
        Unfit: it is a system message, or holds text and calls at once.
    """
    if message.role == "system":
        raise Unfit("a system message stands in the middle of the conversation")
    if not message.calls:
        return {"from": {"user": "human", "tool": "observation"}.get(message.role, "gpt"), "value": message.content}
    if message.content:
        raise Unfit("a turn of the agent holds text and calls at once")
    calls = [{"name": call.tool, "arguments": call.arguments} for call in message.calls]
    return {"from": "function_call", "value": canonical(calls[0] if len(calls) == 1 else calls).decode()}


def _in_turn(turns: Sequence[dict[str, Json]]) -> list[dict[str, Json]]:
    """Return *turns* with texts of the human that follow one another joined; they begin and end with the human."""
    found: list[dict[str, Json]] = []
    for one in turns:
        if found and found[-1]["from"] == one["from"] == "human":
            found[-1] = {"from": "human", "value": f"{found[-1]['value']}\n\n{one['value']}"}
        else:
            found.append(one)
    if fault := rule({"conversations": found}, answered=False):
        raise Unfit(fault)
    return found


def rule(row: dict[str, Json], *, answered: bool = True) -> str:
    """Say what is wrong with the order of the turns of *row*; *answered*: the last is the agent's."""
    heard = [one["from"] in ("human", "observation") for one in row["conversations"]]
    right = heard == [place % 2 == 0 for place in range(len(heard))] and (len(heard) % 2 == 0) is answered
    return "" if right else "user and agent do not speak in turn"


FORMAT = Format(
    path="sft/sharegpt.jsonl",
    config="sharegpt",
    title="Supervised fine-tuning with LLaMA-Factory (data set `dreamdesk_sft` in dataset_info.json; set "
    "`mask_history: true`, else earlier turns of the agent are learned, too)",
    columns={"conversations": "json", "system": "string", "tools": "string"},
    row=row,
    rule=rule,
    registers={
        INFO: {"dreamdesk_sft": {"file_name": "sft/sharegpt.jsonl", "formatting": "sharegpt", "columns": COLUMNS}}
    },
)

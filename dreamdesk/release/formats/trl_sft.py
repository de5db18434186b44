"""TRL prompt-completion: the loss is on the corrected turn alone, whatever the trainer's settings."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format


def row(example: Example) -> dict[str, Json]:
    """Return prompt, completion and, where known, tools."""
    made: dict[str, Json] = {"prompt": list(example.prompt), "completion": [example.reply]}
    return {**made, "tools": list(example.tools)} if example.tools else made


FORMAT = Format(
    path="sft/trl_prompt_completion.jsonl",
    config="sft",
    title="Supervised fine-tuning with TRL: each corrected turn with all that came before it",
    columns={"prompt": "json", "completion": "json", "tools": "json"},
    row=row,
)

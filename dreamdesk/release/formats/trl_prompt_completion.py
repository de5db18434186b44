"""TRL prompt-completion: the loss is on the corrected turn alone, whatever the trainer's settings."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format


def row(example: Example) -> dict[str, Json]:
    """Return prompt, completion and, where known, tools."""
    return example.with_tools({"prompt": example.prompt, "completion": [example.answer.trl]})


FORMAT = Format(
    path="sft/trl_prompt_completion.jsonl",
    config="sft",
    title="Supervised fine-tuning with TRL: each corrected turn with all that came before it",
    columns={"prompt": "json", "completion": "json", "tools": "json"},
    row=row,
)

"""LLaMA-Factory's sharegpt with two answers (data/README.md, "Preference Dataset")."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format
from dreamdesk.release.formats.sharegpt import COLUMNS, INFO, opening, rule, turn


def row(example: Example) -> dict[str, Json] | None:
    """Return conversations, chosen, rejected, system and tools; None after the first corrected turn."""
    if example.happened is None:
        return None
    return {**opening(example), "chosen": turn(example.answer), "rejected": turn(example.happened)}


FORMAT = Format(
    path="preference/sharegpt.jsonl",
    config="sharegpt_preference",
    title="Preference optimisation with LLaMA-Factory (data set `dreamdesk_preference` in dataset_info.json)",
    columns={
        "conversations": "json",
        "chosen": "object",
        "rejected": "object",
        "system": "string",
        "tools": "string",
    },
    row=row,
    rule=lambda made: rule(made, answered=False),
    registers={
        INFO: {
            "dreamdesk_preference": {
                "file_name": "preference/sharegpt.jsonl",
                "formatting": "sharegpt",
                "ranking": True,
                "columns": {**COLUMNS, "chosen": "chosen", "rejected": "rejected"},
            }
        }
    },
)

"""TRL preference pairs: the first corrected turn over what the agent really did at the error point."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format


def row(example: Example) -> dict[str, Json] | None:
    """Return prompt, chosen, rejected and, where known, tools; None after the first corrected turn."""
    if example.happened is None:
        return None
    return example.with_tools(
        {"prompt": example.prompt, "chosen": [example.answer.trl], "rejected": [example.happened.trl]}
    )


FORMAT = Format(
    path="preference/trl_dpo.jsonl",
    config="preference",
    title="Preference optimisation (DPO) with TRL: the corrected turn over the recorded one",
    columns={"prompt": "json", "chosen": "json", "rejected": "json", "tools": "json"},
    row=row,
)

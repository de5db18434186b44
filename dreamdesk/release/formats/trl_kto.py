"""TRL unpaired preference (KTO): each corrected turn, marked as desirable."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format

COLUMNS = {"prompt": "json", "completion": "json", "label": "bool", "tools": "json"}


def row(example: Example) -> dict[str, Json]:
    """Return prompt, completion, label and, where known, tools."""
    return example.with_tools({"prompt": example.prompt, "completion": [example.answer.trl], "label": True})


FORMAT = Format(
    path="preference/trl_kto.jsonl",
    config="kto",
    title="Unpaired preferences (KTO) with TRL: corrected turns, all desirable",
    columns=COLUMNS,
    row=row,
)

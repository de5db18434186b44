"""TRL unpaired preference (KTO): what the agent really did at the error points, marked as undesirable.

These rows repeat wrong behaviour, so that they leave only when a release asks for them.
"""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format
from dreamdesk.release.formats.trl_kto import COLUMNS


def row(example: Example) -> dict[str, Json] | None:
    """Return prompt, completion, label and, where known, tools; None after the first corrected turn."""
    if example.happened is None:
        return None
    return example.with_tools({"prompt": example.prompt, "completion": [example.happened.trl], "label": False})


FORMAT = Format(
    path="preference/trl_kto_negatives.jsonl",
    config="kto",
    title="Unpaired preferences (KTO) with TRL: recorded turns at the error points, all undesirable",
    columns=COLUMNS,
    row=row,
    recorded=True,
    by_default=False,
)

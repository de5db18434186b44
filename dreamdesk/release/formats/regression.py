"""Regression cases: the failed prefix, what must not be answered to it again, and what must."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format


def row(example: Example) -> dict[str, Json] | None:
    """Return one case for the error point; None after the first corrected turn."""
    if example.happened is None:
        return None
    return example.with_tools(
        {
            "id": f"correction-{example.item.correction}",
            "prompt": example.prompt,
            "must_not": [example.happened.trl],
            "must": [example.answer.trl],
        }
    )


FORMAT = Format(
    path="evals/regression.jsonl",
    config="regression",
    title="Regression cases: run the agent on the prompt and compare its answer with both",
    columns={"id": "string", "prompt": "json", "must_not": "json", "must": "json", "tools": "json"},
    row=row,
)

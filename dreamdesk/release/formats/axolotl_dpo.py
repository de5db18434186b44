"""Axolotl preference pairs of ``type: chat_template.default`` (docs/rlhf.qmd): texts alone, roles and contents."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit


def row(example: Example) -> dict[str, Json] | None:
    """Return messages, chosen and rejected; None after the first corrected turn."""
    if example.happened is None:
        return None
    every = (*example.said, example.answer, example.happened)
    if any(message.calls or message.role == "tool" for message in every):
        raise Unfit("tools are called, which the format cannot say")
    return {"messages": example.prompt, "chosen": example.answer.trl, "rejected": example.happened.trl}


FORMAT = Format(
    path="preference/axolotl_dpo.jsonl",
    config="axolotl_dpo",
    title="Preference optimisation (DPO) with Axolotl: texts alone, without the list of tools",
    columns={"messages": "json", "chosen": "object", "rejected": "object"},
    row=row,
)

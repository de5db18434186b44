"""Stepwise supervision of what should have happened: the agent's turns up to and with the corrected one, all true."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format
from dreamdesk.release.formats.stepwise import COLUMNS, rule, stepwise


def row(example: Example) -> dict[str, Json]:
    """Return prompt, completions and labels."""
    return stepwise(example.said, example.answer, good=True)


FORMAT = Format(
    path="step/stepwise_corrected.jsonl",
    config="stepwise",
    title="Stepwise supervision (TRL ≤1.13 / Axolotl) of the corrected path: every turn is true",
    columns=COLUMNS,
    row=row,
    rule=lambda made: rule(made, last=True),
)

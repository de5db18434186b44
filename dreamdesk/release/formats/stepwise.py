"""Stepwise supervision of what happened: the agent's recorded turns, of which the first false one is the error.

Read by TRL up to 1.13 (docs/source/prm_trainer.md) and Axolotl (docs/dataset-formats/stepwise_supervised.qmd); TRL
dropped it after that. Turns are text here: a call is written as ``tool({…})``.
"""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.messages import Message

COLUMNS = {"prompt": "string", "completions": "strings", "labels": "bools"}


def row(example: Example) -> dict[str, Json] | None:
    """Return prompt, completions and labels; None after the first corrected turn."""
    return None if example.happened is None else stepwise(example.said, example.happened, good=False)


def stepwise(said: Sequence[Message], last: Message, *, good: bool) -> dict[str, Json]:
    """Return the row in which *last*, good or not, follows the agent's turns in *said*.

    The prompt is what was said before the agent's first turn; what was said between its turns is put before the next.

    Raises:
        Unfit: nothing was said before the agent's first turn.
    """
    if said[0].role == "assistant":
        raise Unfit("the agent speaks before anything is said to it")
    first = next((n for n, message in enumerate(said) if message.role == "assistant"), len(said))
    completions: list[str] = []
    waiting: list[str] = []
    for message in [*said[first:], last]:
        waiting.append(message.text())
        if message.role == "assistant":
            completions.append("\n\n".join(waiting))
            waiting = []
    prompt = "\n\n".join(message.text() for message in said[:first])
    return {"prompt": prompt, "completions": completions, "labels": [True] * (len(completions) - 1) + [good]}


def rule(row: dict[str, Json], last: bool = False) -> str:
    """Say what is wrong with the labels of *row*, of which none but the last may be false."""
    labels = row["labels"]
    if len(labels) != len(row["completions"]):
        return "it has not as many labels as completions"
    return "" if labels == [True] * (len(labels) - 1) + [last] else f"its labels are not true up to the last, {last}"


FORMAT = Format(
    path="step/stepwise.jsonl",
    config="stepwise",
    title="Stepwise supervision (TRL ≤1.13 / Axolotl) of what happened: the first false turn is the error. True before "
    "it means that no error was found there, not that people vouch for it",
    columns=COLUMNS,
    row=row,
    rule=rule,
    recorded=True,
)

"""The training formats: one module each, found by its ``FORMAT``. A new format is a new file here, with its schema."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.release.examples import Example

FOLDERS = ("sft", "preference", "step", "evals")
"""Where training files lie below ``data/``, in the order in which they are listed."""


class Unfit(Exception):
    """A format cannot express an example; the text says in a few words why. The row is left out and counted."""


@dataclass(frozen=True, slots=True)
class Format:
    """One training file.

    Attributes:
        path: Below ``data/``; begins with one of `FOLDERS`. The schema of its rows is
            ``resources/schemas/<path without .jsonl>.schema.json``.
        config: Name of the Hugging Face dataset configuration that loads it; formats may share one.
        title: What it is and who reads it, in one line.
        columns: Every key that a row may have, and what it holds: "json", "strings" and "bools" are lists of such
            values, "object" is one JSON object, "string" and "bool" are scalars.
        row: Makes the row of an example; None where there is none to make; raises `Unfit` where the format cannot
            express it.
        recorded: The rows show what the agent really did, as what it should not have done, and teach nothing else.
        by_default: Whether it leaves unless a release says otherwise.
        rule: What a schema cannot say of a row, such as that roles are in turn: what is wrong, "" if nothing is.
        registers: Entries that a loader needs in a JSON file of its own, by the path of that file.
    """

    path: str
    config: str
    title: str
    columns: Mapping[str, str]
    row: Callable[[Example], dict[str, Json] | None]
    recorded: bool = False
    by_default: bool = True
    rule: Callable[[dict[str, Json]], str] = lambda row: ""
    registers: Mapping[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its path without the ending, such as "sft/gemini": the name under which it is chosen."""
        return self.path.removesuffix(".jsonl")


def formats() -> tuple[Format, ...]:
    """Return all formats: those to train on first, then preferences, steps and evaluations."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found: list[Format] = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple(sorted(found, key=lambda made: (FOLDERS.index(made.path.split("/")[0]), made.path)))


def chosen(names: Collection[str] | None) -> tuple[Format, ...]:
    """Return the formats that leave: those of the *names*, or those that leave by default where nothing was chosen.

    Raises:
        UserError: a name is none of a format.
    """
    every = formats()
    if names is None:
        return tuple(made for made in every if made.by_default)
    if unknown := sorted(set(names) - {made.name for made in every}):
        raise UserError(
            f"There is no training format {unknown[0]!r}. There are: {', '.join(made.name for made in every)}."
        )
    return tuple(made for made in every if made.name in names)

"""The training formats: one module each, found by its ``FORMAT``. A new format is a new file here and nothing else."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example

_FOLDERS = ("sft", "preference", "evals")


@dataclass(frozen=True, slots=True)
class Format:
    """One training file.

    Attributes:
        path: Below ``data/``; begins with sft/, preference/ or evals/.
        config: Name of the Hugging Face dataset configuration that loads it.
        title: What it is and who reads it, in one line.
        columns: Every key that a row may have, and its type in the terms of a dataset card: "json" is a list of JSON
            values, anything else a scalar type.
        row: Makes the row of an example; None where the example has none in this format.
    """

    path: str
    config: str
    title: str
    columns: Mapping[str, str]
    row: Callable[[Example], dict[str, Json] | None]


def formats() -> tuple[Format, ...]:
    """Return all formats: those to train on first, then preferences, then evaluations."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found: list[Format] = [importlib.import_module(f"{__name__}.{name}").FORMAT for name in names]
    return tuple(sorted(found, key=lambda made: (_FOLDERS.index(made.path.split("/")[0]), made.path)))

"""What a release would hold, shown before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import memory, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.leaking import Leak, leaks, unresolved
from dreamdesk.pipeline.releasing import collect, waiting
from dreamdesk.release.content import Item
from dreamdesk.release.examples import Example, examples
from dreamdesk.release.formats import Format, Unfit, chosen, formats
from dreamdesk.release.terms import Terms
from dreamdesk.release.validate import encode

SAMPLES = 3
"""Rows of each format that are shown."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One correction that would leave: its id and its episode's, the title, the revision, its level and its turns."""

    correction: int
    episode: int
    title: str
    revision: int
    level: str
    turns: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What one training format would hold.

    Attributes:
        name, path, title: As of the format.
        count: How many rows.
        samples: The first few, as they would be written.
        chosen: Whether the terms include it.
    """

    name: str
    path: str
    title: str
    count: int
    samples: tuple[str, ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a release would hold.

    Attributes:
        corrections: What would leave.
        memory: Paths whose changes would leave.
        rows: Of each format.
        leaks: Secrets and personal data in it.
        unresolved: Those of *leaks* that keep it from leaving.
        required: How many people must sign the bundle.
    """

    corrections: tuple[Leaving, ...]
    memory: tuple[str, ...]
    rows: tuple[Rows, ...]
    leaks: tuple[Leak, ...]
    unresolved: tuple[Leak, ...]
    required: int


def preview_release(
    db: Connection, terms: Terms, progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Preview:
    """Return what a release on these *terms* would hold; nothing is written.

    Raises:
        UserError: nothing is approved, something approved may not leave or is not fit to, or it was cancelled.
    """
    content = collect(db, terms)
    kinds = formats()
    counts = dict.fromkeys((made.name for made in kinds), 0)
    samples: dict[str, list[str]] = {made.name: [] for made in kinds}
    leaving = []
    for done, item in enumerate(content.items):
        if cancelled and cancelled():
            raise UserError("The preview was cancelled.")
        found = examples(item, content.simulated_rows)
        leaving.append(_leaving(item, len(found)))
        for example in found:
            for made in kinds:
                if (row := _row(made, example)) is not None:
                    counts[made.name] += 1
                    if len(samples[made.name]) < SAMPLES:
                        samples[made.name].append(encode(row, made, f"Correction {item.correction}").decode())
        if progress:
            progress(done + 1, len(content.items), "corrections read")
    leaves = {made.name for made in chosen(terms.formats)}
    rows = tuple(
        Rows(made.name, made.path, made.title, counts[made.name], tuple(samples[made.name]),
             made.name in leaves)
        for made in kinds
    )  # fmt: skip
    return Preview(
        tuple(leaving),
        tuple(item.change.path for plan in content.memory for item in plan.items),
        rows,
        tuple(leaks(content.items, terms)),
        tuple(unresolved(db, content.items, terms)),
        int(settings.get(db, settings.RELEASE_SIGNATURES)),
    )


def _row(made: Format, example: Example) -> dict[str, Json] | None:
    try:
        return made.row(example)
    except Unfit:
        return None


def _leaving(item: Item, count: int) -> Leaving:
    return Leaving(
        item.correction, item.episode_id, one_line(item.episode.title), item.revision.number, item.level.name, count
    )


def may_release(db: Connection) -> bool:
    """Tell whether anything is approved that is not in a draft already."""
    return bool(waiting(db) or memory.waiting(db))

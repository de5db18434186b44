"""Things that tool results describe: the objects with an id inside their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dreamdesk.locate.text import fold
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Kind, Step

_NAMES = ("name", "title", "product_name", "label")
_AVAILABLE = ("available", "in_stock", "active", "enabled", "is_available", "open")
_PRICES = ("price", "amount", "cost", "total")
_LARGE = 2_000_000
"""Characters: a longer result is not taken apart."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing, as the first tool result that describes it shows it.

    Attributes:
        step: Index of that tool result.
        status: Its "status", or "".
        unavailable: The field that says it cannot be had ("available: false"), or "".
        price: Its price, where it has one.
        group: The same for the things of one table that is keyed by their ids (the variants of one product).
        parts: Folded names of the things in lists inside it.
        part_ids: The ids of those.
    """

    step: int
    status: str
    unavailable: str
    price: float | None
    group: int
    parts: tuple[str, ...] = ()
    part_ids: tuple[str, ...] = ()


def records(steps: Iterable[Step]) -> dict[str, Record]:
    """Return what the JSON tool results among *steps* describe, by id; a thing that is described again is replaced."""
    found: dict[str, Record] = {}
    group = 0
    for step in steps:
        text = step.content.lstrip()
        if step.kind is not Kind.TOOL_RESULT or not text.startswith(("{", "[")) or len(text) > _LARGE:
            continue
        try:
            stack: list[Json] = [json.loads(text)]
        except (ValueError, RecursionError):
            continue
        while stack:
            item = stack.pop()
            group += 1
            if isinstance(item, list):
                stack.extend(item)
            elif isinstance(item, dict):
                for key, inner in item.items():
                    if isinstance(inner, dict) and any(char.isdigit() for char in key):
                        found[key] = _record(inner, step.index, group)
                stack.extend(item.values())
                for identity in _own_ids(item):
                    known = found.get(identity)
                    if known is None or known.step < step.index:
                        found[identity] = _record(item, step.index, group)
    return found


def _own_ids(item: dict[str, Json]) -> Iterator[str]:
    """Yield the id that the object bears itself: its first key that is or ends in "id"."""
    for key, value in item.items():
        if key.lower().endswith("id") and isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)
            return


def _record(item: dict[str, Json], step: int, group: int) -> Record:
    status = item.get("status")
    closed = next((f"{key}: false" for key in _AVAILABLE if item.get(key) is False), "")
    price = next((item[key] for key in _PRICES if isinstance(item.get(key), int | float)), None)
    inside = [part for value in item.values() if isinstance(value, list) for part in value if isinstance(part, dict)]
    names = [fold(name) for part in inside for key in _NAMES if isinstance(name := part.get(key), str)]
    ids = [
        str(value) for part in inside for key, value in part.items()
        if key.lower().endswith("id") and isinstance(value, str | int)
    ]  # fmt: skip
    number = float(price) if isinstance(price, int | float) else None
    return Record(step, status if isinstance(status, str) else "", closed, number, group, tuple(names), tuple(ids))

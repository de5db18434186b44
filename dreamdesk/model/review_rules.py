"""What a desk may say for itself of its review: reason codes, a checklist, retention; as its settings hold them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.decision import Reason, Verdict
from dreamdesk.model.errors import UserError

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_ITEMS, LONGEST = 12, 160
"""Items of a checklist, and characters of one: more is ticked unread."""


def reasons_in(text: str) -> tuple[Reason, ...]:
    """Return the reason codes that a desk added or changed.

    Raises:
        UserError: *text* is not what `reasons_out` writes.
    """
    try:
        rows = _rows(text)
        found = tuple(
            Reason(_code(row["code"]), _words(row["title"]), tuple(map(Verdict, row["verdicts"])), bool(row["retired"]))
            for row in rows
        )
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"These are no reason codes ({error}). Change them with: dreamdesk reasons.") from error
    if len({reason.code for reason in found}) < len(found) or not all(reason.verdicts for reason in found):
        raise UserError("A reason code stands for at least one verdict, and stands there once.")
    return found


def reasons_out(reasons: Iterable[Reason]) -> str:
    """Return *reasons* as the setting holds them."""
    rows = [{"code": r.code, "title": r.title, "verdicts": list(r.verdicts), "retired": r.retired} for r in reasons]
    return canonical(rows).decode() if rows else ""


def merged(shipped: Sequence[Reason], own: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the *shipped* reasons, as the desk's *own* have changed them, and the desk's own after them."""
    changed = {reason.code: reason for reason in own}
    first = [changed.pop(reason.code, reason) for reason in shipped]
    return (*first, *changed.values())


def _rows(text: str) -> list[Json]:
    rows = json.loads(text or "[]")
    if not isinstance(rows, list):
        raise TypeError("it is no list")
    return rows


def _code(text: str) -> str:
    if not _CODE.fullmatch(text) or len(text) > 40:
        raise UserError(f"{text[:60]!r} is no reason code: small letters, digits and hyphens, at most 40.")
    return text


def _words(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST or not said.isprintable():
        raise UserError(f"One line of at most {LONGEST} characters is needed, and not {text[:60]!r}.")
    return said


def checklist_in(text: str) -> tuple[str, ...]:
    """Return the items that are ticked before an approval.

    Raises:
        UserError: *text* is not what `checklist_out` writes.
    """
    try:
        return _items(_rows(text))
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"This is no checklist ({error}). Change it with: dreamdesk checklist.") from error


def checklist_out(items: Sequence[str]) -> str:
    """Return the checklist as the setting, and a signed statement, hold it: its canonical JSON, or "" for none.

    Raises:
        UserError: there are too many items, or one is said twice or is no line.
    """
    kept = _items(items)
    return canonical(list(kept)).decode() if kept else ""


def _items(items: Sequence[str]) -> tuple[str, ...]:
    found = tuple(map(_words, items))
    if len(found) > MOST_ITEMS or len(set(found)) < len(found):
        raise UserError(f"A checklist has at most {MOST_ITEMS} items, each once.")
    return found


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many years what the desk holds is kept from the day on which it came, and what class of records it is."""

    years: int
    records: str = ""

    @classmethod
    def parse(cls, text: str) -> Retention | None:
        """Return what the setting says: ``6``, or ``6 broker-dealer records``; None for no retention.

        Raises:
            UserError: it says something else.
        """
        number, _, records = text.strip().partition(" ")
        if not number:
            return None
        if not number.isascii() or not number.isdigit() or not 1 <= int(number[:4]) <= 100:
            raise UserError("Retention is a number of years from 1 to 100, and what records these are: 6 trading desk.")
        return cls(int(number), _words(records) if records.strip() else "")

    def __str__(self) -> str:
        return f"{self.years} {self.records}".strip()

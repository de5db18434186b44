"""What the values of a field mean: proposed for those that a sample holds, and looked up for those of a file."""

from __future__ import annotations

from dataclasses import replace

from dreamdesk.intake.mapping.columns import Column, words_of
from dreamdesk.intake.mapping.mapping import ERROR, HERE, NO_ERROR, NOT_HERE, Field, Role, fold
from dreamdesk.intake.mapping.vocabulary import REVERSED, meaning, verdict
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.shape import number, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Kind, OutcomeState

MAX_LISTED = 40
"""Different values of a field that are told one by one."""

_YES = ("true", "yes", "y", "ja", "1")
_BLANK = ("", "-", "–", "none", "null", "nan", "n/a", "na", "nil")


def completed(field: Field, column: Column) -> Field:
    """Return *field* with what the values of *column* are proposed to mean."""
    if field.role is Role.TIME:
        return replace(field, form=column.time_form or "iso")
    listed = [] if column.length > 60 else column.distinct[:MAX_LISTED]
    if field.role is Role.ACTOR:
        return replace(field, values=_actors(column, listed))
    if field.role is Role.KIND:
        return replace(field, values=_table({text: meaning(words_of(text)) or Kind.MESSAGE for text in listed}))
    if field.role is Role.ERROR and column.is_truth:
        bad = "".join(column.words) in REVERSED or bool(set(column.words) & set(REVERSED))
        return replace(field, values=_table({t: ERROR if (t in _YES) == bad else NO_ERROR for t in listed}))
    if field.role is Role.LABEL and column.is_truth:
        return replace(field, values=_table({t: HERE if t in _YES else NOT_HERE for t in listed}))
    if field.role is Role.OUTCOME:
        return _outcome(field, column, listed)
    return field


def _outcome(field: Field, column: Column, listed: list[str]) -> Field:
    if column.is_truth:
        bad = "".join(column.words) in REVERSED
        failed, succeeded = OutcomeState.FAILED, OutcomeState.SUCCEEDED
        return replace(field, values=_table({t: failed if (t in _YES) == bad else succeeded for t in listed}))
    if column.numbers:
        return replace(field, threshold=_threshold(column.numbers))
    return replace(field, values=_table({t: verdict(words_of(t)) or OutcomeState.UNKNOWN for t in listed}))


def _threshold(numbers: list[float]) -> float:
    """Return the number from which on a score of this scale is mostly called a success."""
    high = max(numbers)
    if high <= 1:
        return 1.0 if set(numbers) <= {0.0, 1.0} else 0.5
    return 4.0 if high <= 5 else 7.0 if high <= 10 else 70.0


def _actors(column: Column, listed: list[str]) -> tuple[tuple[str, str], ...]:
    if column.is_truth:
        who = meaning(column.words[1:])
        other = Actor.USER if who == Actor.AGENT else Actor.AGENT
        return _table({text: who if text in _YES else other for text in listed})
    known = {text: meaning(words_of(text)) for text in listed}
    named = set(known.values())
    if Actor.USER in named and Actor.AGENT not in named and Kind.TOOL_CALL not in named:
        rest: str = Actor.AGENT
    elif Actor.AGENT in named and Actor.USER not in named:
        rest = Actor.USER
    elif named & {Actor.USER, Actor.AGENT}:
        rest = Actor.SYSTEM
    else:  # nobody is known: who speaks first asks
        rest = ""
    first = listed[0] if listed else ""
    return _table(
        {text: means or rest or (Actor.USER if text == first else Actor.AGENT) for text, means in known.items()}
    )


def _table(meanings: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((text, str(means)) for text, means in meanings.items()))


class Lookup:
    """The table of a field's values, for reading."""

    def __init__(self, field: Field) -> None:
        self._means = dict(field.values)

    def __call__(self, value: Json) -> str | None:
        """Return what *value* means, None when the table does not say."""
        return self._means.get(plain_key(value))


def plain_key(value: Json) -> str:
    """Return *value* as it stands in a table of values."""
    try:
        return fold(text_of(value)[:200])
    except Unreadable:
        return ""


def is_blank(value: Json) -> bool:
    """Whether a name or an id is none: empty, or one of the words that tables write for nothing."""
    return value is None or (isinstance(value, str) and fold(value[:20]) in _BLANK)


def state_of(field: Field, means: str | None, value: Json) -> OutcomeState:
    """Return the outcome that *value* stands for: by the table, else by the threshold."""
    if means is not None:
        return OutcomeState(means)
    if isinstance(value, bool):
        return OutcomeState.SUCCEEDED if value else OutcomeState.FAILED
    points = number(value)
    if points is None and isinstance(value, str) and len(value) < 40:
        try:
            points = number(float(value.replace(",", ".")))
        except ValueError:
            points = None
    if points is None or field.threshold is None:
        return OutcomeState.UNKNOWN
    return OutcomeState.SUCCEEDED if points >= field.threshold else OutcomeState.FAILED

"""What speaks for a field being what: the name that it has, and what its values look like.

Each function returns how sure it is, from 0 to 1, and a sentence that says why, in the language of the window. A name
alone is seldom enough, because "result" may be what a tool returned or how the case ended; values alone are where
their kind is unmistakable.
"""

from __future__ import annotations

from collections.abc import Callable

from dreamdesk.intake.mapping.columns import Column, words_of
from dreamdesk.intake.mapping.mapping import Role, Unit
from dreamdesk.intake.mapping.vocabulary import MODELS, meaning, named, verdict
from dreamdesk.language import quoted, t
from dreamdesk.model.episode import Kind

Evidence = tuple[float, str]
NONE: Evidence = (0.0, "")

_FEW = 30
_AMBIGUOUS = (
    "result", "results", "output", "outputs", "response", "return", "returned", "ergebnis", "ausgabe", "resultado",
    "resultat",
)  # fmt: skip
"""Names of what a tool returned, and of much else: only where not every record has it."""
_KINDS = tuple(Kind)


def evidence(role: Role, column: Column, unit: Unit) -> Evidence:
    """Return how sure it is that *column* is *role* where a record is a *unit*, and why."""
    if not column.values:
        return NONE
    name = named(role, column.words)
    sure, why = _LOOKS[role](column, name, unit)
    return min(sure, 1.0), why


def _by_name(words: str, sure: float, column: Column) -> Evidence:
    return sure, t("It is called “{name}”, and {words}.", name=_last(column), words=words)


def _last(column: Column) -> str:
    return column.path.rsplit(".", 1)[-1][:40]


def _plain(column: Column) -> bool:
    return len(column.scalars) == len(column.values)


def _identifies(column: Column) -> bool:
    """Whether its values are short, plain and without spaces, as ids are."""
    return _plain(column) and all(len(text) <= 80 for text in column.scalars) and column.prose_share < 0.1


def _episode(column: Column, name: float, unit: Unit) -> Evidence:
    if not _identifies(column) or column.is_truth or column.time_form:
        return NONE
    count, different = len(column.values), len(column.distinct)
    if unit is Unit.EPISODE:
        if name and different == count:
            return _by_name(t("each record has a value of its own"), 0.4 + 0.5 * name, column)
        return NONE
    runs = 1 + sum(a != b for a, b in zip(column.scalars, column.scalars[1:], strict=False))
    if column.share < 0.9 or different >= count or (different == 1 and not name):
        return NONE
    together = different / runs
    if name:
        words = t("its {different:,} values come again in {count:,} records", different=different, count=count)
        return _by_name(words, 0.35 + 0.4 * name + 0.25 * together, column)
    if together > 0.95 and different > 1 and count / different >= 2 and any(c.isdigit() for c in column.scalars[0]):
        if column.numbers and len(set(column.scalars)) < 3:
            return NONE
        return 0.5, t(
            "{different:,} values stand in {count:,} records, each in records that follow one another.",
            different=different,
            count=count,
        )
    return NONE


def _order(column: Column, name: float, unit: Unit) -> Evidence:
    whole = column.numbers and all(number == int(number) and abs(number) < 1e9 for number in column.numbers)
    if not (name and whole) or column.share < 0.95 or unit is Unit.EPISODE or column.is_truth:
        return NONE
    rising = sum(b > a for a, b in zip(column.numbers, column.numbers[1:], strict=False)) / max(
        len(column.numbers) - 1, 1
    )
    return _by_name(t("its numbers count up"), 0.3 + 0.4 * name + 0.2 * rising, column) if rising > 0.4 else NONE


def _actor(column: Column, name: float, unit: Unit) -> Evidence:
    if not _plain(column) or len(column.distinct) > _FEW:
        return NONE
    if column.is_truth:
        told = name == 1.0 and column.words[0] in ("is", "from") and meaning(column.words[1:])
        return _by_name(t("it says yes or no"), 0.7, column) if told else NONE
    if column.numbers or column.time_form:
        return NONE
    known = _share(column, lambda words: bool(meaning(words)) and meaning(words) != Kind.MESSAGE)
    several = min(len(column.distinct), 2) / 2
    if known >= 0.5:
        examples = ", ".join(quoted(text[:20]) for text in column.distinct[:3])
        sure = (0.25 + 0.45 * known + 0.3 * name) * (0.8 + 0.2 * several)
        return sure, t("{known:.0%} of its values name who acts: {examples}.", known=known, examples=examples)
    if name == 1.0 and 2 <= len(column.distinct) <= 12 and column.length <= 40:
        count = len(column.distinct)
        words = t("It is called “{name}” and has {count} different values.", name=_last(column), count=count)
        return 0.45 + 0.15 * known, words
    return NONE


def _kind(column: Column, name: float, unit: Unit) -> Evidence:
    if not (name and _plain(column)) or len(column.distinct) > _FEW or column.numbers or column.is_truth:
        return NONE
    known = _share(column, lambda words: meaning(words) in _KINDS)
    if known < 0.3:
        return NONE
    words = t("{known:.0%} of its values name a kind of step", known=known)
    return _by_name(words, 0.2 + 0.3 * name + 0.4 * known, column)


def _content(column: Column, name: float, unit: Unit) -> Evidence:
    texts = len(column.texts) / len(column.values)
    blocks = sum(_is_parts(value) for value in column.values) / len(column.values)
    if texts + blocks < 0.5 or column.time_form or column.numbers or (column.is_truth and len(column.values) > 2):
        return NONE
    long = min(column.length / 60, 1.0) * 0.5 + column.prose_share * 0.5 if column.texts else 0.5
    different = min(1.0, 2 * len(column.distinct) / len(column.scalars)) if column.scalars else 1.0
    if not name and (long < 0.4 or different < 0.6):
        return NONE
    sure = (0.45 * long * different + 0.45 * name + 0.1 * column.share) if name else 0.75 * long * different
    many = (
        t("its texts are {length:,.0f} characters long on average", length=column.length)
        if column.texts
        else t("it holds parts of text")
    )
    return _by_name(many, sure, column) if name else (sure, f"{many[0].upper()}{many[1:]}.")


def _is_parts(value: object) -> bool:
    """Whether *value* is a text in parts, as multi-modal messages have it."""
    return isinstance(value, list) and all(
        isinstance(part, str) or (isinstance(part, dict) and "type" in part and "role" not in part) for part in value
    )


def _said_by(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or len(column.texts) < 0.5 * len(column.values) or column.prose_share < 0.2 or column.time_form:
        return NONE
    return _by_name(t("it holds sentences"), 0.3 + 0.4 * name + 0.2 * column.prose_share, column)


def _words(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or len(column.texts) < 0.5 * len(column.values) or column.prose_share < 0.5 or column.time_form:
        return NONE
    return _by_name(t("it holds sentences"), 0.4 + 0.4 * name, column)


def _tool(column: Column, name: float, unit: Unit) -> Evidence:
    if not name or not _identifies(column) or column.numbers or column.is_truth:
        return NONE
    short = sum(len(text) <= 60 and " " not in text.strip() for text in column.scalars) / len(column.scalars)
    who = _share(column, lambda words: bool(meaning(words)))
    few = 1.0 if len(column.distinct) <= max(_FEW, len(column.values) / 2) else 0.5
    sure = (0.3 + 0.4 * name + 0.25 * short * few) * (1 - 0.6 * who)
    return _by_name(t("its values are short names"), sure, column) if short > 0.6 else NONE


def _arguments(column: Column, name: float, unit: Unit) -> Evidence:
    if not name or (column.json_share < 0.5 and name < 1.0):
        return NONE
    if column.json_share < 0.5 and not set(column.words) & {"args", "arguments", "argumente", "parameters", "params"}:
        return NONE
    words = t("{share:.0%} of its values are objects", share=column.json_share)
    return _by_name(words, 0.3 + 0.3 * name + 0.4 * column.json_share, column)


def _result(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or column.is_truth or column.time_form:
        return NONE
    if _plain(column) and column.length <= 12 and _share(column, lambda words: bool(verdict(words))) > 0.8:
        return NONE  # how it ended, and not what a tool returned
    if column.numbers or (column.share > 0.9 and "".join(column.words) in _AMBIGUOUS):
        return NONE
    told = t("only some records have it") if column.share <= 0.9 else t("so is what a tool returned")
    return _by_name(told, 0.4 + 0.4 * name, column)


def _calls(column: Column, name: float, unit: Unit) -> Evidence:
    if column.call_share < 0.9:
        return NONE
    first: dict[str, object] = next((value[0] for value in column.values if value), {})
    called = bool({"function", "name", "tool", "tool_name", "toolName"} & set(first))
    return _by_name(t("it holds lists of calls"), 0.5 + 0.4 * name, column) if called and name else NONE


def _exact(column: Column, name: float, unit: Unit) -> Evidence:
    return _by_name(t("its values are short"), 0.8, column) if name == 1.0 and _identifies(column) else NONE


def _error(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or not _plain(column) or (column.numbers and not column.is_truth):
        return NONE
    if "".join(column.words) in ("success", "ok") and not column.is_truth:
        return NONE
    if column.is_truth or column.share < 0.5:
        words = t("it says yes or no") if column.is_truth else t("few records have it")
        return _by_name(words, 0.4 + 0.4 * name, column)
    return NONE


def _time(column: Column, name: float, unit: Unit) -> Evidence:
    form = column.time_form
    if not form or (not name and form not in ("iso", "day.month.year", "year/month/day")):
        return NONE
    sure = 0.55 + 0.35 * name + 0.1 * column.share * (form != "iso" or column.length > 12)
    return sure, t("Its values are times ({form}).", form=form)


def _model(column: Column, name: float, unit: Unit) -> Evidence:
    known = sum(bool(MODELS.search(text)) for text in column.scalars) / len(column.values)
    if not _identifies(column) or len(column.distinct) > _FEW or known + name < 0.7:
        return NONE
    words = (
        t("{known:.0%} of its values are names of models.", known=known)
        if known
        else t("It is called “{name}”.", name=_last(column))
    )
    return 0.4 * name + 0.5 * known + 0.1, words


def _agent(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or not _plain(column) or column.prose_share > 0.3 or column.numbers or len(column.distinct) > _FEW:
        return NONE
    return _by_name(t("its values are a few names"), 0.3 + 0.4 * name, column)


def _title(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 0.7 or not column.texts or column.length > 200:
        return NONE
    return _by_name(t("its texts are short"), 0.3 + 0.4 * name, column)


def _outcome(column: Column, name: float, unit: Unit) -> Evidence:
    if not name or not _plain(column) or column.time_form:
        return NONE
    if column.numbers and not column.is_truth:
        low, high = min(column.numbers), max(column.numbers)
        if low < 0 or high > 100 or len(column.distinct) > max(_FEW, len(column.values) / 2):
            return NONE
        within = 1.0 if high <= 1 else 0.7
        words = t("its numbers go from {low:g} to {high:g}", low=low, high=high)
        return _by_name(words, 0.2 + 0.5 * name * within + 0.2 * within, column)
    told = 1.0 if column.is_truth else _share(column, lambda words: bool(verdict(words)))
    if told < 0.3 or len(column.distinct) > 12:
        return NONE
    return _by_name(t("its values say how it ended"), 0.15 + 0.4 * name + 0.4 * told, column)


def _label(column: Column, name: float, unit: Unit) -> Evidence:
    if name < 1.0 or not (column.numbers or column.is_truth):
        return NONE
    return _by_name(t("it names a step"), 0.8, column)


def _reason(column: Column, name: float, unit: Unit) -> Evidence:
    return _by_name(t("it holds words"), 0.6, column) if name == 1.0 and column.texts else NONE


def _share(column: Column, test: Callable[[tuple[str, ...]], bool]) -> float:
    """Return the share of values whose words pass *test*; each different value is looked at once."""
    if len(column.distinct) > 200 or not column.scalars:
        return 0.0
    passed = {text for text in column.distinct if len(text) <= 60 and test(words_of(text))}
    return sum(text.strip().casefold() in passed for text in column.scalars) / len(column.values)


_LOOKS: dict[Role, Callable[[Column, float, Unit], Evidence]] = {
    Role.EPISODE: _episode,
    Role.ORDER: _order,
    Role.ACTOR: _actor,
    Role.KIND: _kind,
    Role.CONTENT: _content,
    Role.USER_TEXT: _said_by,
    Role.AGENT_TEXT: _said_by,
    Role.THINKING: _words,
    Role.POLICY: _words,
    Role.TOOL: _tool,
    Role.ARGUMENTS: _arguments,
    Role.RESULT: _result,
    Role.CALLS: _calls,
    Role.CALL_ID: _exact,
    Role.ERROR: _error,
    Role.TIME: _time,
    Role.AGENT: _agent,
    Role.MODEL: _model,
    Role.TASK: _words,
    Role.TASK_KEY: _exact,
    Role.TITLE: _title,
    Role.OUTCOME: _outcome,
    Role.LABEL: _label,
    Role.REASON: _reason,
}

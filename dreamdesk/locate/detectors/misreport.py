"""What the agent reports differs from what the tool had just answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.locate.text import fold, head, number, passage, without_code
from dreamdesk.locate.trace import Trace, decoded
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Kind, Step
from dreamdesk.model.finding import Category, Finding, Quote

NAME = "misreport"
_FACT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)|\b(\d{4}-\d\d-\d\d)\b|(#?\b[A-Z]{1,4}\d{3,}\b|\b\d{6,}\b)")
_COUNT = re.compile(r"\b(\d{1,4}) (?:\w+ )?([a-z]{4,})")


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse agent words, spoken right after a tool result, whose amount, date, id or count the result contradicts.

    An amount, date or id contradicts when the result holds values of the same shape, but neither it nor anything before
    holds this one. A count contradicts when the result says how many ("available": true, eleven times) and the words
    give another figure ("12 available").
    """
    for turn in trace.agent_turns:
        results = _results_before(trace, turn.start)
        if not results:
            continue
        for step in trace.spoken(turn):
            for result in results:
                found = _wrong_fact(trace, step, result, turn.start) or _wrong_count(step, result)
                if found:
                    said, why = found
                    where = Quote(step.index, passage(step.content, *said))
                    yield trace.finding(
                        turn, NAME, 1.0, Category.D5, why, where, Quote(result.index, head(result.content))
                    )
                    break


def _results_before(trace: Trace, step: int) -> list[Step]:
    found = []
    while step and trace.steps[step - 1].kind is Kind.TOOL_RESULT:
        step -= 1
        found.append(trace.steps[step])
    return found


def _wrong_fact(trace: Trace, step: Step, result: Step, before: int) -> tuple[tuple[int, int], str] | None:
    facts = list(_FACT.finditer(without_code(step.content)))
    shapes = {_shape(fact) for fact in _FACT.finditer(result.content)} if facts else set()
    has_decimals = bool(facts) and re.search(r"\d\.\d", result.content) is not None
    for fact in facts:
        value = fact[1] or fact[2] or fact[3]
        if fact[1] is not None:
            known = not has_decimals or trace.number_seen(number(value), before) or _is_sum(value, result.content)
        elif _shape(fact) not in shapes:
            known = True
        else:
            known = all(trace.word_seen(word, before) for word in re.findall(r"\w+", fold(value)))
        if not known:
            return fact.span(), f"{value!r} is reported here, but the tool had answered otherwise."
    return None


def _shape(fact: re.Match[str]) -> str:
    return re.sub(r"\d", "0", re.sub(r"[A-Z]", "A", fact[0]))


def _is_sum(value: str, text: str) -> bool:
    """Tell whether an amount is the total or a pair's sum or difference of decimals in *text*: reckoned."""
    amounts = [float(part) for part in re.findall(r"\d+\.\d+", text)[:60]]
    wanted = float(value.replace(",", ""))
    reckoned = {round(sum(amounts), 2)}
    reckoned |= {round(abs(a + sign * b), 2) for a in amounts for b in amounts for sign in (1, -1)}
    return round(wanted, 2) in reckoned


def _wrong_count(step: Step, result: Step) -> tuple[tuple[int, int], str] | None:
    counts = _true_counts(decoded(result.content)) if '": true' in result.content else {}
    for said in _COUNT.finditer(fold(step.content)) if counts else ():
        actual = counts.get(said[2])
        if actual is not None and actual != int(said[1]):
            return said.span(), f"{said[0]!r} is reported here, but the tool's answer holds {actual}."
    return None


def _true_counts(value: Json) -> dict[str, int]:
    """Count, for every boolean key of at least two objects inside *value*, how many are true."""
    true: dict[str, int] = {}
    seen: dict[str, int] = {}
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if isinstance(inner, bool):
                    true[key] = true.get(key, 0) + inner
                    seen[key] = seen.get(key, 0) + 1
                else:
                    stack.append(inner)
        elif isinstance(item, list):
            stack.extend(item)
    return {key: count for key, count in true.items() if seen[key] > 1}

"""The verdict on a sample of an Inspect log, out of what its scorers said.

A score is ``{value, answer?, explanation?, metadata?}``. Values are the letters C, P, I, N (correct, partial,
incorrect, no answer), truth, numbers, or lists and objects of those. One is the best grade by the convention of
Inspect's own metrics; a number outside 0 to 1 is a measurement, of which nobody knows which end is good.
"""

from __future__ import annotations

from dreamdesk.intake.extras import graded
from dreamdesk.intake.shape import number, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_LETTERS = {"c": 1.0, "p": 0.5, "i": 0.0, "n": 0.0}
_WORDS = {"correct": 1.0, "true": 1.0, "yes": 1.0, "incorrect": 0.0, "false": 0.0, "no": 0.0}
_WORST_FIRST = (OutcomeState.FAILED, OutcomeState.PARTIAL, OutcomeState.SUCCEEDED)


def outcome_of(sample: dict[str, Json]) -> Outcome:
    """Return the verdict: the worst that a scorer gave, and all of them in words.

    A sample that ended with an error before it was scored is unknown: a broken environment is not the agent's failure.
    """
    scores = obj(sample.get("scores"))
    place = "/scores"
    if not scores and sample.get("score") is not None:  # logs of 2024 have one score without a name
        scores, place = {"score": sample["score"]}, ""
    words = _ending(sample)
    if invalid := obj(sample.get("invalidation")):
        reason = one_line(text_of(invalid.get("reason")), 200)
        return Outcome(
            pointer="/invalidation", detail=f"the sample was declared invalid{': ' if reason else ''}{reason}"
        )
    found: dict[OutcomeState, tuple[float, str]] = {}
    for name, score in scores.items():
        value = obj(score).get("value") if isinstance(score, dict) else score
        points = _points(value)
        said = one_line(text_of(obj(score).get("explanation")), 200)
        words.append(f"{one_line(name, 60)} {one_line(text_of(value), 60)}{f' ({said})' if said else ''}")
        if points is not None:
            pointer = f"{place}/{name.replace('~', '~0').replace('/', '~1')}/value"
            if points < found.get(graded(points), (2.0, ""))[0]:
                found[graded(points)] = (points, pointer)
    detail = "; ".join(words)[:1000]
    for state in _WORST_FIRST:
        if state in found:
            return Outcome(state, OutcomeSource.SCORE, found[state][1], detail, found[state][0])
    return Outcome(pointer="/error" if sample.get("error") else "", detail=detail or "the sample was not scored")


def _ending(sample: dict[str, Json]) -> list[str]:
    """Return in words how the sample ended, where it did not end by itself."""
    words = []
    if error := sample.get("error"):
        said = text_of(obj(error).get("message")) or text_of(error)
        words.append(f"the sample ended with an error: {one_line(said, 200)}")
    if limit := sample.get("limit"):
        words.append(
            f"the sample reached its limit of {one_line(string(obj(limit).get('type')) or text_of(limit), 60)}"
        )
    return words


def _points(value: Json) -> float | None:
    """Return a score's value as a grade from 0 to 1, the mean of several; None when it is no grade."""
    if isinstance(value, bool):
        return float(value)
    if (given := number(value)) is not None:
        return float(given) if 0 <= given <= 1 else None
    if isinstance(value, str):
        word = value.strip().lower()
        return _LETTERS.get(word, _WORDS.get(word))
    several = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    grades = [_points(item) for item in several[:10_000]]
    known = [grade for grade in grades if grade is not None]
    return sum(known) / len(known) if known and len(known) == len(grades) else None

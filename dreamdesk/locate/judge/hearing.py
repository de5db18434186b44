"""Hearing what the judge says: a claim is believed only if its step is a decision and its quote stands.

What cannot be believed never becomes a candidate; it is told as a flag.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.wording import MOST
from dreamdesk.model.ask import Reply
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import Candidate, Category, Quote, stands
from dreamdesk.model.judgement import INVENTED_QUOTE, MALFORMED, NO_ANSWER, RESOLVED, UNKNOWN_STEP, Flag
from dreamdesk.model.text import one_line

_READ = 4 * MOST
"""Claims of one reply that are looked at; a flood of them tells nothing more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one asking came to: a vote.

    Attributes:
        claims: What is believed, best first; their probabilities add up to at most 1.
        flags: What is not.
        usable: Whether it is a vote at all. Where all that was claimed had to be discarded, it is none.
        replies: All that was answered.
    """

    claims: tuple[Candidate, ...] = ()
    flags: tuple[Flag, ...] = ()
    usable: bool = True
    replies: tuple[Reply, ...] = ()


def hear_list(case: Case, reply: Reply) -> Heard:
    """Hear a ranked list."""
    data = reply.data
    if (lost := _lost(reply)) is not None:
        return lost
    listed = data.get("candidates", [])
    if not isinstance(listed, list) or not isinstance(data.get("abstain", False), bool):
        return _malformed(reply)
    if data.get("abstain") is True:
        return Heard(replies=(reply,))
    heard = [_believe(case, claim, case.steps) for claim in listed[:_READ]]
    vote = _vote([one for one in heard if isinstance(one, Candidate)], _flags(heard), (reply,))
    return replace(vote, usable=bool(vote.claims) or not listed)


def hear_check(case: Case, step: int, reply: Reply) -> Heard:
    """Hear whether decision *step* is the error point: one claim if it is, none if it is not."""
    data = reply.data
    if (lost := _lost(reply)) is not None:
        return lost
    if not all(isinstance(data.get(name), bool) for name in ("error_point", "would_have_succeeded")):
        return _malformed(reply)
    if not (data["error_point"] and data["would_have_succeeded"]):
        return Heard(replies=(reply,))
    heard = _believe(case, data, [step])
    if isinstance(heard, Candidate):
        return _vote([heard], [], (reply,))
    return Heard((), (heard,), heard.kind == RESOLVED, (reply,))


def hear_half(reply: Reply) -> tuple[str, Heard]:
    """Hear which half it is: "first", "second" or "neither"; "" where the reply cannot be used."""
    if (lost := _lost(reply)) is not None:
        return "", lost
    half = reply.data.get("half")
    if half not in ("first", "second", "neither"):
        return "", _malformed(reply)
    return half, Heard(replies=(reply,))


def together(parts: Sequence[Heard]) -> Heard:
    """Join what was heard of several questions of one asking; it is a vote if any of them was answered usably."""
    claims = [claim for part in parts for claim in part.claims]
    flags = [flag for part in parts for flag in part.flags]
    replies = tuple(reply for part in parts for reply in part.replies)
    return replace(_vote(claims, flags, replies), usable=any(part.usable for part in parts))


def _vote(claims: Sequence[Candidate], flags: Sequence[Flag], replies: tuple[Reply, ...]) -> Heard:
    """Keep the best claim for each step, five at most, with probabilities that add up to at most 1."""
    best: dict[int, Candidate] = {}
    for claim in claims:
        if claim.step not in best or claim.probability > best[claim.step].probability:
            best[claim.step] = claim
    found = sorted(best.values(), key=lambda claim: (-claim.probability, claim.step))[:MOST]
    scale = max(1.0, math.fsum(claim.probability for claim in found))
    return Heard(
        tuple(replace(claim, probability=claim.probability / scale) for claim in found), tuple(flags), True, replies
    )


def _lost(reply: Reply) -> Heard | None:
    """Return what is left of a reply that holds no answer, or None where it holds one."""
    if reply.fault:
        return Heard((), (Flag(NO_ANSWER, reply.fault),), False, (reply,))
    return None if isinstance(reply.data, dict) else _malformed(reply)


def _malformed(reply: Reply) -> Heard:
    words = "A reply of the model is not of the form that was asked for; nothing was taken from it."
    return Heard((), (Flag(MALFORMED, words),), False, (reply,))


def _flags(heard: Sequence[Candidate | Flag]) -> list[Flag]:
    return [one for one in heard if isinstance(one, Flag)]


def _believe(case: Case, claim: Json, allowed: Sequence[int]) -> Candidate | Flag:
    """Return the claim as a candidate, or why it is not believed."""
    if not isinstance(claim, dict):
        return Flag(MALFORMED, "The model made a claim that is not of the form that was asked for; it was discarded.")
    step, chance, why = claim.get("step"), claim.get("probability", 1.0), claim.get("why")
    if not isinstance(step, int) or isinstance(step, bool) or step not in allowed:
        return Flag(
            UNKNOWN_STEP, f"The model named step {one_line(str(step), 40)}, which is no decision here; discarded."
        )
    if not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 <= chance <= 1:
        return Flag(MALFORMED, f"The model gave step {step} a probability that is none; the claim was discarded.")
    if not isinstance(why, str) or not why.strip():
        return Flag(MALFORMED, f"The model gave no reason for step {step}; the claim was discarded.")
    quote = next((quote for quote in _places(case, claim) if stands(quote, case.trace.steps)), None)
    if quote is None:
        said = one_line(str(claim.get("quote")), 120)
        return Flag(
            INVENTED_QUOTE, f"For step {step} the model quoted words that do not stand there: “{said}”. Discarded."
        )
    if claim.get("resolved_later") is True:
        return Flag(
            RESOLVED,
            f"The model named step {step} and says itself that a later step put it right. Discarded.",
            (quote,),
        )
    name, fix = claim.get("category"), claim.get("minimal_fix")
    category = Category(name) if name in {c.value for c in Category} else Category.D0
    words = why if not isinstance(fix, str) or not fix.strip() else f"{why.strip()} Smallest fix: {fix}"
    return Candidate(step, category, float(chance), "model", one_line(words, 400), (quote,))


def _places(case: Case, claim: dict[str, Json]) -> Iterator[Quote]:
    """Yield where the claim's words may stand: at the step it names, else in the accused turn."""
    text, place = claim.get("quote"), claim.get("quote_step")
    if not isinstance(text, str):
        return
    if isinstance(place, int) and not isinstance(place, bool):
        yield Quote(place, text)
    turn = case.trace.turn_of(claim["step"])
    yield from (Quote(at, text) for at in range(turn.start, turn.stop))

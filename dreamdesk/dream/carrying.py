"""What a graft may carry over: the identifiers and values of this episode, and none that only the other attempt knows.

Two attempts at the same task may be about different orders. Where both made the same call about different things, the
other attempt's values give way to this episode's. What then still names something that only the other attempt knows,
and that no recorded tool result of the continuation told, is left out, and all that follows with it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dreamdesk.dream.replay import Recording, arguments
from dreamdesk.dream.structure import answers
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turn_start

_IDENTIFIER = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w|#?\b(?=[\w-]*\d)(?=[\w-]*[^\W\d_])\w[\w-]{2,}\w\b|#?\b\d{5,}\b")
_MEASURE = re.compile(r"\d+(?:am|pm|st|nd|rd|th|min|hours?|days?|kg|usd|eur|gbp|mb|gb|-[a-z]+)", re.IGNORECASE)
_SHORTEST = 3
"""Characters below which a value is too common to be carried over."""


def identifiers(text: str) -> set[str]:
    """Return the words of *text* that name one thing: mixed of letters and digits, long numbers, mail addresses."""
    return {word for word in _IDENTIFIER.findall(text) if not _MEASURE.fullmatch(word)}


def foreign(episode: Episode, steps: Sequence[Step]) -> set[str]:
    """Return the identifiers in *steps*, another attempt's, that *episode* holds nowhere."""
    own = "\n".join([episode.task, episode.policy, *(step.content for step in episode.steps)])
    return set().union(*(identifiers(step.content) for step in steps)) - identifiers(own)


def names(episode: Episode, start: int, donor: Episode) -> dict[str, str]:
    """Return what stands in this *episode* before *start* for values of *donor*.

    The n-th calls of a tool are held against each other. An argument that this episode's user named gives way for
    the one that the other attempt's user named; where the calls then are the same, so do the values in their results.
    What an agent chose by itself is never carried over: it may be the very error. A value must stand in one attempt
    only, and no other place may say otherwise.
    """
    prefix = episode.steps[:start]
    here, there = _given(episode.task, prefix), _given(donor.task, donor.steps)
    ours, theirs = _texts(prefix), _texts(donor.steps)
    calls = list(_same_calls(prefix, donor.steps))
    said = [
        (own, other)
        for (mine, _), (yours, _) in calls
        for own, other in _leaves(_json(mine), _json(yours))
        if own in here and other in there
    ]
    found = _single_valued(said, ours, theirs)
    results = [
        pair
        for (mine, answer), (yours, reply) in calls
        if mine != yours and _replaced(yours, found) == mine
        for pair in _leaves(_json(answer), _json(reply))
    ]
    return found | _single_valued(results, ours, theirs)


def _given(task: str, steps: Sequence[Step]) -> set[str]:
    """Return the identifiers that the user named."""
    return identifiers("\n".join([task, *(step.content for step in steps if step.actor is Actor.USER)]))


def _single_valued(pairs: Sequence[tuple[str, str]], ours: str, theirs: str) -> dict[str, str]:
    """Return other -> own of the *pairs* (own, other) that nothing contradicts, in either direction."""
    apart = {
        (own, other)
        for own, other in pairs
        if own != other and min(len(own), len(other)) >= _SHORTEST and other not in ours and own not in theirs
    }
    forth, back = Counter(other for _, other in apart), Counter(own for own, _ in apart)
    return {other: own for own, other in apart if forth[other] == back[own] == 1}


def renamed(steps: Sequence[Step], instead: Mapping[str, str]) -> tuple[Step, ...]:
    """Return *steps* with each value that is a key of *instead* replaced, where it stands as a word of its own."""
    return tuple(replace(step, content=_replaced(step.content, instead)) for step in steps) if instead else tuple(steps)


def _replaced(text: str, instead: Mapping[str, str]) -> str:
    words = "|".join(map(re.escape, sorted(instead, key=len, reverse=True)))
    return re.sub(rf"(?<![\w-])(?:{words})(?![\w-])", lambda match: instead[match[0]], text) if instead else text


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of the other attempt can be gone on with, and why no more ("" where it is the whole)."""

    steps: tuple[Step, ...]
    reason: str = ""


def carry(episode: Episode, start: int, donor: Sequence[Step], recorded: Sequence[Step], seam: int) -> Carried:
    """Return the steps of *donor* from *seam* on that hold nothing which only the other attempt knows.

    *recorded* are the donor's steps as they were before `renamed`. The result of a call that was renamed is what this
    episode recorded for it; where it recorded nothing, the call is the end, because nobody knows its result.
    """
    strange = foreign(episode, donor)
    recording, asked = Recording(episode.steps), {result: call for call, result in answers(donor).items()}
    told: set[str] = set()
    kept: list[Step] = []
    for position in range(seam, len(donor)):
        step = donor[position]
        if step.kind is Kind.TOOL_RESULT:
            call = asked.get(position)
            if call is not None and donor[call].content != recorded[call].content:
                known = recording.result(donor[call], start)
                if known is None:
                    words = f"nobody recorded what {donor[call].tool} answers in this episode"
                    return Carried(tuple(_single(kept, donor[call])), words)
                step = replace(step, content=known.content, is_error=known.is_error)
            told |= identifiers(step.content)
        elif unknown := (identifiers(step.content) & strange) - told:
            who = "its user" if step.actor is Actor.USER else "it"
            words = f"from step {step.index} on {who} speaks of {min(unknown)}, which only that attempt knows"
            return Carried(tuple(kept[: turn_start(donor, position) - seam]), words)
        kept.append(step)
    return Carried(tuple(kept))


def _single(kept: list[Step], call: Step) -> list[Step]:
    """Return *kept* up to *call* where that is the one call of its turn, else up to the turn before."""
    calls = [step for step in kept if step.turn == call.turn and step.kind is Kind.TOOL_CALL]
    return kept if len(calls) == 1 else [step for step in kept if step.turn != call.turn]


def _texts(steps: Sequence[Step]) -> str:
    return "\n".join(step.content for step in steps)


def _same_calls(prefix: Sequence[Step], donor: Sequence[Step]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Yield (arguments, result) of the n-th call of each tool in both attempts."""
    ours, theirs = _calls(prefix), _calls(donor)
    for tool in ours.keys() & theirs.keys():
        yield from zip(ours[tool], theirs[tool], strict=False)


def _calls(steps: Sequence[Step]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for call, result in answers(steps).items():
        found.setdefault(steps[call].tool, []).append((arguments(steps[call].content), steps[result].content))
    return found


def _leaves(own: Json, other: Json) -> Iterator[tuple[str, str]]:
    if isinstance(own, dict) and isinstance(other, dict):
        for key in own.keys() & other.keys():
            yield from _leaves(own[key], other[key])
    elif isinstance(own, list) and isinstance(other, list):
        for mine, yours in zip(own, other, strict=False):
            yield from _leaves(mine, yours)
    elif isinstance(own, str) and isinstance(other, str):
        yield own, other


def _json(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

"""The mechanical point of no return: the first call after which the known way to the goal no longer leads there.

It is computed, not judged: the calls up to each point are made in an environment, followed by those of a successful
attempt that are still to be made. Measured on 29 failures of tau-bench's retail domain it names the step that people
named in 45 %; so it stands beside the ranked candidates and has no probability.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from dreamdesk.model.canonical import digest
from dreamdesk.model.episode import Actor, Episode, turn_start
from dreamdesk.model.execution import Call, Played
from dreamdesk.model.finding import MECHANICAL, Candidate, Category, Quote

_MOST_CALLS = 200
"""Longer episodes are not tried: the work grows with the square of their calls."""
_MOST_WAYS = 3

Play = Callable[[Sequence[Sequence[Call]]], Sequence[Played]]
"""Makes each run's calls in a fresh world."""


def no_return(episode: Episode, calls: Sequence[Call], ways: Sequence[Sequence[Call]], run: Play) -> Candidate | None:
    """Return the point of no return of a failed *episode* whose calls are *calls*, in the environment of *run*.

    *ways* are the calls of successful attempts. The point is the first call after which none of them reaches the goal
    any more, or, where the goal stays within reach to the end, the first decision after the last call: what was left
    undone. None where the end state reaches the goal, where no goal is known, or where no way reaches it at all.
    """
    ways = ways[:_MOST_WAYS]
    if not ways or len(calls) > _MOST_CALLS:
        return None
    points = range(len(calls) + 1)
    played = run([list(calls), *([*calls[:k], *_left(way, calls[:k])] for k in points for way in ways)])
    if not played or not played[0].missing:
        return None
    lacking, reached = played[0].missing, [one.missing == () for one in played[1:]]
    within_reach = [any(reached[k * len(ways) : (k + 1) * len(ways)]) for k in points]
    if not within_reach[0]:
        return None
    if all(within_reach):
        return _omission(episode, calls, lacking)
    call = calls[within_reach.index(False) - 1]
    why = f"After {call.tool} at step {call.at} the goal is out of reach of the way that succeeded: {_some(lacking)}."
    return _candidate(episode, call.at, Category.D4, why, call.at)


def _omission(episode: Episode, calls: Sequence[Call], lacking: Sequence[str]) -> Candidate | None:
    after = calls[-1].at + 1 if calls else 0
    turn = episode.steps[calls[-1].at].turn if calls else -1
    at = next((s.index for s in episode.steps[after:] if s.actor is Actor.AGENT and s.turn != turn), None)
    if at is None:
        return None
    why = f"The goal stayed within reach, and from this decision on no tool was called. Left undone: {_some(lacking)}."
    return _candidate(episode, at, Category.D11, why, at)


def _candidate(episode: Episode, at: int, category: Category, why: str, quoted: int) -> Candidate:
    words = episode.steps[quoted].content[:200]
    quotes = (Quote(quoted, words),) if words.strip() else ()
    return Candidate(turn_start(episode.steps, at), category, 0.0, MECHANICAL, why, quotes)


def _left(way: Sequence[Call], made: Sequence[Call]) -> list[Call]:
    """Return the calls of *way* that were not made yet; each that was made counts once."""
    done = Counter(_key(call) for call in made)
    left = []
    for call in way:
        if done[_key(call)]:
            done[_key(call)] -= 1
        else:
            left.append(call)
    return left


def _key(call: Call) -> str:
    return digest([call.tool, call.arguments])


def _some(words: Sequence[str]) -> str:
    return "; ".join(words[:2]) + (f"; and {len(words) - 2} more" if len(words) > 2 else "")

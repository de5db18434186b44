"""Indicators of how an auditor decides: figures worth a look, each with its n and the rule by which it is said.

They say nothing of a person by themselves: a short look can follow a long one at the same trace, and few overrides may
mean good corrections. Under the number of items that a rule asks for, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dreamdesk.model.intervals import CONFIDENCE, Interval, clopper_pearson

WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction by adults: mean of 190 studies, M. Brysbaert, How many words do we read per
minute? A review and meta-analysis of reading rate, Journal of Memory and Language 109 (2019) 104047."""

SITTING_MS = 30 * 60 * 1000
"""Decisions further apart than this do not follow one another: the time between says nothing of how long one took."""

BURST_MS = 10 * 60 * 1000
"""The length of a burst."""

ENOUGH = 30
"""Items below which a rate says nothing, and 10 for known-bad corrections, which are dear."""
ENOUGH_SEALED = 10

FEW_OVERRIDES = 0.03
MANY_WAIVERS = 0.5
MANY_HASTY = 0.1
FEW_NOTICED = 0.8


@dataclass(frozen=True, slots=True)
class Act:
    """One decision of an auditor, as far as the indicators ask.

    Attributes:
        at: Milliseconds since 1970.
        words: How many words the corrected path and its error point have.
        approves: Whether it is an approval; *warned*: in spite of a warning.
        seen: Whether the turn of the error was on the screen; None where the statement does not say.
        looked: Milliseconds that the case was on the screen; None where the statement does not say.
    """

    at: int
    words: int
    approves: bool
    warned: bool
    seen: bool | None = None
    looked: int | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure of one auditor.

    Attributes:
        name: Its title; *means*: what is counted, in a sentence.
        hits: How many of *n*.
        enough: Whether n is large enough for the rule to say anything.
        look: Whether the rule asks for a look; *rule*: the rule, in a sentence.
        interval: 95 % interval of the share, None where n is 0.
    """

    name: str
    means: str
    hits: int
    n: int
    enough: bool
    look: bool
    rule: str
    interval: Interval | None

    @property
    def share(self) -> float | None:
        """The share, None where n is 0."""
        return self.hits / self.n if self.n else None


def indicators(acts: Sequence[Act], departed: tuple[int, int], noticed: tuple[int, int]) -> tuple[Indicator, ...]:
    """Return the indicators of one auditor.

    Args:
        acts: Their decisions, oldest first.
        departed: How many of their blind marks name another step than the desk, of how many.
        noticed: How many known-bad corrections they noticed, of how many.
    """
    approvals = [act for act in acts if act.approves]
    timed = paces(acts)
    known = [act.seen for act in approvals if act.seen is not None]
    return (
        _rate(
            "Departs from the dream",
            "Decisions that are no approval.",
            (sum(not act.approves for act in acts), len(acts)),
            lambda share: share < FEW_OVERRIDES,
            f"Look at it under {FEW_OVERRIDES:.0%}: whoever never objects may not be reading.",
        ),
        _rate(
            "Departs from the desk's error point",
            "Marks, made before the desk showed its own, that name another step or none.",
            departed,
            lambda share: share < FEW_OVERRIDES,
            f"Look at it under {FEW_OVERRIDES:.0%}: experts agree on the step in about a third of hard episodes.",
        ),
        _rate(
            "Faster than reading",
            f"Decisions with less time than their words take at {WORDS_PER_MINUTE} words a minute (Brysbaert 2019).",
            (sum(taken < needed for taken, needed in timed), len(timed)),
            lambda share: share > MANY_HASTY,
            f"Look at it over {MANY_HASTY:.0%}. Time runs from the decision before, at most 30 minutes earlier, so it"
            " is rather too long than too short.",
        ),
        _rate(
            "Error turn not on the screen",
            "Approvals made without the turn of the error having been shown.",
            (sum(not seen for seen in known), len(known)),
            lambda share: share > 0,
            "Look at it where there is any. Decisions signed before desks said so are not counted.",
        ),
        _rate(
            "Warnings waived",
            "Approvals in spite of a guardrail's warning.",
            (sum(act.warned for act in approvals), len(approvals)),
            lambda share: share > MANY_WAIVERS,
            f"Look at it over {MANY_WAIVERS:.0%}: a warning that is always waived warns nobody.",
        ),
        _burst(acts),
        _rate(
            "Known-bad corrections noticed",
            "Sealed known-bad corrections that were not approved at the first word.",
            noticed,
            lambda share: False,
            f"Look at it where even the upper end of the interval is under {FEW_NOTICED:.0%}.",
            ENOUGH_SEALED,
            lambda interval: interval[1] < FEW_NOTICED,
        ),
    )


def paces(acts: Sequence[Act]) -> list[tuple[int, float]]:
    """Return (milliseconds taken, milliseconds that reading takes) of each decision whose time is known.

    Where the statement says how long the case was shown, that is the time; else it runs from the decision before, which
    is more than was spent on it.
    """
    found = []
    for number, act in enumerate(acts):
        taken = act.looked
        if taken is None and number and act.at - acts[number - 1].at <= SITTING_MS:
            taken = act.at - acts[number - 1].at
        if taken is not None:
            found.append((taken, reading(act.words)))
    return found


def reading(words: int) -> float:
    """Return the milliseconds that reading *words* takes."""
    return words / WORDS_PER_MINUTE * 60_000


def busiest(acts: Sequence[Act]) -> Sequence[Act]:
    """Return the ten minutes of *acts*, which are in order of time, with the most words."""
    best: Sequence[Act] = ()
    start = 0
    for stop in range(1, len(acts) + 1):
        while acts[stop - 1].at - acts[start].at > BURST_MS:
            start += 1
        if sum(act.words for act in acts[start:stop]) > sum(act.words for act in best):
            best = acts[start:stop]
    return best


def _burst(acts: Sequence[Act]) -> Indicator:
    """Return the busiest ten minutes: words decided on, of the words that can be read in that time."""
    words = sum(act.words for act in busiest(acts))
    most = round(WORDS_PER_MINUTE * BURST_MS / 60_000)
    return Indicator(
        "Busiest ten minutes",
        f"Words of the decisions within ten minutes, beside the {most:,} that can be read in them.",
        words,
        most,
        len(acts) >= ENOUGH,
        len(acts) >= ENOUGH and words > most,
        f"Look at it where there are more words than {most:,}. Said from {ENOUGH} decisions on.",
        None,
    )


def _rate(
    name: str,
    means: str,
    counted: tuple[int, int],
    look: Callable[[float], bool],
    rule: str,
    enough: int = ENOUGH,
    by_interval: Callable[[Interval], bool] = lambda interval: False,
) -> Indicator:
    hits, n = counted
    interval = clopper_pearson(hits, n, CONFIDENCE) if n else None
    asks = n >= enough and (look(hits / n) or (interval is not None and by_interval(interval)))
    return Indicator(name, means, hits, n, n >= enough, asks, f"{rule} Said from {enough} on.", interval)

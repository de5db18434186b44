"""Sampling plans for the second look: how many of a lot to look at again, which ones, and what may be said of the lot.

A plan promises: *with this confidence, at most this share of the lot is bad*, if no more than the acceptance number of
the looked-at are. The number to look at follows from the hypergeometric distribution, without approximation (the lot is
finite and nothing is looked at twice). The draw is one that an examiner repeats with stock tools: every item of the lot
is a line of text, its place in the order is the SHA-256 of "seed, space, line", and the first in that order are taken::

    while read -r item; do printf '%s %s' "$SEED" "$item" | sha256sum | sed "s/-/$item/"; done <items | sort

The first *size* of that list are the sample that the promise rests on. Of each stratum of risk its first *floor* in the
same order are looked at too: those beyond the first *size* can only find more, so the promise holds with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import comb, floor

from dreamdesk.model.errors import UserError
from dreamdesk.model.intervals import Interval, clopper_pearson, wilson_interval


class Risk(StrEnum):
    """The stratum of an item: how much it would cost to have learned it wrongly."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


WEIGHTS = {Risk.HIGH: 3, Risk.MEDIUM: 2, Risk.LOW: 1}
"""How much more often an item of a stratum is looked at than one of low risk, beyond the sample of the whole lot."""

LEAST = 3
"""At least so many of every stratum are looked at, or all of it where it is smaller."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan promises.

    Attributes:
        share: The largest share of bad items that the lot may have, such as "0.05", in decimal digits.
        confidence: How sure that is when the lot is accepted, such as "0.95", in decimal digits.
        allowed: The acceptance number: so many bad ones in the sample still accept the lot.
        least: See `LEAST`.
    """

    share: str = "0.05"
    confidence: str = "0.95"
    allowed: int = 0
    least: int = LEAST

    def check(self) -> None:
        """Raise a UserError where the terms are none."""
        if not (0 < _fraction(self.share) < 1 and 0 < _fraction(self.confidence) < 1):
            raise UserError("Share and confidence are numbers between 0 and 1, such as 0.05 and 0.95.")
        if self.allowed < 0 or self.least < 0:
            raise UserError("The acceptance number and the least per stratum are whole numbers from 0 on.")


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UserError(f"{text!r} is not a number; write it like 0.05.") from error


def passing(lot: int, bad: int, looked: int, allowed: int = 0) -> Fraction:
    """Return the probability that *looked* of a lot that holds *bad* bad items show at most *allowed* of them.

    The cumulative hypergeometric distribution, exactly. Written with the roles of sample and bad items exchanged, which
    gives the same probability with the smaller binomial coefficients.
    """
    few = min(allowed, bad, looked)
    return Fraction(sum(comb(looked, k) * comb(lot - looked, bad - k) for k in range(few + 1)), comb(lot, bad))


def size(lot: int, terms: Terms) -> int:
    """Return the smallest sample that keeps the promise of *terms* on a lot of *lot* items; the whole lot at most.

    The worst lot that must not pass holds one bad item more than the share allows.
    """
    terms.check()
    bad = floor(_fraction(terms.share) * lot) + 1
    if bad > lot:
        return 0
    risk = 1 - _fraction(terms.confidence)
    low, high = 0, lot
    while low < high:
        middle = (low + high) // 2
        if passing(lot, bad, middle, terms.allowed) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def floors(looked: int, strata: Mapping[Risk, int], least: int = LEAST) -> dict[Risk, int]:
    """Return how many of each stratum are looked at for its own sake.

    *looked* is shared out in proportion to the size of each of *strata* times its weight, by largest remainders, with
    *least* of each, and never more than there are.
    """
    weighted = {risk: WEIGHTS[risk] * number for risk, number in strata.items() if number}
    total = sum(weighted.values())
    exact = {risk: Fraction(looked * weight, total) for risk, weight in weighted.items()}
    given = {risk: floor(part) for risk, part in exact.items()}
    left = sorted(exact, key=lambda risk: (given[risk] - exact[risk], -WEIGHTS[risk]))
    for risk in left[: looked - sum(given.values())]:
        given[risk] += 1
    return {risk: min(strata[risk], max(least, number)) for risk, number in given.items()}


def place(seed: str, item: str) -> str:
    """Return where *item* stands in the order that *seed* gives: 64 hex digits, the smallest first."""
    return hashlib.sha256(f"{seed} {item}".encode()).hexdigest()


def draw(lot: Mapping[str, Risk], looked: int, given: Mapping[Risk, int], seed: str) -> tuple[str, ...]:
    """Return the items to look at, in the order of the draw.

    The first *looked* of the whole *lot* (items and their strata), then what is missing to the floors *given*.
    """
    order = sorted(lot, key=lambda item: place(seed, item))
    chosen = set(order[:looked])
    for risk, number in given.items():
        chosen.update([item for item in order if lot[item] is risk][:number])
    return tuple(item for item in order if item in chosen)


def lot_lines(lot: Mapping[str, Risk]) -> str:
    """Return the lot as text, a line "stratum item" each, sorted; its SHA-256 is the digest that the plan records."""
    return "".join(sorted(f"{risk.value} {item}\n" for item, risk in lot.items()))


@dataclass(frozen=True, slots=True)
class Bound:
    """What *bad* of *n* leave open, by two methods, each with both sides and with an upper bound alone.

    None where n is 0.
    """

    n: int
    bad: int
    exact: Interval | None
    exact_upper: float | None
    wilson: Interval | None
    wilson_upper: float | None


def bound(bad: int, n: int, confidence: float) -> Bound:
    """Return what may be said of the share that *bad* of *n* stand for, at this confidence."""
    if not n:
        return Bound(0, 0, None, None, None, None)
    upper = 2 * confidence - 1  # both tails together leave out twice what one does
    return Bound(
        n,
        bad,
        clopper_pearson(bad, n, confidence),
        clopper_pearson(bad, n, upper)[1],
        wilson_interval(bad, n, confidence),
        wilson_interval(bad, n, upper)[1],
    )


class Outcome(StrEnum):
    """What a plan says of its lot."""

    OPEN = "open"
    ACCEPT = "accept"
    REJECT = "reject"


def outcome(looks: Sequence[bool | None], allowed: int) -> Outcome:
    """Return what the looks say: True for a bad item, False for a good one, None where nobody has looked yet.

    More bad ones than *allowed* reject the lot at once; it is accepted only when every item was looked at.
    """
    if sum(look is True for look in looks) > allowed:
        return Outcome.REJECT
    return Outcome.OPEN if None in looks else Outcome.ACCEPT

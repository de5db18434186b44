"""Effect: whether a family of failures came back after the bundle that addressed it, in counts with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import effects
from dreamdesk.desk.database import Connection
from dreamdesk.desk.effects import Effect, Tally
from dreamdesk.language import counted, t
from dreamdesk.model.intervals import Figure, wilson

ENOUGH = 20
"""Attempts on either side below which nothing is said of a change: the interval would be wider than half of the scale
around a share of one half."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a family was met, of how many attempts; *share* with its 95 % interval, None of no attempts."""

    failures: int
    attempts: int
    share: Figure | None

    @property
    def words(self) -> str:
        """The figures as people read them: "2 of 40 attempts (5%, 95% interval 1 to 17%)"."""
        if self.share is None or self.share.low is None or self.share.high is None:
            return t("no attempts")
        low, high = round(100 * self.share.low), round(100 * self.share.high)
        return t(
            "{failures:,} of {attempts} ({share:.0f}%, 95%\N{NO-BREAK SPACE}interval {low} to {high}%)",
            failures=self.failures,
            attempts=counted(self.attempts, "attempt"),
            share=100 * self.share.value,
            low=low,
            high=high,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One addressed family before and after its bundle, and what may be said of the difference."""

    effect: Effect
    before: Recurrence
    after: Recurrence

    @property
    def verdict(self) -> str:
        """One sentence that claims no more than the counts allow, and never that the bundle was the cause."""
        after, before = self.after, self.before
        if not after.attempts:
            return t("No later attempt of this agent is on the desk yet.")
        if min(after.attempts, before.attempts) < ENOUGH:
            seen = t("Seen again in {failures:,}", failures=after.failures) if after.failures else t("Not seen again")
            return t(
                "{seen}; fewer than {enough} attempts on one side are too few to tell more.", seen=seen, enough=ENOUGH
            )
        assert after.share is not None
        assert before.share is not None
        if _apart(before.share, after.share):
            rarer = after.share.value < before.share.value
            return t("Rarer than before.") if rarer else t("More frequent than before.")
        return t("No difference that these counts could show.")


def effect(db: Connection, auditor: str = "") -> list[Comparison]:
    """Return the comparison for every family that a bundle addressed and *auditor* may see, in the order of bundles."""
    return [Comparison(e, recurrence(e.before), recurrence(e.after)) for e in effects.effects(db, auditor)]


def recurrence(tallies: Sequence[Tally]) -> Recurrence:
    """Add up *tallies*."""
    failures, attempts = sum(t.failures for t in tallies), sum(t.attempts for t in tallies)
    return Recurrence(failures, attempts, wilson(failures, attempts) if attempts else None)


def _apart(one: Figure, other: Figure) -> bool:
    """Tell whether two intervals do not meet, which is stricter than a test of the difference at 5 %."""
    assert one.low is not None
    assert one.high is not None
    assert other.low is not None
    assert other.high is not None
    return one.high < other.low or other.high < one.low

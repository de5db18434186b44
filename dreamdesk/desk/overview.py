"""The overview: what came in, what waits, how grave it is, and what was decided, as counts of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import marks, queue, releases, settings
from dreamdesk.desk.database import Connection
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.desk.patterns import BINS, WHEN
from dreamdesk.desk.queue import Tab
from dreamdesk.desk.releases import Release
from dreamdesk.model.decision import Verdict
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.finding import Category


@dataclass(frozen=True, slots=True)
class Trend:
    """Counts in equal stretches of time; *edges*: their limits in nanoseconds since 1970, one more than counts."""

    times: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """The desk in counts.

    Attributes:
        sources: Imported files.
        outcomes: Visible episodes by outcome; *failures*: those that failed or partly failed, over time.
        waiting: Episodes in each list of the queue, as the auditor sees them.
        risk: Episodes that wait for a decision by severity, high, medium, low; None where the desk requires a mark
            before it shows its own view.
        verdicts: Decisions by verdict; *decided*: decisions over time.
        bundles: Bundles that left, the last one first.
    """

    sources: int
    outcomes: dict[OutcomeState, int]
    failures: Trend
    waiting: dict[Tab, int]
    risk: dict[str, int] | None
    verdicts: dict[Verdict, int]
    decided: Trend
    bundles: tuple[Release, ...]


def overview(db: Connection, auditor: str = "") -> Overview:
    """Return the counts of the desk as *auditor* ("" for nobody) may see them."""
    outcomes = dict.fromkeys(OutcomeState, 0)
    for outcome, number in db.execute("SELECT outcome, count(*) FROM episode WHERE live GROUP BY outcome"):
        outcomes[OutcomeState(outcome)] = number
    verdicts = dict.fromkeys(Verdict, 0)
    for verdict, number in db.execute("SELECT verdict, count(*) FROM decision GROUP BY verdict"):
        verdicts[Verdict(verdict)] = number
    failed = f"SELECT {WHEN} FROM episode WHERE live AND outcome IN ('failed', 'partial')"  # noqa: S608
    return Overview(
        sources=db.execute("SELECT count(*) FROM source").fetchone()[0],
        outcomes=outcomes,
        failures=_trend([row[0] for row in db.execute(failed)]),
        waiting=queue.counts(db, auditor),
        risk=None if marks.mode(db) == settings.REQUIRED else _risk(db),
        verdicts=verdicts,
        decided=_trend([row[0] for row in db.execute("SELECT at FROM decision")]),
        bundles=releases.all_releases(db),
    )


def _risk(db: Connection) -> dict[str, int]:
    found = dict.fromkeys(("high", "medium", "low"), 0)
    for category, number in db.execute(
        "SELECT category, count(*) FROM episode WHERE live AND category IS NOT NULL"
        " AND review IN ('proposed', 'second', 'escalated') GROUP BY category"
    ):
        found[SEVERITY[Category(category)]] += number
    return found


def _trend(moments: Sequence[int]) -> Trend:
    """Return *moments*, in nanoseconds since 1970, as counts in `BINS` equal stretches of time."""
    if not moments:
        return Trend()
    begin, end = min(moments), max(moments)
    times = [0] * BINS
    for moment in moments:
        times[min(BINS - 1, (moment - begin) * BINS // max(1, end - begin))] += 1
    return Trend(tuple(times), tuple(begin + (end - begin) * place // BINS for place in range(BINS + 1)))

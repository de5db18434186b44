"""What the page Oversight shows, read from the desk in one job, and its rows in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from dreamdesk.desk import sampling, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.desk.sampling import Look
from dreamdesk.desk.sealed import Seal
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline import oversight
from dreamdesk.pipeline import sampling as plans
from dreamdesk.pipeline.oversight import Indicator

PLANS = ("Plan", "Lot", "Sample", "Looked at", "Otherwise", "Promise", "At most bad (n)", "Says")
AGREED = ("On what", "Between", "n", "Same", "Beyond chance", "95 %")
FIGURES = ("What", "Share", "n", "95 %", "")
SEALS = ("Seal", "Known bad", "Of the next", "Came so far", "Opened", "Noticed (n)")
FEW = "too few"
SAYS = {"open": "open", "accept": "accepted", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page; *noticed*: known-bad corrections of opened seals that were noticed, of how many."""

    waiting: tuple[Look, ...]
    results: tuple[plans.Result, ...]
    agreed: tuple[oversight.Agreed, ...]
    habits: tuple[oversight.Habits, ...]
    seals: tuple[Seal, ...]
    noticed: tuple[int, int]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not (self.results or self.habits or self.seals)


def read(db: Connection, auditor: str) -> Overview:
    """Read the page as *auditor* ("" for nobody) sees it."""
    found = sealed.found(db).values()
    return Overview(
        sampling.waiting(db, auditor) if auditor else (),
        tuple(plans.result(db, plan.id) for plan in sampling.plans(db)),
        oversight.agreed(db),
        oversight.habits(db),
        sealed.seals(db),
        (sum(one for one, _ in found), sum(n for _, n in found)),
    )


def plan_row(found: plans.Result) -> tuple[str, ...]:
    """Return one plan in words."""
    terms, bound = found.plan.body["terms"], found.bound
    upper = "" if bound.exact_upper is None else f"{bound.exact_upper:.1%} ({bound.n:,})"
    return (
        f"{found.plan.id} · {day(found.plan.at)} · {one_line(found.plan.auditor, 30)}",
        f"{found.plan.body['lot']['size']:,}",
        f"{len(found.looks):,}",
        f"{found.looked:,}",
        f"{found.bad:,}",
        f"≤ {float(terms['share']):.0%}, {float(terms['confidence']):.0%} sure",
        upper,
        SAYS[found.outcome.value],
    )


def plan_words(found: plans.Result) -> str:
    """Return what a plan says of its lot, in sentences, every figure with its n."""
    body, bound = found.plan.body, found.bound
    terms = body["terms"]
    allowed = f"at most {terms['allowed']:,}" if terms["allowed"] else "none"
    parts = [
        f"Plan {found.plan.id}: of {counted(body['lot']['size'], 'decision')}, {body['size']:,} drawn from all and"
        f" {len(found.looks) - body['size']:,} more for their risk. The lot is accepted if {allowed}"
        f" of the sample is decided otherwise: then at most {float(terms['share']):.0%} of it are"
        f" bad, with {float(terms['confidence']):.0%} confidence."
    ]
    if bound.exact and bound.wilson and bound.exact_upper is not None and bound.wilson_upper is not None:
        parts.append(
            f"Of those drawn from all, {bound.bad:,} of {bound.n:,} so far: at most {bound.exact_upper:.1%} one-sided,"
            f" {bound.exact[0]:.1%} to {bound.exact[1]:.1%} two-sided (Clopper–Pearson);"
            f" {bound.wilson_upper:.1%}, and {bound.wilson[0]:.1%} to {bound.wilson[1]:.1%} (Wilson)."
        )
    strata = [f"{risk.value} {one.bad:,} of {one.n:,}" for risk, one in found.strata.items()]
    parts.append(f"Decided otherwise by risk: {', '.join(strata)}.")
    given = "given" if body["seed_given"] else "from the system"
    parts.append(f"Seed ({given}): {body['seed']}. Lot: {body['lot']['sha256']}.")
    return " ".join(parts)


def agreed_row(one: oversight.Agreed) -> tuple[str, ...]:
    """Return one coefficient in words."""
    figure = one.coefficient
    between = f"{one_line(one.left, 24)} and {one_line(one.right, 24)}" if one.left else "all auditors"
    name = "κ" if one.left else "α"
    if not figure.enough:
        return (oversight.MEASURES[one.measure], between, f"{figure.n:,}", FEW, FEW, "")
    value = f"{name} {figure.value:.2f}" if figure.value is not None else "not defined"
    interval = f"{figure.interval[0]:.2f} to {figure.interval[1]:.2f}" if figure.interval else ""
    same = f"{figure.agreed:.0%}" if figure.agreed is not None else ""
    return (oversight.MEASURES[one.measure], between, f"{figure.n:,}", same, value, interval)


def figure_row(figure: Indicator, decisions: int) -> tuple[str, ...]:
    """Return one indicator of an auditor who made so many *decisions* in words."""
    if figure.interval is None and figure.n and figure.name.startswith("Busiest"):
        return (figure.name, f"{figure.hits:,} of {figure.n:,} words", f"{decisions:,}", "", _look(figure))
    if not figure.n:
        return (figure.name, "", "0", "", FEW)
    share = f"{figure.hits:,} of {figure.n:,}" if not figure.enough else f"{figure.hits / figure.n:.0%}"
    ends = figure.interval
    interval = f"{ends[0]:.0%} to {ends[1]:.0%}" if ends and figure.enough else ""
    return (figure.name, share, f"{figure.n:,}", interval, _look(figure))


def _look(figure: Indicator) -> str:
    return "look at it" if figure.look else "" if figure.enough else FEW


def seal_row(seal: Seal, noticed: tuple[int, int]) -> tuple[str, ...]:
    """Return one seal in words; which corrections it is about stays sealed."""
    return (
        f"{seal.id} · {day(seal.at)} · {one_line(seal.auditor, 30)}",
        f"{seal.number:,}",
        f"{seal.among:,}",
        f"{min(seal.counted, seal.among):,}",
        day(seal.opened) if seal.opened else "sealed",
        f"{noticed[0]:,} of {noticed[1]:,}" if seal.opened else "not before it is opened",
    )


def day(nanoseconds: int) -> str:
    """Return a moment as its day, in UTC."""
    when = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    return f"{when.day} {when:%b %Y}"

"""What the page Oversight shows, read from the desk in one job, and its rows in words."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.desk import sampling, sealed
from dreamdesk.desk.database import Connection
from dreamdesk.desk.sampling import Look
from dreamdesk.desk.sealed import Seal
from dreamdesk.language import counted, day, numeral, t
from dreamdesk.model.text import one_line
from dreamdesk.pipeline import oversight
from dreamdesk.pipeline import sampling as plans
from dreamdesk.pipeline.oversight import Indicator

PLANS = (
    t("Plan"),
    t("Lot"),
    t("Sample"),
    t("Looked at"),
    t("Otherwise"),
    t("Promise"),
    t("At most bad (n)"),
    t("Says"),
)
AGREED = (t("On what"), t("Between"), "n", t("Same"), t("Beyond chance"), t("95%"))
FIGURES = (t("What"), t("Share"), "n", t("95%"), "")
SEALS = (t("Seal"), t("Known bad"), t("Of the next"), t("Came so far"), t("Opened"), t("Noticed (n)"))
FEW = t("too few")
SAYS = {"open": t("open"), "accept": t("accepted"), "reject": t("rejected")}


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
    upper = (
        "" if bound.exact_upper is None else t("{exact_upper:.1%} ({n:,})", exact_upper=bound.exact_upper, n=bound.n)
    )
    return (
        f"{found.plan.id} · {day(found.plan.at)} · {one_line(found.plan.auditor, 30)}",
        numeral(found.plan.body["lot"]["size"]),
        numeral(len(found.looks)),
        numeral(found.looked),
        numeral(found.bad),
        t("≤ {terms:.0%}, {confidence:.0%} sure", terms=float(terms["share"]), confidence=float(terms["confidence"])),
        upper,
        SAYS[found.outcome.value],
    )


def plan_words(found: plans.Result) -> str:
    """Return what a plan says of its lot, in sentences, every figure with its n."""
    body, bound = found.plan.body, found.bound
    terms = body["terms"]
    allowed = t("at most {terms:,}", terms=terms["allowed"]) if terms["allowed"] else t("none")
    parts = [
        t(
            "Plan {id}: of {lot}, {size:,} drawn from all and {looks:,} more for their risk. The lot is "
            "accepted if {allowed} of the sample is decided otherwise: then at most {terms:.0%} of it are "
            "bad, with {confidence:.0%} confidence.",
            id=found.plan.id,
            lot=counted(body["lot"]["size"], "decision"),
            size=body["size"],
            looks=len(found.looks) - body["size"],
            allowed=allowed,
            terms=float(terms["share"]),
            confidence=float(terms["confidence"]),
        )
    ]
    if bound.exact and bound.wilson and bound.exact_upper is not None and bound.wilson_upper is not None:
        parts.append(
            t(
                "Of those drawn from all, {bad:,} of {n:,} so far: at most {exact_upper:.1%} one-sided, "
                "{exact:.1%} to {exact_to:.1%} two-sided (Clopper–Pearson); {wilson_upper:.1%}, and {wilson:.1%} "
                "to {wilson_to:.1%} (Wilson).",
                bad=bound.bad,
                n=bound.n,
                exact_upper=bound.exact_upper,
                exact=bound.exact[0],
                exact_to=bound.exact[1],
                wilson_upper=bound.wilson_upper,
                wilson=bound.wilson[0],
                wilson_to=bound.wilson[1],
            )
        )
    strata = [
        t("{risk} {bad:,} of {n:,}", risk=t(risk.value), bad=one.bad, n=one.n) for risk, one in found.strata.items()
    ]
    parts.append(t("Decided otherwise by risk: {strata}.", strata=", ".join(strata)))
    given = t("given") if body["seed_given"] else t("from the system")
    parts.append(t("Seed ({given}): {seed}. Lot: {lot}.", given=given, seed=body["seed"], lot=body["lot"]["sha256"]))
    return " ".join(parts)


def agreed_row(one: oversight.Agreed) -> tuple[str, ...]:
    """Return one coefficient in words."""
    figure = one.coefficient
    between = (
        t("{left} and {right}", left=one_line(one.left, 24), right=one_line(one.right, 24))
        if one.left
        else t("all auditors")
    )
    name = "κ" if one.left else "α"
    if not figure.enough:
        return (t(oversight.MEASURES[one.measure]), between, numeral(figure.n), FEW, FEW, "")
    value = t("{name} {figure:.2f}", name=name, figure=figure.value) if figure.value is not None else t("not defined")
    interval = t("{low:.2f} to {high:.2f}", low=figure.interval[0], high=figure.interval[1]) if figure.interval else ""
    same = numeral(figure.agreed, ".0%") if figure.agreed is not None else ""
    return (t(oversight.MEASURES[one.measure]), between, numeral(figure.n), same, value, interval)


def figure_row(figure: Indicator, decisions: int) -> tuple[str, ...]:
    """Return one indicator of an auditor who made so many *decisions* in words."""
    if figure.interval is None and figure.n and figure.name.startswith("Busiest"):
        return (
            t(figure.name),
            t("{hits:,} of {n:,} words", hits=figure.hits, n=figure.n),
            numeral(decisions),
            "",
            _look(figure),
        )
    if not figure.n:
        return (t(figure.name), "", "0", "", FEW)
    share = (
        t("{hits:,} of {n:,}", hits=figure.hits, n=figure.n)
        if not figure.enough
        else numeral(figure.hits / figure.n, ".0%")
    )
    ends = figure.interval
    interval = t("{low:.0%} to {high:.0%}", low=ends[0], high=ends[1]) if ends and figure.enough else ""
    return (t(figure.name), share, numeral(figure.n), interval, _look(figure))


def _look(figure: Indicator) -> str:
    return t("look at it") if figure.look else "" if figure.enough else FEW


def seal_row(seal: Seal, noticed: tuple[int, int]) -> tuple[str, ...]:
    """Return one seal in words; which corrections it is about stays sealed."""
    return (
        f"{seal.id} · {day(seal.at)} · {one_line(seal.auditor, 30)}",
        numeral(seal.number),
        numeral(seal.among),
        numeral(min(seal.counted, seal.among)),
        day(seal.opened) if seal.opened else t("sealed"),
        t("{noticed:,} of {opened:,}", noticed=noticed[0], opened=noticed[1])
        if seal.opened
        else t("not before it is opened"),
    )

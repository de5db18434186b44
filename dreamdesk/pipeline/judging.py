"""Judging: a model's opinion on error points, recorded with its flags and joined with the desk's own view."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dreamdesk.desk import episodes, findings, judgements
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.locate import fusion, offline
from dreamdesk.locate import judge as judging
from dreamdesk.locate.judge import DEFAULT, Case, Strategy, strategies, strategy
from dreamdesk.locate.trace import Trace
from dreamdesk.model.ask import AskAll, Prompt
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import FUSED, Candidate
from dreamdesk.model.judgement import Judgement
from dreamdesk.pipeline.budget import Budget, BudgetReached, Estimate, estimate
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.grouping import group
from dreamdesk.pipeline.outbound import recorded_all
from dreamdesk.pipeline.policies import bound

FAILED = (OutcomeState.FAILED, OutcomeState.PARTIAL)
"""The outcomes that there is something to correct in."""

MODEL_METHOD = "model"
OFFLINE_METHODS = ("label", "offline", "divergence")

MOST_REFUSALS = 3
"""After so many failures in a row the fault is the endpoint's and not an episode's."""

MOST_VOTES = 9

Refused = Callable[[int, UserError], None]
"""Told the id of an episode that there is no usable answer for, and why."""


def ways() -> list[tuple[str, str, str]]:
    """Return the ways of asking the judge: name, title, and when to take it; the default first."""
    return [(way.NAME, way.TITLE, way.USE) for way in strategies().values()]


def judge(
    db: Connection,
    endpoint: Endpoint,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    *,
    way: str = DEFAULT,
    votes: int = 1,
    again: bool = False,
    refused: Refused | None = None,
) -> list[int]:
    """Ask the model behind *endpoint* about the failed episodes among *chosen* (all when None); return those judged.

    What was asked before is answered from the desk, unless it shall be asked *again*. Where there is no usable answer
    for an episode, *refused* is told and the next one is taken up.

    Raises:
        UserError: there is no such *way*, or no answer for an episode and no *refused*, or that MOST_REFUSALS times in
            a row.
        BudgetReached: a limit of the desk stopped the run; what was judged before stays.
    """
    chosen_way, budget = strategy(way), Budget(db, endpoint.model)
    work = failed(db, chosen)
    done: list[int] = []
    in_a_row = 0
    try:
        for number, identity in enumerate(work, 1):
            if cancelled and cancelled():
                break
            try:
                ask = recorded_all(db, endpoint, f"error point of episode {identity}", budget, again=again)
                judge_one(db, identity, chosen_way, votes, ask)
                done.append(identity)
                in_a_row = 0
            except BudgetReached:
                raise
            except UserError as error:
                in_a_row += 1
                if refused is None or in_a_row >= MOST_REFUSALS:
                    raise
                refused(identity, error)
            if progress:
                progress(number, len(work), "episodes judged")
    finally:
        group(db)
        write_head(db)
    return done


def judge_one(db: Connection, identity: int, way: Strategy, votes: int, ask: AskAll) -> Judgement:
    """Have one episode judged, record the judgement and join it with the desk's own view.

    Replies that cannot be used are recorded too, as flags of a judgement without candidates.

    Raises:
        UserError: From *ask*, or because the episode is too long for the way of asking.
    """
    case = case_of(db, identity)
    judgement = judging.judge(case, way, ask, votes)
    with transaction(db):
        judgements.add(db, identity, judgement, PROGRAM)
        keep(db, identity, case.trace, judgement.candidates, (MODEL_METHOD,))
    return judgement


def keep(db: Connection, identity: int, trace: Trace, found: Sequence[Candidate], methods: Sequence[str]) -> None:
    """Keep what *methods* found, and what comes of joining it with the others, in the caller's transaction."""
    findings.save(db, identity, found, methods)
    own, judged = (findings.of_methods(db, identity, names) for names in (OFFLINE_METHODS, (MODEL_METHOD,)))
    findings.save(db, identity, fusion.fuse(trace, own, judged), (FUSED,))


def case_of(db: Connection, identity: int) -> Case:
    """Return what the judge is given of an episode."""
    episode = bound(db, identity)
    return Case(Trace(episode), offline.findings(episode), findings.of_methods(db, identity, OFFLINE_METHODS))


def failed(db: Connection, chosen: Sequence[int] | None) -> list[int]:
    """Return the failed episodes among *chosen* (all when None)."""
    every = episodes.ids(db, outcomes=FAILED)
    known = set(every)
    return every if chosen is None else [identity for identity in chosen if identity in known]


def estimated(
    db: Connection,
    model: str,
    chosen: Sequence[int] | None = None,
    *,
    way: str = DEFAULT,
    votes: int = 1,
    again: bool = False,
    cancelled: Cancelled | None = None,
) -> Estimate:
    """Return what `judge` would take, computed from the very questions that it would put; nothing is sent."""
    chosen_way = strategy(way)

    def questions() -> Iterator[Iterator[Prompt] | None]:
        for identity in failed(db, chosen):
            if cancelled and cancelled():
                raise UserError("Reckoning was stopped.")
            case = case_of(db, identity)
            try:
                yield chosen_way.questions(case, votes) if case.trace.decisions else iter(())
            except UserError:
                yield None

    return estimate(db, model, questions(), again=again)

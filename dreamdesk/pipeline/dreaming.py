"""Dream: error points to corrections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from dreamdesk.desk import auditors, corrections, episodes, findings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream import authored, graft, imported, modelled
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.dream.lesson import MOST, with_lesson
from dreamdesk.model.ask import AskAll, Prompt
from dreamdesk.model.correction import DreamSource, Revision
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.episode import Episode, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate
from dreamdesk.model.text import one_line
from dreamdesk.pipeline import sealing
from dreamdesk.pipeline.budget import Budget, BudgetReached, Estimate, estimate
from dreamdesk.pipeline.checking import best_first, check
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.judging import failed
from dreamdesk.pipeline.locating import Siblings
from dreamdesk.pipeline.outbound import recorded, usable
from dreamdesk.pipeline.policies import bound
from dreamdesk.pipeline.redacting import outgoing

Refused = Callable[[int, UserError], None]
"""Told the id of an episode that the model gave no usable answer for, and why."""

MOST_REFUSALS = 3
"""After so many failures in a row the fault is the endpoint's and not an episode's."""

_Maker = Callable[[int, Episode, Candidate], Iterable[Revision | graft.NoGraft]]


def dream(
    db: Connection,
    source: DreamSource,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    endpoint: Endpoint | None = None,
    refused: Refused | None = None,
    *,
    again: bool = False,
    samples: int = 1,
) -> list[int]:
    """Propose corrections of *source* for the located, failed episodes among *chosen* (all when None).

    A proposal that is on the desk already is not added again. Where a model gives no usable answer for an episode,
    *refused* is told and the next episode is taken up. What a model was asked before is answered from the desk, unless
    it shall be asked *again*. It is asked for *samples* corrections of each episode, and the one that the guardrails
    rank first becomes the one to review. Return the ids of the new corrections.

    Raises:
        BudgetReached: a limit of the desk stopped it. What was dreamed before stays.
        UserError: the model gave no usable answer, and there is no *refused*, or it happened MOST_REFUSALS times in a
            row. What was dreamed before stays.
    """
    siblings = Siblings(db)
    budget = Budget(db, endpoint.model) if endpoint else None

    def from_model(identity: int, episode: Episode, error: Candidate) -> Iterable[Revision]:
        if endpoint is None:
            raise ValueError("dreaming with a model needs an endpoint")
        ask = recorded(db, endpoint, f"dream of episode {identity}", budget, again=again)
        written: list[Revision] = []
        for sample in range(samples):
            try:
                written.append(modelled.dream(episode, error, ask, sample))
            except BudgetReached:
                raise
            except UserError:
                if sample == samples - 1 and not written:
                    raise
        # The newest is the one that is reviewed first, so the best comes last.
        return reversed(best_first(db, identity, written))

    makers: dict[DreamSource, _Maker] = {
        DreamSource.IMPORTED: lambda _, episode, __: imported.imported(episode),
        DreamSource.GRAFT: lambda identity, episode, error: [graft.graft(episode, error.step, siblings.of(identity))],
        DreamSource.MODEL: from_model,
    }
    work = failed(db, chosen)
    made: list[int] = []
    in_a_row = 0
    for number, identity in enumerate(work, 1):
        if cancelled and cancelled():
            break
        error = findings.standing(db, identity)
        if error is not None:
            try:
                dreams = list(makers[source](identity, bound(db, identity), error))
                in_a_row = 0
            except BudgetReached:
                raise
            except UserError as failure:
                in_a_row += 1
                if refused is None or in_a_row >= MOST_REFUSALS:
                    raise
                refused(identity, failure)
                dreams = []
            made += _keep(db, identity, source, dreams)
        if progress:
            progress(number, len(work), "episodes dreamed")
    write_head(db)
    return made


def dream_one(db: Connection, identity: int, ask: AskAll) -> list[int]:
    """Have a model write the correction of one episode, and check it; return its id, nothing where it is there already.

    Raises:
        UserError: From *ask*, or because the answer is no sound correction.
    """
    error = findings.standing(db, identity)
    if error is None:
        raise UserError(f"Episode {identity} has no error point yet. Locate it first.")
    revision = modelled.dream(bound(db, identity), error, lambda prompt: usable(ask([prompt])[0]))
    made = _keep(db, identity, DreamSource.MODEL, [revision])
    check(db, made)
    return made


def _keep(db: Connection, episode: int, source: DreamSource, dreams: Sequence[Revision | graft.NoGraft]) -> list[int]:
    """Keep the corrections that the desk does not hold yet, and why there are none; return the ids of the new ones."""
    made, recording = [], episodes.load(db, episode)
    with transaction(db):
        corrections.say_why_none(db, episode, source, "")
        for dream in dreams:
            if isinstance(dream, graft.NoGraft):
                corrections.say_why_none(db, episode, source, dream.reason)
            elif not corrections.has_revision(db, episode, source, taught := with_lesson(recording, dream)):
                added, known_bad = sealing.instead(db, episode, source, taught)
                made.append(corrections.add(db, episode, source, added, added.author or PROGRAM, known_bad))
    return made


def question(db: Connection, episode: int) -> Prompt:
    """Return what a model would be asked about *episode*, as it would leave this desk; nothing is sent.

    Raises:
        UserError: the episode has no error point yet, or is too long for one question.
    """
    error = findings.standing(db, episode)
    if error is None:
        raise UserError(f"Episode {episode} has no error point yet. Locate it first.")
    return outgoing(db, modelled.asked(bound(db, episode), error))


def estimated_dreams(
    db: Connection, model: str, chosen: Sequence[int] | None = None, samples: int = 1, *, again: bool = False
) -> Estimate:
    """Return what dreaming with *model* would take, computed from the very questions; nothing is sent."""

    def questions() -> Iterator[list[Prompt] | None]:
        for identity in failed(db, chosen):
            error = findings.standing(db, identity)
            try:
                asked = modelled.asked(bound(db, identity), error) if error else None
                yield [replace(asked, sample=sample) for sample in range(samples)] if asked else None
            except UserError:
                yield None

    return estimate(db, model, questions(), again=again)


def amend(
    db: Connection, correction: int, steps: Sequence[Step], auditor: str, note: str, lesson: str | None = None
) -> int:
    """Write the auditor's *steps* as a new revision of *correction* and check it; return the revision's number.

    Steps taken over unchanged keep their provenance; approvals of earlier revisions no longer count. Without a
    *lesson* the correction keeps the one it has.

    Raises:
        UserError: the correction has been released, or the steps are no path.
    """
    auditors.check_writes(db, auditor)
    row = corrections.get(db, correction)
    if row.state in (ReviewState.RELEASED, ReviewState.RECALLED):
        raise UserError(f"Correction {correction} has been released and cannot be amended; author a new one.")
    base = corrections.revision(db, correction)
    episode = episodes.load(db, row.episode)
    revision = authored.authored(episode, base.start, steps, auditor, note, base)
    revision = replace(revision, lesson=base.lesson if lesson is None else one_line(lesson, MOST))
    with transaction(db):
        number = corrections.add_revision(db, correction, revision, auditor)
    check(db, [correction])
    write_head(db)
    return number


def author(
    db: Connection, episode: int, start: int, steps: Sequence[Step], auditor: str, note: str, lesson: str | None = None
) -> int:
    """Write the auditor's own correction of *episode* from step *start* on and check it; return its id.

    Without a *lesson*, it gets the one that its two decisions give.
    """
    auditors.check_writes(db, auditor)
    recording = episodes.load(db, episode)
    revision = authored.authored(recording, start, steps, auditor, note)
    taught = replace(revision, lesson=one_line(lesson or "", MOST))
    revision = with_lesson(recording, revision) if lesson is None else taught
    with transaction(db):
        correction = corrections.add(db, episode, DreamSource.AUTHORED, revision, auditor)
    check(db, [correction])
    write_head(db)
    return correction

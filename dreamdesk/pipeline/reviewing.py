"""Review: checks to signed decisions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dreamdesk import __version__, language
from dreamdesk.desk import (
    auditors,
    corrections,
    decisions,
    episodes,
    findings,
    marks,
    reservations,
    sampling,
    settings,
)
from dreamdesk.desk.database import Connection, keep_aside, transaction
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import Revision, prefix_digest
from dreamdesk.model.decision import Auditor, Decision, Reason, ReviewState, Verdict
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.checking import check, check_again
from dreamdesk.pipeline.common import write_head
from dreamdesk.pipeline.review_rules import checklist, desk_reasons
from dreamdesk.pipeline.showing import case_of
from dreamdesk.review import reasons as reason_codes
from dreamdesk.review import signing, statement, workflow
from dreamdesk.review.identity import Signer
from dreamdesk.review.shown import Shown


def reasons(verdict: Verdict | None = None) -> tuple[Reason, ...]:
    """Return the reason codes, only those that apply to *verdict* where given."""
    return tuple(r for r in reason_codes.reasons() if verdict is None or verdict in r.verdicts)


def meaning(verdict: Verdict) -> str:
    """Return the sentence that an auditor signs with *verdict*."""
    return statement.MEANING[verdict]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is being decided, as it stands now; of the recording only the steps before the error point are read."""

    episode_id: int
    episode: Episode
    revision: Revision
    checks: tuple[Check, ...]
    level: Level
    state: ReviewState
    earlier: tuple[Decision, ...]


def _subject(db: Connection, correction: int) -> _Subject:
    row = corrections.get(db, correction)
    revision = corrections.revision(db, correction)
    checks, level = corrections.checks(db, correction, revision.number)
    episode = episodes.load(db, row.episode, upto=revision.start)
    earlier = decisions.of_correction(db, correction, revision.number)
    return _Subject(row.episode, episode, revision, checks, level, row.state, earlier)


def _allow(
    db: Connection,
    correction: int,
    subject: _Subject,
    verdict: Verdict,
    reason: str,
    comment: str,
    auditor: Auditor,
    ticked: Sequence[str],
    until: int | None,
) -> None:
    if not subject.checks:
        raise UserError("The guardrails have not run on this revision yet; run the checks first.")
    if prefix_digest(subject.episode.steps) != subject.revision.prefix:
        raise UserError("The recording no longer is the one that this correction was made from; it cannot be decided.")
    if marks.withheld(db, [subject.episode_id], auditor.name):
        raise UserError("On this desk you mark the error point before you decide: M on its step, U, or N.")
    if verdict is not Verdict.ESCALATE and auditor.name in sampling.parties(db, correction, subject.revision.number):
        raise UserError(f"Two looks at this revision differ, and {auditor.name} has a part in them. A third decides.")
    auditors.check_trained(auditor, verdict)
    workflow.may_decide(
        verdict,
        auditor=auditor,
        author=subject.revision.author,
        checks=subject.checks,
        reason=reason,
        comment=comment,
        four_eyes=by_two(db, subject.checks),
        earlier=subject.earlier,
        state=subject.state,
        earlier_authors=corrections.authors(db, correction)[:-1],
        known=desk_reasons(db),
        unticked=[item for item in checklist(db) if item not in ticked],
        until=until,
        now=time.time_ns(),
        reserved=reserved_by_another(db, correction, auditor.name),
    )


def by_two(db: Connection, checks: Sequence[Check]) -> bool:
    """Tell whether two auditors must approve: always with four eyes, else where a waived warning asks it."""
    warns = any(check.result is CheckResult.WARN for check in checks)
    return settings.get(db, settings.FOUR_EYES) == "on" or (warns and settings.get(db, settings.WAIVER_SECOND) == "on")


def reserved_by_another(db: Connection, correction: int, auditor: str) -> str:
    """Return in a sentence that somebody else has *correction* in review, "" where nobody does."""
    held = reservations.of(db, correction)
    return reservations.taken(held) if held is not None and held.auditor != auditor else ""


def why_not(
    db: Connection,
    correction: int,
    verdict: Verdict,
    auditor: str,
    reason: str,
    comment: str,
    ticked: Sequence[str] = (),
    until: int | None = None,
) -> str:
    """Return why this decision would be refused, "" when it would be accepted."""
    try:
        subject, person = _subject(db, correction), auditors.get(db, auditor)
        _allow(db, correction, subject, verdict, reason, comment, person, ticked, until)
    except UserError as error:
        return language.told(error)
    return ""


def decide(
    db: Connection,
    correction: int,
    verdict: Verdict,
    reason: str,
    comment: str,
    signer: Signer,
    ticked: Sequence[str] = (),
    until: int | None = None,
    shown: Shown | None = None,
) -> Decision:
    """Sign and keep one decision on the newest revision of *correction*; when this returns it is on the disk.

    *ticked* are the items of the desk's checklist that the auditor ticked, *until* is when a hold ends, in nanoseconds
    since 1970 UTC. Both are signed. *shown* is what the auditor had on the screen; it
    must be what the desk holds, and is signed, too. Whoever decides gives back the reservation.

    Raises:
        UserError: a rule forbids it, or the desk holds something else than what was shown; nothing was written.
    """
    if not corrections.checked(db, correction):
        check(db, [correction])
    elif verdict is Verdict.APPROVE and not check_again(db, correction):
        raise UserError("The guardrails say something else now than what was shown. Look at them again, then decide.")
    keep_aside(db, in_memory=True)
    with transaction(db):
        decision = decide_within(db, correction, verdict, reason, comment, signer, ticked, until, shown)
    write_head(db)
    return decision


def decide_within(
    db: Connection,
    correction: int,
    verdict: Verdict,
    reason: str,
    comment: str,
    signer: Signer,
    ticked: Sequence[str] = (),
    until: int | None = None,
    shown: Shown | None = None,
) -> Decision:
    """Do what `decide` does in the caller's transaction, on guardrails that have run and with the head not written."""
    # Everything is read inside the transaction, so that nothing changes between the rule and the signature.
    subject = _subject(db, correction)
    auditor = auditors.current(db, signer)
    _allow(db, correction, subject, verdict, reason, comment, auditor, ticked, until)
    if shown is not None:
        if not case_of(db, correction).is_what(shown):
            raise UserError("The desk holds something else now than what was shown. Look at it again, then decide.")
        blind = any(mark.blind and mark.auditor == auditor.name for mark in marks.of_episode(db, subject.episode_id))
        shown = replace(shown, blind=blind)
    earlier = subject.earlier
    decision = signing.decide(
        correction=correction,
        revision=subject.revision,
        episode=subject.episode,
        source=episodes.source_of(db, subject.episode_id),
        error=findings.standing(db, subject.episode_id),
        checks=subject.checks,
        level=subject.level,
        verdict=verdict,
        reason=reason,
        comment=comment,
        signer=signer,
        # Later than all that it knows, even where the clock of another desk is ahead of this one.
        at=max(time.time_ns(), *(known.at + 1 for known in earlier)) if earlier else time.time_ns(),
        earlier=earlier,
        ticked=[item for item in checklist(db) if item in ticked],
        until=until,
        tool_version=__version__,
        shown=shown,
    )
    decisions.add(db, decision)
    reservations.give_back(db, correction, auditor.name)
    return decision

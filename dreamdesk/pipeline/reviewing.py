"""Review: checks to signed decisions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk import __version__
from dreamdesk.desk import auditors, corrections, decisions, episodes, findings, marks, sampling, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import Revision, prefix_digest
from dreamdesk.model.decision import Auditor, Decision, Reason, ReviewState, Verdict
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.checking import check, check_again
from dreamdesk.pipeline.common import write_head
from dreamdesk.review import reasons as reason_codes
from dreamdesk.review import signing, statement, workflow
from dreamdesk.review.identity import Signer


def reasons(verdict: Verdict | None = None) -> tuple[Reason, ...]:
    """Return the reason codes, only those that apply to *verdict* where given."""
    return tuple(r for r in reason_codes.reasons() if verdict is None or verdict in r.verdicts)


def meaning(verdict: Verdict) -> str:
    """Return the sentence that an auditor signs with *verdict*."""
    return statement.MEANING[verdict]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is being decided, as it stands now."""

    episode_id: int
    episode: Episode
    revision: Revision
    checks: tuple[Check, ...]
    level: Level
    state: ReviewState


def _subject(db: Connection, correction: int) -> _Subject:
    row = corrections.get(db, correction)
    revision = corrections.revision(db, correction)
    checks, level = corrections.checks(db, correction, revision.number)
    return _Subject(row.episode, episodes.load(db, row.episode), revision, checks, level, row.state)


def _allow(
    db: Connection, correction: int, subject: _Subject, verdict: Verdict, reason: str, comment: str, auditor: Auditor
) -> None:
    if not subject.checks:
        raise UserError("The guardrails have not run on this revision yet; run the checks first.")
    if prefix_digest(subject.episode.steps[: subject.revision.start]) != subject.revision.prefix:
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
        earlier=decisions.of_correction(db, correction, subject.revision.number),
        state=subject.state,
        earlier_authors={corrections.revision(db, correction, n).author for n in range(1, subject.revision.number)},
    )


def by_two(db: Connection, checks: Sequence[Check]) -> bool:
    """Tell whether two auditors must approve: always with four eyes, else where a waived warning asks it."""
    warns = any(check.result is CheckResult.WARN for check in checks)
    return settings.get(db, settings.FOUR_EYES) == "on" or (warns and settings.get(db, settings.WAIVER_SECOND) == "on")


def why_not(db: Connection, correction: int, verdict: Verdict, auditor: str, reason: str, comment: str) -> str:
    """Return why this decision would be refused, "" when it would be accepted."""
    try:
        _allow(db, correction, _subject(db, correction), verdict, reason, comment, auditors.get(db, auditor))
    except UserError as error:
        return str(error)
    return ""


def decide(db: Connection, correction: int, verdict: Verdict, reason: str, comment: str, signer: Signer) -> Decision:
    """Sign and keep one decision on the newest revision of *correction*; when this returns it is on the disk.

    Raises:
        UserError: a rule forbids it; nothing was written.
    """
    if not corrections.checks(db, correction)[0]:
        check(db, [correction])
    elif verdict is Verdict.APPROVE and not check_again(db, correction):
        raise UserError("The guardrails say something else now than what was shown. Look at them again, then decide.")
    with transaction(db):
        # Everything is read inside the transaction, so that nothing changes between the rule and the signature.
        subject = _subject(db, correction)
        auditor = auditors.current(db, signer)
        _allow(db, correction, subject, verdict, reason, comment, auditor)
        earlier = decisions.of_correction(db, correction, subject.revision.number)
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
            tool_version=__version__,
        )
        decisions.add(db, decision, _state(db, correction, decision, subject.checks))
    write_head(db)
    return decision


def _state(db: Connection, correction: int, decision: Decision, checks: Sequence[Check]) -> ReviewState:
    on_revision = [*decisions.of_correction(db, correction, decision.revision), decision]
    state = workflow.state_after(on_revision, by_two(db, checks))
    if state is ReviewState.PROPOSED and workflow.approvals(on_revision, decision.revision):
        return ReviewState.SECOND
    return state


def restate(db: Connection, correction: int) -> bool:
    """Let *correction* stand where its decisions bring it, now that an approval is void; tell whether that moved it."""
    row = corrections.get(db, correction)
    if row.state not in (ReviewState.SECOND, ReviewState.APPROVED):
        return False
    checks, _ = corrections.checks(db, correction, row.revisions)
    state = workflow.state_after(decisions.of_correction(db, correction, row.revisions), by_two(db, checks))
    corrections.set_state(db, correction, state)
    return state is not row.state

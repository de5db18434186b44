"""Memory review: changes to signed decisions, path by path and hunk by hunk."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreamdesk import __version__, language
from dreamdesk.desk import auditors, memory, policies, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.memory import ChangeRow
from dreamdesk.guard.memory_run import run
from dreamdesk.memory import plan
from dreamdesk.memory.compare import hunks_of
from dreamdesk.memory.hunks import added, apply, lines, removed
from dreamdesk.model.check import Check, Strictness
from dreamdesk.model.decision import Auditor, Decision, Reason, ReviewState, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Change, ChangeSet, Hunk, MemoryCase, Operation, Statement
from dreamdesk.pipeline.common import write_head
from dreamdesk.pipeline.review_rules import checklist, desk_reasons
from dreamdesk.pipeline.reviewing import by_two
from dreamdesk.review import memory_statement, signing, workflow
from dreamdesk.review.identity import Signer

MEMORY_VERDICTS = tuple(memory_statement.MEANING)
"""What may be said of a memory change: nobody amends it, and it has no author to be returned to."""


@dataclass(frozen=True, slots=True)
class MemoryView:
    """One change as it is shown: with its set, its hunks, and the decisions made so far."""

    row: ChangeRow
    about: ChangeSet
    hunks: tuple[Hunk, ...]
    decisions: tuple[Decision, ...]
    taken: tuple[int, ...]
    """The hunks that were put to decision last, all of them before that."""
    reasons: tuple[Reason, ...] = ()
    checklist: tuple[str, ...] = ()
    """The reason codes of the desk, and what is ticked before an approval."""


def memory_view(db: Connection, change: int) -> MemoryView:
    """Return what is to be shown of a change."""
    row = memory.change(db, change)
    found = hunks_of(row.change)
    put = memory.revisions(db, change)
    taken = put[-1].hunks if put else tuple(range(len(found)))
    about, made = memory.get_set(db, row.set), memory.decisions(db, change)
    return MemoryView(row, about, found, made, taken, desk_reasons(db), checklist(db))


def memory_texts(view: MemoryView) -> list[tuple[str, str]]:
    """Return for each hunk of a change the lines that stand there before and after."""
    old, new = lines(view.row.change.before or ""), lines(view.row.change.after or "")
    return [("".join(old[h.start : h.stop]), "".join(new[h.new_start : h.new_stop])) for h in view.hunks]


def memory_checks(db: Connection, change: int, taken: Sequence[int] | None = None) -> tuple[Check, ...]:
    """Ask the guardrails about a change when only the hunks *taken* (all when None) are taken."""
    row = memory.change(db, change)
    return _checks(db, row, memory.get_set(db, row.set), taken)


def _checks(db: Connection, row: ChangeRow, about: ChangeSet, taken: Sequence[int] | None) -> tuple[Check, ...]:
    sessions = sorted({support.episode for statement in row.statements for support in statement.support})
    return checks_of(about, row.change, row.statements, taken, policies_of(db, sessions), settings.strictness(db))


def policies_of(db: Connection, sessions: Sequence[int]) -> tuple[str, ...]:
    """Return the policies that bind: those in force on the desk, and those of the episodes *sessions* (all if none)."""
    return (*(policy.text for policy in policies.in_force(db)), *memory.policies(db, sessions))


def checks_of(
    about: ChangeSet,
    change: Change,
    statements: Sequence[Statement],
    taken: Sequence[int] | None,
    policies: Sequence[str],
    strictness: Mapping[str, Strictness],
) -> tuple[Check, ...]:
    """Ask the guardrails about *change* when only the hunks *taken* (all when None) are taken."""
    found = hunks_of(change)
    chosen = range(len(found)) if taken is None else taken
    before = change.before or ""
    gone = change.after is None
    return run(
        MemoryCase(
            change,
            about.kind,
            None if change.after is None else apply(before, change.after, found, chosen),
            () if change.after is None else tuple(added(change.after, found, chosen)),
            tuple(enumerate(before.split("\n"))) if gone else tuple(removed(before, found, chosen)),
            tuple(statement for statement in statements if statement.hunk in chosen),
            about.paths,
            tuple(policies),
        ),
        strictness,
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is being decided, as it stands now."""

    row: ChangeRow
    about: ChangeSet
    taken: tuple[int, ...]
    hunks: int
    put: plan.Subject
    number: int
    fresh: bool
    checks: tuple[Check, ...]


def _subject(db: Connection, change: int, verdict: Verdict, taken: Sequence[int] | None) -> _Subject:
    row = memory.change(db, change)
    about = memory.get_set(db, row.set)
    count = len(hunks_of(row.change))
    made = memory.revisions(db, change)
    if taken is None:
        taken = made[-1].hunks if made and verdict is not Verdict.APPROVE else range(count)
    chosen = tuple(sorted(set(taken)))
    if chosen and not 0 <= chosen[0] <= chosen[-1] < count:
        raise UserError(f"This change has {count} hunks, numbered from 1; there is no other.")
    if verdict is Verdict.APPROVE and count and not chosen and row.change.operation is not Operation.RENAME:
        raise UserError("No hunk is taken: take at least one, or reject the change.")
    put = plan.subject(about, row.number, row.change, chosen)
    fresh = not made or made[-1].digest != put.digest
    number = len(made) + fresh
    return _Subject(row, about, chosen, count, put, number, fresh, _checks(db, row, about, chosen))


def _allow(
    db: Connection,
    subject: _Subject,
    verdict: Verdict,
    reason: str,
    comment: str,
    auditor: Auditor,
    ticked: Sequence[str],
    until: int | None,
) -> None:
    if verdict not in MEMORY_VERDICTS:
        raise UserError(f"A memory change is not {verdict.value}ed: approve it, in part if need be, or reject it.")
    earlier = [d for d in memory.decisions(db, subject.row.id) if d.revision == subject.number]
    state = subject.row.state
    if subject.fresh and state is ReviewState.SECOND:
        state = ReviewState.PROPOSED  # other hunks than the first auditor took
    if subject.fresh and state is ReviewState.APPROVED and verdict is Verdict.APPROVE and not comment.strip():
        raise UserError("Other hunks of this change are approved. To say otherwise now, write in the comment why.")
    if subject.fresh and state is ReviewState.APPROVED:
        state = ReviewState.PROPOSED
    auditors.check_trained(auditor, verdict)
    workflow.may_decide(
        verdict,
        auditor=auditor,
        author="",
        checks=subject.checks,
        reason=reason,
        comment=comment,
        four_eyes=by_two(db, subject.checks),
        earlier=earlier,
        state=state,
        known=desk_reasons(db),
        unticked=[item for item in checklist(db) if item not in ticked],
        until=until,
        now=time.time_ns(),
    )


def why_not_memory(
    db: Connection,
    change: int,
    verdict: Verdict,
    auditor: str,
    reason: str,
    comment: str,
    taken: Sequence[int] | None,
    ticked: Sequence[str] = (),
    until: int | None = None,
) -> str:
    """Return why this decision would be refused, "" when it would be accepted."""
    try:
        subject, person = _subject(db, change, verdict, taken), auditors.get(db, auditor)
        _allow(db, subject, verdict, reason, comment, person, ticked, until)
    except UserError as error:
        return language.told(error)
    return ""


def decide_memory(
    db: Connection,
    change: int,
    verdict: Verdict,
    reason: str,
    comment: str,
    signer: Signer,
    taken: Sequence[int] | None = None,
    ticked: Sequence[str] = (),
    until: int | None = None,
) -> Decision:
    """Sign and keep one decision on *change*; when this returns it is on the disk.

    *taken* are the numbers (from 0) of the hunks that an approval takes, all when None. An approval of other hunks than
    those that were put to decision before begins anew: earlier approvals do not count for it. *ticked* and *until* are
    as in `reviewing.decide`.

    Raises:
        UserError: a rule forbids it, or no hunk is taken; nothing was written.
    """
    with transaction(db):
        # Everything is read inside the transaction, so that nothing changes between the rule and the signature.
        subject = _subject(db, change, verdict, taken)
        auditor = auditors.current(db, signer)
        _allow(db, subject, verdict, reason, comment, auditor, ticked, until)
        signed = memory_statement.memory_statement(
            verdict=verdict,
            reason=reason,
            comment=comment,
            auditor=auditor,
            at=time.time_ns(),
            change_id=change,
            revision=subject.number,
            digest=subject.put.digest,
            change=subject.row.change,
            in_place=subject.about.in_place,
            taken=subject.taken,
            hunks=subject.hunks,
            statements=[s for s in subject.row.statements if s.hunk in subject.taken],
            checks=subject.checks,
            ticked=[item for item in checklist(db) if item in ticked],
            until=until,
            tool_version=__version__,
        )
        decision = signing.sign(signed, signer, change, subject.number)
        if subject.fresh:
            memory.add_revision(db, change, subject.taken, subject.put.digest, subject.checks)
        memory.decide(db, decision)
    write_head(db)
    return decision


def memory_meaning(verdict: Verdict, *, in_place: bool) -> str:
    """Return the sentence that an auditor signs with *verdict*."""
    return (memory_statement.MEANING_IN_PLACE if in_place else memory_statement.MEANING).get(verdict, "")

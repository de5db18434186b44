"""The rules of the review: who may say what of a revision, and where the correction then stands.

    proposed --approve--> (second, with four eyes --approve-->) approved --release--> released
             --reject--> rejected   --return--> returned   --escalate--> escalated (an approver decides) --hold--> held
             --amend--> a new revision, proposed again; what was said of the old one no longer counts

With four eyes it takes the approvals of two different auditors, neither of them the author, to be approved. An
approval stands until somebody says something else of the same revision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.decision import Auditor, Decision, ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.review.reasons import OTHER, applies, reasons

_STATE_AFTER = {
    Verdict.APPROVE: ReviewState.APPROVED,
    Verdict.REJECT: ReviewState.REJECTED,
    Verdict.AMEND: ReviewState.PROPOSED,
    Verdict.RETURN: ReviewState.RETURNED,
    Verdict.ESCALATE: ReviewState.ESCALATED,
    Verdict.HOLD: ReviewState.HELD,
}


def next_state(state: ReviewState, verdict: Verdict) -> ReviewState:
    """Return where one *verdict* that suffices by itself leads from *state*.

    Raises:
        UserError: the rules do not allow the verdict in that state.
    """
    if state is ReviewState.RELEASED:
        raise UserError("This correction has been released and can no longer be decided. Propose a new correction.")
    if state is ReviewState.APPROVED and verdict is Verdict.APPROVE:
        raise UserError("This revision is approved already. There is nothing more to approve.")
    if state is ReviewState.RETURNED and verdict in (Verdict.APPROVE, Verdict.HOLD):
        raise UserError(
            "This revision was returned to its author. Wait for a new revision, or amend it, or reject or escalate it."
        )
    return _STATE_AFTER[verdict]


def approvals(decisions: Iterable[Decision], revision: int) -> set[str]:
    """Return the names of the auditors whose signed approval of revision number *revision* stands.

    Anything else said later of the same revision voids the approvals before it. Unsigned decisions count for nothing.
    """
    names: set[str] = set()
    for decision in _signed(decisions):
        if decision.revision != revision:
            continue
        if decision.verdict is Verdict.APPROVE:
            names.add(decision.auditor)
        else:
            names.clear()
    return names


def state_after(decisions: Sequence[Decision], four_eyes: bool) -> ReviewState:
    """Return where a correction stands, from the signed *decisions* on its latest revision alone.

    After the first approval of two it waits for the second. Of several revisions only the highest counts.
    """
    signed = _signed(decisions)
    if not signed:
        return ReviewState.PROPOSED
    latest = max(decision.revision for decision in signed)
    standing = approvals(signed, latest)
    if standing:
        return ReviewState.APPROVED if len(standing) >= (2 if four_eyes else 1) else ReviewState.SECOND
    return _STATE_AFTER[[decision for decision in signed if decision.revision == latest][-1].verdict]


def may_decide(
    verdict: Verdict,
    *,
    auditor: Auditor,
    author: str,
    checks: Sequence[Check],
    reason: str,
    comment: str,
    four_eyes: bool,
    earlier: Sequence[Decision],
    state: ReviewState,
    earlier_authors: Collection[str] = (),
) -> None:
    """Return if *auditor* may say *verdict* now.

    Args:
        verdict: What is about to be said.
        auditor: Who says it.
        author: Who wrote the revision: an auditor's name, a model's name, or "".
        checks: The guardrails' answers on the revision.
        reason: A reason code, or "" (which an approval without warnings allows).
        comment: The auditor's words.
        four_eyes: Whether two different auditors must approve.
        earlier: The decisions made so far on this very revision; those on older ones do not count.
        state: Where the correction stands now.
        earlier_authors: Who wrote the revisions before this one, parts of which may stand in it unchanged.

    Raises:
        UserError: a rule forbids it; the text says which, and what to do.
    """
    if not auditor.active:
        raise UserError(f"{auditor.name} is no longer active on this desk and decides nothing.")
    if not auditor.role.decides:
        raise UserError(
            f"{auditor.name} has the role of {auditor.role.value}, which does not decide. A reviewer or approver must."
        )
    next_state(state, verdict)
    if state is ReviewState.ESCALATED and auditor.role is not Role.APPROVER:
        raise UserError("This correction was escalated: only an approver may decide it now.")
    _check_reason(verdict, reason, comment)
    if state in (ReviewState.APPROVED, ReviewState.REJECTED) and not comment.strip():
        raise UserError(f"This revision is {state.value}. To say otherwise now, write in the comment why.")
    if verdict is Verdict.APPROVE and four_eyes and auditor.name in earlier_authors:
        raise UserError(
            f"{auditor.name} wrote an earlier revision of this correction and cannot approve it. "
            "Another reviewer must (four eyes)."
        )
    if verdict is Verdict.APPROVE:
        _check_approval(auditor, author, checks, reason, comment, four_eyes, earlier)


def _check_reason(verdict: Verdict, reason: str, comment: str) -> None:
    if reason and not applies(reason, verdict):
        known = ", ".join(r.code for r in reasons() if verdict in r.verdicts)
        raise UserError(f"{reason!r} is not a reason for the verdict {verdict.value}. Choose one of: {known}.")
    if not reason and verdict is not Verdict.APPROVE:
        raise UserError(f"The verdict {verdict.value} needs a reason code.")
    if reason == OTHER and not comment.strip():
        raise UserError("The reason 'other' needs a comment that says what it is.")


def _check_approval(
    auditor: Auditor,
    author: str,
    checks: Sequence[Check],
    reason: str,
    comment: str,
    four_eyes: bool,
    earlier: Sequence[Decision],
) -> None:
    blocks = [check for check in checks if check.result is CheckResult.BLOCK]
    if blocks:
        raise UserError(
            f"A guardrail blocks this revision: {blocks[0].title}. {blocks[0].detail}".rstrip()
            + " It cannot be approved: amend it so that the check passes, or reject it."
        )
    warnings = [check for check in checks if check.result is CheckResult.WARN]
    if warnings and not (reason and comment.strip()):
        raise UserError(
            f"A guardrail warns: {warnings[0].title}. {warnings[0].detail}".rstrip()
            + " To approve all the same, give a reason code and say why in the comment."
        )
    if four_eyes and auditor.name == author:
        raise UserError(f"{author} wrote this revision and cannot approve it. Another reviewer must (four eyes).")
    if earlier and auditor.name in approvals(earlier, max(decision.revision for decision in earlier)):
        raise UserError(f"{auditor.name} has approved this revision already. The second approval is another auditor's.")


def _signed(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions that carry a signature which counts, in the order in which they were made."""
    return sorted((d for d in decisions if d.statement and d.sshsig and not d.void), key=lambda d: d.at)

"""The rules of the review: who may say what of a revision, and where the correction then stands.

    proposed --approve--> (second, with four eyes --approve-->) approved --release--> released
             --reject--> rejected   --return--> returned   --escalate--> escalated (an approver decides) --hold--> held
             --amend--> amended: a new revision waits, and what was said of the old one no longer counts
    all of these but rejected and released --a newer recording is imported--> stale --reject--> rejected
    released --recall--> recalled
    decisions from several desks that contradict one another --> escalated

With four eyes it takes the approvals of two different auditors, neither of them the author of this or of an earlier
revision, to be approved. An approval stands until somebody says something else of the same revision. What is stale does
not come back: a correction of the newer recording begins anew, and approvals of the old one never count for it.

The desk itself keeps to the same (`desk/schema_rules.py`), so that a state which no rule leads to cannot be written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.decision import Auditor, Decision, Reason, ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.review.packets.merging import conflict
from dreamdesk.review.reasons import OTHER, reasons

_STATE_AFTER = {
    Verdict.APPROVE: ReviewState.APPROVED,
    Verdict.REJECT: ReviewState.REJECTED,
    Verdict.AMEND: ReviewState.AMENDED,
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
    if state is ReviewState.RECALLED:
        raise UserError("This correction was recalled and can no longer be decided. Propose a new correction.")
    if state is ReviewState.STALE and verdict is not Verdict.REJECT:
        raise UserError(
            "The recording of this episode has a newer state on the desk. Correct that one; this correction can only "
            "be rejected."
        )
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
    return {decision.auditor for decision in _standing(decisions, revision)}


def state_after(
    decisions: Sequence[Decision],
    four_eyes: bool,
    *,
    waiver_second: bool = False,
    authors: Sequence[str] = (),
    newest: int | None = None,
    outdated: bool = False,
) -> ReviewState:
    """Return where something that has not left the desk stands, from the signed *decisions* on its newest revision.

    Args:
        decisions: All that was said of it, each with a key that was valid at the time.
        four_eyes: Whether two must approve, whatever the checks say.
        waiver_second: Whether two must approve where one did so in spite of a warning.
        authors: Who wrote its revisions, in their order; where two must approve, the approval of none of them counts.
        newest: Number of its newest revision; None for the highest that was decided on.
        outdated: Whether its recording has a newer state on the desk.
    """
    signed = _signed(decisions)
    newest = max((decision.revision for decision in signed), default=1) if newest is None else newest
    if conflict([decision for decision in signed if decision.revision == newest]):
        return ReviewState.ESCALATED
    last = next((decision.verdict for decision in reversed(signed) if decision.revision == newest), None)
    if last is Verdict.REJECT:
        return ReviewState.REJECTED
    if outdated:
        return ReviewState.STALE
    standing = _standing(signed, newest)
    by_two = four_eyes or (waiver_second and any(map(_warned, standing)))
    names = {decision.auditor for decision in standing} - set(authors if by_two else ())
    if names:
        return ReviewState.APPROVED if len(names) >= (2 if by_two else 1) else ReviewState.SECOND
    if last in (None, Verdict.APPROVE, Verdict.AMEND):
        return ReviewState.AMENDED if authors and newest > 1 else ReviewState.PROPOSED
    return _STATE_AFTER[last]


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
    known: Sequence[Reason] = (),
    unticked: Sequence[str] = (),
    until: int | None = None,
    now: int = 0,
    reserved: str = "",
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
        known: The reason codes of the desk; those of the program where there are none.
        unticked: The items of the desk's checklist that were not ticked.
        until: When a hold ends, in nanoseconds since 1970 UTC.
        now: What time it is.
        reserved: In a sentence, that another auditor has the case in review; "" where none does.

    Raises:
        UserError: a rule forbids it; the text says which, and what to do.
    """
    if not auditor.active:
        raise UserError("{name} is no longer active on this desk and decides nothing.", name=auditor.name)
    if not auditor.role.decides:
        raise UserError(
            "{name} has the role of {role}, which does not decide. A reviewer or approver must.",
            name=auditor.name,
            role=auditor.role,
        )
    next_state(state, verdict)
    if state is ReviewState.ESCALATED and auditor.role is not Role.APPROVER:
        raise UserError("This correction was escalated: only an approver may decide it now.")
    if reserved:
        raise UserError("{reserved} Take it over with a reason, or wait.", reserved=reserved)
    _check_reason(verdict, reason, comment, known or reasons())
    if until is not None and (verdict is not Verdict.HOLD or until <= now):
        raise UserError("Only a hold has an end, and it lies in the future.")
    if verdict is Verdict.APPROVE and unticked:
        raise UserError("Tick what the checklist of this desk asks for before you approve: {item}.", item=unticked[0])
    if state in (ReviewState.APPROVED, ReviewState.REJECTED) and not comment.strip():
        raise UserError("This revision is {state}. To say otherwise now, write in the comment why.", state=state)
    if verdict is Verdict.APPROVE and four_eyes and auditor.name in earlier_authors:
        raise UserError(
            "{name} wrote an earlier revision of this correction and cannot approve it. Another reviewer must "
            "(four eyes).",
            name=auditor.name,
        )
    if verdict is Verdict.APPROVE:
        _check_approval(auditor, author, checks, reason, comment, four_eyes, earlier)


def _check_reason(verdict: Verdict, reason: str, comment: str, known: Sequence[Reason]) -> None:
    codes = [r.code for r in known if verdict in r.verdicts and not r.retired]
    if reason and reason not in codes:
        raise UserError(
            "{reason!r} is not a reason for the verdict {verdict}. Choose one of: {codes}.",
            reason=reason,
            verdict=verdict,
            codes=", ".join(codes),
        )
    if not reason and verdict is not Verdict.APPROVE:
        raise UserError(
            "The verdict {verdict} needs a reason code, one of: {codes}.", verdict=verdict, codes=", ".join(codes)
        )
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
            "A guardrail blocks this revision: {title}. {detail}It cannot be approved: amend it so that the "
            "check passes, or reject it.",
            title=blocks[0].title,
            detail=f"{blocks[0].detail} ".lstrip(),
        )
    warnings = [check for check in checks if check.result is CheckResult.WARN]
    if warnings and not (reason and comment.strip()):
        raise UserError(
            "A guardrail warns: {title}. {detail}To approve all the same, give a reason code and say why in "
            "the comment.",
            title=warnings[0].title,
            detail=f"{warnings[0].detail} ".lstrip(),
        )
    if four_eyes and auditor.name == author:
        raise UserError(
            "{name} wrote this revision and cannot approve it. Another reviewer must (four eyes).", name=author
        )
    if earlier and auditor.name in approvals(earlier, max(decision.revision for decision in earlier)):
        raise UserError(
            "{name} has approved this revision already. The second approval is another auditor's.", name=auditor.name
        )


def _standing(decisions: Iterable[Decision], revision: int) -> list[Decision]:
    """Return the approvals of *revision* that nothing was said after."""
    standing: list[Decision] = []
    for decision in _signed(decisions):
        if decision.revision == revision:
            standing = [*standing, decision] if decision.verdict is Verdict.APPROVE else []
    return standing


def _warned(decision: Decision) -> bool:
    """Tell whether a guardrail warned of what was decided, as the statement says."""
    checks = json.loads(decision.statement)["predicate"].get("checks", [])
    return any(check["result"] == CheckResult.WARN.value for check in checks)


def _signed(decisions: Iterable[Decision]) -> list[Decision]:
    """Return the decisions that carry a signature which counts, in the order in which they were made."""
    return sorted((d for d in decisions if d.statement and d.sshsig and not d.void), key=lambda d: d.at)

"""The rules of the review."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.decision import Auditor, Decision, ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.review.reasons import applies, reasons
from dreamdesk.review.workflow import approvals, may_decide, next_state, state_after

ANNA = Auditor("anna", Role.REVIEWER, "")
LEAD = Auditor("lea", Role.APPROVER, "")
WARN = Check("secrets", "No secrets", CheckResult.WARN, "One looks like a key.")
BLOCK = Check("schema", "Calls fit their schema", CheckResult.BLOCK, "Unknown tool.")
clock = count(1)
ENDS = {ReviewState.RELEASED, ReviewState.RECALLED}


def said(auditor: str, verdict: Verdict, revision: int = 1) -> Decision:
    return Decision(1, revision, verdict, "", "", auditor, next(clock), b'{"predicate":{}}', "signature", b"{}")


def ask(verdict: Verdict, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "auditor": ANNA, "author": "", "checks": (), "reason": "other" if verdict is not Verdict.APPROVE else "",
        "comment": "because", "four_eyes": True, "earlier": (), "state": ReviewState.PROPOSED,
    }  # fmt: skip
    may_decide(verdict, **{**asked, **changes})


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_reviewer_may_say_anything_of_a_clean_proposal_and_an_author_nothing(verdict: Verdict) -> None:
    ask(verdict)
    with pytest.raises(UserError, match="which does not decide"):
        ask(verdict, auditor=Auditor("otto", Role.AUTHOR, ""))
    with pytest.raises(UserError, match="released"):
        ask(verdict, state=ReviewState.RELEASED)


def test_a_block_binds_and_a_warning_needs_a_reason_and_a_comment() -> None:
    with pytest.raises(UserError, match=r"Calls fit their schema.*amend"):
        ask(Verdict.APPROVE, checks=(BLOCK,))
    ask(Verdict.REJECT, checks=(BLOCK,))
    for reason, comment in (("", "because"), ("warning-false-alarm", "  "), ("", "")):
        with pytest.raises(UserError, match=r"No secrets.*reason code"):
            ask(Verdict.APPROVE, checks=(WARN,), reason=reason, comment=comment)
    ask(Verdict.APPROVE, checks=(WARN,), reason="warning-false-alarm", comment="A test key.")


def test_reasons() -> None:
    codes = [reason.code for reason in reasons()]
    assert len(set(codes)) == len(codes)
    for verdict in Verdict:
        assert sum(applies(code, verdict) for code in codes) >= 4
    with pytest.raises(UserError, match="not a reason"):
        ask(Verdict.APPROVE, reason="invented-facts")
    with pytest.raises(UserError, match=r"needs a reason code, one of: .*invented-facts"):
        ask(Verdict.REJECT, reason="")
    with pytest.raises(UserError, match="comment"):
        ask(Verdict.REJECT, reason="other", comment="")
    ask(Verdict.REJECT, reason="invented-facts", comment="")
    ask(Verdict.APPROVE, reason="", comment="")


def test_nobody_approves_their_own_work_or_twice() -> None:
    with pytest.raises(UserError, match="four eyes"):
        ask(Verdict.APPROVE, author="anna")
    ask(Verdict.REJECT, author="anna")
    ask(Verdict.APPROVE, author="anna", four_eyes=False)
    with pytest.raises(UserError, match="already"):
        ask(Verdict.APPROVE, earlier=(said("anna", Verdict.APPROVE),))
    ask(Verdict.APPROVE, earlier=(said("bert", Verdict.APPROVE),))


def test_escalated_is_the_leads_returned_is_the_authors_and_a_reversal_says_why() -> None:
    with pytest.raises(UserError, match="only an approver"):
        ask(Verdict.APPROVE, state=ReviewState.ESCALATED)
    ask(Verdict.APPROVE, state=ReviewState.ESCALATED, auditor=LEAD)
    with pytest.raises(UserError, match="returned"):
        ask(Verdict.APPROVE, state=ReviewState.RETURNED)
    ask(Verdict.AMEND, state=ReviewState.RETURNED)
    with pytest.raises(UserError, match="write in the comment why"):
        ask(Verdict.REJECT, state=ReviewState.APPROVED, reason="duplicate", comment="")
    ask(Verdict.REJECT, state=ReviewState.APPROVED, reason="duplicate", comment="see 12")
    with pytest.raises(UserError, match="approved already"):
        ask(Verdict.APPROVE, state=ReviewState.APPROVED)


def test_four_eyes_needs_two_different_auditors() -> None:
    first, second = said("anna", Verdict.APPROVE), said("bert", Verdict.APPROVE)
    assert state_after([], True) is ReviewState.PROPOSED
    assert state_after([first], True) is ReviewState.SECOND
    assert state_after([first, said("anna", Verdict.APPROVE)], True) is ReviewState.SECOND
    assert state_after([first, second], True) is ReviewState.APPROVED
    assert state_after([first], False) is ReviewState.APPROVED


def test_an_approval_stands_until_somebody_says_something_else() -> None:
    path = [said("anna", Verdict.APPROVE), said("bert", Verdict.REJECT)]
    assert state_after(path, False) is ReviewState.REJECTED
    assert approvals(path, 1) == set()
    path.append(said("anna", Verdict.APPROVE))
    assert approvals(path, 1) == {"anna"}
    assert state_after(path[::-1], True) is ReviewState.SECOND


def test_what_was_said_of_an_older_revision_and_what_is_unsigned_count_for_nothing() -> None:
    old = [said("anna", Verdict.APPROVE), said("bert", Verdict.APPROVE), said("carl", Verdict.AMEND)]
    new = said("carl", Verdict.APPROVE, revision=2)
    assert state_after([*old, new], True) is ReviewState.SECOND
    assert approvals([*old, new], 2) == {"carl"}
    unsigned = Decision(1, 1, Verdict.APPROVE, "", "", "eve", next(clock))
    assert approvals([unsigned], 1) == set()
    assert state_after([unsigned], False) is ReviewState.PROPOSED


@given(st.lists(st.tuples(st.sampled_from(["anna", "bert", "lea"]), st.sampled_from(list(Verdict))), max_size=8))
def test_approved_always_means_enough_approvals_after_the_last_other_word(words: list[tuple[str, Verdict]]) -> None:
    path = [said(name, verdict) for name, verdict in words]
    tail: set[str] = set()
    for name, verdict in words:
        tail = tail | {name} if verdict is Verdict.APPROVE else set()
    for four_eyes in (True, False):
        approved = state_after(path, four_eyes) is ReviewState.APPROVED
        assert approved == (len(tail) >= (2 if four_eyes else 1))


@pytest.mark.parametrize("state", sorted(set(ReviewState) - ENDS))
def test_every_state_can_be_left(state: ReviewState) -> None:
    assert next_state(state, Verdict.REJECT) is ReviewState.REJECTED
    if state is not ReviewState.STALE:
        assert next_state(state, Verdict.AMEND) is ReviewState.AMENDED

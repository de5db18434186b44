"""The reason codes: why a verdict was given, in words that can be counted."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.decision import Reason, Verdict

_APPROVE, _REJECT, _AMEND = Verdict.APPROVE, Verdict.REJECT, Verdict.AMEND
_RETURN, _ESCALATE, _HOLD = Verdict.RETURN, Verdict.ESCALATE, Verdict.HOLD

OTHER = "other"
"""The code that says nothing by itself and so asks for a comment."""

_REASONS = (
    Reason("follows-policy", "The corrected path follows the policy", (_APPROVE,)),
    Reason("matches-successful-attempt", "It does what a successful attempt at the same task did", (_APPROVE,)),
    Reason("verified-by-recording", "Every result that it relies on is recorded", (_APPROVE,)),
    Reason("supported-by-sessions", "What would be remembered stands in the sessions", (_APPROVE,)),
    Reason("warning-not-material", "The warning does not change what would be learned", (_APPROVE,)),
    Reason("warning-false-alarm", "The warning is mistaken", (_APPROVE,)),
    Reason("wrong-error-point", "The error lies at another step", (_REJECT, _RETURN, _AMEND)),
    Reason("not-an-error", "What the agent did was right", (_REJECT,)),
    Reason("not-the-agent", "The fault lies with the user, a tool or the environment", (_REJECT,)),
    Reason("breaks-policy", "The correction itself breaks the policy", (_REJECT, _RETURN, _ESCALATE)),
    Reason("invented-facts", "It rests on facts that nobody recorded", (_REJECT, _RETURN, _AMEND)),
    Reason("unsafe-action", "It acts where it should ask, refuse or hand over", (_REJECT, _RETURN, _ESCALATE)),
    Reason("loses-knowledge", "It takes away what must be remembered", (_REJECT, _RETURN)),
    Reason("leaks-answer", "It uses what the agent could not have known", (_REJECT, _RETURN)),
    Reason("personal-data", "It holds personal data or secrets", (_REJECT, _RETURN, _AMEND, _ESCALATE, _HOLD)),
    Reason("duplicate", "Another correction teaches the same", (_REJECT,)),
    Reason("wording", "Right in substance, wrong in words", (_AMEND, _RETURN)),
    Reason("incomplete", "Steps are missing", (_AMEND, _RETURN)),
    Reason("needs-evidence", "The evidence does not yet carry it", (_RETURN, _HOLD)),
    Reason("policy-unclear", "The policy does not settle the case", (_ESCALATE, _HOLD)),
    Reason("beyond-authority", "The decision is above the reviewer's authority", (_ESCALATE,)),
    Reason("conflict-of-interest", "The reviewer has a part in the case", (_ESCALATE,)),
    Reason("awaiting-information", "Something has been asked and not yet answered", (_HOLD,)),
    Reason("under-investigation", "The episode is part of an incident or legal hold", (_HOLD,)),
    Reason(OTHER, "Something else, said in the comment", tuple(Verdict)),
)


def reasons() -> tuple[Reason, ...]:
    """Return the reason codes that come with the program, in the order in which they are shown."""
    return _REASONS


def applies(code: str, verdict: Verdict, known: Sequence[Reason] = _REASONS) -> bool:
    """Tell whether *code* is one of the *known* reasons that can be given for *verdict* now."""
    return any(reason.code == code and verdict in reason.verdicts and not reason.retired for reason in known)

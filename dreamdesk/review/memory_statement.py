"""What an auditor signs of a memory change: an in-toto Statement v1 about the hunks that are taken."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.canonical import canonical
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.decision import Auditor, Verdict
from dreamdesk.model.memory import Change, Statement
from dreamdesk.review.sshsig import fingerprint
from dreamdesk.review.statement import STATEMENT_TYPE

PREDICATE_TYPE = "https://dreamdesk.dev/memory-decision/v1"
"""A name for the kind of statement. Nothing is ever fetched from it."""

_READ = "I have read this change to the agent's memory, its sources and its checks"
MEANING = {
    Verdict.APPROVE: f"{_READ}, and approve what is taken of it to be remembered.",
    Verdict.REJECT: f"{_READ}, and decide that it must not be remembered.",
    Verdict.ESCALATE: f"{_READ}, and pass the decision on to an approver.",
    Verdict.HOLD: f"{_READ}, and put off the decision.",
}
"""The sentence that the auditor signs, by verdict; others cannot be given of a memory change."""
MEANING_IN_PLACE = {
    **MEANING,
    Verdict.APPROVE: f"{_READ}. It was written before anybody decided; I accept what is taken of it.",
    Verdict.REJECT: f"{_READ}. It was written before anybody decided; it must be taken back.",
}
"""The same for a change that stands in the store already."""


def memory_statement(
    *,
    verdict: Verdict,
    reason: str,
    comment: str,
    auditor: Auditor,
    at: int,
    change_id: int,
    revision: int,
    digest: str,
    change: Change,
    in_place: bool,
    taken: Sequence[int],
    hunks: int,
    statements: Sequence[Statement],
    checks: Sequence[Check],
    ticked: Sequence[str] = (),
    until: int | None = None,
    tool_version: str,
) -> bytes:
    """Return the canonical bytes to sign. The subject is the selection of hunks, by its *digest*.

    *taken* are the numbers of the hunks that are taken, of *hunks* in all; *checks* and *statements* are what was
    shown of them. *at*, and *until*, when a hold ends, are in nanoseconds since 1970 UTC;
    *ticked* are the items of the desk's checklist, word for word.
    """
    predicate = {
        "verdict": verdict.value,
        "reason": reason,
        "comment": comment,
        "meaning": (MEANING_IN_PLACE if in_place else MEANING)[verdict],
        "auditor": {"name": auditor.name, "role": auditor.role.value, "key": fingerprint(auditor.public_key)},
        "at": at,
        "memory_change": change_id,
        "revision": {"number": revision, "author": ""},
        "operation": change.operation.value,
        "path": change.path,
        "in_place": in_place,
        "hunks": {"taken": sorted(taken), "of": hunks},
        "statements": {
            "new": len(statements),
            "without_source": sum(not statement.support for statement in statements),
        },
        "checks": [{"guardrail": check.guardrail, "result": check.result.value} for check in checks],
        "warnings_accepted": [
            check.guardrail for check in checks if check.result is CheckResult.WARN and verdict is Verdict.APPROVE
        ],
        "checklist": list(ticked),
        "until": until,
        "tool_version": tool_version,
    }
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": f"memory-change-{change_id}", "digest": {"sha256": digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        }
    )

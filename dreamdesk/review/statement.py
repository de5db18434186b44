"""What an auditor signs: an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) about one revision."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.canonical import canonical, sha256
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Auditor, Decision, Verdict
from dreamdesk.model.episode import Episode
from dreamdesk.model.finding import Candidate
from dreamdesk.model.source import Source
from dreamdesk.review.shown import Shown
from dreamdesk.review.sshsig import fingerprint

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://dreamdesk.dev/correction-decision/v1"
"""A name for the kind of statement. Nothing is ever fetched from it."""

_READ = "I have read the error point, its evidence and this revision"
MEANING = {
    Verdict.APPROVE: f"{_READ}, and approve it to be learned from.",
    Verdict.REJECT: f"{_READ}, and decide that it must not be learned from.",
    Verdict.AMEND: f"{_READ}, and replace it by a revision of my own.",
    Verdict.RETURN: f"{_READ}, and return it to its author.",
    Verdict.ESCALATE: f"{_READ}, and pass the decision on to an approver.",
    Verdict.HOLD: f"{_READ}, and put off the decision.",
}
"""The sentence that the auditor signs, by verdict."""


def statement(
    *,
    verdict: Verdict,
    reason: str,
    comment: str,
    auditor: Auditor,
    at: int,
    correction: int,
    revision: Revision,
    episode: Episode,
    source: Source,
    error: Candidate | None,
    checks: Sequence[Check],
    level: Level,
    earlier: Sequence[Decision] = (),
    ticked: Sequence[str] = (),
    until: int | None = None,
    tool_version: str,
    shown: Shown | None = None,
) -> bytes:
    """Return the canonical bytes to sign. The subject is the revision, by its digest.

    *error*, *checks* and *level* are what was shown when the decision was made, *correction* is its id on this desk,
    *earlier* are the decisions on this revision that the desk held, so that on any desk it shows which of two
    decisions knew the other, and *at* is in nanoseconds since 1970 UTC, as is *until*, when a hold ends. *ticked* are
    the items of the desk's checklist, word for word, *shown* is what the auditor had on the screen, if that is known.
    """
    predicate = {
        "verdict": verdict.value,
        "reason": reason,
        "comment": comment,
        "meaning": MEANING[verdict],
        "auditor": {
            "name": auditor.name,
            "role": auditor.role.value,
            "key": fingerprint(auditor.public_key),
        },
        "at": at,
        "earlier": sorted(sha256(decision.statement) for decision in earlier),
        "correction": correction,
        "revision": {
            "number": revision.number,
            "author": revision.author,
            "start": revision.start,
            "prefix_sha256": revision.prefix,
        },
        "episode": {"key": episode.key, "sha256": episode.sha256},
        "source": {"name": source.name, "sha256": source.sha256},
        "error": None
        if error is None
        else {"step": error.step, "category": error.category.value, "method": error.method, "why": error.why},
        "checks": [{"guardrail": check.guardrail, "result": check.result.value} for check in checks],
        "warnings_accepted": [
            check.guardrail for check in checks if check.result is CheckResult.WARN and verdict is Verdict.APPROVE
        ],
        "level": level.name,
        "checklist": list(ticked),
        "until": until,
        "tool_version": tool_version,
        "shown": shown.body() if shown is not None else None,
    }
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": f"correction-{correction}", "digest": {"sha256": revision.digest()}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        }
    )

"""Check: corrections through the guardrails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.desk import corrections, findings, policies, rules, settings, versions
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream import authored
from dreamdesk.guard import run as guard
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail
from dreamdesk.locate import offline
from dreamdesk.model.canonical import digest
from dreamdesk.model.check import Check, CheckResult, Level, Strictness
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate
from dreamdesk.pipeline import executing
from dreamdesk.pipeline.common import Cancelled, Progress, change_setting
from dreamdesk.pipeline.policies import bound


def check(
    db: Connection,
    chosen: Sequence[int] | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[int]:
    """Run every guardrail on the newest revision of the corrections *chosen* (all when None); return their ids."""
    work = corrections.ids(db) if chosen is None else list(chosen)
    done: list[int] = []
    for identity in work:
        if cancelled and cancelled():
            break
        number, checks, level = _answers(db, identity)
        with transaction(db):
            corrections.save_checks(db, identity, number, checks, level, rules_of(db))
        done.append(identity)
        if progress:
            progress(len(done), len(work), "corrections checked")
    return done


def best_first(db: Connection, episode: int, revisions: Sequence[Revision]) -> list[Revision]:
    """Return *revisions*, which are not on the desk yet, as the guardrails rank them.

    Fewest blocks first, then fewest warnings, then the highest level reached, then the shortest path.
    """
    bound_to, error, strictness = bound(db, episode), findings.standing(db, episode), settings.strictness(db)

    def rank(revision: Revision) -> tuple[int, int, int, int]:
        case = Case(bound_to, revision, error, offline.accusations)
        case = replace(case, execution=executing.execution(db, bound_to, case.path))
        checks, level = guard.run(case, strictness)
        counts = [sum(check.result is result for check in checks) for result in (CheckResult.BLOCK, CheckResult.WARN)]
        return counts[0], counts[1], -level, len(revision.steps)

    return sorted(revisions, key=rank) if len(revisions) > 1 else list(revisions)


def preview(
    db: Connection, episode: int, start: int, steps: Sequence[Step], lesson: str, correction: int | None = None
) -> tuple[Check, ...]:
    """Return what the guardrails would say of *steps*, written by hand from *start* on; nothing is kept.

    With *correction*, steps taken over unchanged from its newest revision keep their provenance.
    """
    recording = bound(db, episode)
    base = corrections.revision(db, correction) if correction is not None else None
    revision = replace(authored.authored(recording, start, steps, "", "", base), lesson=lesson)
    case = Case(recording, revision, findings.standing(db, episode), newer=versions.newer(db, episode))
    case = replace(case, execution=executing.execution(db, recording, case.path, others=False))
    return guard.run(case, settings.strictness(db))[0]


def check_again(db: Connection, correction: int) -> bool:
    """Run the guardrails once more and tell whether they still say what the desk shows; keep what they say now.

    Nobody approves on an answer that was forged, or that the error point or the guardrails have outlived.
    """
    number, checks, level = _answers(db, correction)
    same = corrections.checks(db, correction, number) == (checks, level)
    if not same:
        with transaction(db):
            corrections.save_checks(db, correction, number, checks, level, rules_of(db))
    return same


def rules_of(db: Connection) -> str:
    """Return a digest of what answers on this desk: its guardrails, what was chosen for them, its policies."""
    documents = [[p.agent, p.digest] for p in policies.in_force(db)]
    return digest([guard.rules(settings.strictness(db)), documents, executing.rules(db)])


def stale(db: Connection) -> list[int]:
    """Return the corrections whose checks were made under other rules than those of now, or by another version."""
    now = rules_of(db)
    return [correction for correction, then in sorted(corrections.checked_under(db).items()) if then != now]


def is_stale(db: Connection, correction: int) -> bool:
    """Tell whether the newest revision of *correction* was checked under other rules than those of now."""
    return corrections.checked_under(db, correction).get(correction, rules_of(db)) != rules_of(db)


def guardrails() -> tuple[Guardrail, ...]:
    """Return the guardrails in the order in which they are asked."""
    return guard.guardrails()


def may_be(guardrail: str, strictness: Strictness) -> bool:
    """Tell whether a desk may have the objections of *guardrail* weigh so much."""
    return guard.may_be(guardrail, strictness)


def choose_strictness(db: Connection, guardrail: str, strictness: Strictness, by: rules.By) -> None:
    """Have the objections of *guardrail* weigh so much on this desk.

    Raises:
        UserError: there is no such guardrail, it cannot be softened, or *by* may not change the rules.
    """
    if not guard.may_be(guardrail, strictness):
        raise UserError(f"The guardrail {guardrail!r} cannot be set to {strictness.value!r}; nothing was changed.")
    change_setting(db, settings.GUARD + guardrail, strictness.value, by)


def seen_by(db: Connection, correction: int, auditor: str) -> tuple[tuple[Check, ...], Level]:
    """Return what the guardrails say where nobody's mark but *auditor*'s counts; nothing is kept.

    A guardrail may name the error point, and at a second look that of the first auditor must not be known.
    """
    seen = findings.as_seen_by(db, corrections.get(db, correction).episode, auditor)
    _, checks, level = _answers(db, correction, seen)
    return checks, level


def _answers(
    db: Connection, correction: int, candidates: Sequence[Candidate] | None = None
) -> tuple[int, tuple[Check, ...], Level]:
    """Run the guardrails with the error point that stands, or with the first of *candidates*."""
    episode = corrections.get(db, correction).episode
    revision = corrections.revision(db, correction)
    standing, newer = findings.standing(db, episode), versions.newer(db, episode)
    if candidates is not None:
        standing = next(iter(candidates), None)
    case = Case(bound(db, episode), revision, standing, offline.accusations, newer=newer)
    case = replace(case, execution=executing.execution(db, case.episode, case.path))
    return revision.number, *guard.run(case, settings.strictness(db))

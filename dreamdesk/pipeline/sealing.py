"""Known-bad corrections: sealed before they exist, made among the genuine ones, opened when they have done their work.

A seal says how many of the next corrections will be bad, where and in which way; its commitment is in the ledger before
the first is made. They are made as their turn comes, so that neither number, time nor place tells them from others, and
the entry of the ledger that each correction has says of these, behind its salted commitment, that they are known to be
bad: a verifier that is given that entry refuses them.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from dreamdesk.desk import corrections, findings, ledger, rules, sealed, settings, versions
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream.lesson import with_lesson
from dreamdesk.dream.path import lay
from dreamdesk.guard import run as guard
from dreamdesk.guard.case import Case
from dreamdesk.locate import offline
from dreamdesk.model.canonical import Json
from dreamdesk.model.check import CheckResult
from dreamdesk.model.correction import DreamSource, Revision
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import executing
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import PROGRAM, write_head
from dreamdesk.pipeline.policies import bound
from dreamdesk.review.known_bad import Fault, spoil

MOST_SHARE = 4
"""At most one of so many corrections is bad: reviewers are there to review."""


def seal(db: Connection, number: int, among: int, by: rules.By) -> int:
    """Seal that *number* of the next *among* corrections are made bad; return the seal's id.

    Which ones, and how, the system draws; not even whoever seals knows.

    Raises:
        UserError: that is too many, or *by* may not change the rules.
    """
    if not 0 < number * MOST_SHARE <= among:
        raise UserError(f"At most one of {MOST_SHARE} corrections may be known to be bad, and at least one is.")
    chance = secrets.SystemRandom()
    places = sorted(chance.sample(range(1, among + 1), number))
    items: list[Json] = [
        {"at": at, "fault": chance.choice(list(Fault)).value, "number": chance.randrange(1 << 16)} for at in places
    ]
    with transaction(db):
        made = sealed.add_seal(db, by, {"among": among, "items": items})
    write_head(db)
    return made


def instead(
    db: Connection, episode: int, source: DreamSource, genuine: Revision
) -> tuple[Revision, sealed.KnownBad | None]:
    """Return what is put on the desk for *genuine*: itself, or what stands in its place, and under which seal.

    Called once for each correction that is about to be added, in the caller's transaction. Only a graft that nothing
    lies beside is spoilt: of what a model wrote, or came with the trace, the original can be read beside it. A turn
    that cannot be used passes to the next correction.
    """
    found = sealed.due(db)
    if found is None or source is not DreamSource.GRAFT or corrections.of_episode(db, episode):
        return genuine, None
    one, item = found
    ways = list(Fault)
    first = ways.index(Fault(item["fault"]))
    for fault in (*ways[first:], *ways[:first]):
        if made := _spoilt(db, episode, genuine, fault, int(item["number"])):
            return made, sealed.KnownBad(one.id, fault.value, genuine)
    return genuine, None


def _spoilt(db: Connection, episode: int, genuine: Revision, fault: Fault, number: int) -> Revision | None:
    """Return *genuine* spoilt, or None where it cannot be, or a guardrail would block it."""
    recording = bound(db, episode)
    made = spoil(recording, genuine, fault, number)
    if made is None:
        return None
    revision = lay(recording, made.start, made.steps, genuine.author, genuine.note)
    drawn = with_lesson(recording, replace(revision, lesson=""))
    revision = replace(drawn, lesson=drawn.lesson or genuine.lesson)
    case = Case(
        recording, revision, findings.standing(db, episode), offline.accusations, newer=versions.newer(db, episode)
    )
    case = replace(case, execution=executing.execution(db, recording, case.path))
    checks, _ = guard.run(case, settings.strictness(db))
    blocked = any(one.result is CheckResult.BLOCK for one in checks)
    return None if blocked or revision.digest() == genuine.digest() else revision


def open_seal(db: Connection, identity: int, by: rules.By) -> tuple[sealed.Sealed, ...]:
    """Open a seal: say in the ledger which corrections were bad, and put the genuine ones up for review. Return them.

    Raises:
        UserError: there is no such seal, it was opened, or *by* may not change the rules.
    """
    one = next((held for held in sealed.seals(db) if held.id == identity), None)
    if one is None:
        raise UserError(f"There is no seal {identity} on this desk.")
    made: list[int] = []
    with transaction(db):
        items = sealed.of_seal(db, identity)
        sealed.mark_opened(db, one, by)
        for item in items:
            correction = corrections.add(db, item.episode, DreamSource(item.source), item.genuine, PROGRAM)
            corrections.make_current(db, correction)
            made.append(correction)
    check(db, made)
    write_head(db)
    return items


def sealing_faults(db: Connection) -> list[str]:
    """Return where the seals, or what was made of them, are not those that the ledger has the commitments of."""
    entered = {body["seal"]: body for body in ledger.bodies(db, sealed.SEALED)}
    opened = {body["seal"]: body for body in ledger.bodies(db, sealed.OPENED)}
    held = {one.id: one for one in sealed.seals(db)}
    faults = [f"the ledger has a seal {number} that the desk has lost" for number in sorted(entered.keys() - held)]
    marked = {
        (body["correction"], body["digest"])
        for body in ledger.bodies(db, "revision-added")
        if body.get("known_bad") and body["revision"] == 1
    }
    for number, one in held.items():
        if one.commitment != entered.get(number, {}).get("commitment"):
            faults.append(f"seal {number} is not the one that the ledger has the commitment of")
        told = opened.get(number)
        if (told is not None) != (one.opened is not None):
            faults.append(f"seal {number} is open or not, against the ledger")
        if told and sealed.commitment(bytes.fromhex(told["salt"]), told["list"]) != one.commitment:
            faults.append(f"what the ledger says of the opened seal {number} is not what was sealed")
    there = {(item.correction, item.digest) for number in held for item in sealed.of_seal(db, number)}
    if there != marked:
        faults.append("the known-bad corrections are not those of the ledger")
    return faults

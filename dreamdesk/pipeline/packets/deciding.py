"""The decisions of a packet: each is verified by itself, and asked whether the rules of this desk let it count.

The rules are those of `review.workflow`, asked as they would have been where and when it was made: with the decisions
that it says it knew, on the checks of this desk. So whether one counts does not depend on what came first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dreamdesk.desk import auditors, corrections, decisions, episodes, packets
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json, sha256
from dreamdesk.model.check import Check
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.packets.found import Found, LeftOut
from dreamdesk.pipeline.packets.nouns import Record
from dreamdesk.pipeline.packets.people import People
from dreamdesk.pipeline.review_rules import desk_reasons
from dreamdesk.pipeline.reviewing import by_two
from dreamdesk.review import signing, workflow
from dreamdesk.review.packets.merging import in_order, knew
from dreamdesk.review.packets.records import DIGEST, NAME, parse
from dreamdesk.review.packets.shapes import many, one_of, text, whole
from dreamdesk.review.statement import PREDICATE_TYPE

_SAID = {
    "verdict": one_of(Verdict), "reason": text(300), "comment": text(200_000), "at": whole(), "correction": whole(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A revision on this desk."""

    episode: int
    correction: int
    number: int
    digest: str


def places(db: Connection, ids: Mapping[str, int]) -> dict[str, Place]:
    """Return where each revision of the episodes *ids* (by digest) is on this desk, by the name it has everywhere."""
    found: dict[str, Place] = {}
    for name, episode in ids.items():
        for source in DreamSource:
            for correction, chain in packets.chains(db, episode, source):
                for number, last in enumerate(chain, 1):
                    known_as = packets.revision_digest(name, source, chain[:number])
                    found.setdefault(known_as, Place(episode, correction, number, last))
    return found


def take_in(
    db: Connection, packet: str, told: Sequence[Record], ids: Mapping[str, int], people: People, actor: str,
    found: Found,
) -> None:  # fmt: skip
    """Write the decisions that are new and sound, in the caller's transaction; list the others.

    Raises:
        UserError: one speaks of a revision that is neither in the packet nor on the desk.
    """
    where, sound = places(db, ids), list[tuple[Place, Decision]]()
    for one in told:
        place = where.get(one["revision"])
        if place is None:
            raise UserError("A decision in the packet speaks of a revision that is neither in it nor on this desk.")
        if packets.has_decision(db, place.episode, one["statement"].encode()):
            found.known["decisions"] += 1
            continue
        try:
            sound.append((place, _read(db, one, place, people)))
        except UserError as error:
            found.left_out.append(LeftOut(_called(one, place), str(error)))
    order = {sha256(decision.statement): place for place, decision in sound}
    for decision in in_order(decision for _, decision in sound):
        place = order[sha256(decision.statement)]
        try:
            _allow(db, place, decision, people)
            decisions.add(db, decision, packet, actor)
        except UserError as error:
            found.left_out.append(LeftOut(_named(decision, place), str(error)))
            continue
        found.new["decisions"] += 1


def _read(db: Connection, told: Record, place: Place, people: People) -> Decision:
    """Return the decision that *told* is, as it is kept here.

    Raises:
        UserError: it cannot be read, its signature does not hold, or it speaks of something else.
    """
    statement = told["statement"].encode()
    said = _predicate(statement)
    who = str(said["auditor"]["name"])
    if who not in people.known:
        raise UserError(people.why.get(who, f"{one_line(who, 80)} is not among the auditors that the packet tells of"))
    signed = Decision(
        said["correction"], said["revision"]["number"], Verdict(said["verdict"]), said["reason"], said["comment"], who,
        said["at"], statement, told["sshsig"], told["envelope"].encode(), said.get("until"),
    )  # fmt: skip
    keys = [key for key in auditors.keys(db) if key.auditor == who]
    faults = [signing.check_decision(signed, key.public_key) for key in keys]
    if [] not in faults:
        raise UserError(min(faults, key=len)[0] if faults else "there is no key of this auditor here")
    key = keys[faults.index([])]
    if key.revoked is not None:  # that it was signed before is the word of whoever has the key now
        raise UserError("it came after its key was revoked on this desk")
    if not key.signs_at(signed.at):
        raise UserError("it was signed at a time when this key did not count")
    recording, source = episodes.load(db, place.episode), episodes.source_of(db, place.episode)
    about = (signing.subject(signed), said["revision"]["number"], said["episode"], said["source"]["sha256"])
    here = (place.digest, place.number, {"key": recording.key, "sha256": recording.sha256}, source.sha256)
    if about != here:
        raise UserError("what was signed is not this revision of this episode")
    return Decision(
        place.correction, place.number, signed.verdict, signed.reason, signed.comment, who, signed.at, statement,
        signed.sshsig, signed.envelope, signed.until,
    )  # fmt: skip


def _predicate(statement: bytes) -> dict[str, Json]:
    try:
        said = parse(statement, "the statement")
        predicate = dict(said["predicate"])
        if said["predicateType"] != PREDICATE_TYPE:
            raise UserError("it is no decision on a correction")
        for name, shape in _SAID.items():
            shape(predicate[name], name)
        whole(1)(predicate["revision"]["number"], "revision.number")
        NAME(predicate["auditor"]["name"], "auditor.name")
        many(DIGEST, 100_000)(predicate.get("earlier", []), "earlier")
        _ = predicate["episode"]["key"], predicate["source"]["sha256"], said["subject"][0]["digest"]["sha256"]
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise UserError(f"the statement cannot be read: {type(error).__name__} {error}") from error
    return predicate


def _allow(db: Connection, place: Place, decision: Decision, people: People) -> None:
    """Return if the rules of this desk let *decision* count.

    Raises:
        UserError: they do not.
    """
    checks: tuple[Check, ...] = corrections.checks(db, place.correction, place.number)[0]
    held, known = decisions.of_correction(db, place.correction, place.number), knew(decision)
    earlier = [one for one in held if (one.at < decision.at if known is None else sha256(one.statement) in known)]
    four_eyes = by_two(db, checks)
    auditors.check_trained(people.known[decision.auditor], decision.verdict, decision.at)
    workflow.may_decide(
        decision.verdict,
        auditor=people.known[decision.auditor],
        author=corrections.revision(db, place.correction, place.number).author,
        checks=checks,
        reason=decision.reason,
        comment=decision.comment,
        four_eyes=four_eyes,
        earlier=earlier,
        state=workflow.state_after(earlier, four_eyes),
        earlier_authors=_authors(db, place),
        known=desk_reasons(db),
        until=decision.until,
    )


def _authors(db: Connection, place: Place) -> set[str]:
    return {corrections.revision(db, place.correction, number).author for number in range(1, place.number)}


def _named(decision: Decision, place: Place) -> str:
    who, what = one_line(decision.auditor, 80), decision.verdict.value
    return f"the decision of {who} ({what}) on correction {place.correction}, revision {place.number}"


def _called(told: Record, place: Place) -> str:
    try:
        said = json.loads(told["statement"])["predicate"]
        who, what = one_line(str(said["auditor"]["name"])[:300], 80), one_line(str(said["verdict"])[:300], 20)
    except (ValueError, KeyError, TypeError, RecursionError):
        who, what = "somebody", "unreadable"
    return f"the decision of {who} ({what}) on correction {place.correction}, revision {place.number}"

"""Conflicts on a desk: what several people said and that cannot all hold. They stay until a person decides."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from dreamdesk.desk import auditors, corrections, decisions, episodes, outcomes, packets, policies
from dreamdesk.desk.database import Connection
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Decision, ReviewState, Verdict
from dreamdesk.model.outcome import Word
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.packets.found import Conflict
from dreamdesk.pipeline.packets.making import rules
from dreamdesk.review import sshsig
from dreamdesk.review.packets.merging import conflict

_CLOSED = (ReviewState.REJECTED, ReviewState.RELEASED)
_VERBS = {
    Verdict.APPROVE: "approves", Verdict.REJECT: "rejects", Verdict.RETURN: "returns", Verdict.ESCALATE: "escalates",
    Verdict.HOLD: "holds", Verdict.AMEND: "amends",
}  # fmt: skip


def conflicts(db: Connection) -> list[Conflict]:
    """Return what contradicts what on the desk now, the most serious first; [] where no packet ever came."""
    if not (came := [packet for packet in packets.all_packets(db) if not packet.sent]):
        return []
    touched = sorted({episode for packet in came for episode in packet.episodes})
    return [
        *(found for episode in touched for found in about(db, episode)),
        *(found for packet in came for found in _noted(db, packet)),
        *_rules(db, came),
    ]


def about(db: Connection, episode: int) -> Iterator[Conflict]:
    """Yield what contradicts what of one episode."""
    yield from _decisions(db, episode)
    yield from _amendments(db, episode)
    yield from _outcomes(db, episode)


def _decisions(db: Connection, episode: int) -> Iterator[Conflict]:
    for row in corrections.of_episode(db, episode):
        if said := conflict(decisions.of_correction(db, row.id, row.revisions)):
            yield Conflict(
                "decisions",
                f"correction {row.id}, revision {row.revisions}, {_title(db, episode)}",
                tuple(map(_said, said)),
                "Neither knew of the other. An approver reads both and decides anew; that decision names both.",
                row.id,
                episode,
            )


def _said(decision: Decision) -> str:
    words = f"{decision.auditor} {_VERBS[decision.verdict]}" + (f" ({decision.reason})" if decision.reason else "")
    return f"{words}: {one_line(decision.comment, 200)}" if decision.comment.strip() else words


def _amendments(db: Connection, episode: int) -> Iterator[Conflict]:
    """Yield revisions of which two people made different ones: each is a correction of its own."""
    for source in DreamSource:
        children: defaultdict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        for correction, chain in packets.chains(db, episode, source):
            if corrections.get(db, correction).state not in _CLOSED:
                for number in range(1, len(chain)):
                    children[chain[:number]].setdefault(chain[number], correction)
        for chain, forks in children.items():
            if len(forks) > 1:
                first = min(forks.values())
                yield Conflict(
                    "amendments",
                    f"revision {len(chain)}, {_title(db, episode)}",
                    tuple(_amended(db, correction, len(chain) + 1) for correction in sorted(forks.values())),
                    "Read both, decide one, and reject the other.",
                    first,
                    episode,
                )


def _amended(db: Connection, correction: int, number: int) -> str:
    revision = corrections.revision(db, correction, number)
    words = f"correction {correction}, by {revision.author or 'nobody named'}"
    return f"{words}: {one_line(revision.note, 200)}" if revision.note.strip() else words


def _outcomes(db: Connection, episode: int) -> Iterator[Conflict]:
    """Yield two auditors' words of which one came with a packet, and after which nobody here has spoken."""
    unanswered = outcomes.foreign(db).get(episode, set())
    for before, last in list(zip(said := outcomes.words(db, episode), said[1:], strict=False))[-1:]:
        if before.state is not last.state and before.auditor != last.auditor and unanswered & {
            (before.auditor, before.at), (last.auditor, last.at)
        }:  # fmt: skip
            yield Conflict(
                "outcomes",
                _title(db, episode),
                tuple(map(_worded, (before, last))),
                "The later word counts until somebody sets the outcome again, having read both.",
                None,
                episode,
            )


def _worded(word: Word) -> str:
    return f"{word.auditor}: {word.state.value if word.state else 'takes it back'} ({one_line(word.reason, 200)})"


def _noted(db: Connection, packet: packets.Row) -> Iterator[Conflict]:
    """Yield what was found when *packet* was taken in and still is so."""
    keys = {auditor.name: sshsig.fingerprint(auditor.public_key) for auditor in auditors.all_auditors(db)}
    for note in packet.notes:
        if note["kind"] == "key" and any(keys.get(note["about"], "") in side for side in note["sides"][1:]):
            continue  # the desk has the other key by now
        yield Conflict(note["kind"], note["about"], tuple(note["sides"]), note["way_out"], None, note["episode"])


def _rules(db: Connection, came: list[packets.Row]) -> Iterator[Conflict]:
    """Yield where the rules of the desks that packets came from, as they last told, differ from ours."""
    ours, here = rules(db), {policy.name: policy.digest for policy in policies.in_force(db)}
    for packet in {packet.desk: packet for packet in came}.values():
        head = json.loads(packet.head)
        for name in sorted(ours.keys() | head["rules"].keys()):
            mine, theirs = ours.get(name, "normal"), str(head["rules"].get(name, "normal"))
            if mine != theirs:
                yield _rule(f"the setting “{name}”", mine, theirs, packet)
        for name in sorted(here.keys() | head["policies"].keys()):
            mine, theirs = here.get(name, ""), str(head["policies"].get(name, ""))
            if mine != theirs:
                here_, there = (f"text {one[:12]}…" if one else "not in force" for one in (mine, theirs))
                yield _rule(f"the policy “{one_line(name, 80)}”", here_, there, packet)


def _rule(about: str, mine: str, theirs: str, packet: packets.Row) -> Conflict:
    return Conflict(
        "rules",
        about,
        (f"here: {one_line(mine, 80)}", f"at {one_line(packet.person, 80)}: {one_line(theirs, 80)}"),
        "Agree on one and set it on both desks. Until then the stricter desk may leave out what the other approved.",
    )


def _title(db: Connection, episode: int) -> str:
    return f"episode {episode}, {one_line(episodes.load(db, episode).title, 80)}"

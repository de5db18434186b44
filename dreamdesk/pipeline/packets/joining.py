"""Joining a packet with a desk: a set union by digest, whole or not at all.

What both hold is there once, whichever came first and however often it comes. Nothing is ever written over: what
contradicts is kept side by side and listed (`conflicts`), until a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from dreamdesk.desk import corrections, episodes, findings, outcomes, packets, policies, rules, search, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.correction import DreamSource, Revision, prefix_digest
from dreamdesk.model.decision import ReviewState
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import stands
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import Cancelled, Progress, write_head
from dreamdesk.pipeline.grouping import group
from dreamdesk.pipeline.packets import arriving, conflicts, deciding, nouns, people, recordings
from dreamdesk.pipeline.packets.found import Found, LeftOut
from dreamdesk.pipeline.packets.nouns import Record
from dreamdesk.review.packets.packet import Packet, PacketKind, open_packet
from dreamdesk.review.packets.records import SHAPES

PHASES = ("episodes", "corrections", "guardrails", "decisions", "the ledger")


class _Look(Exception):
    """Raised where everything was looked at and nothing shall be kept."""


def look(
    db: Connection,
    path: Path,
    confirmed: Collection[str] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Found:
    """Return what the packet at *path* would bring to the desk and what would conflict; nothing is written.

    It does all that `join` does and takes it back, so that the two cannot differ.

    Raises:
        UserError: it is no sound packet, or cannot be joined with this desk at all.
    """
    return _run(db, path, confirmed, "DreamDesk", progress, cancelled, keep=False)


def join(
    db: Connection,
    path: Path,
    by: rules.By,
    confirmed: Collection[str] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Found:
    """Join the packet at *path* with the desk; when this returns, all of it is on the disk.

    Args:
        db: The desk.
        path: The packet.
        by: Who takes it in; an administrator's key where the desk has one and auditors or policies are new.
        confirmed: Fingerprints that were compared with their owners, who are entered as auditors.
        progress: Called with what is done.
        cancelled: Asked between pieces of work; True takes everything back.

    Raises:
        UserError: as `look` says, or the sender is not confirmed, or the work was cancelled; nothing was written.
    """
    found = _run(db, path, confirmed, by, progress, cancelled, keep=True)
    search.index(db)
    group(db)
    write_head(db)
    return found


def _run(
    db: Connection, path: Path, confirmed: Collection[str], by: rules.By, progress: Progress | None,
    cancelled: Cancelled | None, *, keep: bool,
) -> Found:  # fmt: skip
    with open_packet(path) as packet:
        told = _sorted(packet)
        found = Found(packet.head)
        try:
            with transaction(db):
                _Joining(db, packet, found, by, progress, cancelled).run(told, confirmed, looking=not keep)
                if not keep:
                    raise _Look
        except _Look:
            return found
    found.kept = True
    return found


def _sorted(packet: Packet) -> dict[str, list[Record]]:
    """Return the records by their type."""
    told: dict[str, list[Record]] = {name: [] for name in SHAPES}
    for one in packet.records():
        told[one["type"]].append(one)
    return told


class _Joining:
    """One packet on its way into a desk, inside one transaction."""

    def __init__(
        self, db: Connection, packet: Packet, found: Found, by: rules.By, progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:  # fmt: skip
        self._db, self._packet, self._found, self._by = db, packet, found, by
        self._progress, self._cancelled = progress, cancelled
        self._actor, self._name = rules.name_of(by), packet.head.digest

    def run(self, told: Mapping[str, Sequence[Record]], confirmed: Collection[str], *, looking: bool) -> None:
        """Do it all; the caller keeps it or takes it back."""
        db, head, found = self._db, self._packet.head, self._found
        seen = arriving.receive(db, head, found)
        # Auditors first: nothing counts that is by nobody known here.
        known = people.meet(db, head, told["auditor"], confirmed, self._by, found, looking=looking)
        self._reached(0)
        if head.kind is PacketKind.ASSIGNMENT:
            self._policies(told["policy"], looking=looking)
        ids, new = recordings.take_in(db, self._packet, told, self._actor, found)
        self._findings(told["finding"], ids, new)
        self._reached(1)
        fresh = self._corrections(told["correction"], ids)
        if any(one["source"] == DreamSource.GRAFT.value for one in told["correction"]):
            found.remarks.append("Numbers of episodes that a graft names are those of the desk where it was made.")
        for one in told["mark"]:
            if self._counts(known, one["auditor"], "mark"):
                self._count("marks", findings.take_mark(db, _id(ids, one), nouns.mark_in(one), self._name, self._actor))
        self._words(told["word"], ids, known)
        self._reached(2)
        for correction in fresh:
            check(db, [correction])
            self._stop_if_cancelled()
        self._reached(3)
        deciding.take_in(db, self._name, told["decision"], ids, known, self._actor, found)
        self._reached(4)
        self._record(seen, sorted(ids.values()))
        for episode in sorted(ids.values()):
            found.conflicts += conflicts.about(db, episode)

    def _record(self, seen: Sequence[tuple[int, bytes]], touched: Sequence[int]) -> None:
        """Enter the packet in the ledger, unless it is an old one that brings nothing."""
        db, head, found = self._db, self._packet.head, self._found
        before = packets.find(db, self._name)
        if before is not None:
            found.remarks.append("This packet was taken in before.")
            if not any(found.new.values()):
                return
        row = before or packets.Row(
            self._name, False, head.kind.value, head.desk, head.sender, head.at, head.ledger.size, head.ledger.root,
            tuple(touched), head.encoded(), [one.note() for one in found.conflicts],
        )  # fmt: skip
        packets.add(db, row, self._actor, dict(found.new), found.told(), again=before is not None)
        packets.witness(db, head.desk, seen, self._name, self._actor)

    def _policies(self, told: Sequence[Record], *, looking: bool) -> None:
        """Put those in force of which this desk has none; where it has another text, both desks' rules are listed."""
        here = {policy.name for policy in policies.in_force(self._db)}
        for one in told:
            if one["name"] not in here:
                by = rules.name_of(self._by) if looking else self._by
                if looking and rules.administrators(self._db):
                    self._found.remarks.append("Its policies need an administrator of this desk to take it in.")
                    continue
                policies.add(self._db, one["name"], one["agent"], one["text"], by)
                self._found.new["policies"] += 1

    def _findings(self, told: Sequence[Record], ids: Mapping[str, int], new: Sequence[int]) -> None:
        for one in told:
            episode = _id(ids, one)
            if episode in new:
                steps = episodes.load(self._db, episode).steps
                candidates = nouns.candidates_in(one)
                if not all(0 <= c.step < len(steps) and all(stands(q, steps) for q in c.quotes) for c in candidates):
                    raise UserError("An error point in the packet rests on words that do not stand in the recording.")
                findings.save(self._db, episode, candidates, ())

    def _corrections(self, told: Sequence[Record], ids: Mapping[str, int]) -> list[int]:
        """Add the revisions that are new; return the corrections that have a new newest one."""
        fresh: list[int] = []
        read = [(_id(ids, one), DreamSource(one["source"]), nouns.revisions_in(one)) for one in told]
        for episode, source, revisions in sorted(read, key=lambda one: len(one[2])):
            self._stop_if_cancelled()
            steps = episodes.load(self._db, episode).steps
            for revision in revisions:
                if revision.start > len(steps) or prefix_digest(steps[: revision.start]) != revision.prefix:
                    raise UserError("A correction in the packet was made from another recording than the one it names.")
            if (correction := self._line(episode, source, revisions)) is not None:
                fresh.append(correction)
        return list(dict.fromkeys(fresh))

    def _line(self, episode: int, source: DreamSource, revisions: Sequence[Revision]) -> int | None:
        """Add one correction, or what it has beyond one that is here; None where nothing is new.

        Of two amendments of one revision each is a correction of its own, so that both stand side by side.
        """
        db, found = self._db, self._found
        chain = tuple(revision.digest() for revision in revisions)
        here = packets.chains(db, episode, source)
        if any(other[: len(chain)] == chain for _, other in here):
            found.known["corrections"] += 1
            return None
        shorter = [
            (len(other), -number)
            for number, other in here
            if chain[: len(other)] == other and corrections.get(db, number).state is not ReviewState.RELEASED
        ]
        if shorter:
            length, number = max(shorter)
            correction = -number
            found.new["revisions"] += len(chain) - length
        else:
            length, correction = 1, corrections.add(db, episode, source, revisions[0], self._actor)
            found.new["corrections"] += 1
            found.new["revisions"] += len(chain) - 1
        for revision in revisions[length:]:
            corrections.add_revision(db, correction, revision, self._actor)
        return correction

    def _words(self, told: Sequence[Record], ids: Mapping[str, int], known: people.People) -> None:
        rule = settings.outcome_rule(self._db)
        for word, one in sorted(((nouns.word_in(one), one) for one in told), key=lambda pair: pair[0].at):
            if not word.reason.strip():
                raise UserError("An outcome in the packet was set without a reason.")
            if self._counts(known, word.auditor, "word on an outcome"):
                new = outcomes.take_over(self._db, _id(ids, one), word, rule, self._name, self._actor)
                self._count("outcomes", new)

    def _counts(self, known: people.People, auditor: str, what: str) -> bool:
        if auditor in known.known:
            return True
        why = known.why.get(auditor, "the packet does not tell of this auditor")
        self._found.left_out.append(LeftOut(f"a {what} of {one_line(auditor, 80)}", why))
        return False

    def _count(self, what: str, new: bool) -> None:
        (self._found.new if new else self._found.known)[what] += 1

    def _reached(self, phase: int) -> None:
        self._stop_if_cancelled()
        if self._progress:
            self._progress(phase, len(PHASES), PHASES[phase])

    def _stop_if_cancelled(self) -> None:
        if self._cancelled and self._cancelled():
            raise UserError("Stopped. Nothing was taken from the packet.")


def _id(ids: Mapping[str, int], told: Record) -> int:
    if told["episode"] not in ids:
        raise UserError(f"The packet speaks of an episode that it does not hold ({told['episode'][:16]}…).")
    return ids[told["episode"]]

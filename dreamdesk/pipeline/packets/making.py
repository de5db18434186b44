"""Making a packet: what is chosen of a desk, as one signed file for another."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dreamdesk.desk import (
    auditors,
    corrections,
    decisions,
    episodes,
    findings,
    kept,
    ledger,
    marks,
    outcomes,
    packets,
    policies,
    queue,
    sealed,
    settings,
)
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.pipeline.common import Cancelled, Progress, write_head
from dreamdesk.pipeline.packets import nouns
from dreamdesk.pipeline.packets.nouns import Record
from dreamdesk.review.identity import Signer
from dreamdesk.review.packets.consistency import Tree
from dreamdesk.review.packets.packet import (
    MOST_EARLIER,
    Checkpoint,
    Chunks,
    Head,
    PacketKind,
    open_packet,
    write_packet,
)

RULES = (settings.FOUR_EYES, settings.WAIVER_SECOND, settings.BLIND_MARK, settings.OUTCOME_RULE)
"""The settings that bind decisions and that desks who work together should have alike."""

RECORDINGS = 64 << 20
"""Bytes up to which the recording of a source goes into the packet; of a larger one only its digest does."""


def sampled(db: Connection, number: int, seed: int) -> list[int]:
    """Return *number* episodes of those that wait for review, by lot; the same seed draws the same."""
    waiting = list(queue.ids(db, queue.Tab.REVIEW))
    return sorted(random.Random(seed).sample(sorted(waiting), min(number, len(waiting))))  # noqa: S311


def make_packet(
    db: Connection,
    out: Path,
    signer: Signer,
    *,
    to: str,
    chosen: Sequence[int],
    why: str = "",
    due: str = "",
    kind: PacketKind = PacketKind.ASSIGNMENT,
    blind: bool = False,
    recordings: bool = True,
    answers: str = "",
    to_desk: str = "",
    at: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Head:
    """Write a packet for *to* with the episodes *chosen* into the new file *out*; return what its head says.

    Args:
        db: The desk.
        out: Where; nothing may be there.
        signer: Who sends it.
        to: The auditor whom it is for.
        chosen: Ids of the episodes.
        why: What is asked for.
        due: By when, as 2026-12-31, or "".
        kind: A return names the episodes instead of repeating them.
        blind: Leave out what was decided and marked so far.
        recordings: Put in the recordings of up to 64 MB each; else, and where words were erased from them, only their
            digests.
        answers: The packet that this one answers.
        to_desk: The desk that it is for, where that is known.
        at: When it is made; now.
        progress: Called with episodes done.
        cancelled: Asked between episodes.

    Raises:
        UserError: there is nothing to send, the file is there or cannot be written, the sender may not send, or the
            work was cancelled. Nothing is left behind.
    """
    if out.exists():
        raise UserError(f"{out}: there is a file of that name already; nothing was written.")
    if not chosen:
        raise UserError("No episode was chosen, so that there is nothing to send.")
    draft = out.with_name(f".{out.name}.new")
    try:
        with transaction(db):
            sender = auditors.current(db, signer)
            if sender.role is Role.READER:
                raise UserError(f"{sender.name} only reads here and sends no packets.")
            gathered = Gathering(db, kind, blind=blind, recordings=recordings)
            gathered.person(sender.name)
            for done, episode in enumerate(dict.fromkeys(chosen), 1):
                if cancelled and cancelled():
                    raise UserError("The packet was cancelled. Nothing was written.")
                gathered.episode(episode)
                if progress:
                    progress(done, len(chosen), "episodes packed")
            now, earlier = _ledger(db)
            head = Head(
                kind=kind, desk=ledger.desk_id(db), sender=sender.name, role=sender.role, key=sender.public_key,
                to_desk=to_desk, to_name=to, at=time.time_ns() if at is None else at, due=due, why=why,
                answers=answers, blind=blind, ledger=now, earlier=earlier, rules=rules(db),
                policies={policy.name: policy.digest for policy in policies.in_force(db)}, members={},
            )  # fmt: skip
            head = write_packet(draft, head, gathered.records, gathered.recordings, signer)
            row = packets.Row(
                head.digest, True, kind.value, to_desk, to, head.at, now.size, now.root, tuple(dict.fromkeys(chosen)),
                head.encoded(), [],
            )  # fmt: skip
            told = counted(len(row.episodes), "episode")
            packets.add(db, row, sender.name, {"episodes": len(row.episodes)}, told)
        os.replace(draft, out)
    except OSError as error:
        raise UserError(f"{out}: the packet cannot be written there ({error.strerror or error}).") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    write_head(db)
    return head


def answer(
    db: Connection,
    out: Path,
    signer: Signer,
    assignment: str = "",
    why: str = "",
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Head:
    """Write the return of an assignment, the last one that came where none is named, into the new file *out*.

    Raises:
        UserError: no such assignment came to this desk, or as `make_packet` says.
    """
    came = [one for one in packets.all_packets(db) if not one.sent and one.kind == PacketKind.ASSIGNMENT.value]
    came = [one for one in came if one.digest.startswith(assignment)]
    if not came:
        raise UserError("No such assignment came to this desk, so that there is nothing to return.")
    one = came[-1]
    return make_packet(
        db, out, signer, to=one.person, chosen=one.episodes, why=why, kind=PacketKind.RETURN, recordings=False,
        answers=one.digest, to_desk=one.desk, progress=progress, cancelled=cancelled,
    )  # fmt: skip


def packet_head(path: Path) -> Head:
    """Return what the packet at *path* says of itself, its signature and digests being sound.

    Raises:
        UserError: it is no sound packet.
    """
    with open_packet(path) as packet:
        return packet.head


def rules(db: Connection) -> dict[str, str]:
    """Return the rules of this desk that bind decisions, by name."""
    weights = {settings.GUARD + name: weight.value for name, weight in settings.strictness(db).items()}
    return {**{name: settings.get(db, name) for name in RULES}, **weights}


def _ledger(db: Connection) -> tuple[Checkpoint, tuple[Checkpoint, ...]]:
    """Return the checkpoint of now, and those that went out before, each with its proof."""
    tree = Tree(ledger.lines(db))
    sent = {one.size: one.root for one in packets.all_packets(db) if one.sent and one.size <= tree.size}
    earlier = tuple(
        Checkpoint(size, root, tuple(tree.proof(size))) for size, root in sorted(sent.items())[-MOST_EARLIER:]
    )
    return Checkpoint(tree.size, tree.root()), earlier


class Gathering:
    """Gathers the records of a packet."""

    def __init__(self, db: Connection, kind: PacketKind, *, blind: bool, recordings: bool) -> None:
        self.records: list[Record] = []
        self.recordings: dict[str, Chunks] = {}
        self._db, self._kind, self._blind, self._with_recordings = db, kind, blind, recordings
        self._people: set[str] = set()
        self._sources: set[str] = set()
        self._sealed = sealed.corrections(db)
        self._covered = ledger.renamed(db)
        self._known = {auditor.name: auditor for auditor in auditors.all_auditors(db)}
        if kind is not PacketKind.RETURN:
            self.records += [
                {"type": "policy", "name": policy.name, "agent": policy.agent, "text": policy.text}
                for policy in policies.in_force(db)
            ]

    def person(self, name: str) -> None:
        """Add the auditor *name* and their public key."""
        if name not in self._people and (auditor := self._known.get(name)) is not None:
            self._people.add(name)
            self.records.append(
                {"type": "auditor", "name": name, "role": auditor.role.value, "key": auditor.public_key}
            )

    def episode(self, identity: int) -> None:
        """Add an episode with all that was said of it."""
        db = self._db
        source = episodes.source_of(db, identity)
        recording = episodes.load(db, identity)
        name = packets.episode_digest(recording, source.sha256)
        if self._kind is PacketKind.RETURN:
            self.records.append({"type": "known", "source": source.sha256, "key": recording.key, "digest": name})
        else:
            own = replace(recording, outcome=outcomes.own(db, identity))
            self.records.append(nouns.episode_out(own, source.sha256))
            self._source(identity)
            if candidates := findings.stored(db, identity):
                self.records.append(nouns.finding_out(name, candidates))
        for row in corrections.of_episode(db, identity):
            if row.id not in self._sealed:  # known-bad corrections never leave: elsewhere nobody knows them as such
                self._correction(row, name)
        if self._blind:
            return
        for mark in marks.of_episode(db, identity):
            self.person(mark.auditor)
            self.records.append(nouns.mark_out(name, mark))
        for word in outcomes.words(db, identity):
            self.person(word.auditor)
            self.records.append(nouns.word_out(name, word))

    def _source(self, episode: int) -> None:
        db, source = self._db, episodes.source_of(self._db, episode)
        if source.sha256 in self._sources:
            return
        self._sources.add(source.sha256)
        self.records.append(nouns.source_out(source))
        held = packets.holder(db, source.sha256)
        covered = source.sha256 in self._covered  # words were erased from it: these are not the bytes of its digest
        if self._with_recordings and source.size <= RECORDINGS and held is not None and not covered:
            self.recordings[source.sha256] = lambda: kept.kept_bytes(db, held)

    def _correction(self, row: corrections.Row, episode: str) -> None:
        db = self._db
        revisions = [corrections.revision(db, row.id, number) for number in range(1, row.revisions + 1)]
        self.records.append(nouns.correction_out(episode, row.source, revisions, corrections.checks(db, row.id)[0]))
        if self._blind:
            return
        chain = [revision.digest() for revision in revisions]
        for decision in decisions.of_correction(db, row.id):
            self.person(decision.auditor)
            self.records.append(
                {
                    "type": "decision",
                    "revision": packets.revision_digest(episode, row.source, chain[: decision.revision]),
                    "statement": decision.statement.decode(),
                    "sshsig": decision.sshsig,
                    "envelope": decision.envelope.decode(),
                }
            )

"""A triage from the files to the packets. What is done of it stays done, and the same call goes on from there."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from dreamdesk.desk import packets as sent
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import canonical
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.locating import MOST_SIBLINGS
from dreamdesk.pipeline.pace import Pace
from dreamdesk.pipeline.packets.making import make_packet, packet_head
from dreamdesk.pipeline.preparing import prepare
from dreamdesk.pipeline.triaging import dealing, sharding
from dreamdesk.pipeline.triaging.crew import Crew, run
from dreamdesk.pipeline.triaging.dealing import Ask, Deal
from dreamdesk.pipeline.triaging.nouns import Job, Place, Rules, Shard
from dreamdesk.pipeline.triaging.reading import index, publish, read
from dreamdesk.pipeline.triaging.result import Dealt, Triage, sum_up, told
from dreamdesk.pipeline.triaging.surveying import Failure, failures, survey
from dreamdesk.pipeline.triaging.taking import take
from dreamdesk.review import sampling
from dreamdesk.review.identity import Signer
from dreamdesk.review.packets.packet import SUFFIX

RESULT, LOT, WORK = "triage.json", "lot.txt", "work"
"""In the folder of a triage: what was dealt to whom, the lot, a line each, and what is not needed at the end."""

STOPPED = "Stopped. The same command goes on from there."


@dataclass(frozen=True, slots=True)
class Sending:
    """How the packets are made: for whom by name, why and by when, and whether recordings come along."""

    names: tuple[str, ...] = ()
    why: str = ""
    due: str = ""
    recordings: bool = True


def triage(
    db: Connection, signer: Signer, paths: Sequence[Path], out: Path, crew: Crew, ask: Ask, sending: Sending,
    *, format_name: str | None = None, shard_bytes: int = sharding.MOST_BYTES,
    keep: bool = False, progress: Progress | None = None, cancelled: Cancelled = lambda: False,
) -> Triage:  # fmt: skip
    """Read and locate all files of *paths*, and deal the failures to *ask.desks* auditors as packets in *out*.

    Args:
        db: The desk that deals; what is dealt is taken in there, and returns are joined there.
        signer: Who signs the packets.
        paths: Files, and folders, which are walked.
        out: A folder, made if it is not there; on a cluster all workers see it and *paths* under the same names.
        crew: Who works; the packets are the same whoever does.
        ask: What is dealt.
        sending: How.
        format_name: Read as this format; else it is found out.
        shard_bytes: How much a worker takes at once; the packets are the same whatever it is.
        keep: Leave what is not needed any more.
        progress: Told what is done.
        cancelled: Asked again and again.

    Raises:
        UserError: *out* holds another triage or lies among the files, a path does not exist, a packet cannot be made,
            or the work was cancelled. The same call goes on where this one ended.
    """
    out, work, rules = out.absolute(), out.absolute() / WORK, Rules.of(db, format_name)
    _check(out, paths, ask, sending)
    shards = list(sharding.shards(paths, shard_bytes))
    if not shards:
        raise UserError("There is no file in these folders.")
    _begin(work, {"corpus": sharding.fingerprint(shards), "rules": rules.digest})
    scratch = "" if crew.far else str(work)
    bare = [Job(str(work), scratch, one, rules, {}, frozenset()) for one in shards]
    total = sum(shard.size for shard in shards)
    _all(run(crew, read, bare, cancelled), Pace(progress, total, megabytes=True), "Reading", cancelled)
    siblings, parts = _siblings(work, shards)
    jobs = (_with_siblings(job, work, siblings, parts) for job in bare)
    _all(run(crew, survey, jobs, cancelled), Pace(progress, total, megabytes=True), "Locating", cancelled)

    def found() -> Iterator[Failure]:
        return chain.from_iterable(failures(work, shard.name) for shard in shards)

    deal = dealing.deal(found, ask)
    names = deal.chosen
    chosen = [one for one in dealing.distinct(found()) if one.digest in names]
    ids = take(db, work, chosen, siblings, progress, cancelled)
    prepare(db, progress, cancelled, sorted(ids.values()))
    if cancelled():
        raise UserError(STOPPED)
    why = f"{sending.why} {_words(deal, ask)}".strip()
    made = [_send(db, signer, out, dealt, ids, why, sending) for dealt in _dealt(chosen, ask, sending)]
    result = sum_up((index(work, shard.name) for shard in shards), deal, made)
    publish(out / LOT, sampling.lot_lines(deal.lot).encode().splitlines())
    publish(out / RESULT, [json.dumps(told(result, ask), indent=1, sort_keys=True, ensure_ascii=False).encode()])
    if not keep:
        shutil.rmtree(work)
    return result


def _check(out: Path, paths: Sequence[Path], ask: Ask, sending: Sending) -> None:
    """Refuse at the beginning what would be refused at the end."""
    if ask.desks < 1:
        raise UserError("A triage deals to one desk at least.")
    if ask.terms is not None:
        ask.terms.check()
    if sending.due and not _is_date(sending.due):
        raise UserError(f"{sending.due!r} is no date such as 2026-12-31.")
    if (out / RESULT).exists():
        raise UserError(f"{out}: a triage is finished there already. Name another folder.")
    if any(out.resolve().is_relative_to(path.resolve()) for path in paths):
        raise UserError(f"{out}: this folder lies among the files that are read. Name one that does not.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _begin(work: Path, corpus: Mapping[str, str]) -> None:
    """Make the folder of the work, or see that it is that of the same corpus under the same rules."""
    state, said = work / "corpus.json", canonical(dict(corpus))
    try:
        work.mkdir(parents=True, exist_ok=True)
        if not state.exists():
            publish(state, [said])
        if state.read_bytes().strip() != said:
            raise UserError(
                f"{work.parent}: a triage of other files, or under other rules of the desk, was begun there; files may "
                "have changed since. Name another folder, or delete this one."
            )
    except OSError as error:
        raise UserError(f"{work}: nothing can be written there ({error.strerror or error}).") from error


def _all(done: Iterable[int], pace: Pace, what: str, cancelled: Cancelled) -> None:
    """Wait until all shards are done, and tell how far they are."""
    so_far = 0
    for size in done:
        so_far += size
        pace.tell(so_far, what)
    if cancelled():
        raise UserError(STOPPED)


def _siblings(work: Path, shards: Sequence[Shard]) -> tuple[dict[str, tuple[Place, ...]], frozenset[str]]:
    """Return the first successful attempts at each task that somebody failed at, and the files that are mere parts."""
    failed, parts = set[str](), set[str]()
    for shard in shards:
        one = index(work, shard.name)
        failed |= one.failed
        parts |= one.parts
    found: dict[str, tuple[Place, ...]] = {}
    for shard in shards:
        for task, ids in index(work, shard.name).succeeded.items():
            if task in failed:
                places = (*found.get(task, ()), *((shard.name, one) for one in ids))
                found[task] = places[:MOST_SIBLINGS]
    return found, frozenset(parts)


def _with_siblings(job: Job, work: Path, siblings: Mapping[str, tuple[Place, ...]], parts: frozenset[str]) -> Job:
    tasks = index(work, job.shard.name).failed & siblings.keys()
    own = {task: siblings[task] for task in sorted(tasks)}
    return Job(job.folder, job.scratch, job.shard, job.rules, own, parts)


def _dealt(chosen: Sequence[Failure], ask: Ask, sending: Sending) -> Iterator[Dealt]:
    """Yield what each packet shall hold."""
    for desk, hand in enumerate(dealing.hands(chosen, ask.desks), 1):
        to = sending.names[desk - 1] if sending.names else f"desk {desk}"
        for part, some in enumerate(dealing.packets(hand, ask.most, recordings=sending.recordings), 1):
            file = f"desk-{desk:02}-{part:03}{SUFFIX}"
            risks = Counter(one.risk for one in some)
            yield Dealt(file, desk, to, tuple(one.digest for one in some), risks)


def _send(
    db: Connection, signer: Signer, out: Path, dealt: Dealt, ids: Mapping[str, int], why: str, sending: Sending
) -> Dealt:
    """Make a packet, unless it is there from before; return what it holds."""
    path, chosen = out / dealt.file, [ids[one] for one in dealt.episodes]
    if path.exists():
        before = sent.find(db, packet_head(path).digest)
        if before is not None and (before.person, list(before.episodes)) == (dealt.to, chosen):
            return dealt
    make_packet(
        db, path, signer, to=dealt.to, chosen=chosen, why=why, due=sending.due, recordings=sending.recordings
    )  # fmt: skip
    return dealt


def _words(deal: Deal, ask: Ask) -> str:
    """Say how the episodes were chosen."""
    lot = counted(len(deal.lot), "failure")
    if ask.terms is None:
        return f"Triage of {lot}, all of which are dealt."
    promise = f"at most {ask.terms.share} of the lot bad with confidence {ask.terms.confidence}"
    sample = f"a sample of {len(deal.sample):,} ({promise}, seed {ask.seed})"
    return f"Triage of {lot}: {sample}, and the {len(deal.gravest):,} gravest others."

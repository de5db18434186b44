"""The episodes of a packet: recognised where the desk has them, taken in where it has not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from dreamdesk.desk import episodes, kept, ledger, outcomes, packets, settings, sources
from dreamdesk.desk.database import Connection
from dreamdesk.desk.fingerprint import Facts, Fingerprint
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Episode, Kind, OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Rule
from dreamdesk.model.source import ImportReport, Source
from dreamdesk.model.text import counted, one_line
from dreamdesk.pipeline.packets import nouns
from dreamdesk.pipeline.packets.found import Conflict, Found
from dreamdesk.pipeline.packets.nouns import Record
from dreamdesk.review.packets.packet import Packet

_LACKING = "its bytes stayed there: the desk holds their digest"


def take_in(
    db: Connection, packet: Packet, told: Mapping[str, Sequence[Record]], actor: str, found: Found
) -> tuple[dict[str, int], list[int]]:
    """Take in the episodes that are new, in the caller's transaction.

    Return the id of each episode of the packet by its digest, and the ids of the new ones.

    Raises:
        UserError: a source or an episode that is spoken of is nowhere, or not what it is said to be.
    """
    files = {one["sha256"]: nouns.source_in(one) for one in told["source"]}
    if len(files) != len(told["source"]) or not packet.recordings <= files.keys():
        raise UserError("The packet tells of a source twice, or holds a recording of none.")
    ids: dict[str, int] = {}
    fresh: defaultdict[str, dict[str, Episode]] = defaultdict(dict)
    for one in told["episode"]:
        episode = nouns.episode_in(one)
        if one["source"] not in files:
            raise UserError(f"The packet does not tell which file {one_line(episode.key, 80)!r} was read from.")
        name = packets.episode_digest(episode, one["source"])
        known = packets.find_episode(db, one["source"], episode.key, name)
        if known is None:
            fresh[one["source"]][name] = episode
        else:
            ids[name] = known
            found.known["episodes"] += 1
            _compare(db, known, episode, found)
    for one in told["known"]:
        here = packets.find_episode(db, one["source"], one["key"], one["digest"])
        if here is None:
            raise UserError(
                f"The packet speaks of the episode {one_line(one['key'], 80)!r} of the file {one['source'][:16]}…, "
                "which is not on this desk."
            )
        ids[one["digest"]] = here
        found.known["episodes"] += 1
    new: list[int] = []
    for sha256, some in sorted(fresh.items()):
        made = _import(db, packet, files[sha256], some, actor)
        ids |= made
        new += made.values()
        found.new["episodes"] += len(made)
    return ids, new


def _compare(db: Connection, known: int, theirs: Episode, found: Found) -> None:
    """Note where the source's own verdict differs: one desk has joined a verdict that the other has not."""
    own = outcomes.own(db, known)
    if (own.state, own.score) != (theirs.outcome.state, theirs.outcome.score):
        found.conflicts.append(
            Conflict(
                "verdict",
                f"episode {known}, {one_line(theirs.title, 80)}",
                (f"here: {own.state.value} {one_line(own.detail, 80)}".rstrip(),
                 f"there: {theirs.outcome.state.value} {one_line(theirs.outcome.detail, 80)}".rstrip()),
                "One desk has a verdict that the other lacks. Import the file with the verdicts, or set the outcome.",
                None,
                known,
            )
        )  # fmt: skip


def _import(db: Connection, packet: Packet, source: Source, some: Mapping[str, Episode], actor: str) -> dict[str, int]:
    """Write the episodes of one source; return their ids by digest."""
    head, chunks = packet.head, None
    if source.sha256 in packet.recordings:
        if head.members[f"recording-{source.sha256}"][1] != source.size:
            raise UserError(f"The recording of {one_line(source.name, 80)} is not as long as the packet says.")
        chunks = packet.recording(source.sha256)
    note = f"came with a packet of {one_line(head.sender, 80)} (desk {head.desk}); others of the file may not have"
    ordered = sorted(some.items(), key=lambda item: item[1].key)
    origin = Origin("from a packet", note, {"packet": head.digest})
    return keep_some(db, source, ordered, chunks, origin, actor)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where some episodes of a source came from.

    Attributes:
        told: In a few words, for the ledger.
        note: In a sentence, for the report of the import.
        entry: What else the entry of the ledger holds.
    """

    told: str
    note: str
    entry: Mapping[str, Json] = field(default_factory=dict)


def keep_some(
    db: Connection, source: Source, some: Iterable[tuple[str, Episode]], chunks: Iterable[bytes] | None, origin: Origin,
    actor: str,
) -> dict[str, int]:  # fmt: skip
    """Write *some* episodes of one source, each with its digest, in the caller's transaction; return their ids by it.

    *chunks* are the bytes of the source; without them the desk holds their digest alone.

    Raises:
        UserError: an episode is not what its digest says, or cannot be kept.
    """
    number, held = sources.begin(db, source), chunks is not None
    if chunks is not None:
        kept.keep_chunks(db, number, chunks)
    made, recorded, facts, report = dict[str, int](), Fingerprint(), Facts(), _Report()
    for name, episode in some:
        (made[name],) = episodes.add(db, number, [episode])
        if packets.episode_digest(episodes.load(db, made[name]), source.sha256) != name:
            raise UserError(f"The episode {one_line(episode.key, 80)!r} cannot be kept as it is.")
        recorded.add(episode.steps)
        facts.add(episode)
        report.add(episode)
    told = report.of(source, (origin.note,) if held else (origin.note, _LACKING))
    sources.finish(db, number, told)
    if (rule := settings.outcome_rule(db)) != Rule():
        outcomes.derive(db, rule, number)
    ledger.append(db, actor, "imported", {
        "subject": f"{source.name}: {counted(len(made), 'episode')}, {origin.told}",
        "source": number,
        "name": source.name,
        "sha256": source.sha256,
        "format": source.format,
        "reader_version": source.reader_version,
        "episodes": len(made),
        "skipped": 0,
        "steps_sha256": recorded.hex(),
        "facts_sha256": facts.hex(),
        "report_sha256": digest(asdict(told)),
        "kept": held,
        **origin.entry,
    })  # fmt: skip
    return made


class _Report:
    """Counts the episodes as they pass by."""

    def __init__(self) -> None:
        self._states: Counter[OutcomeState] = Counter()
        self._steps = self._native_steps = self._tool_calls = self._tool_errors = self._gaps = 0

    def add(self, episode: Episode) -> None:
        self._states[episode.outcome.state] += 1
        self._steps += len(episode.steps)
        self._native_steps += episode.native_steps
        self._tool_calls += sum(step.kind is Kind.TOOL_CALL for step in episode.steps)
        self._tool_errors += sum(step.kind is Kind.TOOL_RESULT and step.is_error for step in episode.steps)
        self._gaps += len(episode.gaps)

    def of(self, source: Source, notes: tuple[str, ...]) -> ImportReport:
        return ImportReport(
            source=source.name,
            sha256=source.sha256,
            format=source.format,
            episodes=self._states.total(),
            failed=self._states[OutcomeState.FAILED],
            succeeded=self._states[OutcomeState.SUCCEEDED],
            partial=self._states[OutcomeState.PARTIAL],
            unknown=self._states[OutcomeState.UNKNOWN],
            steps=self._steps,
            native_steps=self._native_steps,
            tool_calls=self._tool_calls,
            tool_errors=self._tool_errors,
            gaps=self._gaps,
            notes=notes,
        )

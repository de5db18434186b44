"""Outcomes on the desk: what counts stands on the episode's row, the source's own verdict is kept where it differs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Rule, Word, effective

ENTRY = "outcome-set"
"""Type of the ledger entries that say what an auditor set."""

SAID = ("episode", "auditor", "state", "reason", "at")

Change = tuple[OutcomeState, OutcomeState]
"""From which outcome to which."""

_ROWS = (
    "SELECT episode.id, outcome, outcome_source, outcome_pointer, outcome_detail, score, own.state, own.source,"
    " own.pointer, own.detail FROM episode LEFT JOIN own_outcome AS own ON own.episode = episode.id"
)


def own(db: Connection, episode: int) -> Outcome:
    """Return the source's own verdict on *episode*.

    Raises:
        UserError: the desk has no such episode.
    """
    return _read(db, episode)[1]


def words(db: Connection, episode: int) -> tuple[Word, ...]:
    """Return what auditors said of the outcome of *episode*, oldest first."""
    rows = db.execute(
        "SELECT auditor, state, reason, at FROM outcome_word WHERE episode = ? ORDER BY at, id", (episode,)
    )
    return tuple(Word(row[0], OutcomeState(row[1]) if row[1] else None, row[2], row[3]) for row in rows)


def say(db: Connection, episode: int, word: Word, rule: Rule) -> Outcome:
    """Record what an auditor says of the outcome of *episode*, with its ledger entry; return what counts now.

    Raises:
        UserError: the desk has no such episode, the reason is missing, or there is nothing to take back.
    """
    if not word.reason.strip():
        raise UserError("An outcome is set with a reason; nothing was changed.")
    with transaction(db):
        before, _ = _read(db, episode)
        if word.state is None and before.source is not OutcomeSource.AUDITOR:
            raise UserError(f"Nobody has set the outcome of episode {episode}; there is nothing to take back.")
        return _record(db, episode, word, rule)


def take_over(db: Connection, episode: int, word: Word, rule: Rule, packet: str, actor: str) -> bool:
    """Record what an auditor said on another desk, in the caller's transaction; False where this desk has it.

    Of words from several desks the latest counts, whatever came first.
    """
    if word in words(db, episode):
        return False
    _record(db, episode, word, rule, packet, actor)
    return True


def foreign(db: Connection) -> dict[int, set[tuple[str, int]]]:
    """Return, by episode, auditor and time of the words that came with packets and nobody here has spoken after."""
    found: dict[int, set[tuple[str, int]]] = {}
    for body in map(json.loads, ledger.sound_bodies(db, ENTRY)):
        if "packet" in body:
            found.setdefault(body["episode"], set()).add((body["auditor"], body["at"]))
        else:
            found.pop(body["episode"], None)
    return found


def _record(db: Connection, episode: int, word: Word, rule: Rule, packet: str = "", actor: str = "") -> Outcome:
    before, source = _read(db, episode)
    state = word.state.value if word.state else None
    db.execute(
        "INSERT INTO outcome_word(episode, auditor, state, reason, at) VALUES(?,?,?,?,?)",
        (episode, word.auditor, state, word.reason, word.at),
    )
    after = effective(source, rule, words(db, episode)[-1])
    _write(db, episode, source, after)
    change = f"{before.state.value} → {after.state.value}{'' if state else ', taken back'}"
    ledger.append(
        db,
        actor or word.auditor,
        ENTRY,
        {
            "subject": f"episode {episode}: {change}: {word.reason}",
            "episode": episode,
            "auditor": word.auditor,
            "state": state,
            "reason": word.reason,
            "at": word.at,
            **({"packet": packet} if packet else {}),
        },
    )
    return after


def give(db: Connection, episode: int, given: Outcome, rule: Rule) -> None:
    """Let *given* be the source's own verdict on *episode*, in the caller's transaction; *rule* and words still count.

    Raises:
        UserError: the desk has no such episode.
    """
    _read(db, episode)
    said = words(db, episode)
    db.execute("UPDATE episode SET score = ? WHERE id = ?", (given.score, episode))
    _write(db, episode, given, effective(given, rule, said[-1] if said else None))


def preview(db: Connection, rule: Rule) -> Counter[Change]:
    """Return how many episodes *rule* would move from one outcome to another."""
    moved = ((before.state, after.state) for _, before, _, after in _due(db, rule))
    return Counter(change for change in moved if change[0] is not change[1])


def derive(db: Connection, rule: Rule, source: int | None = None) -> None:
    """Make the outcomes that count anew by *rule*, of *source* or of all, in the caller's transaction."""
    for episode, _, given, after in list(_due(db, rule, source)):
        _write(db, episode, given, after)


def underived(db: Connection, rule: Rule) -> list[int]:
    """Return the episodes whose outcome does not follow from the source's own, *rule* and what auditors said."""
    return [episode for episode, *_ in _due(db, rule, everywhere=True)]


def said(db: Connection) -> list[dict[str, Json]]:
    """Return what auditors said of all outcomes, oldest first, under the names that the ledger's entries have."""
    rows = db.execute("SELECT episode, auditor, state, reason, at FROM outcome_word ORDER BY id")
    return [dict(zip(SAID, row, strict=True)) for row in rows]


def _due(
    db: Connection, rule: Rule, source: int | None = None, *, everywhere: bool = False
) -> Iterator[tuple[int, Outcome, Outcome, Outcome]]:
    """Yield the episodes whose outcome should be another: id, what stands there, the source's own, what should."""
    last = {row[0]: words(db, row[0])[-1] for row in db.execute("SELECT DISTINCT episode FROM outcome_word").fetchall()}
    # Elsewhere nothing but the source speaks, so that nothing can be due unless somebody forged it.
    where = "1" if everywhere else "(score IS NOT NULL OR own.episode IS NOT NULL)"
    where += "" if source is None else " AND episode.source = ?"
    for row in db.execute(f"{_ROWS} WHERE {where}", () if source is None else (source,)):
        stands, given = _outcomes(row)
        wanted = effective(given, rule, last.get(row[0]))
        if wanted != stands or (row[6] is not None) != (wanted != given):
            yield row[0], stands, given, wanted


def _read(db: Connection, episode: int) -> tuple[Outcome, Outcome]:
    row = db.execute(f"{_ROWS} WHERE episode.id = ?", (episode,)).fetchone()
    if row is None:
        raise UserError(f"There is no episode {episode} on this desk.")
    return _outcomes(row)


def _outcomes(row: tuple[Json, ...]) -> tuple[Outcome, Outcome]:
    """Return what counts and what the source says."""
    stands = Outcome(OutcomeState(row[1]), OutcomeSource(row[2]), row[3], row[4], row[5])
    if row[6] is None:
        return stands, stands
    return stands, Outcome(OutcomeState(row[6]), OutcomeSource(row[7]), row[8], row[9], row[5])


def _write(db: Connection, episode: int, given: Outcome, wanted: Outcome) -> None:
    """Let *wanted* count for *episode*, and keep the source's own, *given*, where that is another."""
    db.execute("DELETE FROM own_outcome WHERE episode = ?", (episode,))
    if wanted != given:
        kept = (given.state.value, given.source.value, given.pointer, given.detail)
        db.execute("INSERT INTO own_outcome VALUES(?,?,?,?,?)", (episode, *kept))
    db.execute(
        "UPDATE episode SET outcome = ?, outcome_source = ?, outcome_pointer = ?, outcome_detail = ? WHERE id = ?",
        (wanted.state.value, wanted.source.value, wanted.pointer, wanted.detail, episode),
    )

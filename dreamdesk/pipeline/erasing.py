"""Erasing a person's words from the desk: found first, erased with a reason, certified, and nothing left in the file.

It is one transaction that changes the desk, and an entry of the ledger that says so. Then the file is packed, its log
is emptied, and the copies that DreamDesk made beside it go; when that was interrupted, it is done at the next chance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dreamdesk import __version__
from dreamdesk.desk import (
    copying,
    corrections,
    database,
    erasure,
    fingerprint,
    kept,
    ledger,
    memory,
    rules,
    sealed,
    search,
    sources,
)
from dreamdesk.desk.database import Connection, path_of, transaction
from dreamdesk.desk.episodes import load
from dreamdesk.desk.erasable import How
from dreamdesk.desk.erasure import Found, Words
from dreamdesk.desk.witness import RESTORED
from dreamdesk.memory import plan
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.correction import prefix_digest
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.pipeline.backups import BACKED_UP
from dreamdesk.pipeline.common import PROGRAM, write_head
from dreamdesk.pipeline.review_rules import refuse_early_purge
from dreamdesk.pipeline.verifying import verify_desk

NAMESPACE = "dreamdesk-erasure"
"""SSHSIG namespace of a certificate."""

FINISHED = "erasure-finished"


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would change, and what it cannot reach.

    Attributes:
        found: The cells that hold the words.
        sources: Sources whose kept bytes hold them, or cannot be searched and would be dropped.
        names: Auditors whose names hold them; then nothing is erased.
        bundles, packets: What already left the desk with episodes that hold them: where to, and when.
        copies: Copies of the desk that DreamDesk made and that would be removed.
        out_of_reach: Copies that are not there now.
    """

    found: tuple[Found, ...]
    sources: tuple[str, ...]
    names: tuple[str, ...]
    bundles: tuple[str, ...]
    packets: tuple[str, ...]
    copies: tuple[str, ...]
    out_of_reach: tuple[str, ...]


def preview_erasure(db: Connection, texts: Sequence[str]) -> Preview:
    """Return what erasing *texts* would change.

    Raises:
        UserError: a text is too short.
    """
    words = Words(texts)
    found = tuple(erasure.find(db, words))
    rows: dict[str, set[int]] = {}
    for cell in found:
        rows.setdefault(cell.table, set()).add(cell.row)
    names = dict(_source_names(db))
    touched = {number for number in names if words.cover(_bytes(db, number)) != _bytes(db, number)}
    touched |= _sources_of(db, rows)
    episodes = erasure.episodes_of(db, rows)
    here, away = copies(db)
    # What a seal holds back is erased as well; its row would tell which correction is known to be bad.
    secret = any(seal.opened is None for seal in sealed.seals(db))
    return Preview(
        tuple(cell for cell in found if not (secret and cell.table == "sealed")),
        tuple(names[number] for number in sorted(touched) if number in names),
        tuple(erasure.held_by_names(db, words)),
        tuple(erasure.bundles_with(db, episodes)),
        tuple(erasure.packets_with(db, episodes)),
        tuple(map(str, here)),
        tuple(map(str, away)),
    )


def erase(db: Connection, texts: Sequence[str], reason: str, by: rules.By, ground: str = "") -> dict[str, Json]:
    """Erase *texts* everywhere on the desk, and return the certificate. The file is scrubbed by `finish_erasures`.

    *ground* is the legal ground that outweighs a duty to keep, where there is one.

    Raises:
        UserError: no reason, *by* may not do it, the words must be kept longer and there is no *ground*, they are
            nowhere or part of an auditor's name, or the desk would not verify afterwards; then nothing was changed.
    """
    words = Words(texts)
    if not reason.strip():
        raise UserError("Say why it is erased; the certificate has the reason. Nothing was changed.")
    if words.count(reason) or words.count(ground):
        raise UserError(
            "The reason holds the words that are to be erased, and the reason is kept. Nothing was changed."
        )
    rules.check(db, by)
    if names := erasure.held_by_names(db, words):
        raise UserError(
            f"These words are part of the name of an auditor ({', '.join(names)}). Who decided is not erased while the "
            "decisions are kept. Nothing was changed."
        )
    if not ground.strip():
        _keep_long_enough(db, words)
    if faults := verify_desk(db):
        raise UserError(f"The desk does not verify, so nothing is erased from it: {faults[0]}")
    try:
        return _erase(db, words, reason, by, ground)
    except (ValueError, KeyError, TypeError) as error:  # of words that are no words but values of the desk
        raise UserError(f"After it the desk could not be read, so nothing was erased ({error}).") from error


def _keep_long_enough(db: Connection, words: Words) -> None:
    """Return if what holds *words* has been kept as long as the desk's retention asks.

    Raises:
        UserError: it has not.
    """
    rows: dict[str, set[int]] = {}
    for cell in erasure.find(db, words):
        rows.setdefault(cell.table, set()).add(cell.row)
    touched = _sources_of(db, rows)
    since = [at for number, at, _ in sources.reports(db) if number in touched]
    first = ledger.entry(db, 1)
    try:
        refuse_early_purge(db, max(since, default=first.at if first else 0))
    except UserError as error:
        raise UserError(f"{error} Where the law outweighs that, name its ground.") from error


def _erase(db: Connection, words: Words, reason: str, by: rules.By, ground: str) -> dict[str, Json]:
    with transaction(db), erasure.unlocked(db):
        before, fresh = dict(_digests(db)), _fresh(db)
        changed = erasure.erase(db, words)
        covered = _cover(db, words, changed)
        if not changed and not covered and not _in_ledger(db, words):
            raise UserError("These words stand nowhere on this desk. Nothing was changed.")
        _follow(db, fresh)
        renamed = {was: now for (what, was), now in zip(before.items(), dict(_digests(db)).values(), strict=True)
                   if was != now and what}  # fmt: skip
        erasure.rename(db, renamed)
        left = erasure.rewrite_ledger(db, words, renamed)
        digests = {**renamed, **covered}
        certificate = _certificate(db, changed, covered, left, digests, reason, ground, by)
        body: dict[str, Json] = {
            "subject": f"words of a person in {counted(sum(map(len, changed.values())) + len(left), 'place')}",
            "reason": reason.strip(), "ground": ground.strip(), "bodies": left, "digests": digests,
            "certificate": sha256(canonical(certificate)),
        }  # fmt: skip
        entry = rules.enter(db, by, ledger.ERASED, body)
        signature = "" if isinstance(by, str) else by.sshsig(canonical(certificate), NAMESPACE)
        erasure.keep_certificate(db, entry, canonical(certificate).decode(), signature)
        search.lift(db)
        if faults := verify_desk(db):
            raise UserError(f"After it the desk would not verify, so nothing was erased: {faults[0]}")
    return {**certificate, "signature": signature}


def _digests(db: Connection) -> Iterator[tuple[str, str]]:
    """Yield every digest that the ledger or a statement holds of content, by what it is of."""
    for number in sources.ids(db):
        steps, places, facts = fingerprint.of_source(db, number)
        yield f"steps {number}", steps
        yield f"places {number}", places
        yield f"facts {number}", facts
        yield f"report {number}", sources.report_digest(db, number)
    for correction in corrections.ids(db):
        for number in range(1, corrections.get(db, correction).revisions + 1):
            revision = corrections.revision(db, correction, number)
            yield f"prefix {correction} {number}", revision.prefix
            yield f"revision {correction} {number}", revision.digest()
    yield from erasure.stored_digests(db)
    for row in memory.sets(db):
        about = memory.get_set(db, row.id)
        for change in memory.changes(db, row.id):
            for made in memory.revisions(db, change.id):
                yield (
                    f"memory {change.id} {made.number}",
                    plan.subject(about, change.number, change.change, made.hunks).digest,
                )


def _fresh(db: Connection) -> list[tuple[int, int, int, int]]:
    """Return correction, number, episode and start of each revision that continues its episode as it is recorded."""
    found = []
    for correction in corrections.ids(db):
        row = corrections.get(db, correction)
        steps = load(db, row.episode).steps
        for number in range(1, row.revisions + 1):
            revision = corrections.revision(db, correction, number)
            if prefix_digest(steps[: revision.start]) == revision.prefix:
                found.append((correction, number, row.episode, revision.start))
    return found


def _follow(db: Connection, fresh: list[tuple[int, int, int, int]]) -> None:
    """Let revisions continue their episodes as these are recorded now."""
    for correction, number, episode, start in fresh:
        erasure.set_prefix(db, correction, number, prefix_digest(load(db, episode).steps[:start]))


def _cover(db: Connection, words: Words, changed: dict[str, set[int]]) -> dict[str, str]:
    """Cover the words in the kept bytes; those of a changed source in which they are not found go. Return the digests.

    A source may hold its words in a way that nobody can search: packed, in UTF-16, in pieces.
    """
    renamed: dict[str, str] = {}
    touched = _sources_of(db, changed)
    for number, _ in list(_source_names(db)):
        data = _bytes(db, number)
        covered = words.cover(data)
        if not data or (covered == data and number not in touched):
            continue
        was = sha256(data)
        kept.drop(db, number)
        if covered != data:
            kept.keep_data(db, number, covered)
        renamed[was] = sha256(covered) if covered != data else ""
    return renamed


def _bytes(db: Connection, source: int) -> bytes:
    return b"".join(kept.kept_bytes(db, source))


def _source_names(db: Connection) -> list[tuple[int, str]]:
    return [(number, sources.report(db, number).source) for number in sources.ids(db)]


def _sources_of(db: Connection, rows: dict[str, set[int]]) -> set[int]:
    return erasure.sources_of(
        db, {table: rows[table] for table in ("step", "episode", "episode_text") if table in rows}
    )


def _in_ledger(db: Connection, words: Words) -> bool:
    return any(words.count(erasure.text_of(How.LEDGER, cell[3])) for cell in erasure.cells(db, How.LEDGER))


def _certificate(
    db: Connection, changed: dict[str, set[int]], covered: dict[str, str], left: dict[str, str],
    renamed: dict[str, str], reason: str, ground: str, by: rules.By,
) -> dict[str, Json]:  # fmt: skip
    episodes = erasure.episodes_of(db, changed)
    here, away = copies(db)
    return {
        "what": "words of a person were erased from a desk of DreamDesk",
        "desk": ledger.desk_id(db),
        "entry": ledger.size(db) + 1,
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "by": rules.name_of(by),
        "reason": reason.strip(),
        "ground": ground.strip(),
        "rows": {table: len(rows) for table, rows in sorted(changed.items())},
        "sources": len(covered),
        "entries": [{"entry": int(seq), "commitment_now": commit} for seq, commit in sorted(left.items(), key=_number)],
        "digests": [{"was": was, "now": now} for was, now in sorted(renamed.items())],
        "bundles": list(erasure.bundles_with(db, episodes)),
        "packets": list(erasure.packets_with(db, episodes)),
        "originals": erasure.paths_of(db, _sources_of(db, changed) | _sources_with(db, covered)),
        "copies_removed": [str(path) for path in here],
        "copies_out_of_reach": [str(path) for path in away],
        "remains": "The lines of the ledger, whose hashes go on as they were; salted commitments to bodies that are "
        "gone; digests of what was signed. What left the desk before, in bundles and packets, is not reached, and "
        "neither are the files that were imported.",
        "tool_version": __version__,
    }


def _sources_with(db: Connection, digests: dict[str, str]) -> set[int]:
    return {number for number, _, digest in sources.places(db) if digest in digests}


def _number(item: tuple[str, str]) -> int:
    return int(item[0])


# Nothing left: in the file, its free pages, its log, and beside it.


def finish_erasures(db: Connection) -> list[Path]:
    """Pack the file, empty its log and remove the copies beside it; return the copies that are out of reach.

    It can be done again at any time, and has succeeded once nobody else has the desk open.

    Raises:
        UserError: another window or program has the desk open.
    """
    search.optimize(db)
    database.pack(db)
    here, away = copies(db)
    removed = []
    for path in here:
        with suppress(OSError):
            copying.remove(path)
            removed.append(str(path))
    with transaction(db):
        erasure.finish(db)
        subject = f"{len(removed)} of its copies removed, {len(away)} out of reach"
        body: dict[str, Json] = {
            "subject": subject,
            "removed": [*removed],
            "out_of_reach": [str(path) for path in away],
        }
        ledger.append(db, PROGRAM, FINISHED, body)
    write_head(db)
    return away


def copies(db: Connection) -> tuple[list[Path], list[Path]]:
    """Return the copies of this desk that DreamDesk made: those that are there, and those that are not there now."""
    desk = path_of(db)
    here = [
        path
        for pattern in (f"{desk.name}.before-*", f"{desk.name}.replaced-*", f".{desk.name}*.new")
        for path in sorted(desk.parent.glob(pattern))
        if path.suffix not in (".wal", ".shm") and not path.name.endswith(("-wal", "-shm"))
    ]
    gone = {str(path) for body in ledger.bodies(db, FINISHED) for path in body["removed"]}
    away = []
    made = [str(body["path"]) for body in ledger.bodies(db, BACKED_UP)]
    made += [str(path) for body in ledger.bodies(db, RESTORED) for path in body.get("backups", [])]
    for path in map(Path, dict.fromkeys(made)):
        if path.is_file():
            here.append(path)
        elif str(path) not in gone:
            away.append(path)
    return here, away


def certificates(db: Connection) -> list[dict[str, Json]]:
    """Return the certificates of all erasures, oldest first, with their signatures and when they were finished."""
    rows = erasure.certificates(db)
    return [{**json.loads(text), "signature": signature, "finished": finished} for text, signature, finished in rows]

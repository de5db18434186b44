"""Erasure: how a person's words are found in the desk and taken out of it; `erasable.TABLES` says from where."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.desk.erasable import TABLES, How
from dreamdesk.desk.memory import stored_digest
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.errors import UserError

MARK = "[erased]"
"""What stands where words were erased."""
SHORTEST = 3
"""Characters that a text must have: a shorter one would stand in half of all words."""


_PART = 4
"""Letters of a word that is taken by itself out of what the desk made of recorded words."""


@dataclass(frozen=True, slots=True)
class Found:
    """A cell that holds what was looked for: *times*, and the words around the first of them."""

    table: str
    column: str
    row: int
    times: int
    around: str


class Words:
    """The texts to erase, in any case, with any white space, and as JSON writes them, once or twice.

    Raises:
        UserError: one of them is too short.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._single = {word for text in texts for word in re.findall(r"\w+", text.casefold())}
        parts = sorted(word for word in self._single if len(word) >= _PART)
        self._parts = re.compile(rf"\b(?:{'|'.join(map(re.escape, parts))})\b", re.IGNORECASE) if parts else None
        forms: set[str] = set()
        for text in texts:
            bare = " ".join(text.split())
            if len(bare) < SHORTEST:
                raise UserError(
                    f"“{bare}” is too short to be erased: it stands inside other words. Give a longer text."
                )
            for form in {unicodedata.normalize(name, bare) for name in ("NFC", "NFD")} | {bare}:
                forms |= set(_written(form))
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        joined = "|".join(r"(?:\s|\\+[nrt])+".join(map(re.escape, form.split(" "))) for form in ordered)
        self._text = re.compile(joined, re.IGNORECASE)
        self._bytes = re.compile(b"|".join(
            rb"(?:\s|\\+[nrt])+".join(map(re.escape, form.encode().split(b" "))) for form in ordered), re.IGNORECASE
        )  # fmt: skip

    def count(self, text: str) -> int:
        """Return how often they stand in *text*."""
        return sum(1 for _ in self._text.finditer(text))

    def around(self, text: str) -> str:
        """Return the words around the first place."""
        match = self._text.search(text)
        return text[max(0, match.start() - 30) : match.end() + 30] if match else ""

    def erase(self, text: str) -> str:
        """Return *text* with `MARK` in their places."""
        return self._text.sub(MARK, text)

    def erase_parts(self, text: str) -> str:
        """Return *text*, which the desk made of recorded words, without any longer word of theirs: it may cut them."""
        return self._parts.sub(MARK, text) if self._parts else text

    def left_out(self, bag: str) -> str:
        """Return a bag of words in JSON without those that they consist of."""
        counts: dict[str, Json] = json.loads(bag)
        kept = {word: count for word, count in counts.items() if word.casefold() not in self._single}
        return canonical(kept).decode() if kept != counts else bag

    def cover(self, data: bytes) -> bytes:
        """Return *data*, as long as it was, with asterisks in their places."""
        return self._bytes.sub(lambda match: b"*" * len(match[0]), data)


def _written(form: str) -> Iterator[str]:
    """Yield *form* as it stands in plain text, in JSON, and in JSON inside JSON."""
    yield form
    once = {json.dumps(form, ensure_ascii=ascii)[1:-1] for ascii in (False, True)}
    yield from once
    for text in once:
        yield from (json.dumps(text, ensure_ascii=ascii)[1:-1] for ascii in (False, True))


def cells(db: Connection, how: How, within: str = "") -> Iterator[tuple[str, str, int, str | bytes]]:
    """Yield table, column, row id and value of every cell of this kind, of one table where given."""
    for table, columns in TABLES.items():
        for column in (name for name, kind in columns.items() if kind is how and within in ("", table)):
            if table == "tally":
                continue
            for row, value in db.execute(f'SELECT rowid, "{column}" FROM main."{table}" WHERE "{column}" IS NOT NULL'):  # noqa: S608
                yield table, column, row, value


def text_of(how: How, value: str | bytes) -> str:
    """Return the text that a cell holds."""
    if isinstance(value, str):
        return value
    data = zlib.decompress(value) if how is How.PACKED and value else value
    return data.decode("utf-8", "replace")


def find(db: Connection, words: Words) -> Iterator[Found]:
    """Yield every cell that holds one of *words*, but for the kept bytes of the sources."""
    some = False
    for how in (How.TEXT, How.PACKED, How.SIGNED, How.LEDGER):
        for table, column, row, value in cells(db, how):
            text = text_of(how, value)
            if times := words.count(text):
                some = True
                yield Found(table, column, row, times, words.around(text))
    if some:
        for table, column, row, value in cells(db, How.BAG):
            if words.left_out(str(value)) != value:
                yield Found(table, column, row, 1, "words counted one by one")


def held_by_names(db: Connection, words: Words) -> list[str]:
    """Return the names of auditors that hold one of *words*: who decided is not erased."""
    names = [str(row[0]) for row in db.execute("SELECT name FROM auditor ORDER BY name")]
    return [name for name in names if words.count(name)]


@contextmanager
def unlocked(db: Connection) -> Iterator[None]:
    """Take the desk's triggers away inside the body, and put them back, in the transaction that the caller has open."""
    triggers = db.execute("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f'DROP TRIGGER main."{name}"')
    yield
    for _, sql in triggers:
        db.execute(sql)


def put(db: Connection, table: str, column: str, row: int, value: str | bytes) -> None:
    """Put *value* into a cell; the index of words follows a step."""
    if (table, column) == ("step", "content"):
        old = db.execute("SELECT content FROM step JOIN step_search_docsize USING(id) WHERE id = ?", (row,)).fetchone()
        if old:
            db.execute("INSERT INTO step_search(step_search, rowid, content) VALUES('delete', ?, ?)", (row, old[0]))
            db.execute("INSERT INTO step_search(rowid, content) VALUES(?, ?)", (row, value))
    db.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, row))  # noqa: S608


def erase(db: Connection, words: Words) -> dict[str, set[int]]:
    """Take *words* out of every cell but those of the ledger and of the kept bytes; return the changed rows by table.

    In the caller's transaction, inside `unlocked`.
    """
    changed: dict[str, set[int]] = {}
    for how in (How.TEXT, How.PACKED, How.SIGNED):
        for table, column, row, value in list(_hits(db, how, words)):
            text = words.erase(text_of(how, value))
            new: str | bytes = text if isinstance(value, str) else text.encode()
            put(db, table, column, row, zlib.compress(text.encode()) if how is How.PACKED else new)
            changed.setdefault(table, set()).add(row)
            if how is How.SIGNED and "envelope" in TABLES[table]:
                put(db, table, "envelope", row, b"")
    for table, column, row, value in list(cells(db, How.BAG)) if changed else ():
        if (bag := words.left_out(str(value))) != value:
            put(db, table, column, row, bag)
            changed.setdefault(table, set()).add(row)
    for episode in episodes_of(db, changed):
        for table, (columns, query) in _DERIVED.items():
            for (row,) in db.execute(query, (episode,)).fetchall():
                for column in columns.split():
                    (text,) = db.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()  # noqa: S608
                    if (new := words.erase_parts(text)) != text:
                        put(db, table, column, row, new)
                        changed.setdefault(table, set()).add(row)
    return changed


_OF_CORRECTION = "SELECT {0}.rowid FROM {0} JOIN correction ON correction.id = correction WHERE episode = ?"
_DERIVED = {
    "candidate": ("why quotes citations", "SELECT rowid FROM candidate WHERE episode = ?"),
    "explanation": ("body", "SELECT rowid FROM explanation WHERE episode = ?"),
    "undreamed": ("reason", "SELECT rowid FROM undreamed WHERE episode = ?"),
    "family_member": ("cause", "SELECT rowid FROM family_member WHERE episode = ?"),
    "verification": ("checks", _OF_CORRECTION.format("verification")),
}
"""What the desk itself made of the words of an episode, and may have cut: columns, and the rows of an episode."""


def _hits(db: Connection, how: How, words: Words) -> Iterator[tuple[str, str, int, str | bytes]]:
    return (cell for cell in cells(db, how) if words.count(text_of(how, cell[3])))


# What hangs on the rows that change: digests, the ledger, what left the desk.

_DIGEST = re.compile("[0-9a-f]{64}")
_RENAMED = {
    "revision": ("digest",),
    "document": ("sha256",),
    "mapping": ("sha256",),
    "memory_set": ("digest",),
    "memory_revision": ("digest",),
    "sealed": ("digest", "genuine_digest"),
    "packet": ("digest",),
    "witness": ("packet",),
}
"""The columns that hold the digest of what the desk holds, and follow it."""
_STATEMENTS = ("decision", "memory_decision", "second_decision")
_OWN = (ledger.ERASED, "erasure-finished")
"""Entries that are about erasures; they hold digests of before, and stay."""


def stored_digests(db: Connection) -> Iterator[tuple[str, str]]:
    """Yield what each digest is of, and the digest, for what is hashed as it is stored."""
    for table, column in (("document", "body"), ("mapping", "body"), ("judgement", "body")):
        for row, body in db.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid"):  # noqa: S608
            yield f"{table} {row}", sha256(body.encode())
    for table in _STATEMENTS:
        for row, statement in db.execute(f"SELECT rowid, statement FROM {table} ORDER BY rowid"):  # noqa: S608
            yield f"{table} {row}", sha256(statement)
    for row, head, notes in db.execute("SELECT rowid, head, notes FROM packet ORDER BY rowid"):
        yield f"packet {row}", sha256(head)
        yield f"notes of packet {row}", sha256(notes.encode())
    for (number,) in db.execute("SELECT id FROM memory_set ORDER BY id").fetchall():
        yield f"memory set {number}", stored_digest(db, number)


def set_prefix(db: Connection, correction: int, number: int, prefix: str) -> None:
    """Let a revision continue the steps with this digest."""
    db.execute("UPDATE revision SET prefix = ? WHERE correction = ? AND number = ?", (prefix, correction, number))


def rename(db: Connection, renamed: Mapping[str, str]) -> None:
    """Let the columns that hold digests follow what changed: *renamed* has the new ones by the old ones."""
    for table, columns in _RENAMED.items():
        for column in columns:
            for was, now in renamed.items():
                db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (now, was))  # noqa: S608


def rewrite_ledger(db: Connection, words: Words, renamed: Mapping[str, str]) -> dict[str, str]:
    """Take *words* out of the bodies of the ledger, and let their digests follow; return the new commitments by number.

    The lines stay as they are: the old commitments in them no longer lead to any words, because salt and body are gone.
    """
    left: dict[str, str] = {}
    kinds = dict(db.execute(f"SELECT seq, {ledger.KIND} FROM entry").fetchall())  # noqa: S608
    for seq, body in db.execute("SELECT seq, body FROM entry_body").fetchall():
        if kinds.get(seq) in _OWN:
            continue
        text = body.decode()
        new = _DIGEST.sub(lambda match: renamed.get(match[0], match[0]), words.erase(text)).encode()
        if new != body:
            salt = os.urandom(32)
            db.execute("DELETE FROM entry_body WHERE seq = ?", (seq,))
            db.execute("INSERT INTO entry_body VALUES(?,?,?)", (seq, salt, new))
            left[str(seq)] = hashlib.sha256(salt + new).hexdigest()
    return left


def episodes_of(db: Connection, rows: Mapping[str, Collection[int]]) -> set[int]:
    """Return the episodes that rows of steps, texts, corrections and decisions belong to."""
    found = {row >> STEP_BITS for row in rows.get("step", ())}
    found |= {*rows.get("episode", ()), *rows.get("episode_text", ())}
    for table in ("candidate", "mark", "judgement"):
        found |= {_one(db, f"SELECT episode FROM {table} WHERE rowid = ?", row) for row in rows.get(table, ())}  # noqa: S608
    for table in ("revision", "decision"):
        query = f"SELECT episode FROM {table} JOIN correction ON correction.id = correction WHERE {table}.rowid = ?"  # noqa: S608
        found |= {_one(db, query, row) for row in rows.get(table, ())}
    return found - {0}


def _one(db: Connection, query: str, row: int) -> int:
    found = db.execute(query, (row,)).fetchone()
    return int(found[0]) if found else 0


def sources_of(db: Connection, rows: Mapping[str, Collection[int]]) -> set[int]:
    """Return the sources that rows of steps, episodes and their texts were read from."""
    query = "SELECT source FROM episode WHERE id = ?"
    return {_one(db, query, episode) for episode in episodes_of(db, rows)} - {0}


def paths_of(db: Connection, sources: Collection[int]) -> list[str]:
    """Return the paths of the files that *sources* were read from, as the desk still has them."""
    rows = db.execute("SELECT id, path FROM source ORDER BY id").fetchall()
    return [str(path) for number, path in rows if number in sources]


def unfinished(db: Connection) -> bool:
    """Tell whether an erasure was interrupted before nothing was left of it in the file and beside it."""
    return db.execute("SELECT 1 FROM erasure WHERE finished IS NULL").fetchone() is not None


def keep_certificate(db: Connection, entry: int, certificate: str, signature: str) -> None:
    """Keep the certificate of the erasure that ledger entry *entry* tells of, in the transaction that is open."""
    db.execute(
        "INSERT INTO erasure(entry, certificate, signature) VALUES(?,?,?)", (entry, certificate, signature)
    )  # fmt: skip


def finish(db: Connection) -> None:
    """Say of every erasure that nothing is left of it, in the transaction that is open."""
    db.execute("UPDATE erasure SET finished = ? WHERE finished IS NULL", (time.time_ns(),))


def certificates(db: Connection) -> list[tuple[str, str, int | None]]:
    """Return certificate, signature and time of the end of each erasure, oldest first."""
    return db.execute("SELECT certificate, signature, finished FROM erasure ORDER BY id").fetchall()


def bundles_with(db: Connection, episodes: Collection[int]) -> Iterator[str]:
    """Yield where and when bundles went that hold corrections of *episodes*, oldest first."""
    query = "SELECT at, folder, recipient, auditor, digest, corrections FROM release ORDER BY id"
    for at, folder, recipient, auditor, digest, chosen in db.execute(query).fetchall():
        held = "SELECT episode FROM correction WHERE id = ?"
        if {_one(db, held, int(number)) for number in json.loads(chosen)} & set(episodes):
            when = datetime.fromtimestamp(at / 1e9, UTC)
            whom = recipient or "nobody named"
            yield f"{folder}, {when:%Y-%m-%d}, by {auditor}, for {whom} (manifest {digest[:16]}…)"


def packets_with(db: Connection, episodes: Collection[int]) -> Iterator[str]:
    """Yield to whom and when packets were sent that hold *episodes*, oldest first."""
    rows = db.execute("SELECT person, at, digest, episodes FROM packet WHERE sent ORDER BY at").fetchall()
    for person, at, digest, chosen in rows:
        if set(json.loads(chosen)) & set(episodes):
            yield f"{person}, {datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d} (packet {digest[:16]}…)"

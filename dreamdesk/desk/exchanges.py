"""The store of questions to models and their answers, each once: what was asked before is answered from here.

A question is known by its key, a digest over model, parameters and vote (`dreamdesk.model.ask.question_key`). Request
and reply are kept byte for byte, compressed.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dreamdesk.desk.database import Connection
from dreamdesk.model.ask import Reply
from dreamdesk.model.errors import UserError

ANSWERED = "answered"
WAITING = "waiting"
"""Handed over in a batch, and not answered yet."""
REFUSED = "refused"
"""The endpoint says that the question itself is at fault; it is not asked again."""
ERRORED, EXPIRED, CANCELED = "errored", "expired", "canceled"
"""What a batch can come to for a question without an answer; such a question was not billed and may be asked again."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of the store and how it stands. *tries*: how often a batch held it; *batch*: the last one."""

    key: str
    model: str
    state: str
    batch: int | None
    tries: int
    media: str
    reply: bytes
    detail: str


def get(db: Connection, key: str) -> Exchange | None:
    """Return the exchange of the question *key*, or None where it was never asked."""
    row = db.execute(
        "SELECT key, model, state, batch, tries, media, reply, detail FROM exchange WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    key, model, state, batch, tries, media, reply, detail = row
    return Exchange(key, model, state, batch, tries, media, zlib.decompress(reply) if reply else b"", detail)


def add(db: Connection, key: str, url: str, model: str, request: bytes, reply: Reply) -> None:
    """Keep a question and its answer, in place of an earlier answer to it, in the caller's transaction."""
    now = time.time_ns()
    db.execute(
        "INSERT OR REPLACE INTO exchange(key, url, model, request, size, state, tries, asked, answered, media, reply,"
        " input_tokens, output_tokens, detail) VALUES(?,?,?,?,?,?,0,?,?,?,?,?,?,?)",
        (
            key,
            url,
            model,
            zlib.compress(request),
            len(request),
            ANSWERED,
            now,
            now,
            reply.media,
            zlib.compress(reply.raw),
            reply.input_tokens,
            reply.output_tokens,
            reply.fault,
        ),
    )


def hand_over(db: Connection, batch: int, url: str, model: str, requests: Iterable[tuple[str, bytes]]) -> None:
    """Note that the questions of (key, request) are in *batch*, in the caller's transaction."""
    now = time.time_ns()
    db.executemany(
        "INSERT INTO exchange(key, url, model, request, size, state, batch, tries, asked) VALUES(?,?,?,?,?,?,?,1,?)"
        " ON CONFLICT(key) DO UPDATE SET state = excluded.state, batch = excluded.batch, tries = tries + 1,"
        " asked = excluded.asked, detail = ''",
        [(key, url, model, zlib.compress(body), len(body), WAITING, batch, now) for key, body in requests],
    )


def answer(db: Connection, key: str, batch: int, reply: Reply) -> bool:
    """Keep the answer that *batch* gave to *key*, in the caller's transaction; False where none was waited for."""
    return (
        db.execute(
            "UPDATE exchange SET state = ?, answered = ?, media = ?, reply = ?, input_tokens = ?, output_tokens = ?,"
            " detail = ? WHERE key = ? AND batch = ? AND state = ?",
            (
                ANSWERED,
                time.time_ns(),
                reply.media,
                zlib.compress(reply.raw),
                reply.input_tokens,
                reply.output_tokens,
                reply.fault,
                key,
                batch,
                WAITING,
            ),
        ).rowcount
        > 0
    )


def give_up(db: Connection, batch: int, state: str, detail: str, keys: Sequence[str] | None = None) -> int:
    """Note that *batch* leaves questions unanswered: those of *keys*, or all that wait. Return how many there were.

    In the caller's transaction.
    """
    query = "UPDATE exchange SET state = ?, detail = ? WHERE batch = ? AND state = ?"
    if keys is None:
        return db.execute(query, (state, detail, batch, WAITING)).rowcount
    return sum(db.execute(query + " AND key = ?", (state, detail, batch, WAITING, key)).rowcount for key in keys)


def keys_of(db: Connection, batch: int) -> set[str]:
    """Return the keys of the questions that are, or were last, in *batch*."""
    return {row[0] for row in db.execute("SELECT key FROM exchange WHERE batch = ?", (batch,))}


def forget_batch(db: Connection, batch: int) -> None:
    """Note, in the caller's transaction, that *batch* was never made: its questions are free to be asked."""
    db.execute(
        "UPDATE exchange SET state = ?, batch = NULL, tries = max(0, tries - 1) WHERE batch = ? AND state = ?",
        (CANCELED, batch, WAITING),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """One exchange as people ask for it later: what was asked, what came back, and what it took.

    *asked*, *answered*: nanoseconds since 1970; *answered* is None while nothing came. *request*: its JSON.
    """

    key: str
    url: str
    model: str
    state: str
    asked: int
    answered: int | None
    input_tokens: int
    output_tokens: int
    detail: str
    request: bytes
    reply: bytes


def record(db: Connection, key: str) -> Record:
    """Return the exchange whose key begins with *key*.

    Raises:
        UserError: there is none, or several.
    """
    rows: list[Any] = db.execute(
        "SELECT key, url, model, state, asked, answered, input_tokens, output_tokens, detail, request, reply"
        " FROM exchange WHERE substr(key, 1, length(?1)) = ?1 LIMIT 2",
        (key,),
    ).fetchall()
    if len(rows) != 1 or not key:
        raise UserError(f"There is {'more than one' if rows and key else 'no'} exchange {key!r} on this desk.")
    key, url, model, state, asked, answered, sent, received, detail, request, reply = rows[0]
    whole = zlib.decompress(reply) if reply else b""
    return Record(key, url, model, state, asked, answered, sent, received, detail, zlib.decompress(request), whole)


def measured(db: Connection, model: str) -> tuple[int, int, int]:
    """Return, over the answered questions to *model*: how many, the bytes of their requests, their input tokens."""
    row = db.execute(
        "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(input_tokens), 0) FROM exchange"
        " WHERE model = ? AND state = ? AND input_tokens > 0",
        (model, ANSWERED),
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])

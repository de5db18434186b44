"""Judgements on the desk: what models said of error points, append-only, each with its digest in the ledger."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

from dreamdesk.desk import encode, ledger
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json, sha256
from dreamdesk.model.finding import Candidate, Category, Opinion, Quote
from dreamdesk.model.judgement import Flag, Judgement

ENTRY = "judged"
"""The type of the ledger entry of a judgement."""


def add(db: Connection, episode: int, judgement: Judgement, actor: str) -> int:
    """Record *judgement* on *episode* with its ledger entry, in the caller's transaction; return its id."""
    body = encode.dump(_out(judgement))
    identity = db.execute(
        "INSERT INTO judgement(episode, at, body) VALUES(?,?,?)", (episode, time.time_ns(), body)
    ).lastrowid
    assert identity is not None
    first = judgement.candidates[0].step if judgement.candidates else None
    said = "cannot tell" if first is None else f"step {first}"
    warned = f", {len(judgement.flags)} flagged" if judgement.flags else ""
    ledger.append(
        db,
        actor,
        ENTRY,
        {
            "subject": f"episode {episode}: {said}{warned}, {judgement.model}",
            "episode": episode,
            "judgement": identity,
            "sha256": sha256(body.encode()),
        },
    )
    return identity


def latest(db: Connection, episode: int) -> Judgement | None:
    """Return the newest judgement on *episode*, or None where no model was asked."""
    row = db.execute("SELECT body FROM judgement WHERE episode = ? ORDER BY id DESC LIMIT 1", (episode,)).fetchone()
    return _in(json.loads(row[0])) if row else None


def body(db: Connection, judgement: int) -> str | None:
    """Return the text of the judgement with this id, whose SHA-256 the ledger has, or None where there is none."""
    row = db.execute("SELECT body FROM judgement WHERE id = ?", (judgement,)).fetchone()
    return str(row[0]) if row else None


def ids(db: Connection) -> set[int]:
    """Return the ids of all judgements."""
    return {row[0] for row in db.execute("SELECT id FROM judgement")}


def _out(judgement: Judgement) -> Json:
    value = asdict(judgement)
    for candidate in value["candidates"]:
        candidate["category"] = candidate["category"].value
    return value


def _in(value: Json) -> Judgement:
    return Judgement(
        **{
            **value,
            "candidates": tuple(_candidate(one) for one in value["candidates"]),
            "flags": tuple(Flag(**{**one, "quotes": _quotes(one["quotes"])}) for one in value["flags"]),
            "exchanges": tuple(value["exchanges"]),
        }
    )


def _candidate(value: Json) -> Candidate:
    opinions = tuple(Opinion(**one) for one in value["opinions"])
    plain = {**value, "category": Category(value["category"]), "quotes": _quotes(value["quotes"])}
    return Candidate(**{**plain, "opinions": opinions})


def _quotes(value: Json) -> tuple[Quote, ...]:
    return tuple(Quote(**one) for one in value)

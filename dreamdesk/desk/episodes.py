"""Episodes on the desk: written once by an import, read whole or in part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from dreamdesk.desk import bulk, encode
from dreamdesk.desk.database import Connection
from dreamdesk.desk.schema import MAX_STEPS, STEP_BITS
from dreamdesk.model.canonical import sha256
from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Source

_STEP = "actor, kind, content, turn, native, agent, tool, call_id, is_error, at, tokens, parent, pointer"
_COLUMNS = 1 + len(_STEP.split(", "))
_EPISODE = (
    "INTO episode(id, source, key, title, task_key, agent, model, outcome, outcome_source, outcome_pointer,"
    " outcome_detail, steps, native_steps, native_unit, started, offset, length, sha256, score, live)"
)


class Packed(NamedTuple):
    """An episode as the values of its rows, but for its id: plain, so that another process can hand it over cheaply.

    Attributes:
        row: Of the table episode, without id, source and whether it is visible.
        task, policy, tools, texts: Of the table episode_text; *texts* are gaps, labels and corrections.
        steps: Of the table step, one row after the other, with the index of a step where its id will stand.
    """

    row: tuple[bulk.Value, ...]
    task: str
    policy: str
    tools: str
    texts: tuple[str, str, str]
    steps: list[bulk.Value]

    @property
    def key(self) -> str:
        """The key of the episode."""
        return str(self.row[0])

    @property
    def task_key(self) -> str:
        """The key that attempts at the same task share."""
        return str(self.row[2])


def pack(episode: Episode) -> Packed:
    """Return *episode* as it is written.

    Raises:
        UserError: it has more steps than a desk can address.
    """
    e, outcome = episode, episode.outcome
    if len(e.steps) >= MAX_STEPS:
        raise UserError(f"{e.key}: an episode of {len(e.steps)} steps is longer than a desk can hold.")
    score = None if outcome.score is None else float(outcome.score)
    return Packed(
        (
            e.key, e.title, e.task_key, e.agent, e.model, outcome.state.value, outcome.source.value, outcome.pointer,
            outcome.detail, len(e.steps), e.native_steps, e.native_unit, e.started, e.offset, e.length, e.sha256, score,
        ),
        e.task,
        e.policy,
        encode.all_out(e.tools) if e.tools else "",
        (encode.all_out(e.gaps), encode.all_out(e.labels), encode.all_out(e.corrections)),
        # The names are written out because SQLite binds a plain string three times faster.
        list(chain.from_iterable([
            (
                s.index, str(s.actor), str(s.kind), s.content, s.turn, s.native, s.agent, s.tool, s.call_id, s.is_error,
                s.at, s.tokens, s.parent, s.pointer,
            )
            for s in e.steps
        ])),
    )  # fmt: skip


def add(db: Connection, source: int, episodes: Sequence[Episode]) -> list[int]:
    """Write *episodes*, not yet visible, inside the caller's transaction; return their ids.

    Raises:
        UserError: one of them has more steps than a desk can address.
    """
    return write(db, source, list(map(pack, episodes)))


def write(db: Connection, source: int, packed: Sequence[Packed]) -> list[int]:
    """Write episodes that were packed, as `add` does."""
    first = db.execute("SELECT coalesce(max(id), 0) + 1 FROM episode").fetchone()[0]
    ids = list(range(first, first + len(packed)))
    documents = _documents(db, [*(p.tools for p in packed), *(p.policy for p in packed)])
    bulk.insert(db, _EPISODE, [(number, source, *p.row, 0) for number, p in zip(ids, packed, strict=True)])
    bulk.insert(
        db,
        "INTO episode_text",
        [
            (number, p.task, documents[p.policy], documents[p.tools], *p.texts)
            for number, p in zip(ids, packed, strict=True)
        ],
    )
    values: list[bulk.Value] = []
    for number, p in zip(ids, packed, strict=True):
        start, identity = len(values), number << STEP_BITS
        values += p.steps
        values[start::_COLUMNS] = range(identity, identity + len(p.steps) // _COLUMNS)
    bulk.insert_values(db, "INTO step", _COLUMNS, values)
    return ids


def _documents(db: Connection, bodies: Iterable[str]) -> dict[str, int | None]:
    """Return the ids of the documents with these *bodies*, each of which the desk keeps once; None for an empty one."""
    names = {body: sha256(bulk.text(body).encode()) for body in dict.fromkeys(bodies) if body}
    bulk.insert(db, "OR IGNORE INTO document(sha256, body)", [(name, body) for body, name in names.items()])
    known = dict(
        db.execute(
            "SELECT sha256, id FROM document WHERE sha256 IN (SELECT value FROM json_each(?))",
            (json.dumps(list(names.values())),),
        ).fetchall()
    )
    return {"": None, **{body: known[name] for body, name in names.items()}}


def load(db: Connection, episode: int, upto: int = MAX_STEPS) -> Episode:
    """Return the episode with all its steps, or with those before step *upto* alone.

    Raises:
        UserError: the desk has no such episode.
    """
    row = db.execute(
        "SELECT key, title, task_key, agent, model, outcome, outcome_source, outcome_pointer, outcome_detail,"
        " native_steps, native_unit, started, offset, length, episode.sha256, task, policy.body, tools.body, gaps,"
        " labels, corrections, score FROM episode JOIN episode_text ON episode_text.episode = episode.id"
        " LEFT JOIN document AS policy ON policy.id = policy LEFT JOIN document AS tools ON tools.id = tools"
        " WHERE episode.id = ?",
        (episode,),
    ).fetchone()
    if row is None:
        raise UserError(f"There is no episode {episode} on this desk.")
    return Episode(
        key=row[0],
        title=row[1],
        steps=steps(db, episode, upto),
        outcome=Outcome(OutcomeState(row[5]), OutcomeSource(row[6]), row[7], row[8], row[21]),
        task_key=row[2],
        task=row[15],
        agent=row[3],
        model=row[4],
        policy=row[16] or "",
        tools=encode.tools_in(row[17]) if row[17] else (),
        gaps=encode.gaps_in(row[18]),
        labels=encode.labels_in(row[19]),
        corrections=encode.imported_in(row[20]),
        native_steps=row[9],
        native_unit=row[10],
        started=row[11],
        offset=row[12],
        length=row[13],
        sha256=row[14],
    )


def steps(db: Connection, episode: int, upto: int = MAX_STEPS) -> tuple[Step, ...]:
    """Return the steps of *episode* in order, those before step *upto*."""
    rows = db.execute(
        f"SELECT id, {_STEP} FROM step WHERE id BETWEEN ? AND ? ORDER BY id",  # noqa: S608
        (episode << STEP_BITS, (episode << STEP_BITS) + upto - 1),
    )
    return tuple(map(_step, rows))


def step(db: Connection, identity: int) -> tuple[int, Step]:
    """Return the episode and the step of the row *identity*, which must be there."""
    row = db.execute(f"SELECT id, {_STEP} FROM step WHERE id = ?", (identity,)).fetchone()  # noqa: S608
    return identity >> STEP_BITS, _step(row)


def _step(row: Sequence[Any]) -> Step:
    kind = (row[0] & MAX_STEPS - 1, Actor(row[1]), Kind(row[2]))
    return Step(*kind, row[3], row[4], row[5], row[6], row[7], row[8], bool(row[9]), *row[10:])


def keys(db: Connection, wanted: Sequence[str] = ()) -> dict[int, str]:
    """Return the keys of the visible episodes by their ids; only those with one of the keys *wanted*, if any are."""
    marks = ",".join("?" * len(wanted))
    where = f"AND key IN ({marks})" if wanted else ""
    return dict(db.execute(f"SELECT id, key FROM episode WHERE live {where}", list(wanted)).fetchall())  # noqa: S608


def source_of(db: Connection, episode: int) -> Source:
    """Return the source that *episode* was imported from."""
    row = db.execute(
        "SELECT name, path, source.sha256, size, format, reader_version FROM source JOIN episode ON source.id = source"
        " WHERE episode.id = ?",
        (episode,),
    ).fetchone()
    if row is None:
        raise UserError(f"There is no episode {episode} on this desk.")
    return Source(*row)


def outcome(db: Connection, episode: int) -> Outcome:
    """Return the outcome of *episode* that counts on this desk.

    Raises:
        UserError: the desk has no such episode.
    """
    row = db.execute(
        "SELECT outcome, outcome_source, outcome_pointer, outcome_detail, score FROM episode WHERE id = ?", (episode,)
    ).fetchone()
    if row is None:
        raise UserError(f"There is no episode {episode} on this desk.")
    return Outcome(OutcomeState(row[0]), OutcomeSource(row[1]), *row[2:])


def count(db: Connection) -> int:
    """Return how many episodes the desk shows."""
    return int(db.execute("SELECT count(*) FROM episode WHERE live").fetchone()[0])


def ids(db: Connection, *, outcomes: Sequence[OutcomeState] = (), task_key: str | None = None) -> list[int]:
    """Return the ids of visible episodes, of these outcomes and this task where given, in the order of import."""
    clauses, values = ["live"], list[str]()
    if outcomes:
        clauses.append(f"outcome IN ({','.join('?' * len(outcomes))})")
        values += [state.value for state in outcomes]
    if task_key is not None:
        clauses.append("task_key = ?")
        values.append(task_key)
    rows = db.execute(f"SELECT id FROM episode WHERE {' AND '.join(clauses)} ORDER BY id", values)  # noqa: S608
    return [row[0] for row in rows]


def task_key(db: Connection, episode: int) -> str:
    """Return the key that attempts at the same task share, "" when unknown."""
    row = db.execute("SELECT task_key FROM episode WHERE id = ?", (episode,)).fetchone()
    return str(row[0]) if row else ""


def located(db: Connection, episode: int) -> bool:
    """Tell whether an error point of *episode* was found."""
    return db.execute("SELECT 1 FROM candidate WHERE episode = ?", (episode,)).fetchone() is not None

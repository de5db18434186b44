"""Lists for scripts: one dict per row, with the noun's own ``id`` and the names of the nouns it refers to."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dreamdesk.desk import encode, findings, ledger, prices, sampling, settings, versions
from dreamdesk.desk.database import Connection
from dreamdesk.desk.schema import STEP_BITS
from dreamdesk.model.canonical import Json
from dreamdesk.model.finding import MECHANICAL


def episodes(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the episodes, in the order of import."""
    yield from _rows(
        db,
        "SELECT episode.id, source.name AS source, key, title, task_key, agent, model, outcome, outcome_source,"
        " outcome_pointer, outcome_detail, steps, native_steps, native_unit, error_step, category, probability,"
        " correction, review FROM episode JOIN source ON source.id = episode.source"
        " WHERE live AND episode.id = coalesce(?, episode.id) ORDER BY episode.id",
        episode,
    )


def sources(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the sources in the order of import, with the version that each is of its file."""
    predecessors = versions.predecessors(db)
    for row in _rows(
        db,
        "SELECT id, name, path, sha256, size, format, (SELECT count(*) FROM episode WHERE source = source.id)"
        " AS episodes FROM source WHERE complete AND (?1 IS NULL OR"
        " id = (SELECT source FROM episode WHERE episode.id = ?1)) ORDER BY id",
        episode,
    ):
        identity = int(row["id"])
        yield {**row, "version": len(versions.line(db, identity)), "predecessor": predecessors.get(identity)}


def candidates(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the candidates, best first within an episode; auditors' marks lead."""
    for row in episodes(db, episode):
        identity = int(row["id"])
        for c in findings.candidates(db, identity):
            native = db.execute("SELECT native FROM step WHERE id = ?", (identity << STEP_BITS | c.step,)).fetchone()
            yield {
                "id": f"{identity}.{c.rank}",
                "episode": identity,
                "rank": c.rank,
                "step": c.step,
                "native_step": native[0] if native else None,
                "category": c.category.value,
                "category_title": c.category.title,
                "probability": c.probability,
                "method": c.method,
                "named_by": [{"method": o.method, "rank": o.rank, "probability": o.probability} for o in c.named_by],
                "why": c.why,
                "quotes": [{"step": quote.step, "text": quote.text} for quote in c.quotes],
            }


def no_return(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the points of no return that an environment computed; they have no probability."""
    for row in episodes(db, episode):
        for c in findings.of_methods(db, int(row["id"]), (MECHANICAL,)):
            quotes = [{"step": quote.step, "text": quote.text} for quote in c.quotes]
            yield {"id": row["id"], "episode": row["id"], "step": c.step, "why": c.why, "quotes": quotes}


def undreamed(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the episodes that a source gave no correction of, and why."""
    yield from _rows(
        db,
        "SELECT episode, source, reason FROM undreamed WHERE episode = coalesce(?, episode) ORDER BY episode, source",
        episode,
    )


def exchanges(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield what models were asked, oldest first; with *episode*, only what its corrections answer."""
    known = prices.parse(settings.get(db, settings.MODEL_PRICES))
    for row in _rows(
        db,
        "SELECT key AS id, url AS endpoint, model, state, asked, answered, input_tokens, output_tokens FROM exchange"
        " WHERE ?1 IS NULL OR key IN (SELECT exchange FROM revision JOIN correction ON correction.id = correction"
        " WHERE correction.episode = ?1) ORDER BY asked, key",
        episode,
    ):
        price = known.get(str(row["model"]))
        yield {**row, "cost": price.of(row["input_tokens"], row["output_tokens"]) if price else None}


def corrections(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the corrections with their newest revision."""
    for row in _rows(
        db,
        "SELECT correction.id, correction.episode, correction.source, state, number AS revision, author, note, start,"
        " digest, lesson, exchange, revision.steps AS path, level"
        " FROM correction JOIN revision ON revision.correction = correction.id"
        " AND number = (SELECT max(number) FROM revision AS newer WHERE newer.correction = correction.id)"
        " LEFT JOIN verification ON verification.correction = correction.id AND verification.revision = number"
        " WHERE correction.episode = coalesce(?, correction.episode) ORDER BY correction.id",
        episode,
    ):
        path = encode.corrected_in(row.pop("path"))
        provenances = [corrected.provenance.value for corrected in path]
        level = row.pop("level")
        yield {
            **row,
            "level": f"V{level}" if level is not None and level >= 0 else None,
            "steps": len(path),
            "provenance": {name: provenances.count(name) for name in sorted(set(provenances))},
        }


def checks(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield what each guardrail said of each checked revision."""
    for row in _rows(
        db,
        "SELECT correction, revision, checks, correction.episode FROM verification JOIN correction"
        " ON correction.id = correction WHERE correction.episode = coalesce(?, correction.episode)"
        " ORDER BY correction, revision",
        episode,
    ):
        for check in json.loads(row["checks"]):
            yield {
                "id": f"{row['correction']}.{row['revision']}.{check['guardrail']}",
                "episode": row["episode"],
                "correction": row["correction"],
                "revision": row["revision"],
                **check,
            }


def decisions(db: Connection, episode: int | None = None) -> Iterator[dict[str, Json]]:
    """Yield the decisions, oldest first."""
    yield from _rows(
        db,
        "SELECT decision.id, correction.episode, correction, revision, verdict, reason, comment, auditor, at"
        " FROM decision JOIN correction ON correction.id = correction"
        " WHERE correction.episode = coalesce(?, correction.episode) ORDER BY decision.id",
        episode,
    )


def entries(db: Connection, auditor: str = "") -> Iterator[dict[str, Json]]:
    """Yield the ledger, oldest first, without what *auditor* must not know before a second look."""
    size = ledger.size(db)
    for start in range(max(0, size - 500), -500, -500):
        page = ledger.page(db, max(0, start), min(500, start + 500))
        for entry in reversed(sampling.without_first(db, page, auditor)):
            yield {
                "id": entry.seq,
                "at": entry.at,
                "actor": entry.actor,
                "type": entry.type,
                "subject": entry.subject,
                "hash": entry.hash,
            }


def _rows(db: Connection, query: str, value: int | None) -> Iterator[dict[str, Json]]:
    cursor = db.execute(query, (value,))
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))

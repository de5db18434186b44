"""Verdicts that came after their trace: they become the source's own, and what it said at its import is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from dreamdesk.desk import ledger, outcomes
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.outcome import Rule
from dreamdesk.model.source import ImportReport
from dreamdesk.model.text import counted

ENTRY = "verdicts-joined"
"""Type of the ledger entries that say which verdicts were joined later, and from which files."""

UNJUDGED = (OutcomeSource.NONE, OutcomeSource.STATUS)
"""Where an outcome comes from that is no verdict."""

_SAID = ("episode", "state", "source", "pointer", "detail", "score")


def awaited(db: Connection, sources: Sequence[int]) -> bool:
    """Tell whether an episode of *sources* has no verdict, or one that came later and may be replaced."""
    row = db.execute(
        "SELECT 1 FROM episode LEFT JOIN own_outcome AS own ON own.episode = episode.id"
        " LEFT JOIN first_outcome ON first_outcome.episode = episode.id"
        " WHERE episode.source IN (SELECT value FROM json_each(?))"
        " AND (first_outcome.episode IS NOT NULL OR coalesce(own.source, outcome_source) IN (?, ?)) LIMIT 1",
        (json.dumps(list(sources)), *UNJUDGED),
    ).fetchone()
    return row is not None


def join(db: Connection, found: Mapping[int, Outcome], report: ImportReport, rule: Rule, actor: str) -> None:
    """Let each outcome of *found* be the source's own on its episode, in the caller's transaction, with its entry.

    Args:
        db: The desk.
        found: By episode.
        report: Of the source; its companions are the files that the verdicts stand in.
        rule: The desk's, for scores.
        actor: Of the ledger entry.
    """
    for episode, outcome in found.items():
        before = outcomes.own(db, episode)
        db.execute("INSERT OR IGNORE INTO first_outcome VALUES(?,?,?,?,?,?)", (episode, *astuple(before)))
        outcomes.give(db, episode, outcome, rule)
    files = report.companions
    beside = ", ".join(file.name for file in files[:3]) + (", …" if len(files) > 3 else "")
    body: dict[str, Json] = {
        "subject": f"{report.source}: {counted(len(found), 'verdict')} joined, from {beside}",
        "name": report.source,
        "sha256": report.sha256,
        "files": [{"name": file.name, "sha256": file.sha256} for file in files],
        "outcomes": [_said(episode, outcome) for episode, outcome in found.items()],
    }
    ledger.append(db, actor, ENTRY, body)


def first(db: Connection, episode: int) -> Outcome:
    """Return what the source said of *episode* at its import."""
    row = db.execute(
        "SELECT state, source, pointer, detail, score FROM first_outcome WHERE episode = ?", (episode,)
    ).fetchone()
    if row is None:
        return outcomes.own(db, episode)
    return Outcome(OutcomeState(row[0]), OutcomeSource(row[1]), *row[2:])


def faults(db: Connection, entered: Sequence[Mapping[str, Json]]) -> list[str]:
    """Return where the verdicts that were joined later are not those of the ledger's entries, oldest first."""
    last = {int(said["episode"]): dict(said) for body in entered for said in body["outcomes"]}
    held = {int(row[0]) for row in db.execute("SELECT episode FROM first_outcome").fetchall()}
    wrong = {episode for episode in last if _said(episode, outcomes.own(db, episode)) != last[episode]}
    return [
        f"the verdict that was joined to episode {episode} is not the one in the ledger"
        for episode in sorted(wrong | (held ^ last.keys()))
    ]


def _said(episode: int, outcome: Outcome) -> dict[str, Json]:
    score = None if outcome.score is None else repr(float(outcome.score))
    told = (episode, outcome.state.value, outcome.source.value, outcome.pointer, outcome.detail, score)
    return dict(zip(_SAID, told, strict=True))

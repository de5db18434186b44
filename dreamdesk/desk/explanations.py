"""Why the ranker put the candidates of an episode where they are: one record for each episode that it looked at."""

from __future__ import annotations

import json
from dataclasses import asdict

from dreamdesk.desk.database import Connection
from dreamdesk.desk.encode import dump
from dreamdesk.model.explanation import Band, Contribution, Explained, Explanation
from dreamdesk.model.finding import Category


def save(db: Connection, episode: int, explanation: Explanation) -> None:
    """Replace what is kept for *episode*, in the caller's transaction."""
    verdict = explanation.verdict and explanation.verdict.value
    body = dump({**asdict(explanation), "verdict": verdict})
    db.execute("INSERT OR REPLACE INTO explanation VALUES(?, ?)", (episode, body))


def load(db: Connection, episode: int) -> Explanation | None:
    """Return what the ranker said about *episode*, or None where it has not looked at it."""
    row = db.execute("SELECT body FROM explanation WHERE episode = ?", (episode,)).fetchone()
    if row is None:
        return None
    value = json.loads(row[0])
    explained = tuple(
        Explained(e["step"], e["probability"], Band(**e["band"]), tuple(Contribution(**c) for c in e["contributions"]))
        for e in value["explained"]
    )
    verdict = Category(value["verdict"]) if value["verdict"] else None
    measured = value.get("measured", 0)  # older records do not say it
    return Explanation(
        value["profile"], explained, tuple(value["likely"]), value["coverage"], measured, verdict, value["why"]
    )

"""What a desk has learned: the ranker's weights refitted to its own labels, every refit kept, the last one in force."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection
from dreamdesk.desk.encode import dump
from dreamdesk.model.canonical import Json, sha256

REFIT = "weights-refit"
SHIPPED = "weights-as-shipped"
"""The types of their entries in the ledger."""

_VERSION = re.compile(r"[\s_-]*v?\d[\w.]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refit:
    """One refit that is in force.

    Attributes:
        family: The family of agents that it ranks.
        features: The weights by name, and *default* for names that were not there.
        figures: What was measured: labels, and hits before and after.
    """

    family: str
    at: int
    auditor: str
    features: Mapping[str, float]
    default: float
    figures: Mapping[str, int]


def family_of(db: Connection, episode: int) -> str:
    """Return the family of agents that *episode* belongs to: the agent without its version, else the source's format.

    A list of names is a team made for one task, so that the format says more.
    """
    row = db.execute(
        "SELECT agent, format FROM episode JOIN source ON source.id = episode.source WHERE episode.id = ?", (episode,)
    ).fetchone()
    agent, form = row or ("", "")
    plain = "" if "," in agent else _VERSION.sub("", agent.strip()).strip().lower()
    return plain or str(form)


def labels(db: Connection) -> list[tuple[int, int]]:
    """Return (episode, step) for every confirmed label: the newest mark that names a step, where the case is approved.

    Never of what is rejected or undecided, nor of a known-bad correction.
    """
    rows = db.execute(
        "SELECT mark.episode, mark.step FROM mark JOIN episode ON episode.id = mark.episode"
        " WHERE live AND review IN ('approved', 'released') AND mark.step IS NOT NULL"
        " AND episode.correction NOT IN (SELECT correction FROM sealed) AND mark.id ="
        " (SELECT max(id) FROM mark AS newer WHERE newer.episode = mark.episode AND newer.step IS NOT NULL)"
        " ORDER BY mark.episode"
    )
    return [(row[0], row[1]) for row in rows]


def undecided(db: Connection, family: str) -> list[int]:
    """Return the failures of *family* that are yet to be judged."""
    rows = db.execute(
        "SELECT id FROM episode WHERE live AND outcome IN ('failed', 'partial')"
        " AND coalesce(review NOT IN ('approved', 'released', 'rejected'), 1) ORDER BY id"
    ).fetchall()
    return [row[0] for row in rows if family_of(db, row[0]) == family]


def in_force(db: Connection) -> dict[str, Refit]:
    """Return the refits that rank now, by family of agents; none after the shipped weights were taken up again."""
    found: dict[str, Refit] = {}
    for at, auditor, family, weights, figures in db.execute(
        "SELECT at, auditor, profile, weights, figures FROM learned ORDER BY id"
    ):
        if not weights:
            found.clear()
            continue
        body = json.loads(weights)
        found[family] = Refit(family, at, auditor, body["features"], body["default"], json.loads(figures))
    return found


def add(
    db: Connection, auditor: str, family: str, features: Mapping[str, float], default: float, figures: Mapping[str, int]
) -> None:
    """Put new weights for *family* in force and say so in the ledger, in the caller's transaction."""
    weights = dump({"default": default, "features": dict(features)})
    _insert(db, auditor, family, weights, dump(dict(figures)))
    subject = f"{family}: {figures['labels']} labels, in the first three {figures['before']} → {figures['after']}"
    body: dict[str, Json] = {"subject": subject, "family": family, "figures": dict(figures)}
    ledger.append(db, auditor, REFIT, {**body, "weights_sha256": sha256(weights.encode())})


def revert(db: Connection, auditor: str) -> None:
    """Put the shipped weights in force again and say so in the ledger, in the caller's transaction."""
    families = sorted(in_force(db))
    _insert(db, auditor, "", "", "{}")
    subject = f"instead of this desk's for {', '.join(families)}"
    ledger.append(
        db, auditor, SHIPPED, {"subject": subject, "family": "", "weights_sha256": sha256(b""), "families": families}
    )


def _insert(db: Connection, auditor: str, family: str, weights: str, figures: str) -> None:
    db.execute(
        "INSERT INTO learned(at, auditor, profile, weights, figures) VALUES(?,?,?,?,?)",
        (time.time_ns(), auditor, family, weights, figures),
    )


def faults(db: Connection, entered: list[dict[str, Json]]) -> list[str]:
    """Return where the weights differ from *entered*, the bodies of their ledger entries, oldest first."""
    there = [
        (row[0], sha256(row[1].encode())) for row in db.execute("SELECT profile, weights FROM learned ORDER BY id")
    ]
    known = [(body["family"], body["weights_sha256"]) for body in entered]
    return [] if there == known else ["the weights that the desk learned are not those in the ledger"]

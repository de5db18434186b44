"""What a list shows of a decision while a second look at it waits: nothing, to whoever may take that look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from dreamdesk import pipeline
from dreamdesk.desk import encode, findings, sampling
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import Check


def covered(db: Connection, noun: str, rows: Iterable[dict[str, Any]], auditor: str) -> Iterator[dict[str, Any]]:
    """Yield the *rows* of a list of *noun* as *auditor* ("" for nobody) may read them."""
    secret, episodes = sampling.covered(db, auditor), sampling.covered_episodes(db, auditor)
    told: dict[int, tuple[Check, ...]] = {}
    for row in rows:
        if noun == "decisions" and row["correction"] in secret:
            continue
        if noun == "candidates" and row["episode"] in episodes and row["method"] == findings.AUDITOR:
            continue
        if noun == "checks" and row["correction"] in secret:
            answers = told.get(row["correction"]) or pipeline.seen_by(db, row["correction"], auditor)[0]
            told[row["correction"]] = answers
            check = next((one for one in answers if one.guardrail == row["guardrail"]), None)
            if check:
                about = {name: row[name] for name in ("id", "episode", "correction", "revision")}
                yield {**about, **json.loads(encode.checks_out([check]))[0]}
        elif noun == "corrections" and row["id"] in secret:
            yield {**row, "state": "proposed"}
        elif noun == "episodes" and row["id"] in episodes:
            seen = next(iter(findings.as_seen_by(db, int(row["id"]), auditor)), None)
            yield {
                **row,
                "review": "proposed",
                "error_step": seen.step if seen else None,
                "category": seen.category.value if seen else None,
                "probability": seen.probability if seen else None,
            }
        else:
            yield row

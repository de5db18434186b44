"""Labelled failures for the locate benchmarks: episodes with the decision that experts marked.

Reads a folder that holds ``who-and-when/{algorithm-generated,hand-crafted}/*.json`` (ag2ai/Agents_Failure_Attribution)
and ``agentrx/tau_retail_labels.json`` (microsoft/AgentRx); the tau-bench episodes of the latter are a file of
their own. What is absent is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Episode, turn_start


@dataclass(frozen=True)
class Case:
    """One failed episode, the family it belongs to and the first step of the marked decision."""

    family: str
    episode: Episode
    label: int


def cases(labels: Path, retail: Path | None = None) -> list[Case]:
    """Return every labelled failure found under *labels*; *retail* is the file with AgentRx's tau-bench episodes."""
    found = []
    for family, folder in (("generated", "algorithm-generated"), ("hand-crafted", "hand-crafted")):
        for path in sorted((labels / "who-and-when" / folder).glob("*.json"), key=lambda path: int(path.stem)):
            for episode in open_source(path).episodes():
                step = episode.labels[0].step
                found.append(Case(family, episode, turn_start(episode.steps, step)))
    marks = labels / "agentrx" / "tau_retail_labels.json"
    if retail and retail.is_file() and marks.is_file():
        found += _retail(marks, retail)
    return found


def _retail(marks: Path, retail: Path) -> Iterator[Case]:
    """Join AgentRx's marks to the attempts by task number; its steps count messages from 1, as `Step.native` does."""
    places = {run["task_id"]: f"/{place}" for place, run in enumerate(json.loads(retail.read_bytes()))}
    episodes = {episode.key: episode for episode in open_source(retail).episodes()}
    for mark in json.loads(marks.read_bytes()):
        root = [f for f in mark["failures"] if f["failure_id"] == mark["root_cause"]["failure_id"]]
        episode = episodes.get(places.get(mark["trajectory_id"], ""))
        if root and episode:
            step = next(step.index for step in episode.steps if step.native == root[0]["step_number"])
            yield Case("tau-retail", episode, turn_start(episode.steps, step))

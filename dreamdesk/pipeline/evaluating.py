"""Evaluate: labelled failures, from a folder or from the desk, to the honest table of what finds their error points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.desk import episodes, learned
from dreamdesk.desk.database import Connection
from dreamdesk.intake.opening import expand, open_source
from dreamdesk.locate.evaluate.cases import Case, case
from dreamdesk.locate.evaluate.table import SEEDS, Line, Told, evaluate
from dreamdesk.locate.ranker import shipped_model
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.policies import bound


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The table, and what of the folder could not be used, in sentences."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def evaluate_folder(
    folder: Path, attempts: Sequence[Path] = (), seeds: int = SEEDS, told: Told | None = None
) -> Evaluated:
    """Evaluate on every labelled failure under *folder*; *attempts* are trace files that label files there speak of.

    Raises:
        UserError: there is no labelled failure.
    """
    notes: list[str] = []
    cases = labelled_cases(folder, attempts, notes, told)
    if not cases:
        raise UserError(f"{folder}: no labelled failure was found. {' '.join(notes[:3])}".strip())
    return Evaluated(tuple(evaluate(cases, shipped_model(), seeds, told)), tuple(notes))


def evaluate_desk(db: Connection, seeds: int = SEEDS, told: Told | None = None) -> Evaluated:
    """Evaluate on the failures of the desk that came with a label or whose mark an approval confirmed.

    A confirmed mark goes before the label that came with the trace.

    Raises:
        UserError: there is no labelled failure.
    """
    confirmed = dict(learned.labels(db))
    cases = []
    every = episodes.ids(db)
    for number, identity in enumerate(every):
        if told and number % 50 == 0:
            told("episodes read", number, len(every))
        episode = bound(db, identity)
        step = confirmed.get(identity, _labelled_step(episode))
        if step is not None:
            cases.append(case(episode, step, learned.family_of(db, identity)))
    if not cases:
        raise UserError("This desk holds no labelled failure: neither labels in traces nor marks that were approved.")
    return Evaluated(tuple(evaluate(cases, shipped_model(), seeds, told)))


def labelled_cases(
    folder: Path, attempts: Sequence[Path] = (), notes: list[str] | None = None, told: Told | None = None
) -> list[Case]:
    """Return every labelled failure under *folder*: labels inside traces, and label files that name attempts.

    The family of a case is the folder that its file lies in, of a label file the name of that. What cannot be used is
    said in *notes*.
    """
    said = notes if notes is not None else []
    found: list[Case] = []
    files = [path for path in expand([folder]) if path.suffix in (".json", ".jsonl")]
    for number, path in enumerate(sorted(files, key=lambda path: (str(path.parent), len(path.name), path.name))):
        if told and number % 20 == 0:
            told("files read", number, len(files))
        marks = _marks(path)
        if marks is not None:
            found += _joined(path, marks, attempts, said)
            continue
        try:
            for episode in open_source(path).episodes():
                step = _labelled_step(episode)
                if step is not None:
                    found.append(case(episode, step, path.parent.name))
        except UserError as error:
            said.append(f"{path.name}: not used ({error})")
    return found


def _labelled_step(episode: Episode) -> int | None:
    """Return the step of the first label that points into the recording; sources put the root cause first."""
    steps = (label.step for label in episode.labels)
    return next((step for step in steps if step is not None and 0 <= step < len(episode.steps)), None)


def _marks(path: Path) -> list[Json] | None:
    """Return the entries of an AgentRx label file, or None where the file is something else."""
    if path.stat().st_size > 20_000_000:
        return None
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    keys = {"trajectory_id", "failures", "root_cause"}
    if isinstance(data, list) and data and all(isinstance(item, dict) and keys <= item.keys() for item in data):
        return data
    return None


def _joined(path: Path, marks: list[Json], attempts: Sequence[Path], notes: list[str]) -> Iterator[Case]:
    """Join labels to the attempts by task number; a label's steps count messages from 1, as `Step.native` does."""
    places: dict[Json, Episode] = {}
    for file in attempts:
        runs = json.loads(file.read_bytes())
        read = {episode.key: episode for episode in open_source(file).episodes()}
        places |= {run.get("task_id"): read[f"/{n}"] for n, run in enumerate(runs) if f"/{n}" in read}
    missed = 0
    for mark in marks:
        root = next((f for f in mark["failures"] if f["failure_id"] == mark["root_cause"]["failure_id"]), None)
        episode = places.get(mark["trajectory_id"])
        steps = [s.index for s in episode.steps if s.native == root["step_number"]] if episode and root else []
        if episode and steps:
            yield case(episode, steps[0], path.stem)
        else:
            missed += 1
    if missed:
        notes.append(f"{path.name}: {missed} of {len(marks)} labels name attempts that are not there (see --episodes).")

"""What the workers of a triage are given: the shard, and what the dealing desk says of reading and locating.

All of it is pickled on its way to another process or machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from dreamdesk import __version__
from dreamdesk.desk import learned, mappings, policies, settings
from dreamdesk.desk.database import Connection
from dreamdesk.locate.ranker import Weights
from dreamdesk.model.canonical import digest
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import PROGRAM

Place = tuple[str, int]
"""Where an episode lies: the name of its shard, and its id on that desk."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the dealing desk says that bears on how a trace is read and where it went wrong.

    Attributes:
        version: The program's; workers of another one refuse.
        format_name: The files are read as this format; None finds out.
        outcome_rule: The setting of that name.
        mappings: Name and canonical JSON of each kept mapping, the oldest first.
        policies: Name, agent and text of each in force.
        weights: The features and the default of the desk's own weights, by family of agents.
    """

    version: str
    format_name: str | None
    outcome_rule: str
    mappings: tuple[tuple[str, str], ...]
    policies: tuple[tuple[str, str, str], ...]
    weights: Mapping[str, tuple[Mapping[str, float], float]]

    @classmethod
    def of(cls, db: Connection, format_name: str | None) -> Rules:
        """Return the rules of a desk."""
        return cls(
            __version__,
            format_name,
            settings.get(db, settings.OUTCOME_RULE),
            tuple((one.name, one.body.decode()) for one in reversed(mappings.all_kept(db))),
            tuple((one.name, one.agent, one.text) for one in policies.in_force(db)),
            {family: (dict(one.features), one.default) for family, one in learned.in_force(db).items()},
        )

    @property
    def digest(self) -> str:
        """What tells these rules from others."""
        return digest(asdict(self))

    def lay(self, db: Connection) -> None:
        """Put the rules in force on the desk of a shard.

        Raises:
            UserError: they are those of another version of the program.
        """
        if self.version != __version__:
            raise UserError(f"A worker runs DreamDesk {__version__}, the triage {self.version}. Install the same.")
        if self.outcome_rule != settings.get(db, settings.OUTCOME_RULE):
            settings.put(db, settings.OUTCOME_RULE, self.outcome_rule, PROGRAM)
        for name, body in self.mappings:
            mappings.put(db, name, json.loads(body), PROGRAM)
        for name, agent, text in self.policies:
            policies.add(db, name, agent, text, PROGRAM)

    def ranking(self, family: str) -> Weights | None:
        """Return the desk's own weights for a family of agents; None where the shipped ones rank it."""
        own = self.weights.get(family)
        return Weights(*own) if own else None


@dataclass(frozen=True, slots=True)
class Shard:
    """Some files of the corpus, next to one another in its order; *size* is that of all, in bytes."""

    name: str
    files: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Job:
    """A shard to work on.

    Attributes:
        folder: What comes of it is laid there; all workers must see it.
        scratch: Where a desk is made, which SQLite wants on a disk of the machine itself; "" where the worker chooses.
        siblings: The successful attempts at the tasks of its failures, by task; while they are read: none yet.
        parts: Places of files that turned out to be parts of a source in another shard.
    """

    folder: str
    scratch: str
    shard: Shard
    rules: Rules
    siblings: Mapping[str, tuple[Place, ...]]
    parts: frozenset[str]


def desk_of(folder: Path, shard: str) -> Path:
    """Return where the desk of a shard lies."""
    return folder / f"{shard}.desk"


def index_of(folder: Path, shard: str) -> Path:
    """Return where it is written what the desk of a shard holds; it is there once the desk is."""
    return folder / f"{shard}.json"


def survey_of(folder: Path, shard: str) -> Path:
    """Return where the failures of a shard are listed, a line each."""
    return folder / f"{shard}.failures"

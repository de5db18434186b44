"""How a list of the queue is narrowed down and in which order it stands: the SQL of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dreamdesk.desk.database import Connection
from dreamdesk.desk.findings import SEVERITY
from dreamdesk.model.episode import OutcomeState

RISKS = ("high", "medium", "low", "")
"""Severities of error points; "" where none was located, or the desk's view is withheld."""
MOST_AGENTS = 40


class Sort(Enum):
    """Orders of the queue: by how grave, by the import, by the number of steps."""

    WORST = "worst"
    NEWEST = "newest"
    OLDEST = "oldest"
    LONGEST = "longest"

    @property
    def order(self) -> str:
        """The ORDER BY of it."""
        return _ORDERS[self]


_ORDERS = {
    Sort.WORST: "priority DESC, id",
    Sort.NEWEST: "id DESC",
    Sort.OLDEST: "id",
    Sort.LONGEST: "steps DESC, id",
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which episodes of a list are shown, and in which order; an empty set asks for nothing.

    Attributes:
        risks: Of `RISKS`.
        agents: Names of agents, or of models where the agent has none (see `agents`).
    """

    sort: Sort = Sort.WORST
    risks: frozenset[str] = frozenset()
    outcomes: frozenset[OutcomeState] = frozenset()
    agents: frozenset[str] = frozenset()

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.risks or self.outcomes or self.agents)

    def clauses(self, withheld: str) -> tuple[list[str], dict[str, str]]:
        """Return what the rows of table ``episode`` must fulfil, and the values in it.

        *withheld* is the condition, in brackets, under which a row counts as one without an error point.
        """
        found: list[str] = []
        if self.risks:
            located = ", ".join(repr(category) for category, risk in _SEVERITIES.items() if risk in self.risks)
            found.append(
                f"(category IS NULL OR category IN ({located}) OR {withheld})"
                if "" in self.risks
                else f"category IN ({located}) AND NOT {withheld}"
            )
        values: dict[str, str] = {}
        for name, column, wanted in (
            ("outcome", "outcome", [state.value for state in self.outcomes]),
            ("who", f"+({_WHO})", list(self.agents)),  # + keeps SQLite from its index, which holds nothing else
        ):
            if wanted:
                marks = {f"{name}{number}": value for number, value in enumerate(sorted(wanted))}
                found.append(f"{column} IN ({', '.join(f':{mark}' for mark in marks)})")
                values |= marks
        return found, values


_SEVERITIES = {category.value: severity for category, severity in SEVERITY.items()}
_WHO = "CASE agent WHEN '' THEN model ELSE agent END"


def agents(db: Connection) -> list[tuple[str, int]]:
    """Return whose episodes the desk holds, and how many, most first, at most MOST_AGENTS."""
    rows = db.execute(
        f"SELECT {_WHO} AS who, count(*) AS number FROM episode WHERE live = 1 AND who != ''"  # noqa: S608
        " GROUP BY who ORDER BY number DESC, who LIMIT ?",
        (MOST_AGENTS,),
    )
    return [(row[0], row[1]) for row in rows]

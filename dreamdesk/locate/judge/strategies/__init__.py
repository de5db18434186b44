"""The ways of asking the judge, one file each, all behind one interface.

To add one, add a module with ``NAME``, ``TITLE`` and ``USE`` (a sentence on when to take it), a function ``run`` and a
function ``questions``; nothing else changes.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Protocol, cast

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard
from dreamdesk.model.ask import AskAll, Prompt

DEFAULT = "all-at-once"


class Strategy(Protocol):
    """A way of asking."""

    @property
    def NAME(self) -> str:
        """Its name on the command line and in results."""

    @property
    def TITLE(self) -> str:
        """Its name for people."""

    @property
    def USE(self) -> str:
        """One sentence on when to take it."""

    def run(self, case: Case, ask: AskAll, samples: int) -> list[Heard]:
        """Ask *samples* times about *case*, which has decisions; return a vote for each.

        Raises:
            UserError: From *ask*, or because the episode is too long for it.
        """

    def questions(self, case: Case, samples: int) -> Iterator[Prompt]:
        """Yield the questions that `run` would put at most, for the estimate of what it takes.

        Where a later question depends on earlier answers, the longest that it can be stands for it.

        Raises:
            UserError: The episode is too long for it.
        """


@cache
def strategies() -> dict[str, Strategy]:
    """Return every strategy of this package by name, the default first."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = {module.NAME: cast("Strategy", module) for module in modules}
    return dict(sorted(found.items(), key=lambda item: (item[0] != DEFAULT, item[0])))

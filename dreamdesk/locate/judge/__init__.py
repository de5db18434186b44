"""The model as a judge: asked in one of several ways for the error point, believed only where its quotes stand."""

from __future__ import annotations

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.strategies import DEFAULT, Strategy, strategies
from dreamdesk.locate.judge.voting import judgement
from dreamdesk.model.ask import AskAll
from dreamdesk.model.errors import UserError
from dreamdesk.model.judgement import Judgement

__all__ = ["DEFAULT", "Case", "Strategy", "judge", "strategies", "strategy"]


def strategy(name: str) -> Strategy:
    """Return the strategy of this name.

    Raises:
        UserError: there is none.
    """
    if name not in strategies():
        raise UserError(f"There is no way of judging called {name!r}; there are {', '.join(strategies())}.")
    return strategies()[name]


def judge(case: Case, way: Strategy, ask: AskAll, samples: int = 1) -> Judgement:
    """Return the model's opinion on *case*: the votes of *samples* independent askings, counted.

    The expected answer is never shown.

    Raises:
        UserError: From *ask*, or because the episode is too long for the strategy.
    """
    if not case.trace.decisions:
        return judgement(case, way.NAME, [])
    return judgement(case, way.NAME, way.run(case, ask, samples))

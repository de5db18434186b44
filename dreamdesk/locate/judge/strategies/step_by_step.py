"""Step by step: one decision after the other, with all that came before, until one is the error point.

As many questions as there are decisions, so for short recordings only; there it names the exact step most often
(Who&When, arXiv 2505.00212, table 1).
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard, hear_check, together
from dreamdesk.locate.judge.wording import prefix_question
from dreamdesk.model.ask import AskAll, Prompt
from dreamdesk.model.errors import UserError

NAME = "step-by-step"
TITLE = "Step by step"
USE = "Decision after decision until one is the error point. Dear; for short recordings only."

MOST_DECISIONS = 30


def run(case: Case, ask: AskAll, samples: int) -> list[Heard]:
    """Go through the decisions; see `Strategy`. The samples go on side by side, each until it has found something."""
    _short_enough(case)
    votes: list[list[Heard]] = [[] for _ in range(samples)]
    going = list(range(samples))
    for step in case.steps:
        replies = ask([prefix_question(case, step, sample) for sample in going])
        for sample, reply in zip(list(going), replies, strict=True):
            heard = hear_check(case, step, reply)
            votes[sample].append(heard)
            if heard.claims:
                going.remove(sample)
        if not going:
            break
    return [together(vote) for vote in votes]


def questions(case: Case, samples: int) -> Iterator[Prompt]:
    """Yield a question for each decision."""
    _short_enough(case)
    return (prefix_question(case, step, sample) for sample in range(samples) for step in case.steps)


def _short_enough(case: Case) -> None:
    if len(case.steps) > MOST_DECISIONS:
        raise UserError(
            f"The recording has {len(case.steps):,} decisions, and step by step takes at most {MOST_DECISIONS}. Take"
            " all at once, or the shortlist check. Nothing was sent."
        )

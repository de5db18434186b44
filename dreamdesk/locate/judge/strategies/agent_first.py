"""Agent first: a list for the whole recording, then a check of each nearby decision of the agent that it leads to.

The agent is not asked for, because models answer that inconsistently with the step; it follows from the step named
first. For recordings in which several agents have parts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard, hear_check, hear_list, together
from dreamdesk.locate.judge.wording import check_question, list_question
from dreamdesk.model.ask import AskAll, Prompt

NAME = "agent-first"
TITLE = "Agent first"
USE = "One question for the whole recording, then the decisions of the agent it leads to. For teams of agents."

NEAREST = 8
"""So many decisions of the agent are checked: those nearest to the step named first."""


def run(case: Case, ask: AskAll, samples: int) -> list[Heard]:
    """Ask for the list, then check the agent's decisions; see `Strategy`."""
    lists = [hear_list(case, reply) for reply in ask([list_question(case, sample) for sample in range(samples)])]
    asked = [
        (sample, step)
        for sample, heard in enumerate(lists)
        if heard.claims
        for step in _nearest(case, heard.claims[0].step)
    ]
    replies = ask([check_question(case, step, sample) for sample, step in asked])
    checks: list[list[Heard]] = [[] for _ in range(samples)]
    for (sample, step), reply in zip(asked, replies, strict=True):
        checks[sample].append(hear_check(case, step, reply))
    return [_vote(first, together(rest)) if rest else first for first, rest in zip(lists, checks, strict=True)]


def questions(case: Case, samples: int) -> Iterator[Prompt]:
    """Yield the list and the dearest checks."""
    for sample in range(samples):
        yield list_question(case, sample)
        yield from (check_question(case, step, sample) for step in case.largest(NEAREST))


def _nearest(case: Case, step: int) -> list[int]:
    """Return the decisions of the agent of decision *step*, the nearest ones, in order."""
    steps = case.trace.steps
    own = [at for at in case.steps if (steps[at].actor, steps[at].agent) == (steps[step].actor, steps[step].agent)]
    return sorted(sorted(own, key=lambda at: abs(at - step))[:NEAREST])


def _vote(first: Heard, checked: Heard) -> Heard:
    """Return what the checks confirm; where they confirm nothing, the list stands."""
    claims = checked.claims or first.claims
    return Heard(claims, first.flags + checked.flags, first.usable, first.replies + checked.replies)

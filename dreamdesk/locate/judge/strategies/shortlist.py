"""Shortlist: the desk's own best candidates, or a list by the model, each checked in the steps around it.

The check asks for a yes or no, and for the counterfactual: would the attempt have succeeded had it been right?
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard, hear_check, hear_list, together
from dreamdesk.locate.judge.wording import MOST, check_question, list_question
from dreamdesk.model.ask import AskAll, Prompt

NAME = "shortlist"
TITLE = "Shortlist check"
USE = "The desk's own candidates are checked one by one, each in the steps around it. For long recordings."

KNOWN = 8
"""So many of the desk's own candidates are checked."""


def run(case: Case, ask: AskAll, samples: int) -> list[Heard]:
    """Check each candidate; see `Strategy`."""
    if known := _known(case):
        lists = [Heard() for _ in range(samples)]
        chosen = [known] * samples
    else:
        lists = [hear_list(case, reply) for reply in ask([list_question(case, sample) for sample in range(samples)])]
        chosen = [[claim.step for claim in heard.claims] for heard in lists]
    asked = [(sample, step) for sample, steps in enumerate(chosen) for step in steps]
    replies = ask([check_question(case, step, sample) for sample, step in asked])
    votes: list[list[Heard]] = [[] for _ in range(samples)]
    for (sample, step), reply in zip(asked, replies, strict=True):
        votes[sample].append(hear_check(case, step, reply))
    return [_vote(first, checks) for first, checks in zip(lists, votes, strict=True)]


def questions(case: Case, samples: int) -> Iterator[Prompt]:
    """Yield a check of each candidate; where the desk has none, the list and the dearest checks."""
    known = _known(case)
    for sample in range(samples):
        if not known:
            yield list_question(case, sample)
        yield from (check_question(case, step, sample) for step in known or case.largest(MOST))


def _known(case: Case) -> list[int]:
    return [candidate.step for candidate in case.known if candidate.step in case.steps][:KNOWN]


def _vote(first: Heard, checks: list[Heard]) -> Heard:
    """Return the vote of the checks; what the list said before them counts only by its flags."""
    if not checks:
        return first
    joined = together(checks)
    return Heard(joined.claims, first.flags + joined.flags, joined.usable, first.replies + joined.replies)

"""Binary search: in which half of the decisions is it, and in which half of that, until one is left, which is checked.

Few questions for any length, and the weakest record of all (Who&When, arXiv 2505.00212, table 1): offered, not advised.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard, hear_check, hear_half, together
from dreamdesk.locate.judge.wording import check_question, half_question
from dreamdesk.model.ask import AskAll, Prompt

NAME = "binary-search"
TITLE = "Binary search"
USE = "Half after half until one decision is left. Few questions, and the weakest record."


def run(case: Case, ask: AskAll, samples: int) -> list[Heard]:
    """Search by halves; see `Strategy`. The samples go on side by side."""
    heard: list[list[Heard]] = [[] for _ in range(samples)]
    left = dict.fromkeys(range(samples), case.steps)
    while going := [sample for sample, steps in left.items() if len(steps) > 1]:
        replies = ask([half_question(case, left[sample], sample) for sample in going])
        for sample, reply in zip(going, replies, strict=True):
            half, part = hear_half(reply)
            heard[sample].append(part)
            middle = len(left[sample]) // 2
            left[sample] = {"first": left[sample][:middle], "second": left[sample][middle:]}.get(half, [])
    ends = [(sample, steps[0]) for sample, steps in left.items() if steps]
    replies = ask([check_question(case, step, sample) for sample, step in ends])
    for (sample, step), reply in zip(ends, replies, strict=True):
        heard[sample].append(hear_check(case, step, reply))
    # A search that broke off in the middle is no vote, whatever was heard before.
    return [Heard(v.claims, v.flags, p[-1].usable, v.replies) for p in heard for v in [together(p)]]


def questions(case: Case, samples: int) -> Iterator[Prompt]:
    """Yield as many questions as the longest way down has."""
    for sample in range(samples):
        steps = case.steps
        while len(steps) > 1:
            yield half_question(case, steps, sample)
            steps = steps[len(steps) // 2 :]
        yield check_question(case, case.largest(1)[0], sample)

"""All at once: the whole recording, numbered, in one question for a ranked list.

The cheapest way, with the best record on long recordings (Who&When, arXiv 2505.00212, table 1).
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.judge.hearing import Heard, hear_list
from dreamdesk.locate.judge.wording import list_question
from dreamdesk.model.ask import AskAll, Prompt

NAME = "all-at-once"
TITLE = "All at once"
USE = "One question with the whole recording. Take this unless you know better."


def run(case: Case, ask: AskAll, samples: int) -> list[Heard]:
    """Ask for the ranked list; see `Strategy`."""
    return [hear_list(case, reply) for reply in ask(list(questions(case, samples)))]


def questions(case: Case, samples: int) -> Iterator[Prompt]:
    """Yield one question per sample."""
    return (list_question(case, sample) for sample in range(samples))

"""Secrets and personal data: neither may enter the training data by way of a correction."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.case import RECORDED, Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, note, warn
from dreamdesk.guard.sensitive import sensitive
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote


def check(case: Case) -> Iterator[Remark]:
    """Look through every corrected step.

    A secret blocks when it is new and needs a reason when it was recorded. Personal data that stands in the recording
    is what a support trace is about and passes; so does what a tool or user was recorded to say in the attempt that
    was grafted. Any other is a warning.
    """
    recording = "\n".join([case.background, *(step.content for step in case.episode.steps)])
    witnessed = "\n".join(step.content for _, step in case.evidence)
    ordinary = 0
    reported: set[str] = set()
    for at, corrected in case.continuation:
        heard = corrected.provenance in RECORDED and corrected.step.actor is not Actor.AGENT
        for find in sensitive(corrected.step.content):
            if find.text in reported:
                continue
            quote, known = Quote(at, find.text), find.text in recording
            if find.secret:
                reported.add(find.text)
                if known:
                    yield warn(f"A {find.what} ({find.masked}) is copied from the recording to step {at}.", quote)
                else:
                    yield block(f"A {find.what} ({find.masked}) is introduced at step {at}.", quote)
            elif known or heard or find.text in witnessed:
                ordinary += 1
            else:
                reported.add(find.text)
                yield warn(f"The {find.what} {find.masked} at step {at} stands nowhere in the recording.", quote)
    if ordinary:
        yield note(f"Personal data that the recording already holds: {ordinary}.")


GUARDRAIL = Guardrail("secrets-personal-data", "No secret or personal data introduced", 8, check)

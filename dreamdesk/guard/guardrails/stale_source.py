"""Stale source: what is learned must correct the newest state of the recording that the desk holds."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, warn


def check(case: Case) -> Iterator[Remark]:
    """Warn when the file was imported again since and tells more of this episode, or tells it otherwise."""
    if case.newer is not None:
        yield warn(
            f"The recording has grown or changed since: episode {case.newer} is its newest state. "
            "Read that one first; the error may have been mended there, or lie elsewhere."
        )


GUARDRAIL = Guardrail("stale-source", "The newest state of the recording is corrected", 13, check)

"""What a tool call does to the world, judged by the words in the tool's name."""

from __future__ import annotations

import re

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

VERBS = frozenset(
    """
    accept add apply approve archive assign book buy cancel change charge close create debit delete deploy disable drop
    enable escalate exchange execute grant insert invite issue merge modify move order overwrite pay post publish
    purchase push put refund register reject release remove rename replace reserve reset resolve restart return revoke
    schedule sell send set shutdown submit subscribe suspend terminate transfer uninstall unsubscribe update upload
    withdraw write
    """.split()  # noqa: SIM905 - words in a row are easier to read than a list of strings
)
READING = frozenset(
    "check count describe fetch find get is list load lookup query read search show view".split()  # noqa: SIM905
)

SCRATCH = frozenset({"think", "calculate", "calculator", "reason", "plan", "note"})
GIVING_UP = ("transfer_to_human", "escalate", "handoff_to_human", "give_up")


def is_consequential(tool: str) -> bool:
    """Tell whether a call of *tool* may change something that a user or an examiner would care about.

    A name that starts with a reading verb ("get_return_policy") never is; otherwise any changing verb in it counts.
    The rule reads names alone, so it works on traces that come without tool schemas.
    """
    words = parts(tool)
    return bool(words) and words[0] not in READING and not VERBS.isdisjoint(words)


def parts(tool: str) -> list[str]:
    """Return the words that the name of *tool* is made of, in lower case: "cancelOrder" is cancel, order."""
    return [part.lower() for part in _PARTS.findall(tool)]


def is_scratch(tool: str) -> bool:
    """Tell whether *tool* only helps the agent think: it neither changes the world nor tells anything about it."""
    return tool.lower() in SCRATCH


def is_giving_up(tool: str) -> bool:
    """Tell whether a call of *tool* hands the task to a person."""
    return tool.lower().startswith(GIVING_UP)

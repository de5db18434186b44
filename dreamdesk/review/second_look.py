"""What an auditor signs at a second look: the statement of a decision, of another kind and with another meaning."""

from __future__ import annotations

import json

from dreamdesk.model.canonical import canonical
from dreamdesk.model.decision import Verdict

PREDICATE_TYPE = "https://dreamdesk.dev/second-look/v1"
"""A name for the kind of statement. Nothing is ever fetched from it."""

_READ = "I have read the error point, its evidence and this revision without knowing what was decided on it, and would"
MEANING = {
    Verdict.APPROVE: f"{_READ} approve it to be learned from.",
    Verdict.REJECT: f"{_READ} not let it be learned from.",
}
"""The sentence that the auditor signs; at a second look there is no third answer."""


def second_look(signed: bytes) -> bytes:
    """Return the statement *signed* of a decision as that of a second look, which has no part in who may release.

    Raises:
        KeyError: its verdict is none that a second look has.
    """
    said = json.loads(signed)
    said["predicateType"] = PREDICATE_TYPE
    said["predicate"]["meaning"] = MEANING[Verdict(said["predicate"]["verdict"])]
    return canonical(said)

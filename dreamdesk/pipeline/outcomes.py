"""Outcomes: the desk's rule for scores, and the word of an auditor, which outranks it and the source."""

from __future__ import annotations

import time
from collections import Counter

from dreamdesk.desk import auditors, episodes, outcomes, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.episode import Outcome, OutcomeState
from dreamdesk.model.outcome import Rule, Word
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import write_head
from dreamdesk.pipeline.dreaming import dream
from dreamdesk.pipeline.locating import FAILED, locate
from dreamdesk.review.identity import Signer


def set_outcome(db: Connection, episode: int, state: OutcomeState | None, reason: str, signer: Signer) -> Outcome:
    """Let the auditor say how *episode* ended; None takes back what was said. Return the outcome that counts now.

    An episode that becomes failed is located, and what needs no model is proposed. One that no longer is failed leaves
    the review; the decisions made on it stay.

    Raises:
        UserError: the key is not the desk's, the reason is missing, or there is nothing to take back.
    """
    auditor = auditors.current(db, signer)
    auditors.check_writes(db, auditor.name)
    word = Word(auditor.name, state, reason.strip(), time.time_ns())
    after = outcomes.say(db, episode, word, settings.outcome_rule(db))
    if after.state in FAILED and not episodes.located(db, episode):
        locate(db, [episode])
        check(db, [*dream(db, DreamSource.IMPORTED, [episode]), *dream(db, DreamSource.GRAFT, [episode])])
    write_head(db)
    return after


def preview_rule(db: Connection, text: str) -> tuple[str, Counter[outcomes.Change]]:
    """Return the rule that *text* means, in full, and how many episodes it would move from which outcome to which.

    Raises:
        UserError: *text* is no rule.
    """
    rule = Rule.parse(text)
    return str(rule), outcomes.preview(db, rule)

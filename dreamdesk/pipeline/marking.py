"""Marking: the auditor's own error point, taken before the desk shows its own, and how far the two agree."""

from __future__ import annotations

import getpass

from dreamdesk.desk import auditors, corrections, episodes, findings, marks, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.marks import Mark
from dreamdesk.locate.agreement import Agreement, Place, agreements
from dreamdesk.model.episode import turn_start
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category, Quote, stands
from dreamdesk.pipeline.checking import check
from dreamdesk.pipeline.common import write_head


def mark(
    db: Connection,
    episode: int,
    auditor: str,
    step: int | None,
    category: Category,
    hidden: bool,
    quote: Quote | None = None,
    note: str = "",
    took: int | None = None,
) -> None:
    """Record where *auditor* says the episode went wrong; it outranks every method.

    *step* None says that it cannot be determined, or with D15 that it was not the agent. *hidden*: the desk's view was
    not shown until now. *took*: milliseconds since the auditor first saw the episode. The guardrails look at the
    episode's corrections again, since they know the error point.

    Raises:
        UserError: the quote does not stand in the marked turn, or is missing where the desk asks for one, or no such
            step; nothing was recorded.
    """
    auditors.check_writes(db, auditor)
    if step is None and category not in marks.NO_STEP:
        raise UserError("Name the step that went wrong, or say that it cannot be determined, or was not the agent.")
    if step is not None:
        _quoted(db, episode, step, quote)
    words = quote if step is not None else None
    findings.add_mark(db, episode, Mark(auditor, step, category, 0, hidden, words, note, took))
    check(db, [correction.id for correction in corrections.of_episode(db, episode)])
    write_head(db)


def _quoted(db: Connection, episode: int, step: int, quote: Quote | None) -> None:
    """Refuse a step that is not there, or words that do not stand in its turn."""
    steps = episodes.load(db, episode).steps
    if not 0 <= step < len(steps):
        raise UserError(f"Episode {episode} has no step {step}; nothing was marked.")
    if quote is None:
        if marks.mode(db) == settings.REQUIRED:
            raise UserError("This desk asks for words from the step: select those that show the error, then mark it.")
        return
    if not stands(quote, steps) or turn_start(steps, quote.step) != turn_start(steps, step):
        raise UserError("The quoted words do not stand in the step that is marked; select them there.")


def reveal(db: Connection, episode: int, auditor: str) -> None:
    """Record that *auditor* ("" where nobody signed in) looks at the desk's view of *episode* without a mark.

    Raises:
        UserError: this desk asks for a mark first.
    """
    may_reveal(db, episode, auditor)
    if not marks.hidden(db, [episode], auditor):
        return
    with transaction(db):
        marks.reveal(db, episode, auditor, auditor or getpass.getuser())
    write_head(db)


def may_reveal(db: Connection, episode: int, auditor: str) -> None:
    """Return if *auditor* may see the desk's view of *episode* without a mark; where nothing is written, this is all.

    Raises:
        UserError: this desk asks for a mark first.
    """
    if marks.withheld(db, [episode], auditor):
        raise UserError("On this desk you mark the error point first. Press M on the step, U if you cannot tell.")


def agreement(db: Connection) -> list[Agreement]:
    """Return how far the auditors' blind marks agree with one another and with each method's best candidate.

    What they agree beyond chance is in `pipeline.oversight.agreed`.
    """
    told = blind_marks(db)
    found = {episode: findings.best_by_method(db, episode) for episode in told}
    return agreements(told, found)


def blind_marks(db: Connection) -> dict[int, dict[str, Place]]:
    """Return by episode what each auditor said before anything was shown to them: their first blind mark."""
    told: dict[int, dict[str, Place]] = {}
    for episode, one in marks.every(db):
        if one.blind:
            told.setdefault(episode, {}).setdefault(one.auditor, (one.step, one.category))
    return told

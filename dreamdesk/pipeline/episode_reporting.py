"""One episode as a document for people, as far as an auditor may see it: a page, a PDF, or text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dreamdesk.desk import corrections, decisions, episodes, findings, marks, outcomes
from dreamdesk.desk.database import Connection, path_of
from dreamdesk.desk.incidents import Incident
from dreamdesk.desk.marks import Mark
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Word
from dreamdesk.pipeline.checking import seen_by
from dreamdesk.pipeline.recounting import History, history
from dreamdesk.release.report.document import Block
from dreamdesk.release.report.episode import Corrected, Told, tell
from dreamdesk.release.report.html import page
from dreamdesk.release.report.pdf import pdf
from dreamdesk.release.report.words import words

VEILED = "The desk's view is left out: whoever asks marks the error point first."
FORMS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "pdf": pdf,
    "html": lambda blocks: page(blocks).encode(),
    "text": lambda blocks: words(blocks).encode(),
}
"""What a document can be written as. Hidden characters are written out in each, and nothing is loaded from anywhere."""

_ENDINGS = {".html": "html", ".htm": "html", ".txt": "text"}

COVERED = "What was decided is left out: a second look at it waits that may be taken by whoever asks."


def episode_report(db: Connection, episode: int, auditor: str = "", *, knows: bool | None = None) -> list[Block]:
    """Return the document of *episode* as *auditor* ("" for nobody) may see it.

    *knows*: the desk's view is no secret to them; by default, where the desk does not withhold it.

    Raises:
        UserError: the desk has no such episode.
    """
    recorded = replace(episodes.load(db, episode), outcome=outcomes.own(db, episode))
    if knows is None:
        knows = not marks.withheld(db, [episode], auditor)
    told = history(db, episode, auditor, knows=knows)
    candidates = findings.as_seen_by(db, episode, auditor) if told.covered else findings.candidates(db, episode)
    return tell(
        Told(
            path_of(db).name,
            episode,
            recorded,
            episodes.source_of(db, episode),
            episodes.outcome(db, episode),
            candidates if knows else (),
            tuple(_corrections(db, episode, auditor, covered=told.covered)) if knows else (),
            tuple(_said(told)),
            VEILED if not knows else COVERED if told.covered else "",
        )
    )


def _corrections(db: Connection, episode: int, auditor: str, *, covered: bool) -> Iterator[Corrected]:
    for row in corrections.of_episode(db, episode):
        checks, level = seen_by(db, row.id, auditor) if covered else corrections.checks(db, row.id)
        state = "to be looked at again" if covered else row.state.called
        said = () if covered else decisions.of_correction(db, row.id)
        yield Corrected(row.id, state, corrections.revision(db, row.id), checks, level, said)


def _said(told: History) -> Iterator[tuple[int, str, str]]:
    """Yield marks, outcomes and incidents; decisions stand with their corrections."""
    for event in told.events:
        match event.thing:
            case Mark() as mark:
                blind = "before the desk's view was seen" if mark.blind else "after a look at the desk's view"
                note = f" “{mark.note}”" if mark.note else ""
                yield event.at, event.who, f"went wrong: {mark.words}, {blind}.{note}"
            case Word() as word:
                state = f"ended as {word.state.value}" if word.state else "took back what was said of the outcome"
                yield event.at, event.who, f"{state}: “{word.reason}”"
            case Incident() as incident:
                closed = event.at == incident.closed
                what = f"closed the incident: “{incident.closing}”" if closed else f"opened it: “{incident.reason}”"
                yield event.at, event.who, f"{incident.kind.called}: {what}"


def write_episode(blocks: Sequence[Block], place: Path, form: str = "") -> None:
    """Write the document to *place*, whole or not at all.

    *form* is one of `FORMS`; without it the ending of the name tells, and what has none of them is a PDF.

    Raises:
        UserError: it cannot be written there.
    """
    data = FORMS[form or _ENDINGS.get(place.suffix.lower(), "pdf")](blocks)
    draft = place.with_name(f".{place.name}.new")
    try:
        draft.write_bytes(data)
        os.replace(draft, place)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise UserError(f"{place}: the document cannot be written ({error.strerror or error}).") from error

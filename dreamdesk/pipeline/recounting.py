"""The history of an episode: all that was ever done with it on this desk, as far as an auditor may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dreamdesk.desk import corrections, decisions, episodes, incidents, marks, outcomes, releases, sampling, sources
from dreamdesk.desk.corrections import Made
from dreamdesk.desk.database import Connection
from dreamdesk.desk.incidents import Incident
from dreamdesk.desk.marks import Mark
from dreamdesk.desk.releases import Recall, Release
from dreamdesk.desk.sampling import Look
from dreamdesk.model.correction import Revision, corrected_path
from dreamdesk.model.decision import Decision
from dreamdesk.model.episode import Step
from dreamdesk.model.outcome import Word
from dreamdesk.model.source import Source
from dreamdesk.pipeline.policies import bound

Thing = Source | Word | Mark | Made | Decision | Look | Incident | Release | Recall


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done: when, in nanoseconds since 1970 UTC, by whom ("" for the program), and what.

    An incident stands for its opening and, at another time, for its closing: *at* tells which.
    """

    at: int
    who: str
    thing: Thing


@dataclass(frozen=True, slots=True)
class History:
    """What was done, oldest first.

    Attributes:
        veiled: Decisions, others' marks and what revisions say of themselves are left out, because the auditor has not
            seen the desk's view yet.
        covered: Decisions and others' marks are left out, because a second look waits that may be the auditor's.
    """

    events: tuple[Event, ...]
    veiled: bool = False
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A revision beside what it changed: the path of the revision before it, or the recording.

    Attributes:
        before: The whole path that it changed.
        earlier: The revision before it, None where the first one changes the recording.
        after: The revision.
    """

    before: tuple[Step, ...]
    earlier: Revision | None
    after: Revision


def history(db: Connection, episode: int, auditor: str = "", *, knows: bool = True) -> History:
    """Return the history of *episode* as *auditor* may see it; with *knows*, the desk's view is no secret to them.

    Raises:
        UserError: the desk has no such episode.
    """
    source = episodes.source_of(db, episode)
    covered = episode in sampling.covered_episodes(db, auditor)
    open_to = knows and not covered
    found = [Event(sources.imported_at(db, episode), "", source)]
    found += [Event(word.at, word.auditor, word) for word in outcomes.words(db, episode)]
    found += [
        Event(mark.at, mark.auditor, mark)
        for mark in marks.of_episode(db, episode)
        if open_to or (auditor and mark.auditor == auditor)
    ]
    versions = corrections.made(db, episode)
    found += [Event(one.at, one.author, one if knows else replace(one, note="", lesson="")) for one in versions]
    for incident in incidents.all_(db, episode):
        found.append(Event(incident.opened, incident.auditor, incident))
        if incident.closed is not None:
            found.append(Event(incident.closed, incident.closed_by, incident))
    if open_to:
        found += _decided(db, dict.fromkeys(one.correction for one in versions))
    return History(tuple(sorted(found, key=lambda event: event.at)), veiled=not knows, covered=covered)


def _decided(db: Connection, numbers: dict[int, None]) -> list[Event]:
    """Return what was decided on the corrections *numbers*, and what came of it."""
    said = [one for number in numbers for one in decisions.of_correction(db, number)]
    found = [Event(one.at, one.auditor, one) for one in said]
    found += [
        Event(look.at, look.auditor or "", look)
        for look in sampling.looks(db)
        if look.correction in numbers and look.at is not None
    ]
    left = releases.carrying(db, list(numbers))
    found += [Event(release.at, release.auditor, release) for release in left]
    gone = {release.id for release in left}
    return found + [Event(one.at, one.auditor, one) for one in releases.recalls(db) if one.release in gone]


def change(db: Connection, correction: int, number: int) -> Change:
    """Return revision *number* of *correction* beside what it changed.

    Raises:
        UserError: there is no such revision.
    """
    episode = bound(db, corrections.get(db, correction).episode)
    after = corrections.revision(db, correction, number)
    earlier = corrections.revision(db, correction, number - 1) if number > 1 else None
    return Change(corrected_path(episode, earlier) if earlier else episode.steps, earlier, after)

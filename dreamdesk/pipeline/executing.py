"""Execute: the calls of an episode or of a correction made again in an environment that fits, if there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.desk import episodes, settings
from dreamdesk.desk.database import Connection
from dreamdesk.dream import outside
from dreamdesk.dream.environment import calls_of, compared, play
from dreamdesk.dream.environments import own
from dreamdesk.locate import no_return as mechanical
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.execution import Call, Execution, Played
from dreamdesk.model.finding import Candidate

Performed = tuple[str, list[Played]]
"""Name and version of an environment, and what came of each run."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An environment as a desk has it: ours or another's, whether it may run, and the episodes that it fits."""

    name: str
    ours: bool
    allowed: bool
    fits: tuple[int, ...] = ()
    fault: str = ""


def perform(
    db: Connection, episode: Episode, runs: Sequence[Sequence[Call]], *, others: bool = True
) -> Performed | None:
    """Make each run's calls in the first environment that fits *episode*: ours first, then those the desk allows.

    Without *others*, ours alone are tried: they answer while somebody types.

    Raises:
        UserError: an environment that is not ours broke off, took too long or is not installed.
    """
    for environment in own():
        if environment.fits(episode):
            return f"{environment.name} {environment.version}", [play(environment, episode, run) for run in runs]
    for name in allowed(db) if others else ():
        called, played = outside.play(name, episode, runs)
        if played:
            return called, played
    return None


def execution(db: Connection, episode: Episode, path: Sequence[Step], *, others: bool = True) -> Execution | None:
    """Execute the trajectory *path* of *episode* from its beginning; None where no environment fits (see `perform`).

    An environment that breaks off costs this answer only: the fault is part of it.
    """
    try:
        performed = perform(db, episode, [calls_of(path), calls_of(episode.steps)], others=others)
    except UserError as fault:
        return Execution("", fault=str(fault))
    return compared(performed[0], path, *performed[1]) if performed else None


def no_return(db: Connection, episode: Episode, successes: Sequence[Episode]) -> tuple[Candidate, ...]:
    """Return the mechanical point of no return of a failed episode, if one can be computed; see `locate.no_return`."""
    ways = [calls_of(success.steps) for success in successes]

    def run(runs: Sequence[Sequence[Call]]) -> Sequence[Played]:
        performed = perform(db, episode, runs)
        return performed[1] if performed else ()

    try:
        found = mechanical.no_return(episode, calls_of(episode.steps), ways, run)
    except UserError:
        return ()  # the environment's fault is told where corrections are checked
    return (found,) if found else ()


def allowed(db: Connection) -> list[str]:
    """Return the environments of others that this desk lets run, in the order of its setting."""
    return settings.environments(settings.get(db, settings.ENVIRONMENTS))


def rules(db: Connection) -> Json:
    """Return what decides how a path is executed on this desk: our environments, and the others that may run."""
    return [[[one.name, one.version] for one in own()], allowed(db)]


def listed(db: Connection) -> list[Listed]:
    """Return every environment, ours and the installed ones of others; only those allowed are asked what they fit."""
    whole = [(identity, episodes.load(db, identity)) for identity in episodes.ids(db)]
    found = [
        Listed(one.name, ours=True, allowed=True, fits=tuple(i for i, episode in whole if one.fits(episode)))
        for one in own()
    ]
    chosen = allowed(db)
    for name in dict.fromkeys([*outside.names(), *chosen]):
        if name not in chosen:
            found.append(Listed(name, ours=False, allowed=False))
            continue
        fits, fault = [], ""
        for identity, episode in whole:
            try:
                if outside.play(name, episode, [[]])[1]:
                    fits.append(identity)
            except UserError as trouble:
                fault = str(trouble)
                break
        found.append(Listed(name, ours=False, allowed=True, fits=tuple(fits), fault=fault))
    return found

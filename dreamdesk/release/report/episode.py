"""One episode as a document: how it ended, where it went wrong, what was proposed and decided, and the whole recording.

It is for paper and files of the desk's own people; what leaves for training is a bundle, which has a report of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dreamdesk.model.check import Check, Level
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Decision
from dreamdesk.model.episode import Episode, Outcome
from dreamdesk.model.finding import Candidate
from dreamdesk.model.source import Source
from dreamdesk.model.text import counted, one_line
from dreamdesk.release.report import cases
from dreamdesk.release.report.document import Block, Bullets, Heading, Paragraph, Path, Run, Step, Table, plain

OTHERS = 4
"""Candidates that are named beside the one that stands."""

MOST_STEPS = 2_000
"""Steps of the recording that are shown; more than that nobody prints, and the desk has them all."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction of the episode: its newest revision, where it stands, and what was said of it."""

    number: int
    state: str
    revision: Revision
    checks: tuple[Check, ...]
    level: Level
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an episode.

    Attributes:
        desk, number: The desk, and the episode's id on it.
        episode: As it was recorded, with the source's own verdict.
        outcome: The one that counts on the desk.
        candidates: The error point, best first.
        said: What people did with it, oldest first: when, in nanoseconds since 1970 UTC, who, and what in a sentence.
        left_out: In a sentence, what whoever asks must not see yet, or "".
    """

    desk: str
    number: int
    episode: Episode
    source: Source
    outcome: Outcome
    candidates: tuple[Candidate, ...]
    corrections: tuple[Corrected, ...]
    said: tuple[tuple[int, str, str], ...]
    left_out: str = ""


def tell(told: Told) -> list[Block]:
    """Return the document."""
    blocks = [*_opening(told), *_error_point(told.candidates)]
    for one in told.corrections:
        blocks += _correction(told.episode, one)
    return [*blocks, *_said(told.said), *_recording(told)]


def _opening(told: Told) -> Iterator[Block]:
    episode, source = told.episode, told.source
    yield Paragraph(plain(f"Episode {told.number} of {told.desk}"), "kicker")
    yield Heading(one_line(episode.title) or episode.key, 1)
    if told.left_out:
        yield Paragraph((Run(told.left_out, "warn"),), "lead")
    yield cases.about({
        "Task": episode.task,
        "Agent": " ".join(part for part in (episode.agent, episode.model) if part),
        "Outcome": _outcome(told.outcome),
        "As the source says": _outcome(episode.outcome) if episode.outcome != told.outcome else "",
        "Source": f"{source.name}, {episode.key}, SHA-256 {source.sha256}",
        "Began": cases.when(episode.started) if episode.started is not None else "",
        "Recorded": counted(len(episode.steps), "step"),
        "Not recorded": "; ".join(f"{gap.kind.value.replace('_', ' ')}: {gap.note}" for gap in episode.gaps),
    })  # fmt: skip


def _outcome(outcome: Outcome) -> str:
    return f"{outcome.state.value} ({outcome.source.value}) {outcome.detail}".strip()


def _error_point(candidates: Sequence[Candidate]) -> Iterator[Block]:
    if not candidates:
        return
    first, *others = candidates
    yield Heading("Error point", 2)
    how = f"Step {first.step}, found by {first.method}: {first.category.value} {first.category.title}"
    yield Paragraph((Run(how, "strong"), Run(f", probability {first.probability:.2f}")))
    yield Paragraph(plain(first.why))
    yield from cases.quotes(first.quotes)
    if others:
        rows = [
            (plain(str(one.step)), plain(f"{one.probability:.2f}"), plain(f"{one.category.value} {one.category.title}"),
             plain(cases.cut(one.why, 600)))
            for one in others[:OTHERS]
        ]  # fmt: skip
        yield Table(("Or step", "Probability", "Kind", "Why"), tuple(rows), (0.1, 0.14, 0.26, 0.5))


def _correction(episode: Episode, one: Corrected) -> Iterator[Block]:
    revision, level = one.revision, one.level.name
    yield Heading(f"Correction {one.number}: {one.state}", 2, page=True)
    yield cases.about({
        "Revision": cases.made(revision, revision.digest()),
        "Note": revision.note,
        "Teaches": revision.lesson,
        "Verification": f"{level}: {cases.LEVELS[level]}",
    })  # fmt: skip
    yield from cases.sides(episode, revision)
    yield from cases.tested(one.checks)
    if one.decisions:
        yield from cases.decided(one.decisions)


def _said(said: Sequence[tuple[int, str, str]]) -> Iterator[Block]:
    if said:
        yield Heading("What people said", 2)
        yield Bullets(tuple((Run(who, "strong"), Run(f", {cases.when(at)}: {words}")) for at, who, words in said))


def _recording(told: Told) -> Iterator[Block]:
    episode = told.episode
    error = told.candidates[0].step if told.candidates else None
    yield Heading("The recording", 2, page=True)
    shown = episode.steps[:MOST_STEPS]
    here = {error: ", the error point"}
    yield Path(
        tuple(Step(cases.what(step) + here.get(step.index, ""), plain(cases.cut(step.content))) for step in shown)
    )
    if len(shown) < len(episode.steps):
        more = f"{counted(len(episode.steps) - len(shown), 'further step')} stand in the desk alone."
        yield Paragraph(plain(more), "note")
    if episode.policy:
        yield Heading("The policy", 2, page=True)
        yield Path((Step("as the trace has it", plain(cases.cut(episode.policy))),))

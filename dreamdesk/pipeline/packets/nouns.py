"""Records of a packet to the nouns of the model and back. What comes in was checked against its shape before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from dreamdesk.desk import encode
from dreamdesk.desk.marks import Mark
from dreamdesk.model.canonical import Json
from dreamdesk.model.check import Check
from dreamdesk.model.correction import CorrectedStep, DreamSource, Provenance, Revision
from dreamdesk.model.episode import (
    Episode,
    Gap,
    GapKind,
    ImportedCorrection,
    Label,
    Outcome,
    OutcomeSource,
    OutcomeState,
    Step,
    ToolSchema,
)
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate, Category, Citation, Opinion, Quote
from dreamdesk.model.outcome import Word
from dreamdesk.model.source import Source

Record = dict[str, Json]


def source_out(source: Source) -> Record:
    """Return the record of a source; where it lay is nobody else's business."""
    return {
        "type": "source",
        "sha256": source.sha256,
        "name": source.name,
        "size": source.size,
        "format": source.format,
        "reader_version": source.reader_version,
    }


def source_in(said: Record) -> Source:
    """Rebuild a source, which has no place on this machine."""
    return Source(said["name"], "", said["sha256"], said["size"], said["format"], said["reader_version"])


def episode_out(episode: Episode, source: str) -> Record:
    """Return the record of an episode with the source's own verdict, read from the bytes called *source*."""
    outcome = asdict(episode.outcome)
    if outcome["score"] is not None:
        outcome["score"] = float(outcome["score"])
    return {**asdict(episode), "type": "episode", "source": source, "outcome": outcome}


def episode_in(said: Record) -> Episode:
    """Rebuild an episode.

    Raises:
        UserError: its steps are not numbered from 0 on.
    """
    fields = {name: value for name, value in said.items() if name not in ("type", "source")}
    outcome = fields["outcome"]
    return Episode(
        **{
            **fields,
            "steps": _steps(fields["steps"], 0, fields["key"]),
            "outcome": Outcome(
                OutcomeState(outcome["state"]),
                OutcomeSource(outcome["source"]),
                *(outcome["pointer"], outcome["detail"], outcome["score"]),
            ),
            "tools": tuple(ToolSchema(**tool) for tool in fields["tools"]),
            "gaps": tuple(Gap(GapKind(gap["kind"]), gap["note"], gap["step"]) for gap in fields["gaps"]),
            "labels": tuple(Label(**label) for label in fields["labels"]),
            "corrections": tuple(
                ImportedCorrection(one["start"], tuple(map(encode.step_in, one["steps"])), one["by"], one["reason"])
                for one in fields["corrections"]
            ),
        }
    )


def _steps(said: Sequence[Json], start: int, whose: str) -> tuple[Step, ...]:
    steps = tuple(map(encode.step_in, said))
    if [step.index for step in steps] != list(range(start, start + len(steps))):
        raise UserError(f"The steps of {whose[:80]!r} are not numbered one by one from {start} on.")
    return steps


def finding_out(episode: str, candidates: Sequence[Candidate]) -> Record:
    """Return the record of what methods found; what cites other attempts by their numbers stays behind."""
    return {
        "type": "finding",
        "episode": episode,
        "candidates": [
            {
                "step": one.step,
                "category": one.category.value,
                "probability": one.probability,
                "method": one.method,
                "why": one.why,
                "quotes": [asdict(quote) for quote in one.quotes],
                "opinions": [asdict(opinion) for opinion in one.opinions],
                "citations": [citation.text for citation in one.citations if citation.attempt is None],
            }
            for one in candidates
        ],
    }


def candidates_in(said: Record) -> list[Candidate]:
    """Rebuild the candidates of a finding."""
    return [
        Candidate(
            *(one["step"], Category(one["category"]), one["probability"], one["method"], one["why"]),
            quotes=tuple(Quote(**quote) for quote in one["quotes"]),
            opinions=tuple(Opinion(**opinion) for opinion in one["opinions"]),
            citations=tuple(map(Citation, one["citations"])),
        )
        for one in said["candidates"]
    ]


def correction_out(episode: str, source: DreamSource, revisions: Sequence[Revision], checks: Sequence[Check]) -> Record:
    """Return the record of a correction: all of its revisions, and what was said of the newest where it was made."""
    return {
        "type": "correction",
        "episode": episode,
        "source": source.value,
        "revisions": [
            {
                "author": one.author,
                "note": one.note,
                "start": one.start,
                "prefix": one.prefix,
                "lesson": one.lesson,
                "steps": [
                    {"step": asdict(c.step), "provenance": c.provenance.value, "origin": c.origin} for c in one.steps
                ],
            }
            for one in revisions
        ],
        "checks": [{"guardrail": c.guardrail, "result": c.result.value, "detail": c.detail} for c in checks],
    }


def revisions_in(said: Record) -> list[Revision]:
    """Rebuild the revisions of a correction.

    Raises:
        UserError: there are none, or the steps of one do not go on from where it starts.
    """
    if not said["revisions"]:
        raise UserError("A correction in the packet has no revision.")
    return [
        Revision(
            one["start"],
            tuple(
                CorrectedStep(step, Provenance(said_step["provenance"]), said_step["origin"])
                for step, said_step in zip(
                    _steps([c["step"] for c in one["steps"]], one["start"], "a correction"), one["steps"], strict=True
                )
            ),
            one["author"],
            one["note"],
            one["prefix"],
            number,
            one["lesson"],
        )
        for number, one in enumerate(said["revisions"], 1)
    ]


def mark_out(episode: str, mark: Mark) -> Record:
    """Return the record of a mark."""
    return {"type": "mark", "episode": episode, **asdict(mark), "category": mark.category.value}


def mark_in(said: Record) -> Mark:
    """Rebuild a mark."""
    fields = {name: value for name, value in said.items() if name not in ("type", "episode")}
    quote = Quote(**fields["quote"]) if fields["quote"] else None
    return Mark(**{**fields, "category": Category(fields["category"]), "quote": quote})


def word_out(episode: str, word: Word) -> Record:
    """Return the record of what an auditor said of an outcome."""
    state = word.state.value if word.state else None
    return {
        "type": "word",
        "episode": episode,
        "auditor": word.auditor,
        "state": state,
        "reason": word.reason,
        "at": word.at,
    }


def word_in(said: Record) -> Word:
    """Rebuild what an auditor said of an outcome."""
    return Word(said["auditor"], OutcomeState(said["state"]) if said["state"] else None, said["reason"], said["at"])

"""Nouns to JSON text and back, for the columns that hold a whole tuple of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.correction import CorrectedStep, Provenance
from dreamdesk.model.episode import Actor, Gap, GapKind, ImportedCorrection, Kind, Label, Step, ToolSchema
from dreamdesk.model.finding import Citation, Opinion, Quote


def dump(value: Json) -> str:
    """Return the canonical JSON of *value* as text."""
    return canonical(value).decode()


def step_in(value: Json) -> Step:
    """Rebuild a step from its JSON object."""
    return Step(**{**value, "actor": Actor(value["actor"]), "kind": Kind(value["kind"])})


def corrected_out(steps: Sequence[CorrectedStep]) -> str:
    """Return the steps of a revision as JSON text."""
    return dump([{"step": asdict(c.step), "provenance": c.provenance.value, "origin": c.origin} for c in steps])


def corrected_in(text: str) -> tuple[CorrectedStep, ...]:
    """Rebuild the steps of a revision."""
    return tuple(
        CorrectedStep(step_in(value["step"]), Provenance(value["provenance"]), value["origin"])
        for value in json.loads(text)
    )


def quotes_out(quotes: Sequence[Quote]) -> str:
    """Return *quotes* as JSON text."""
    return dump([[quote.step, quote.text] for quote in quotes])


def quotes_in(text: str) -> tuple[Quote, ...]:
    """Rebuild quotes."""
    return tuple(Quote(step, words) for step, words in json.loads(text))


def opinions_out(opinions: Sequence[Opinion]) -> str:
    """Return *opinions* as JSON text."""
    return dump([[opinion.method, opinion.rank, opinion.probability] for opinion in opinions])


def opinions_in(text: str) -> tuple[Opinion, ...]:
    """Rebuild opinions."""
    return tuple(Opinion(method, rank, probability) for method, rank, probability in json.loads(text))


def citations_out(citations: Sequence[Citation]) -> str:
    """Return *citations* as JSON text."""
    return dump([asdict(citation) for citation in citations])


def citations_in(text: str) -> tuple[Citation, ...]:
    """Rebuild citations."""
    return tuple(Citation(**value) for value in json.loads(text))


def checks_out(checks: Sequence[Check]) -> str:
    """Return *checks* as JSON text."""
    return dump([asdict(check) for check in checks])


def checks_in(text: str) -> tuple[Check, ...]:
    """Rebuild checks."""
    return tuple(
        Check(
            value["guardrail"],
            value["title"],
            CheckResult(value["result"]),
            value["detail"],
            tuple(Quote(quote["step"], quote["text"]) for quote in value["quotes"]),
        )
        for value in json.loads(text)
    )


def gaps_in(text: str) -> tuple[Gap, ...]:
    """Rebuild gaps."""
    return tuple(Gap(GapKind(value["kind"]), value["note"], value["step"]) for value in json.loads(text))


def labels_in(text: str) -> tuple[Label, ...]:
    """Rebuild labels."""
    return tuple(Label(**value) for value in json.loads(text))


def tools_in(text: str) -> tuple[ToolSchema, ...]:
    """Rebuild tool schemas."""
    return tuple(ToolSchema(**value) for value in json.loads(text))


def imported_in(text: str) -> tuple[ImportedCorrection, ...]:
    """Rebuild imported corrections."""
    return tuple(
        ImportedCorrection(value["start"], tuple(map(step_in, value["steps"])), value["by"], value["reason"])
        for value in json.loads(text)
    )


def all_out(values: Sequence[Gap | Label | ToolSchema | ImportedCorrection]) -> str:
    """Return a sequence of nouns as JSON text."""
    return dump([asdict(value) for value in values])

"""The model as a judge: asked for ranked decisions with quotes, believed only where the quotes stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from string import Template

from dreamdesk.locate.ranker import shipped
from dreamdesk.locate.resources import resource
from dreamdesk.locate.trace import Trace
from dreamdesk.locate.transcript import shortened, transcript
from dreamdesk.model.ask import Ask, Prompt
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate, Category, Finding, Quote, stands
from dreamdesk.model.text import one_line

BUDGET = 240_000
"""Characters of recording that a prompt holds: about 60,000 tokens, which fits every current model's context."""

MOST = 5
_POLICY = 30_000
_FINDINGS = 40


def judge(episode: Episode, findings: Sequence[Finding], ask: Ask, budget: int = BUDGET) -> tuple[Candidate, ...]:
    """Return the model's candidates, best first, method "model"; none when it abstains or cannot be believed.

    A candidate is believed when its step is the first step of an eligible turn and its quote stands in the trace.
    Probabilities that add up to more than 1 are scaled down to 1. The expected answer is never shown.

    Raises:
        UserError: From *ask*, or because the reply is not of the asked form.
    """
    trace = Trace(episode)
    if not trace.decisions:
        return ()
    return _believed(trace, ask(prompt(trace, findings, budget)).data)


def prompt(trace: Trace, findings: Sequence[Finding], budget: int = BUDGET) -> Prompt:
    """Return the question about *trace*: every step numbered, the detectors' findings given, the steps an enumeration.

    What strangers wrote stands between marker lines whose code is a digest of it, so it cannot hold its own end.
    """
    accused = {finding.step for finding in findings if finding.strength > 0}
    quoted = {quote.step for finding in findings for quote in finding.quotes}
    policy = shortened(trace.episode.policy, min(_POLICY, budget // 4))
    recording = transcript(trace, accused | quoted, budget)
    said = _said(findings)
    code = digest([trace.episode.task, policy, recording, said])[:16]
    text = _template("judge.text.txt").substitute(
        open=f"----- recorded {code} -----",
        close=f"----- end {code} -----",
        task=shortened(trace.episode.task, _POLICY) or "(not recorded)",
        policy=policy or "(not recorded)",
        recording=recording,
        findings=said or "(nothing)",
    )
    steps = [turn.start for turn in trace.decisions]
    return Prompt(_template("judge.system.txt").template, text, "report_error_point", schema(steps))


def schema(steps: Sequence[int]) -> Json:
    """Return the JSON Schema of the answer; *steps* are the decisions that may be named."""
    candidate = {
        "type": "object",
        "properties": {
            "why": {"type": "string", "description": "One plain sentence."},
            "minimal_fix": {
                "type": "string",
                "description": "The smallest change that would have avoided the failure.",
            },
            "resolved_later": {"type": "boolean", "description": "Whether a later step put this mistake right."},
            "quote_step": {"type": "integer", "description": "The step that the quote is copied from."},
            "quote": {"type": "string", "description": "Words copied verbatim from that step."},
            "category": {
                "type": "string",
                "enum": [category.value for category in Category],
                "description": "; ".join(f"{category.value}: {category.title}" for category in Category),
            },
            "probability": {"type": "number", "minimum": 0, "maximum": 1},
            "step": {"type": "integer", "enum": list(steps)},
        },
        "required": ["why", "quote_step", "quote", "category", "probability", "step"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string", "description": "Your way through the recording, before the verdict."},
            "abstain": {
                "type": "boolean",
                "description": "True when no decision can be blamed or nothing can be told.",
            },
            "candidates": {"type": "array", "maxItems": MOST, "items": candidate},
        },
        "required": ["reasoning", "abstain", "candidates"],
        "additionalProperties": False,
    }


def _said(findings: Sequence[Finding]) -> str:
    weights = shipped()
    strongest = sorted(findings, key=lambda f: -f.strength * weights.of(f.detector))[:_FINDINGS]
    counted = sorted((f for f in strongest if f.strength > 0), key=lambda f: f.step)
    lines = [f"decision {f.step}: {one_line(f.why, 300)}" for f in counted]
    return "\n".join(lines)


def _believed(trace: Trace, data: Json) -> tuple[Candidate, ...]:
    if not isinstance(data, dict) or not isinstance(data.get("candidates", []), list):
        raise UserError("The model's answer is not of the form that was asked for. Nothing was kept of it; ask again.")
    if data.get("abstain") is True:
        return ()
    eligible = {turn.start for turn in trace.decisions}
    best: dict[int, Candidate] = {}
    for claim in data.get("candidates", [])[: 4 * MOST]:
        candidate = _candidate(trace, claim, eligible)
        if candidate and (candidate.step not in best or candidate.probability > best[candidate.step].probability):
            best[candidate.step] = candidate
    found = sorted(best.values(), key=lambda c: (-c.probability, c.step))[:MOST]
    scale = max(1.0, math.fsum(candidate.probability for candidate in found))
    return tuple(
        Candidate(c.step, c.category, c.probability / scale, c.method, c.why, c.quotes, rank)
        for rank, c in enumerate(found, 1)
    )


def _candidate(trace: Trace, claim: Json, eligible: set[int]) -> Candidate | None:
    """Return the claim as a candidate, or None where its step, probability, words or quote cannot be believed."""
    if not isinstance(claim, dict):
        return None
    step, chance, why = claim.get("step"), claim.get("probability"), claim.get("why")
    if not isinstance(step, int) or isinstance(step, bool) or step not in eligible:
        return None
    if not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 <= chance <= 1:
        return None
    quote = _quote(trace, step, claim.get("quote"), claim.get("quote_step"))
    if quote is None or not isinstance(why, str) or not why.strip():
        return None
    name = claim.get("category")
    category = Category(name) if name in {c.value for c in Category} else Category.D0
    return Candidate(step, category, float(chance), "model", one_line(why, 400), (quote,))


def _quote(trace: Trace, step: int, text: Json, place: Json) -> Quote | None:
    """Return the quote where it stands: at the step it names, else in the accused turn; None where at neither."""
    if not isinstance(text, str):
        return None
    turn = trace.turn_of(step)
    places = [place] if isinstance(place, int) and not isinstance(place, bool) else []
    quotes = (Quote(at, text) for at in (*places, *range(turn.start, turn.stop)))
    return next((quote for quote in quotes if stands(quote, trace.steps)), None)


@cache
def _template(name: str) -> Template:
    return Template(resource("prompts", name).read_text(encoding="utf-8"))

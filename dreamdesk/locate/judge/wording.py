"""The questions to the judge, in words and as schemas of the answer.

What strangers wrote stands between marker lines whose code is a digest of it, so it cannot hold its own end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from string import Template

from dreamdesk.locate.judge.case import Case
from dreamdesk.locate.ranker import shipped
from dreamdesk.locate.resources import resource
from dreamdesk.locate.transcript import shortened, transcript
from dreamdesk.model.ask import Prompt
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.finding import Category, Finding
from dreamdesk.model.text import one_line

DEFINITION = (
    "The earliest decision without which the attempt would, in all likelihood, have succeeded; not one that a later"
    " step put right, and not the last visible symptom of an earlier mistake."
)
"""What "error point" means in every question."""

MOST = 5
"""Candidates in one answer."""

_POLICY = 30_000
_FINDINGS = 40
_TOOL = "report_error_point"


def list_question(case: Case, sample: int = 0) -> Prompt:
    """Ask about the whole recording for a ranked list."""
    return _prompt(case, None, Template(_text("judge.all.txt")).substitute(), list_schema(case.steps), sample)


def check_question(case: Case, step: int, sample: int = 0) -> Prompt:
    """Ask whether decision *step*, shown with what stands around it, is the error point."""
    question = Template(_text("judge.check.txt")).substitute(step=step)
    return _prompt(case, case.window(step), question, check_schema(step), sample)


def prefix_question(case: Case, step: int, sample: int = 0) -> Prompt:
    """Ask whether decision *step* is the error point, showing the recording up to what came of it."""
    question = Template(_text("judge.prefix.txt")).substitute(step=step)
    return _prompt(case, case.before_next(case.trace.turn_of(step)), question, check_schema(step), sample)


def half_question(case: Case, steps: Sequence[int], sample: int = 0) -> Prompt:
    """Ask in which half of the decisions *steps* (two at least) the error point is."""
    half = len(steps) // 2
    question = Template(_text("judge.half.txt")).substitute(
        first=steps[0], middle=steps[half - 1], next=steps[half], last=steps[-1]
    )
    return _prompt(case, None, question, half_schema(), sample)


def _prompt(case: Case, span: range | None, question: str, schema: Json, sample: int) -> Prompt:
    trace, budget = case.trace, case.budget
    accused = {finding.step for finding in case.findings if finding.strength > 0}
    quoted = {quote.step for finding in case.findings for quote in finding.quotes}
    task = shortened(trace.episode.task, _POLICY)
    policy = shortened(trace.episode.policy, min(_POLICY, budget // 4))
    recording = transcript(trace, accused | quoted, budget, span)
    said = _said([finding for finding in case.findings if span is None or finding.step in span])
    code = digest([task, policy, recording, said])[:16]
    text = Template(_text("judge.text.txt")).substitute(
        open=f"----- recorded {code} -----",
        close=f"----- end {code} -----",
        task=task or "(not recorded)",
        policy=policy or "(not recorded)",
        part="" if span is None else f", steps {span.start} to {span.stop - 1} of {len(trace.steps)}",
        recording=recording,
        findings=said or "(nothing)",
        question=question.strip(),
    )
    return Prompt(_text("judge.system.txt"), text, _TOOL, schema, sample=sample)


def list_schema(steps: Sequence[int]) -> Json:
    """Return the JSON Schema of a ranked list; *steps* are the decisions that may be named."""
    candidate = {**_CLAIM, "step": {"type": "integer", "enum": list(steps)}}
    claims = _object(candidate, ("why", "quote_step", "quote", "category", "probability", "step"))
    abstain = {"type": "boolean", "description": "True when no decision can be blamed or nothing can be told."}
    answer = {"reasoning": _REASONING, "abstain": abstain, "candidates": _list(claims)}
    return _object(answer, tuple(answer))


def check_schema(step: int) -> Json:
    """Return the JSON Schema of the answer to whether decision *step* is the error point."""
    verdict = {"type": "boolean", "description": "Whether this decision is the error point."}
    fixed = {
        "type": "boolean",
        "description": "Whether the attempt would have succeeded had this decision been right.",
    }
    answer = {
        "reasoning": _REASONING,
        **_CLAIM,
        "step": {"type": "integer", "enum": [step]},
        "would_have_succeeded": fixed,
        "error_point": verdict,
    }
    return _object(answer, ("reasoning", "step", "would_have_succeeded", "error_point"))


def half_schema() -> Json:
    """Return the JSON Schema of the answer to in which half the error point is."""
    return _object(
        {"reasoning": _REASONING, "half": {"type": "string", "enum": ["first", "second", "neither"]}},
        ("reasoning", "half"),
    )


_REASONING = {"type": "string", "description": "Your way through the recording, before the verdict."}
_CLAIM: dict[str, Json] = {
    "why": {"type": "string", "description": "One plain sentence."},
    "minimal_fix": {"type": "string", "description": "The smallest change that would have avoided the failure."},
    "resolved_later": {"type": "boolean", "description": "Whether a later step put this mistake right."},
    "quote_step": {"type": "integer", "description": "The step that the quote is copied from."},
    "quote": {"type": "string", "description": "Words copied verbatim from that step."},
    "category": {
        "type": "string",
        "enum": [category.value for category in Category],
        "description": "; ".join(f"{category.value}: {category.title}" for category in Category),
    },
    "probability": {"type": "number", "minimum": 0, "maximum": 1},
}


def _object(properties: dict[str, Json], required: tuple[str, ...]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "maxItems": MOST, "items": items}


def _said(findings: Sequence[Finding]) -> str:
    weights = shipped()
    strongest = sorted(findings, key=lambda f: -f.strength * weights.of(f.detector))[:_FINDINGS]
    counted = sorted((f for f in strongest if f.strength > 0), key=lambda f: f.step)
    return "\n".join(f"decision {f.step}: {one_line(f.why, 300)}" for f in counted)


@cache
def _text(name: str) -> str:
    return resource("prompts", name).read_text(encoding="utf-8")

"""What the command line shows of a correction before it is signed: exactly what the signature then says was shown."""

from __future__ import annotations

import sys

from dreamdesk import pipeline
from dreamdesk.cli.output import Output
from dreamdesk.desk.database import Connection


def show(db: Connection, correction: int, out: Output) -> pipeline.Shown:
    """Print the case of *correction*: each recorded step, the error point, the corrected steps, checks and policy.

    Return what was shown, for `pipeline.decide`.

    Raises:
        UserError: there is no such correction.
    """
    case = pipeline.case_of(db, correction)

    def tell(fields: dict[str, object]) -> None:
        out.line(fields, limit=sys.maxsize)  # whoever signs for the whole has read the whole

    for step in case.episode.steps:
        tell(_step("recorded", step.index, step.actor, step.kind, step.tool, step.content))
    for one in case.candidates:
        tell({"part": "error point", "step": one.step, "category": one.category.value, "method": one.method,
              "probability": one.probability, "why": one.why, "quotes": [q.text for q in one.quotes]})  # fmt: skip
    if case.explanation is not None:
        tell({"part": "explanation", "why": case.explanation.why})
    for corrected in case.revision.steps:
        step = corrected.step
        line = _step("corrected", step.index, step.actor, step.kind, step.tool, step.content)
        tell({**line, "provenance": corrected.provenance.value})
    for check in case.checks:
        tell({"part": "check", "guardrail": check.guardrail, "result": check.result.value, "title": check.title,
              "detail": check.detail, "quotes": [q.text for q in check.quotes]})  # fmt: skip
    tell({"part": "policy", "text": case.episode.policy})
    shown = case.shown(pipeline.COMMAND_LINE)
    tell({"part": "shown", "revision": case.revision.number, "sha256": shown.body()["sha256"]})
    return shown


def _step(part: str, index: int, actor: str, kind: str, tool: str, content: str) -> dict[str, object]:
    return {"part": part, "step": index, "actor": str(actor), "kind": str(kind), "tool": tool, "content": content}

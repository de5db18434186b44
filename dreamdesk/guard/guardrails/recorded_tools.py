"""Recorded tools: every call names a tool that the agent had, with arguments that the tool takes."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.guard.calls import arguments
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, warn
from dreamdesk.guard.schemas import Habits, schema_errors
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Quote


def check(case: Case) -> Iterator[Remark]:
    """Hold each call against its schema; where the trace has none, against the recorded calls of the same tool."""
    schemas = {tool.name: tool.parameters for tool in case.episode.tools}
    recorded = [s for s in case.episode.steps if s.kind is Kind.TOOL_CALL]
    habits = Habits(recorded + [c.step for _, c in case.calls if c.provenance is Provenance.GRAFTED])
    known = schemas.keys() | habits.types.keys()
    for at, corrected in case.calls:
        step = corrected.step
        quote = Quote(at, step.content[:300])
        if step.tool not in known:
            if step.tool and step.tool in case.episode.policy:
                yield warn(f"{step.tool} (step {at}) is named in the policy, but was never called.", quote)
            else:
                yield block(f"{step.tool or 'A nameless tool'} (step {at}) is no tool that the agent had.", quote)
            continue
        value = arguments(step)
        if value is None and step.content.strip() and any(habits.types.get(step.tool, ())):
            yield block(f"The arguments of {step.tool} at step {at} are not readable as JSON.", quote)
            continue
        errors = schema_errors(schemas.get(step.tool), {} if value is None else value)
        if errors is not None:
            for error in errors:
                yield block(f"{step.tool} at step {at} does not fit its schema: {error}.", quote)
            continue
        if schemas.get(step.tool) is not None:
            yield warn(
                f"The schema of {step.tool} cannot be used, so step {at} was held against recorded calls.", quote
            )
        for key in habits.new_arguments(step):
            yield block(f"{step.tool} at step {at} has the argument {key!r}, which no recorded call had.", quote)
        for change in habits.changed_types(step):
            yield warn(f"{step.tool} at step {at}: {change}.", quote)


GUARDRAIL = Guardrail("recorded-tools", "Tool calls fit the recorded schemas", 4, check)

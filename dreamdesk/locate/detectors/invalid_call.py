"""A tool call that the recorded tool list or the tool's own schema does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.locate.text import head
from dreamdesk.locate.trace import Trace
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import ToolSchema
from dreamdesk.model.finding import Category, Finding, Quote
from dreamdesk.model.text import one_line

NAME = "invalid-call"
_UNTRUSTED = ("pattern", "patternProperties", "additionalProperties", "unevaluatedProperties", "format")
"""Left out when a schema also brings patterns: a stranger's regular expression may take for ever to match."""


def detect(trace: Trace) -> Iterator[Finding]:
    """Accuse calls of unknown tools, calls whose arguments are no JSON, and calls that their schema refuses."""
    tools = {tool.name: tool for tool in trace.episode.tools}
    for call in trace.calls:
        name = call.step.tool
        if tools and name not in tools:
            why = f"{name or 'A tool without a name'} is not among the tools that the agent was given."
        elif call.arguments is None and call.step.content.strip() not in ("", "null"):
            if not tools:
                continue  # some formats record free text as the argument; without a schema that is no fault
            why = f"The arguments of {name} are no valid JSON."
        else:
            problem = violation(tools[name], call.arguments) if name in tools else ""
            if not problem:
                continue
            why = f"The call of {name} breaks its schema: {problem}"
        yield trace.finding(call.turn, NAME, 1.0, Category.D3, why, Quote(call.step.index, head(call.step.content)))


def violation(tool: ToolSchema, arguments: Json) -> str:
    """Return how *arguments* break the JSON Schema of *tool*, in one line, or "" where they do not.

    References that lead outside the schema are not followed, and regular expressions in it are not run. A schema that
    is itself broken says nothing about the call, and gives "".
    """
    if not isinstance(tool.parameters, dict):
        return ""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    try:
        schema = _without_patterns(tool.parameters)
        Draft202012Validator.check_schema(schema)
        error = best_match(Draft202012Validator(schema, registry=Registry()).iter_errors(arguments))
    except (SchemaError, Unresolvable, RecursionError):
        return ""
    return one_line(error.message) if error else ""


def _without_patterns(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_without_patterns(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # A property may itself be called "pattern"; then its value is a schema, not a regular expression.
    matched = isinstance(schema.get("pattern"), str) or "patternProperties" in schema
    return {key: _without_patterns(value) for key, value in schema.items() if not (matched and key in _UNTRUSTED)}

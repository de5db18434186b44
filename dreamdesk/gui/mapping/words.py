"""What the parts of a mapping are called on the screen."""

from __future__ import annotations

from dreamdesk.model.text import one_line
from dreamdesk.pipeline.mapping import Role, Structure, Unit

ROLES = {
    Role.CONTENT: "Text of the step",
    Role.ACTOR: "Who acts",
    Role.KIND: "Kind of step",
    Role.EPISODE: "Id of the episode",
    Role.ORDER: "Place in the episode",
    Role.TIME: "Time",
    Role.USER_TEXT: "What the user said",
    Role.AGENT_TEXT: "What the agent said",
    Role.THINKING: "What the agent thought",
    Role.TOOL: "Name of the tool",
    Role.ARGUMENTS: "Arguments of the tool",
    Role.RESULT: "Result of the tool",
    Role.CALLS: "List of tool calls",
    Role.CALL_ID: "Id of the tool call",
    Role.ERROR: "Error",
    Role.OUTCOME: "Outcome or score",
    Role.TITLE: "Title",
    Role.TASK: "Task",
    Role.TASK_KEY: "Id of the task",
    Role.AGENT: "Name of the agent",
    Role.MODEL: "Model",
    Role.POLICY: "Rules for the agent",
    Role.LABEL: "Step of the error",
    Role.REASON: "Reason of the error",
}
"""The roles, as the officer chooses among them."""

NOTHING = "Not read"

MEANINGS = {
    "user": "user",
    "agent": "agent",
    "tool": "tool",
    "system": "system",
    "message": "message",
    "thinking": "agent, thinking",
    "tool_call": "agent, tool call",
    "tool_result": "tool, result",
    "handoff": "agent, hand-off",
    "leave out": "leave out",
    "here": "error point",
    "not here": "no error point",
}
"""What a value may mean, where it is not called by its own name."""

TIMES = {
    "iso": "2026-12-31 09:30 (ISO)",
    "seconds": "seconds since 1970",
    "milliseconds": "milliseconds since 1970",
    "microseconds": "microseconds since 1970",
    "nanoseconds": "nanoseconds since 1970",
    "day.month.year": "31.12.2026 09:30",
    "day/month/year": "31/12/2026 09:30",
    "month/day/year": "12/31/2026 09:30",
    "year/month/day": "2026/12/31 09:30",
}

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}


def structure(one: Structure) -> str:
    """Return in words what one record is."""
    where = f" of ‘{one_line(one.records, 30)}’" if one.records else ""
    if one.unit is Unit.STEP:
        return f"Each record{where} is one step"
    if one.steps:
        return f"Each record{where} is an episode, its steps in ‘{one_line(one.steps, 30)}’"
    return f"Each record{where} is a whole episode"

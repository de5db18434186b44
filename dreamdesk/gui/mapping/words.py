"""What the parts of a mapping are called on the screen."""

from __future__ import annotations

from dreamdesk.language import t
from dreamdesk.model.text import one_line
from dreamdesk.pipeline.mapping import Role, Structure, Unit

ROLES = {
    Role.CONTENT: t("Text of the step"),
    Role.ACTOR: t("Who acts"),
    Role.KIND: t("Kind of step"),
    Role.EPISODE: t("Id of the episode"),
    Role.ORDER: t("Place in the episode"),
    Role.TIME: t("Time"),
    Role.USER_TEXT: t("What the user said"),
    Role.AGENT_TEXT: t("What the agent said"),
    Role.THINKING: t("What the agent thought"),
    Role.TOOL: t("Name of the tool"),
    Role.ARGUMENTS: t("Arguments of the tool"),
    Role.RESULT: t("Result of the tool"),
    Role.CALLS: t("List of tool calls"),
    Role.CALL_ID: t("Id of the tool call"),
    Role.ERROR: t("Error"),
    Role.OUTCOME: t("Outcome or score"),
    Role.TITLE: t("Title"),
    Role.TASK: t("Task"),
    Role.TASK_KEY: t("Id of the task"),
    Role.AGENT: t("Name of the agent"),
    Role.MODEL: t("Model"),
    Role.POLICY: t("Rules for the agent"),
    Role.LABEL: t("Step of the error"),
    Role.REASON: t("Reason of the error"),
}
"""The roles, as the officer chooses among them."""

NOTHING = t("Not read")

MEANINGS = {
    "user": t("user"),
    "agent": t("agent"),
    "tool": t("tool"),
    "system": t("system"),
    "message": t("message"),
    "thinking": t("agent, thinking"),
    "tool_call": t("agent, tool call"),
    "tool_result": t("tool, result"),
    "handoff": t("agent, hand-off"),
    "leave out": t("leave out"),
    "here": t("error point"),
    "not here": t("no error point"),
}
"""What a value may mean, where it is not called by its own name."""

TIMES = {
    "iso": t("2026-12-31 09:30 (ISO)"),
    "seconds": t("seconds since 1970"),
    "milliseconds": t("milliseconds since 1970"),
    "microseconds": t("microseconds since 1970"),
    "nanoseconds": t("nanoseconds since 1970"),
    "day.month.year": "31.12.2026 09:30",
    "day/month/year": "31/12/2026 09:30",
    "month/day/year": "12/31/2026 09:30",
    "year/month/day": "2026/12/31 09:30",
}

DELIMITERS = {",": t("Comma"), ";": t("Semicolon"), "\t": t("Tab"), "|": t("Bar")}


def structure(one: Structure) -> str:
    """Return in words what one record is."""
    where = t(" of ‘{records}’", records=one_line(one.records, 30)) if one.records else ""
    if one.unit is Unit.STEP:
        return t("Each record{where} is one step", where=where)
    if one.steps:
        return t("Each record{where} is an episode, its steps in ‘{steps}’", where=where, steps=one_line(one.steps, 30))
    return t("Each record{where} is a whole episode", where=where)

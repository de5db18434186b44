"""What a tool takes, shown while its call is being written. The reading of schemas needs no Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Kind, Step, ToolSchema
from dreamdesk.model.text import one_line

HEIGHT = 132
"""Of the list of arguments, in pixels; more of them scroll."""
CHOICES_SHOWN = 8
FROM_CALLS = t("The trace holds no schema of this tool. These are the arguments of its recorded calls.")
_KINDS = {
    "string": t("string"),
    "integer": t("integer"),
    "number": t("number"),
    "boolean": t("boolean"),
    "array": t("array"),
    "object": t("object"),
    "null": t("null"),
}
"""What the types of JSON Schema are called."""
_EMPTY: Mapping[str, Json] = {
    "string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool: its name, its types in the schema's words, and what else the schema says of it.

    *required* is None where there is no schema.
    """

    name: str
    kinds: tuple[str, ...]
    required: bool | None
    words: str = ""

    @property
    def line(self) -> str:
        """Return the argument in a line."""
        kinds = t(" or ").join(_KINDS.get(kind, kind) for kind in self.kinds)
        needed = {True: t("required"), False: t("optional"), None: ""}[self.required]
        return " · ".join(filter(None, (one_line(self.name, 60), kinds, needed, self.words)))


def arguments(tool: ToolSchema) -> list[Argument]:
    """Return what *tool* takes, the required arguments first. A schema that is none gives nothing."""
    schema = tool.parameters if isinstance(tool.parameters, dict) else {}
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict):
        return []
    needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    known = tool.description != FROM_CALLS
    found = [_argument(name, body, (name in needed) if known else None) for name, body in properties.items()]
    return sorted(found, key=lambda argument: not argument.required)


def _argument(name: str, body: Json, required: bool | None) -> Argument:
    body = body if isinstance(body, dict) else {}
    kind, choices = body.get("type"), body.get("enum")
    kinds = [one_line(one, 20) for one in (kind if isinstance(kind, list) else [kind]) if isinstance(one, str)]
    words = []
    if isinstance(choices, list) and choices:
        shown = ", ".join(one_line(json.dumps(choice, ensure_ascii=False), 40) for choice in choices[:CHOICES_SHOWN])
        words.append(t("one of {shown}", shown=shown) + (" …" if len(choices) > CHOICES_SHOWN else ""))
    if isinstance(body.get("description"), str):
        words.append(one_line(str(body["description"]), 300))
    return Argument(name, tuple(kinds), required, " · ".join(words))


def completed(tool: ToolSchema, content: str) -> str | None:
    """Return the arguments *content* with those that *tool* requires and that are missing, empty; None if none is.

    What stands there stays as it is, but for white space. Content that is no JSON object is left alone.
    """
    try:
        given = json.loads(content or "{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    missing = [argument for argument in arguments(tool) if argument.required and argument.name not in given]
    if not missing:
        return None
    filled = given | {argument.name: _EMPTY.get("".join(argument.kinds)) for argument in missing}
    return json.dumps(filled, ensure_ascii=False, indent=2)


def tools_of(schemas: Iterable[ToolSchema], steps: Sequence[Step]) -> dict[str, ToolSchema]:
    """Return by their names the tools of an episode: those with *schemas*, then others that recorded *steps* call."""
    found = {schema.name: schema for schema in schemas}
    called: dict[str, dict[str, Json]] = {}
    for step in steps:
        if step.kind is Kind.TOOL_CALL and step.tool and step.tool not in found:
            try:
                given = json.loads(step.content)
            except (ValueError, RecursionError):
                given = None
            called.setdefault(step.tool, {}).update({key: {} for key in given} if isinstance(given, dict) else {})
    return found | {name: ToolSchema(name, FROM_CALLS, {"properties": given}) for name, given in called.items()}


class ToolHelp(QWidget):
    """The description and the arguments of one tool.

    Signals:
        filled: The arguments with what was missing, to stand in the editor.
    """

    filled = Signal(str)

    def __init__(self, tools: Mapping[str, ToolSchema], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._filled: str | None = None
        self.words = Label("", tone="muted", role="small", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(t("What the tool takes"))
        area.setWidget(self.words)
        self.button = Button(t("Add what is missing"))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._fill)
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(area)
        column.addLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_call(self, name: str, content: str) -> None:
        """Show what the tool *name* takes, and whether something required is missing in the arguments *content*."""
        tool = self._tools.get(name)
        self.setVisible(bool(name))
        if tool is None:
            near = ", ".join(one_line(other, 40) for other in sorted(self._tools)[:12])
            self.words.setText(
                t("The trace names no such tool. It names: {near}.", near=near)
                if near
                else t("The trace names no tool.")
            )
        else:
            about = [one_line(tool.description, 400)] if tool.description else []
            lines = [argument.line for argument in arguments(tool)] or [t("It takes no arguments.")]
            self.words.setText("\n".join(about + lines))
        needed = self.words.heightForWidth(max(100, self._area.viewport().width()))
        self._area.setFixedHeight(min(HEIGHT, needed + 4))
        self._filled = completed(tool, content) if tool is not None else None
        self.button.setVisible(self._filled is not None)

    def _fill(self) -> None:
        if self._filled is not None:
            self.filled.emit(self._filled)

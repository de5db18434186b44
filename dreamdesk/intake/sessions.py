"""What the recorded sessions of coding agents share: content of several parts, and one episode per session.

A session is a long run in which a person and an agent take turns. Such recordings hold no verdict: whatever went wrong
in them is a signal and stands in the steps, and `Outcome.detail` tells how the recording ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.parsing import json_text
from dreamdesk.intake.reader import Record
from dreamdesk.intake.shape import obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, ToolSchema
from dreamdesk.model.text import one_line

_MEDIA = {
    "image": "image",
    "input_image": "image",
    "document": "document",
    "input_file": "file",
    "input_audio": "audio",
}


class Where(TypedDict, total=False):
    """The keywords of `StepBuilder.add`, for functions that hand them on."""

    native: int | None
    agent: str
    tool: str
    call_id: str
    is_error: bool
    at: int | None
    tokens: int | None
    parent: int | None
    pointer: str


def add_content(builder: StepBuilder, actor: Actor, kind: Kind, content: Json, **where: Unpack[Where]) -> int:
    """Append one step with the text of *content*, a string or a list of parts, and note what it does not show."""
    text, hidden = shown(content)
    step = builder.add(actor, kind, text, **where)
    for gap, note in hidden.items():
        builder.gap(gap, note, step)
    return step


def shown(content: Json) -> tuple[str, dict[GapKind, str]]:
    """Return *content* as text, and what of it is not shown. Parts that are no text stand as "[image]" or as JSON."""
    if content is None or isinstance(content, str):
        return content or "", {}
    texts, hidden = [], dict[GapKind, str]()
    for part in content if isinstance(content, list) else [content]:
        body = obj(part)
        kind = string(body.get("type"))
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(body.get("text"), str):
            texts.append(string(body["text"]))
        elif kind in _MEDIA or "inlineData" in body or "fileData" in body:
            texts.append(f"[{_MEDIA.get(kind, 'media')}]")
            hidden[GapKind.MEDIA] = "Media in this message are not shown."
        elif kind == "redacted":
            texts.append("[redacted]")
            hidden[GapKind.REDACTION] = "Text was withheld here before the trace was written."
        else:
            texts.append(json_text(part))
    return "\n".join(texts), hidden


@dataclass(slots=True)
class Session:
    """A session while it is read.

    Attributes:
        family: The agent's name without its version, so that attempts of two versions at one task come together.
        key: The session's own id.
        unit, count: What is counted, and how many there were.
        detail: How the recording ends, in words.
    """

    family: str
    unit: str
    key: str = ""
    agent: str = ""
    title: str = ""
    task: str = ""
    policy: str = ""
    detail: str = ""
    count: int = 0
    started: int | None = None
    outcome: Outcome | None = None
    tools: tuple[ToolSchema, ...] = ()
    models: dict[str, None] = field(default_factory=dict)
    builder: StepBuilder = field(default_factory=StepBuilder)

    def use_model(self, name: Json) -> None:
        """Note that the model *name* answered."""
        if found := string(name):
            self.models[found] = None

    def episode(self, record: Record | None = None) -> Episode:
        """Return the session as an episode; *record* is the one record that holds it whole, if one does."""
        self.builder.close()
        said = (s.content for s in self.builder.steps if s.actor is Actor.USER and s.kind is Kind.MESSAGE)
        task = self.task or next((text for text in said if text.strip()), "")
        if not self.builder.steps:
            self.builder.gap(GapKind.MISSING, "No message was recorded.")
        return Episode(
            key=self.key[:200] or "session",
            title=one_line(self.title or task) or f"{self.family} session without a user message",
            steps=tuple(self.builder.steps),
            outcome=self.outcome or Outcome(detail=self.detail),
            task_key=task_key(None, self.family, task),
            task=task,
            agent=self.agent or self.family,
            model=", ".join(self.models),
            policy=self.policy,
            tools=self.tools,
            gaps=tuple(self.builder.gaps),
            native_steps=self.count,
            native_unit=self.unit,
            started=self.started,
            offset=record.offset if record else 0,
            length=record.length if record else 0,
            sha256=record.sha256 if record else "",
        )

"""Recorded conversations with a model, whatever API's messages they hold: from entries to one episode.

A reader tells what is special about its messages by a `Dialect`; the rest is the same for all. The unit is the model
call: each reply of the model, and each call that failed, is one. `Step.native` of the agent's steps is the 0-based
number of their call, of all other steps the number of the call that reads them.

Beside the messages a conversation may hold the fields of ours that `readers/anthropic_messages.py` documents: id,
title, agent, policy, task, task_id, outcome, reward, score, labels and corrections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.chat import Mark
from dreamdesk.intake.extras import Note, corrections_of, labels_of, outcome_of
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Record, Trace
from dreamdesk.intake.shape import arr, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import (
    Actor,
    Episode,
    GapKind,
    Kind,
    Outcome,
    OutcomeSource,
    OutcomeState,
    Step,
    ToolSchema,
)
from dreamdesk.model.text import one_line

GOOD_ENDS = ("", "stop", "end_turn", "completed", "tool_calls", "tool_call", "tool-calls", "function_call")
CUT_ENDS = ("length", "max_tokens", "max_output_tokens", "MAX_TOKENS", "content_filter", "incomplete")


class Dialect(Protocol):
    """What a reader knows of its messages.

    Attributes:
        keys: Where an object may hold the list of messages, the likeliest first.
    """

    keys: tuple[str, ...]

    def fits(self, message: Json) -> bool:
        """Tell whether *message* is one of this dialect."""
        ...

    def is_reply(self, message: Json) -> bool:
        """Tell whether the model wrote *message*."""
        ...

    def add(self, builder: StepBuilder, message: Json, mark: Mark) -> None:
        """Append the steps of one message as a new turn. Raises Unreadable when it cannot be read."""
        ...

    def tools(self, value: Json) -> tuple[ToolSchema, ...]:
        """Return the tools that a request or a wrapper lists under "tools"."""
        ...


@dataclass(slots=True)
class Entry:
    """One entry: a message, or the error of a call that gave none."""

    message: Json = None
    error: str = ""
    at: int | None = None
    tokens: int | None = None
    pointer: str = ""
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


@dataclass(slots=True)
class Dialogue:
    """One conversation. *given* are the fields around the messages; *stop* is how the last reply ended."""

    key: str
    given: dict[str, Json] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    model: str = ""
    policy: str = ""
    stop: str = ""
    tools: Json = None
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


def told(trace: Trace, dialect: Dialect) -> Iterator[tuple[Dialogue, Record]]:
    """Yield the conversations of a file: one per wrapper or list; messages that stand alone make up one together."""
    loose: list[Entry] = []
    for record in trace.records():
        value = obj(record.value)
        key = next((key for key in dialect.keys if isinstance(value.get(key), list)), "")
        if isinstance(record.value, list) or key:
            messages = arr(value[key]) if key else record.value
            at = f"/{key}" if key else ""
            entries = [Entry(message, pointer=f"{at}/{i}") for i, message in enumerate(messages)]
            yield Dialogue(record.pointer, value, entries, string(value.get("model"))), record
        elif dialect.fits(record.value):
            loose.append(Entry(record.value, pointer=record.pointer if record.pointer.startswith("/") else ""))
        else:
            trace.log.skip(record.place, "it is neither a conversation nor a message")
    if loose:
        yield Dialogue("messages", entries=loose), Record(None, "the messages", "messages")


def told_episodes(trace: Trace, dialect: Dialect) -> Iterator[Episode]:
    """Yield the episodes of a file of recorded conversations."""
    return episodes(trace, dialect, told(trace, dialect))


def episodes(trace: Trace, dialect: Dialect, found: Iterable[tuple[Dialogue, Record]]) -> Iterator[Episode]:
    """Yield one episode per conversation; one that cannot be read is listed."""
    for dialogue, record in found:
        try:
            yield _episode(dialogue, record, dialect, trace.log.note)
        except Unreadable as error:
            trace.log.skip(record.place or dialogue.key, str(error))


def _episode(talk: Dialogue, record: Record, dialect: Dialect, note: Note) -> Episode:
    given = talk.given
    agent = string(given.get("agent"))
    builder, starts = StepBuilder(), list[int]()
    calls = _add_entries(builder, starts, talk, dialect, agent)
    builder.without_readers(calls)
    builder.close()
    for kind, words in talk.gaps:
        builder.gap(kind, words)
    if not builder.steps:
        builder.gap(GapKind.MISSING, "No message was recorded.")
    steps = builder.steps
    task = text_of(given.get("task")) or _first(steps, Actor.USER)

    def corrected(messages: list[Json], index: int, turn: int) -> tuple[Step, ...]:
        addition = StepBuilder(index, turn)
        for message in messages:
            dialect.add(addition, message, Mark(agent=agent))
        return tuple(addition.steps)

    name = text_of(given.get("id", given.get("case")))[:200]
    return Episode(
        key=f"{name} {record.pointer}".strip() or "conversation",
        title=one_line(text_of(given.get("title")) or task) or "Conversation without a user message",
        steps=tuple(steps),
        outcome=outcome_of(given, note) or _status(talk),
        task_key=task_key(given.get("task_id", given.get("case")), agent, task),
        task=task,
        agent=agent,
        model=talk.model,
        policy=text_of(given.get("policy")) or talk.policy or _first(steps, Actor.SYSTEM),
        tools=dialect.tools(talk.tools if talk.tools is not None else given.get("tools")),
        gaps=tuple(builder.gaps),
        labels=labels_of(given, starts, note),
        corrections=corrections_of(given, steps, starts, corrected, note),
        native_steps=calls,
        native_unit="model calls",
        started=next((step.at for step in steps if step.at is not None), None),
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _add_entries(builder: StepBuilder, starts: list[int], talk: Dialogue, dialect: Dialect, agent: str) -> int:
    """Append all entries, note the index of each one's first step, and return how many model calls they are."""
    calls = 0
    for entry in talk.entries:
        own = not entry.error and dialect.is_reply(entry.message)
        starts.append(builder.next_index)
        if entry.error:
            builder.next_turn()
            builder.missing(
                GapKind.MISSING, f"The model call failed: {entry.error}", entry.error, native=calls, agent=agent,
                at=entry.at, is_error=True, pointer=entry.pointer,
            )  # fmt: skip
        else:
            dialect.add(builder, entry.message, Mark(calls, entry.at, entry.tokens, agent, entry.pointer))
        if builder.next_index == starts[-1]:
            actor = Actor.AGENT if own else Actor.USER
            builder.next_turn()
            builder.missing(GapKind.MISSING, "The message is empty.", actor=actor, native=calls, pointer=entry.pointer)
        for kind, words in entry.gaps:
            builder.gap(kind, words, builder.next_index - 1)
        calls += bool(entry.error) or own
    return calls


def _first(steps: list[Step], actor: Actor) -> str:
    return next((s.content for s in steps if s.actor is actor and s.kind is Kind.MESSAGE and s.content), "")


def _status(talk: Dialogue) -> Outcome:
    """A failed last call is a failure; any other ending proves nothing."""
    last = talk.entries[-1] if talk.entries else Entry()
    if last.error:
        detail = f"the last model call failed: {last.error}"
        return Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, "", detail)
    if talk.stop.lower() not in GOOD_ENDS:
        return Outcome(detail=f"the last reply stopped with {one_line(talk.stop, 40)}")
    return Outcome()

"""Evaluation logs of Inspect (UK AI Security Institute, 2024 on): ``.eval`` archives and ``.json`` documents.

An archive holds ``header.json`` (absent while the evaluation runs and after it crashed; then ``_journal/start.json``
tells as much as was known at the start) and one ``samples/<id>_epoch_<n>.json`` per sample, or, since 2026, a folder
``samples/<id>_epoch_<n>/`` with ``sample.json`` and numbered files under *messages*, *events* and *attachments*. A
document ``{version, status, eval, ..., samples}`` holds all in one. Each sample is an episode, `Step.native` is the
0-based index into its messages. Logs write NaN and Infinity, which are no JSON; they count as null here.

Archives are zstd-compressed by default since April 2026 (zip method 93).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dreamdesk.intake.archive import Archive
from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.bytesource import BLOCK, ByteSource
from dreamdesk.intake.chat import Mark, plain, tool_schemas
from dreamdesk.intake.inspect_messages import MAX_MESSAGES, Attachments, add_message, calls_of, last_call
from dreamdesk.intake.inspect_scores import outcome_of
from dreamdesk.intake.parsing import MAX_RECORD, Unreadable, parse
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, ToolSchema
from dreamdesk.model.text import one_line

# A central directory entry or a local header whose member has exactly one of the two names.
_MEMBER = re.compile(
    rb"PK\x01\x02.{24}(?:\x0b\x00.{16}header\.json|\x13\x00.{16}_journal/start\.json)"
    rb"|PK\x03\x04.{22}(?:\x0b\x00..header\.json|\x13\x00.._journal/start\.json)", re.S
)  # fmt: skip
_CONSTANT = re.compile(rb'"(?:[^"\\]++|\\.)*+"|(?<![\w.-])(-?Infinity|NaN)\b', re.S)
_ONE_FILE = re.compile(r"samples/[^/]+\.json")
_PART = re.compile(r"(samples/[^/]+/)(?:sample|(messages|events|attachments|calls)/(\d{1,9}))\.json")


class InspectLog:
    """Reads logs of Inspect."""

    name = "inspect"
    version = 1
    unit = "messages"

    def sniff(self, head: Head) -> float:
        """Recognise the archive by the names of its members, the document by its first keys."""
        if head.text.startswith(b"PK\x03\x04"):
            return 1.0 if _MEMBER.search(head.text) or _MEMBER.search(head.tail) else 0.0
        for value in head.objects[:1]:
            if {"version", "status", "eval"} <= value.keys() and "task" in obj(value["eval"]):
                return 1.0
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per sample."""
        try:
            if trace.magic.startswith(b"PK"):
                trace.log.saw("archive (.eval)")
                with trace.archive() as archive:
                    yield from _archived(trace, archive)
            else:
                trace.log.saw("one JSON document")
                yield from _document(trace)
        except (Unreadable, OSError) as error:
            trace.log.skip("the file", str(error))


def _archived(trace: Trace, archive: Archive) -> Iterator[Episode]:
    names = archive.names
    header: dict[str, Json] = {}
    for name in ("header.json", "_journal/start.json"):
        if name in names and not header:
            header = obj(_member(trace, archive, name))
    if "header.json" not in names:
        trace.log.note("the evaluation was still running or crashed; its finished samples were read")
    _note_status(trace, header)
    parts: dict[str, list[str]] = {}
    for name in names:
        if match := _PART.fullmatch(name):
            parts.setdefault(match[1], []).append(name)
        elif _ONE_FILE.fullmatch(name):
            sample = _member(trace, archive, name)
            if sample is not None:
                yield from _sample(trace, header, sample, name, name)
    for folder, members in parts.items():
        if f"{folder}sample.json" not in members:
            trace.log.skip(one_line(folder, 120), "the sample has no sample.json")
        elif (sample := _chunked(trace, archive, folder, members)) is not None:
            yield from _sample(trace, header, sample, folder, folder)


def _document(trace: Trace) -> Iterator[Episode]:
    blocks, size = [], 0
    with ByteSource(trace.path) as source:
        while block := source.read(BLOCK):
            size += len(block)
            if size > MAX_RECORD:
                raise Unreadable(f"it is larger than {MAX_RECORD >> 20} MB; write the log as an .eval archive")
            blocks.append(block)
    log = obj(_parsed(trace, b"".join(blocks)))
    blocks.clear()
    _note_status(trace, log)
    for position, sample in enumerate(arr(log.get("samples"))):
        yield from _sample(trace, log, sample, f"/samples/{position}", f"sample {position}")


def _note_status(trace: Trace, header: dict[str, Json]) -> None:
    status = string(header.get("status"))
    if status and status != "success":
        said = one_line(text_of(obj(header.get("error")).get("message")), 200)
        trace.log.note(f"the evaluation ended with the status {one_line(status, 40)}{': ' if said else ''}{said}")
    if header.get("invalidated") is True:
        trace.log.note("the log was declared invalid by whoever ran the evaluation")


def _member(trace: Trace, archive: Archive, name: str) -> Json:
    """Return what the member holds; None, and a listed skip, when it cannot be read."""
    try:
        return _parsed(trace, archive.read(name))
    except Unreadable as error:
        trace.log.skip(one_line(name, 120), str(error))
        return None


def _parsed(trace: Trace, data: bytes) -> Json:
    if b"NaN" in data or b"Infinity" in data:
        data = _CONSTANT.sub(lambda match: b"null" if match[1] else match[0], data)
    value, notes = parse(data)
    for note in notes:
        trace.log.note(note)
    return value


def _chunked(trace: Trace, archive: Archive, folder: str, members: list[str]) -> Json:
    """Return a sample whose messages, events and attachments stand in numbered files of their own."""
    value = _member(trace, archive, f"{folder}sample.json")
    if not isinstance(value, dict):
        return None
    sample: dict[str, Json] = dict(value)
    lists: dict[str, list[Json]] = {"messages": [], "events": [], "attachments": []}
    keyed: dict[str, Json] = {}
    numbered = [match for name in members if (match := _PART.fullmatch(name)) and match[2] in lists]
    for match in sorted(numbered, key=lambda match: int(match[3])):
        chunk = _member(trace, archive, match[0])
        if match[2] == "attachments" and isinstance(chunk, dict):
            keyed |= chunk
        elif chunk is not None:
            lists[match[2]] += chunk if isinstance(chunk, list) else [chunk]
    keyed |= {str(position): item for position, item in enumerate(lists["attachments"])}
    sample["messages"] = arr(sample.get("messages")) + lists["messages"]
    sample["events"] = arr(sample.get("events")) + lists["events"]
    sample["attachments"] = {**obj(sample.get("attachments")), **keyed}
    return sample


def _sample(trace: Trace, header: dict[str, Json], value: Json, key: str, place: str) -> Iterator[Episode]:
    try:
        if not isinstance(value, dict) or not value.keys() & {"messages", "input", "events"}:
            raise Unreadable("it is no sample: it has neither messages nor an input")
        yield _episode(header, value, key)
    except Unreadable as error:
        trace.log.skip(one_line(place, 120), str(error))


@dataclass(slots=True)
class _Found:
    """What the messages of a sample tell."""

    builder: StepBuilder = field(default_factory=StepBuilder)
    models: dict[str, None] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)


def _episode(header: dict[str, Json], sample: dict[str, Json], key: str) -> Episode:
    about = obj(header.get("eval"))
    attachments = Attachments(obj(sample.get("attachments")))
    events = arr(sample.get("events"))
    calls = calls_of(events)
    found = _Found()
    builder = found.builder
    messages, place = arr(sample.get("messages")), "/messages"
    if not messages:
        pool = arr(sample.get("message_pool")) or arr(obj(sample.get("events_data")).get("messages"))
        messages, place = last_call(events, pool), ""
        if messages:
            builder.gap(GapKind.MISSING, "The sample has no messages; these are those of its last model call.")
    if not messages and sample.get("input"):
        given = sample["input"]
        messages = given if isinstance(given, list) else [{"role": "user", "content": given}]
        builder.gap(GapKind.MISSING, "Only the task was recorded, nothing that the agent did.")
    if len(messages) > MAX_MESSAGES:
        raise Unreadable(f"it has more than {MAX_MESSAGES:,} messages")
    shown = [obj(attachments.put_back(message)) for message in messages]
    for position, message in enumerate(shown):
        name = string(message.get("id"))
        found.ids.add(name)
        if model := string(message.get("model")):
            found.models[model] = None
        pointer = f"{place}/{position}" if place else ""
        mark = Mark(position, calls.at.get(name), calls.tokens.get(name), pointer=pointer)
        add_message(builder, message, mark)
    builder.close()
    _note_gaps(found, sample, len(calls.shown - found.ids), calls.compacted)
    return _made(about, header, sample, attachments, found, shown, key)


def _note_gaps(found: _Found, sample: dict[str, Json], elsewhere: int, compacted: int) -> None:
    builder = found.builder
    if not builder.steps:
        builder.gap(GapKind.MISSING, "No message was recorded.")
    if elsewhere:
        note = f"{elsewhere} model calls of the event log, of sub-agents, scorers or tries, are not among the messages."
        builder.gap(GapKind.MISSING, note)
    if compacted:
        note = f"The history was compacted {compacted} times; the messages are those after the last time."
        builder.gap(GapKind.COMPACTION, note)
    if retries := len(arr(sample.get("error_retries"))):
        builder.gap(GapKind.MISSING, f"The sample was started {retries} times before, and ended with errors.")


def _made(
    about: dict[str, Json], header: dict[str, Json], sample: dict[str, Json], attachments: Attachments,
    found: _Found, shown: list[dict[str, Json]], key: str,
) -> Episode:  # fmt: skip
    given = attachments.put_back(sample.get("input"))
    said = [obj(message) for message in arr(given)] if isinstance(given, list) else []
    asked = [plain(message.get("content")) for message in said if message.get("role") == "user"]
    steps = found.builder.steps
    heard = (step.content for step in steps if step.actor is Actor.USER and step.kind is Kind.MESSAGE)
    task = "\n".join(asked) if said else text_of(given) or next(heard, "")
    name = string(about.get("task"))
    solver = string(about.get("solver")) or ", ".join(
        string(obj(step).get("solver")) for step in arr(obj(header.get("plan")).get("steps")) if obj(step).get("solver")
    )
    epoch = text_of(sample.get("epoch"))
    identity = None if sample.get("id") is None else f"{name}:{text_of(sample['id'])}"
    created = instant(sample.get("started_at"))
    times = [step.at for step in steps if step.at is not None]
    return Episode(
        key=key if len(key) <= 200 else f"{key[:150]}~{digest([key])[:16]}",
        title=one_line(task)
        or one_line(f"{name} sample {text_of(sample.get('id'))} epoch {epoch}")
        or "Inspect sample",
        steps=tuple(steps),
        outcome=outcome_of(sample),
        task_key=task_key(identity, "inspect", task),
        task=task,
        agent=one_line(solver, 120) or "Inspect",
        model=", ".join(found.models) or string(about.get("model")),
        policy=next((plain(message.get("content")) for message in shown if message.get("role") == "system"), ""),
        tools=_tools(sample, attachments),
        gaps=tuple(found.builder.gaps),
        native_steps=len(shown),
        native_unit=InspectLog.unit,
        started=created if created is not None else min(times, default=None),
    )


def _tools(sample: dict[str, Json], attachments: Attachments) -> tuple[ToolSchema, ...]:
    """Return every tool that a model call of the sample offered."""
    offered: dict[str, Json] = {}
    for event in map(obj, arr(sample.get("events"))):
        if event.get("event") == "model":
            for tool in arr(event.get("tools")):
                offered.setdefault(text_of(obj(tool).get("name")), tool)
    return tool_schemas(attachments.put_back(list(offered.values())))


register(InspectLog())

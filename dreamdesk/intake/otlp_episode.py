"""One trace becomes one episode: its model calls in order, each a turn, with tool spans and results where they belong.

Spans below an agent span that lies below another agent's form a lane of their own, whose steps name the step that
started them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.genai_messages import Message, Part, PartKind
from dreamdesk.intake.genai_spans import ModelCall, Role, ToolCall, agent_name, model_call, role_of, tool_call
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import nested
from dreamdesk.model.episode import Actor, GapKind, Kind

_LOOK_BACK = 100
"""How many earlier requests of a tool are compared with a call that names none of them."""
_LAYERS = 50
"""How many libraries may record one and the same call, each inside the other."""
_AGENTS = {"assistant", "model", "ai"}
_ACTORS = {**dict.fromkeys(_AGENTS, Actor.AGENT), "user": Actor.USER, "human": Actor.USER, "tool": Actor.TOOL}


@dataclass(slots=True)
class Pending:
    """A tool call that waits for its result; *tool* is its span, if it has one."""

    call_id: str
    name: str
    tool: ToolCall | None


@dataclass(slots=True)
class Lane:
    """One agent's run: what it has heard so far, and the calls that wait."""

    agent: str
    parent: int | None
    first: Message | None = None
    heard: int = 0
    said: int = 0
    pending: list[Pending] = field(default_factory=list)
    last: int | None = None


class Assembly:
    """Builds the steps of one trace.

    Attributes:
        builder: Holds the steps and gaps.
        roles: What each span is, by id.
        calls: The model calls in order of time.
        tops: The agent spans that have no agent span above them.
    """

    def __init__(self, spans: list[Span]) -> None:
        self.spans = spans
        self.builder = StepBuilder()
        self.roles = {span.id: role_of(span) for span in spans}
        self._by_id = {span.id: span for span in spans}
        self._aboves: dict[Role, dict[str, Span | None]] = {role: {} for role in Role}
        self.tops = [s for s in spans if self.roles[s.id] is Role.AGENT and not self._above(s, Role.AGENT)]
        read = {span.id: model_call(span) for span in spans if self.roles[span.id] is Role.MODEL}
        repeated = self._repeated(read)
        self.models = [span for span in spans if span.id in read and span.id not in repeated]
        self.calls = [read[span.id] for span in self.models]
        self._tools, self._alone = self._owned_tools()
        self._lanes: dict[str, Lane] = {}
        self._tool_steps: dict[str, int] = {}
        self._called: set[str] = set()

    def build(self) -> None:
        """Append all steps, then note what the trace does not show."""
        number = {span.id: position for position, span in enumerate(self.models)}
        alone = {tool.span: tool for tool in self._alone}
        for span in self.spans:
            if span.id in number:
                self._add_call(span, self.calls[number[span.id]], number[span.id])
            elif span.id in alone:
                lane = self._lane(span)
                self.builder.next_turn()
                self._add_tool(lane, None, alone[span.id], None, span)
        for lane in reversed(self._lanes.values()):
            self._add_results(lane, {}, None, "")
        self.builder.close()
        self._note_gaps()

    def _add_call(self, span: Span, call: ModelCall, native: int) -> None:
        lane = self._lane(span)
        fresh = _fresh(lane, call)
        results = {part.id: part for m in fresh for part in m.parts if part.kind is PartKind.RESULT and part.id}
        self._add_results(lane, results, native, span.pointer)
        self._add_heard(lane, fresh, results, native, span)
        self.builder.next_turn()
        parts = [part for message in call.said or [] for part in message.parts]
        tools = self._tools.get(span.id, [])
        matched, rest = _matched([part for part in parts if part.kind is PartKind.CALL], tools)
        begin = self.builder.next_index
        if call.error or not parts:
            note = f"The model call failed: {call.error}" if call.error else "What the model answered was not captured."
            self.builder.missing(
                GapKind.MISSING, note, call.error, native=native, agent=lane.agent, at=span.start, parent=lane.parent,
                is_error=bool(call.error), tokens=call.tokens, pointer=span.pointer,
            )  # fmt: skip
        for part in parts:
            if part.kind is PartKind.CALL:
                self._add_tool(lane, part, matched.pop(0), native, span)
            else:
                tokens = call.tokens if self.builder.next_index == begin else None
                self._add_part(lane, Actor.AGENT, part, native, span, tokens)
        for tool in rest:
            self._add_tool(lane, None, tool, native, span)
        if call.cut:
            self.builder.gap(GapKind.TRUNCATION, f"The reply was cut off ({call.cut}).", self.builder.next_index - 1)
        lane.last = self.builder.next_index - 1

    def _add_tool(self, lane: Lane, part: Part | None, tool: ToolCall | None, native: int | None, span: Span) -> None:
        """Append a tool call that the model's answer in *span*, a tool span, or both record."""
        call_id = (part.id if part else "") or (tool.id or tool.span if tool else "")
        name = (part.name if part else "") or (tool.name if tool else "")
        text = part.text if part else tool.arguments if tool else ""
        source = span if part or not tool else self._by_id[tool.span]
        step = self.builder.add(
            Actor.AGENT, Kind.TOOL_CALL, text, native=native, agent=lane.agent, tool=name, call_id=call_id,
            at=span.start or source.start, parent=lane.parent, pointer=source.pointer,
        )  # fmt: skip
        if not text:
            self.builder.gap(GapKind.MISSING, "The arguments of this call were not captured.", step)
        lane.pending.append(Pending(call_id, name, tool))
        lane.last = step
        self._called.add(part.id if part else "")
        if tool:
            self._tool_steps[tool.span] = step

    def _add_results(self, lane: Lane, results: dict[str, Part], native: int | None, pointer: str) -> None:
        """Append the results of the calls that wait: what the call at *pointer* hears, else what tool spans record."""
        waiting, lane.pending = lane.pending, []
        self.builder.next_turn()
        for call in waiting:
            part, tool = results.pop(call.call_id, None), call.tool
            if part is None and tool is None:
                lane.pending.append(call)
                continue
            text = part.text if part else (tool.result or "") if tool else ""
            step = self.builder.add(
                Actor.TOOL, Kind.TOOL_RESULT, text, native=native, tool=call.name, call_id=call.call_id,
                is_error=bool((tool and tool.is_error) or (part and part.is_error)),
                at=tool.end or None if tool else None, parent=lane.parent,
                pointer=self._by_id[tool.span].pointer if tool and not part else pointer,
            )  # fmt: skip
            if part is None and tool and tool.result is None:
                self.builder.gap(GapKind.MISSING, "What the tool returned was not captured.", step)

    def _add_heard(self, lane: Lane, fresh: list[Message], results: dict[str, Part], native: int, span: Span) -> None:
        """Append what the model was told and the trace does not hold yet. *results* are those still without a call."""
        for message in fresh:
            actor = _ACTORS.get(message.role, Actor.SYSTEM)
            self.builder.next_turn()
            for part in message.parts:
                if part.kind is PartKind.RESULT:
                    if results.pop(part.id, None) or not part.id:
                        self._add_part(lane, Actor.TOOL, part, native, span)
                elif part.kind is PartKind.CALL and part.id in self._called:
                    continue  # a request that holds only what is new begins with the call whose result it brings
                elif part.kind is PartKind.CALL:
                    self.builder.add(
                        Actor.AGENT, Kind.TOOL_CALL, part.text, agent=lane.agent, tool=part.name, call_id=part.id,
                        parent=lane.parent, pointer=span.pointer,
                    )  # fmt: skip
                    lane.pending.append(Pending(part.id, part.name, None))
                else:
                    self._add_part(lane, actor, part, None if actor is Actor.AGENT else native, span)

    def _add_part(
        self, lane: Lane, actor: Actor, part: Part, native: int | None, span: Span, tokens: int | None = None
    ) -> None:
        kind = {PartKind.THINKING: Kind.THINKING, PartKind.RESULT: Kind.TOOL_RESULT}.get(part.kind, Kind.MESSAGE)
        agent = lane.agent if actor is Actor.AGENT else ""
        if part.kind is PartKind.THINKING and not part.text:
            self.builder.missing(
                GapKind.WITHHELD, "The model's thinking was not recorded.", native=native, agent=agent,
                at=span.start, parent=lane.parent, tokens=tokens, pointer=span.pointer,
            )  # fmt: skip
            return
        step = self.builder.add(
            actor, kind, part.text, native=native, agent=agent, at=span.start, parent=lane.parent, tokens=tokens,
            tool=part.name, call_id=part.id, is_error=part.is_error, pointer=span.pointer,
        )  # fmt: skip
        if part.kind is PartKind.MEDIA:
            self.builder.gap(GapKind.MEDIA, "Media in this message are not shown.", step)

    def step_of(self, span: Span) -> int | None:
        """Return the index of the first step of the agent that *span* stands for; None when it stands for none."""
        native = next((number for number, model in enumerate(self.models) if model.id == span.id), None)
        if native is not None:
            return next((s.index for s in self.builder.steps if s.native == native and s.actor is Actor.AGENT), None)
        return self._tool_steps.get(span.id)

    def _lane(self, span: Span) -> Lane:
        above = self._above(span, Role.AGENT)
        key = self._lane_key(span)
        if key not in self._lanes:
            name = agent_name(above) if above else span.text("gen_ai.agent.name")
            self._lanes[key] = Lane(name, self._starter(above) if above else None)
        return self._lanes[key]

    def _starter(self, agent: Span) -> int | None:
        """Return the index of the step that started the run of *agent*, when another agent's step did."""
        for span in self._ancestors(agent):
            if span.id in self._tool_steps:
                return self._tool_steps[span.id]
            if span.id in self._lanes:
                return self._lanes[span.id].last
        return None

    def _owned_tools(self) -> tuple[dict[str, list[ToolCall]], list[ToolCall]]:
        """Give each tool span to the model call that asked for it.

        By call id; else to the last one before that asked for just this, since some stores keep milliseconds only and
        the next call may seem to begin together with the tool; else to the last one before.
        """
        by_id: dict[str, str] = {}
        asked: dict[tuple[str, str], list[tuple[Span, Part]]] = {}
        lanes: dict[str, list[Span]] = {}
        for span, call in zip(self.models, self.calls, strict=True):
            lanes.setdefault(self._lane_key(span), []).append(span)
            for part in (part for message in call.said or [] for part in message.parts if part.kind is PartKind.CALL):
                asked.setdefault((self._lane_key(span), part.name), []).append((span, part))
                by_id.update({part.id: span.id} if part.id else {})
        owned: dict[str, list[ToolCall]] = {}
        alone: list[ToolCall] = []
        for span in (span for span in self.spans if self.roles[span.id] is Role.TOOL):
            tool, lane = tool_call(span), self._lane_key(span)
            owner = by_id.get(tool.id) or ("" if tool.id else _asker(asked.get((lane, tool.name), []), tool))
            models = lanes.get(lane, [])
            before = bisect_right(models, span.start, key=lambda model: model.start)
            if owner or before:
                owned.setdefault(owner or models[before - 1].id, []).append(tool)
            else:
                alone.append(tool)
        return owned, alone

    def _repeated(self, read: dict[str, ModelCall]) -> set[str]:
        """Return the model spans that record the same call as one above or below them, which says more or as much."""
        found: set[str] = set()
        for span_id, call in read.items():
            above = self._above(self._by_id[span_id], Role.MODEL)
            for _ in range(_LAYERS):
                if above is None or above.id not in found:
                    break
                above = self._above(above, Role.MODEL)
            if above is not None and above.id not in found and above.id != span_id:
                found.add(span_id if read[above.id].told >= call.told else above.id)
        return found

    def _ancestors(self, span: Span) -> Iterator[Span]:
        seen = {span.id}
        while (above := self._by_id.get(span.parent)) and above.id not in seen:
            seen.add(above.id)
            yield above
            span = above

    def _lane_key(self, span: Span) -> str:
        above = self._above(span, Role.AGENT)
        return above.id if above else ""

    def _above(self, span: Span, role: Role) -> Span | None:
        """Return the nearest span of *role* above *span*; each span is climbed over once, no circle twice."""
        known = self._aboves[role]
        path: list[str] = []
        found: Span | None = None
        while span.id not in known:
            known[span.id] = None
            path.append(span.id)
            above = self._by_id.get(span.parent)
            if above is None or self.roles[above.id] is role:
                found = above
                break
            span = above
        else:
            found = known[span.id]
        known.update(dict.fromkeys(path, found))
        return found

    def _note_gaps(self) -> None:
        if any(not span.is_root and span.parent not in self._by_id for span in self.spans):
            self.builder.gap(GapKind.MISSING, "Spans that others refer to are not in this file; parts may be missing.")
        if self.calls and all(call.said is None and not call.heard for call in self.calls):
            self.builder.gap(
                GapKind.MISSING, "Content was not captured: the trace tells what happened, not what was said."
            )
        if any(span.attributes.get("anthropic.content.truncated") for span in self.spans):
            self.builder.gap(GapKind.TRUNCATION, "The exporter cut long content off.")


def _fresh(lane: Lane, call: ModelCall) -> list[Message]:
    """Return what the call heard that the lane does not hold yet.

    A call that begins like the one before repeats the history; any other holds only what is new.
    """
    heard = call.heard
    start = 0
    if lane.first is not None and heard[:1] == [lane.first] and len(heard) >= lane.heard:
        start = lane.heard
        for _ in range(lane.said):
            start += start < len(heard) and heard[start].role in _AGENTS
    lane.first, lane.heard = heard[0] if heard else None, len(heard)
    lane.said = len(call.said or [])
    return heard[start:]


def _asker(asked: list[tuple[Span, Part]], tool: ToolCall) -> str:
    """Return the model span that asked last for just this call, best before it began, and strike out its request."""
    found: tuple[Span, Part] | None = None
    last = bisect_right(asked, tool.start, key=lambda item: item[0].start)
    for item in reversed(asked[max(0, last - _LOOK_BACK) : last]):
        if _same_call(item[1], tool):
            found = found or item
            if item[0].start < tool.start:
                found = item
                break
    if found is None:
        return ""
    asked[:] = [item for item in asked if item is not found]
    return found[0].id


def _matched(parts: list[Part], tools: list[ToolCall]) -> tuple[list[ToolCall | None], list[ToolCall]]:
    """Find the tool span of each call: by id, else by name and arguments, else by name; and the spans left over."""
    rest = list(tools)
    found: list[ToolCall | None] = [None] * len(parts)
    for same in (_same_id, _same_call, _same_name):
        for position, part in enumerate(parts):
            tool = None if found[position] else next((tool for tool in rest if same(part, tool)), None)
            if tool:
                rest.remove(tool)
                found[position] = tool
    return found, rest


def _same_id(part: Part, tool: ToolCall) -> bool:
    return bool(part.id) and part.id == tool.id


def _same_call(part: Part, tool: ToolCall) -> bool:
    return _same_name(part, tool) and nested(part.text) == nested(tool.arguments)


def _same_name(part: Part, tool: ToolCall) -> bool:
    return part.name == tool.name and not (part.id and tool.id)

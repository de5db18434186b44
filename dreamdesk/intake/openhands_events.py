"""Events of OpenHands as steps: version 0 (until 2025) and the events of its software agent SDK (version 1).

- Version 0: ``{id, source, action, args, tool_call_metadata?}`` and ``{id, source, observation, content, cause}``.
- Version 1: ``{kind, id, source, ...}`` with the kinds MessageEvent, ActionEvent, ObservationEvent, AgentErrorEvent...

`Step.native` is the 0-based position of the event. Events that only tell the state of the program become no step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.chat import Mark, add_call, add_result, add_text, plain, tool_schemas
from dreamdesk.intake.parsing import json_text
from dreamdesk.intake.reader import Log
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, GapKind, Kind, ToolSchema
from dreamdesk.model.text import one_line

_ACTORS = {"user": Actor.USER, "agent": Actor.AGENT}
_STATE = ("agent_state_changed", "change_agent_state", "null", "ConversationStateUpdateEvent", "CondensationRequest")


def is_event(value: Json) -> bool:
    """Tell whether *value* is an event of either version."""
    event = obj(value)
    if string(event.get("kind")).endswith(("Event", "Condensation")) and "source" in event:
        return True
    return "source" in event and "id" in event and ("action" in event or "observation" in event)


@dataclass(slots=True)
class Events:
    """Reads the events of one conversation.

    Attributes:
        count: How many there were.
        policy, task, model, tools: What they tell of the agent and its work.
        finished: The agent said that it is done.
    """

    log: Log
    builder: StepBuilder = field(default_factory=StepBuilder)
    count: int = 0
    policy: str = ""
    task: str = ""
    model: str = ""
    started: int | None = None
    finished: bool = False
    tools: tuple[ToolSchema, ...] = ()
    _reply: str = ""
    _calls: dict[str, str] = field(default_factory=dict)

    def add(self, value: Json, pointer: str) -> None:
        """Append the steps of one event."""
        event = obj(value)
        at = instant(event.get("timestamp"))
        self.started = at if self.started is None else self.started
        mark = Mark(self.count, at, pointer=pointer)
        self.count += 1
        self.log.saw("events of the SDK" if string(event.get("kind")) else "events of version 0")
        if string(event.get("kind")):
            self._add_v1(event, mark)
        elif string(event.get("action")):
            self._add_action(event, mark)
        elif event.get("observation") is not None:
            self._add_observation(event, mark)
        else:
            self._add_other(event, mark)

    def say(self, actor: Actor, content: Json, mark: Mark) -> None:
        """Append a message, which begins a new turn."""
        self.builder.next_turn()
        self._reply = ""
        add_text(self.builder, actor, Kind.MESSAGE, content, mark)
        if actor is Actor.USER and not self.task:
            self.task = plain(content)

    def _begin(self, reply: str) -> bool:
        """Begin the turn of the model's reply *reply*; False when its steps go on, as with parallel calls."""
        last = self.builder.steps[-1] if self.builder.steps else None
        if reply and reply == self._reply and last and last.actor is Actor.AGENT:
            return False
        self.builder.next_turn()
        self._reply = reply
        return True

    def _add_other(self, event: dict[str, Json], mark: Mark) -> None:
        name = string(event.get("kind")) or string(event.get("action")) or "unknown"
        self.log.note(f"events of the type {one_line(name, 60)} are shown as they are")
        self.say(Actor.SYSTEM, json_text(event), mark)

    def _left_out(self) -> None:
        self.log.note("events that only tell the state of the program are no steps")

    # Version 0

    def _add_action(self, event: dict[str, Json], mark: Mark) -> None:
        action, args = string(event.get("action")), obj(event.get("args"))
        actor = _ACTORS.get(string(event.get("source")), Actor.SYSTEM)
        if action in _STATE or action == "recall":  # what was recalled comes as an observation
            self._left_out()
        elif action == "system":
            self.policy = self.policy or text_of(args.get("content"))
            self.tools = self.tools or tool_schemas(args.get("tools"))
            self.say(Actor.SYSTEM, args.get("content"), mark)
        elif action == "condensation":
            self._condensed(text_of(args.get("summary")), mark)
        elif action == "message":
            self.say(actor, args.get("content", event.get("message")), mark)
        elif actor is Actor.AGENT:
            self._add_v0_call(event, action, args, mark)
        else:
            self._add_other(event, mark)

    def _add_v0_call(self, event: dict[str, Json], action: str, args: dict[str, Json], mark: Mark) -> None:
        told = obj(event.get("tool_call_metadata"))
        response = obj(told.get("model_response"))
        self.model = self.model or string(response.get("model"))
        call_id = string(told.get("tool_call_id"))
        choice = obj(arr(response.get("choices"))[0]) if arr(response.get("choices")) else {}
        message = obj(choice.get("message"))
        made = next((obj(c) for c in arr(message.get("tool_calls")) if call_id and obj(c).get("id") == call_id), {})
        given = obj(made.get("function")).get("arguments")
        if given is None:
            given = {key: value for key, value in args.items() if key != "thought"}
        tokens = integer(obj(response.get("usage")).get("completion_tokens"))
        if self._begin(string(response.get("id"))):
            thought = text_of(args.get("thought")) or plain(message.get("content"))
            if thinking := plain(message.get("reasoning_content")):
                add_text(self.builder, Actor.AGENT, Kind.THINKING, thinking, _with(mark, tokens))
                tokens = None
            if thought and action != "think":
                add_text(self.builder, Actor.AGENT, Kind.MESSAGE, thought, _with(mark, tokens, "/args/thought"))
                tokens = None
        else:
            tokens = None
        if action == "finish":  # the conversation ends here, without a result
            self.finished, call_id = True, ""
        elif not call_id:
            call_id = f"event {text_of(event.get('id'))[:80]}"
        self._calls[text_of(event.get("id"))] = call_id
        add_call(self.builder, string(told.get("function_name")) or action, call_id, given, _with(mark, tokens))

    def _add_observation(self, event: dict[str, Json], mark: Mark) -> None:
        kind, extras = text_of(event.get("observation")), obj(event.get("extras"))
        if kind in _STATE:
            if kind == "agent_state_changed" and extras.get("agent_state") == "error":
                self.say(
                    Actor.SYSTEM, f"The agent stopped with an error. {text_of(extras.get('reason'))}".strip(), mark
                )
            else:
                self._left_out()
            return
        content = event.get("content") or event.get("message")
        if kind == "recall":
            found = {key: value for key, value in extras.items() if value not in (None, "", [], {})}
            self.say(Actor.SYSTEM, f"{text_of(content)}\n{json_text(found)}", mark)
            return
        self.builder.next_turn()
        call_id = self._calls.get(text_of(event.get("cause")), "") if event.get("cause") is not None else ""
        call_id = call_id or string(obj(event.get("tool_call_metadata")).get("tool_call_id"))
        add_result(self.builder, "", call_id, content, mark, is_error=kind == "error")

    # Version 1

    def _add_v1(self, event: dict[str, Json], mark: Mark) -> None:
        kind = string(event.get("kind"))
        actor = _ACTORS.get(string(event.get("source")), Actor.SYSTEM)
        if kind in _STATE:
            self._left_out()
        elif kind == "SystemPromptEvent":
            prompt = event.get("system_prompt")
            text = plain([prompt]) if isinstance(prompt, dict) else text_of(prompt)
            self.policy = self.policy or text
            self.tools = self.tools or tool_schemas(event.get("tools"))
            self.say(Actor.SYSTEM, text, mark)
        elif kind == "MessageEvent":
            self._add_message(event, actor, mark)
        elif kind == "ActionEvent":
            self._add_v1_call(event, mark)
        elif kind in ("ObservationEvent", "UserRejectObservation", "AgentErrorEvent"):
            self._add_result(event, mark)
        elif kind in ("Condensation", "CondensationEvent", "CondensationSummaryEvent"):
            self._condensed(text_of(event.get("summary")), mark)
        elif kind == "ConversationErrorEvent":
            self.say(
                Actor.SYSTEM, ": ".join(filter(None, map(text_of, (event.get("code"), event.get("detail"))))), mark
            )
        elif kind in ("PauseEvent", "InterruptEvent"):
            self.say(Actor.SYSTEM, "The conversation was stopped here.", mark)
        else:
            self._add_other(event, mark)

    def _add_message(self, event: dict[str, Json], actor: Actor, mark: Mark) -> None:
        message = obj(event.get("llm_message"))
        self._begin("")
        if actor is Actor.AGENT:
            self._think(message, mark)
        content = message.get("content")
        added = [part for part in arr(event.get("extended_content")) if isinstance(content, list)]
        text = arr(content) + added if added else content
        place = f"{mark.pointer}/llm_message/content"
        add_text(self.builder, actor, Kind.MESSAGE, text, Mark(mark.native, mark.at, pointer=place))
        if actor is Actor.USER and not self.task:
            self.task = plain(content)

    def _think(self, holder: dict[str, Json], mark: Mark) -> None:
        blocks = [obj(block) for block in arr(holder.get("thinking_blocks"))]
        text = "\n".join(filter(None, (text_of(block.get("thinking")) for block in blocks)))
        text = plain(holder.get("reasoning_content")) or text
        if text:
            add_text(self.builder, Actor.AGENT, Kind.THINKING, text, mark)
        elif blocks or obj(holder.get("responses_reasoning_item")).get("encrypted_content"):
            note = "The model's thinking was encrypted."
            self.builder.missing(GapKind.WITHHELD, note, native=mark.native, at=mark.at, pointer=mark.pointer)

    def _add_v1_call(self, event: dict[str, Json], mark: Mark) -> None:
        action, call = obj(event.get("action")), obj(event.get("tool_call"))
        if self._begin(string(event.get("llm_response_id"))):
            self._think(event, mark)
            if thought := plain(arr(event.get("thought"))):
                add_text(self.builder, Actor.AGENT, Kind.MESSAGE, thought, _with(mark, None, "/thought"))
        function = obj(call.get("function"))
        given = call.get("arguments", function.get("arguments"))
        if given is None:
            given = {key: value for key, value in action.items() if key != "kind"}
        name = string(event.get("tool_name")) or string(call.get("name")) or string(function.get("name"))
        self.finished = self.finished or action.get("kind") == "FinishAction"
        call_id = string(event.get("tool_call_id")) or string(call.get("id"))
        self._calls[string(event.get("id"))] = call_id
        add_call(self.builder, name, call_id, given, _with(mark, None, "/tool_call"))

    def _add_result(self, event: dict[str, Json], mark: Mark) -> None:
        seen = obj(event.get("observation"))
        call_id = string(event.get("tool_call_id")) or self._calls.get(string(event.get("action_id")), "")
        failed = bool(seen.get("error")) or seen.get("is_error") is True or event.get("kind") != "ObservationEvent"
        content = next((seen[k] for k in ("output", "content", "message") if seen.get(k) not in (None, "", [])), None)
        if content is None and isinstance(seen.get("error"), str):
            content = seen["error"]
        if content is None:
            content = event.get("error") or event.get("rejection_reason")
        if content is None and (rest := {k: v for k, v in seen.items() if k != "kind" and v not in (None, "", [])}):
            content = json_text(rest)
        self.builder.next_turn()
        add_result(self.builder, string(event.get("tool_name")), call_id, content, mark, is_error=failed)

    def _condensed(self, summary: str, mark: Mark) -> None:
        self.builder.next_turn()
        note = "Earlier events were replaced by a summary." if summary else "Earlier events were dropped here."
        self.builder.missing(
            GapKind.COMPACTION, note, summary, actor=Actor.SYSTEM, native=mark.native, at=mark.at, pointer=mark.pointer
        )


def _with(mark: Mark, tokens: int | None, place: str = "") -> Mark:
    return Mark(mark.native, mark.at, tokens, pointer=f"{mark.pointer}{place}")

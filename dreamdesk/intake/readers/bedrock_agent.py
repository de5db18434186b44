"""Event streams of Amazon Bedrock Agents: what InvokeAgent and InvokeInlineAgent return with the trace switched on.

One event per line or element: ``{trace: {sessionId, callerChain, collaboratorName, eventTime, trace: {KIND: ...}}}``,
``{chunk: {bytes: base64}}``, ``{returnControl: ...}``. KIND is orchestrationTrace, preProcessingTrace,
postProcessingTrace, routingClassifierTrace, guardrailTrace, failureTrace; it holds one of modelInvocationInput,
modelInvocationOutput, rationale, invocationInput, observation (API reference of bedrock-agent-runtime). One invocation
is one episode; the unit is the model call. A collaborator's steps name the call that started it; the length of the
caller chain tells whose they are.

The rationale is the thinking, the invocation the tool call, the final response the answer. A reply of a model that
came to nothing of these is shown as it is. An invocation failed when it ends with a failureTrace, or when a guardrail
intervened.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.chat_shapes import chat, plain
from dreamdesk.intake.genai_messages import PartKind, messages
from dreamdesk.intake.parsing import Unreadable, json_text, nested
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line

_BEGINS = ("preProcessingTrace", "orchestrationTrace", "routingClassifierTrace")


class BedrockAgent:
    """Reads event streams of Bedrock Agents."""

    name = "bedrock-agent"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the trace inside the trace."""
        found = any(isinstance(obj(value.get("trace")).get("trace"), dict) for value in head.objects)
        return 0.95 if found else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per invocation; one ends where its final response is followed by a new beginning."""
        run = _Invocation()
        number = 0
        for record in trace.records():
            event = obj(record.value)
            if not event.keys() & {"trace", "chunk", "returnControl", "files"}:
                trace.log.skip(record.place, "it is no event of a Bedrock agent")
                continue
            try:
                if run.ended and _begins(event):
                    yield run.episode(number, self.unit)
                    run, number = _Invocation(), number + 1
                run.add(event, record.pointer)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        if run.holds_something:
            try:
                yield run.episode(number, self.unit)
            except Unreadable as error:
                trace.log.skip(f"invocation {number}", str(error))


def _begins(event: dict[str, Json]) -> bool:
    trace = obj(event.get("trace"))
    inner = obj(trace.get("trace"))
    return len(arr(trace.get("callerChain"))) < 2 and any("modelInvocationInput" in obj(inner.get(k)) for k in _BEGINS)


@dataclass(slots=True)
class _Call:
    """A model call: its number, and what it answered as long as nothing came of it."""

    native: int
    tokens: int | None = None
    answer: str = ""
    acted: bool = False


class _Invocation:
    """Builds the episode of one invocation, event by event."""

    def __init__(self) -> None:
        self.ended = False
        self._builder = StepBuilder()
        self._calls: dict[int, _Call] = {}  # the last model call of each depth of the caller chain
        self._starters: dict[int, int] = {}  # the step of each depth that started a collaborator
        self._ids: dict[tuple[int, str], int] = {}  # invocations by depth and trace id
        self._count = 0
        self._chunks: list[str] = []
        self._session = self._policy = self._task = ""
        self._agents: dict[str, None] = {}
        self._models: dict[str, None] = {}
        self._failure: tuple[str, str] | None = None

    @property
    def holds_something(self) -> bool:
        """Tell whether any event was understood."""
        return bool(self._builder.steps or self._chunks or self._failure)

    def add(self, event: dict[str, Json], pointer: str) -> None:
        """Add one event."""
        if "chunk" in event:
            try:
                data = base64.b64decode(string(obj(event["chunk"]).get("bytes")), validate=True)
            except (binascii.Error, ValueError) as error:
                raise Unreadable("a chunk is not base64") from error
            self._chunks.append(data.decode("utf-8", "replace"))
        for given in map(obj, arr(obj(event.get("returnControl")).get("invocationInputs"))):
            inner = obj(given.get("functionInvocationInput")) or obj(given.get("apiInvocationInput"))
            self._tool(1, inner, string(inner.get("function")) or _api(inner), _parameters(inner), "", None, pointer)
        trace = obj(event.get("trace"))
        depth = max(1, len(arr(trace.get("callerChain"))))
        self._session = self._session or string(trace.get("sessionId"))
        at = instant(string(trace.get("eventTime"))[:26].rstrip("Z") or None)
        starter = self._starters.get(depth - 1)  # collaboratorName names the first collaborator at every depth
        agent = self._builder.steps[starter].tool if starter is not None else ""
        agent = agent or string(trace.get("collaboratorName")) or string(trace.get("agentId"))
        for kind, value in obj(trace.get("trace")).items():
            part = obj(value)
            if kind == "failureTrace":
                why = ": ".join(filter(None, (text_of(part.get("failureCode")), text_of(part.get("failureReason")))))
                self._fail(why or "the agent failed", at, f"{pointer}/trace/trace/failureTrace")
            elif kind == "guardrailTrace":
                self._guardrail(part, at, f"{pointer}/trace/trace/guardrailTrace")
            else:
                self._agents.setdefault(agent if depth == 1 else "", None)
                self._part(kind, part, depth, agent, at, f"{pointer}/trace/trace/{kind}")

    def _part(self, kind: str, part: dict[str, Json], depth: int, agent: str, at: int | None, pointer: str) -> None:
        if "modelInvocationInput" in part:
            self._asked(obj(part["modelInvocationInput"]), depth, agent, at)
        call = self._calls.setdefault(depth, _Call(self._count))
        if "modelInvocationOutput" in part:
            output = obj(part["modelInvocationOutput"])
            call.tokens = integer(obj(obj(output.get("metadata")).get("usage")).get("outputTokens"))
            call.answer = _answer(obj(output.get("rawResponse")).get("content"))
            parsed = obj(output.get("parsedResponse"))
            if words := string(parsed.get("rationale")):
                self._say(depth, agent, Kind.THINKING, words, at, f"{pointer}/modelInvocationOutput/parsedResponse")
            if kind == "postProcessingTrace" and string(parsed.get("text")):
                self._say(depth, agent, Kind.MESSAGE, string(parsed["text"]), at, f"{pointer}/modelInvocationOutput")
        if words := string(obj(part.get("rationale")).get("text")):
            self._say(depth, agent, Kind.THINKING, words, at, f"{pointer}/rationale/text")
        if "invocationInput" in part:
            self._invoked(kind, obj(part["invocationInput"]), depth, agent, at, f"{pointer}/invocationInput")
        if "observation" in part:
            self._observed(obj(part["observation"]), depth, agent, at, f"{pointer}/observation")

    def _asked(self, given: dict[str, Json], depth: int, agent: str, at: int | None) -> None:
        """Begin a model call; show what it was told that no other event shows."""
        before = self._calls.get(depth)
        self._show_answer(depth, agent)
        if model := string(given.get("foundationModel")):
            self._models[model] = None
        prompt = obj(nested(given.get("text")))
        told = [message for message in chat(prompt.get("messages")) if obj(message).get("role") == "user"]
        last = "\n".join(part.text for m in messages(told[-1:]) for part in m.parts)
        if depth == 1 and not self._policy:
            self._policy = plain(prompt.get("system")).strip()
        if before is None or not before.acted:  # the first prompt of this agent, or what the runtime replied to it
            actor = Actor.SYSTEM if before else Actor.USER
            if depth == 1 and not before:
                self._task = _unwrapped(last)
            if last and (depth == 1 or before):
                self._builder.next_turn()
                text, parent = _unwrapped(last), self._starters.get(depth - 1)
                self._builder.add(actor, Kind.MESSAGE, text, native=self._count, at=at, parent=parent)
        self._calls[depth] = _Call(self._count)
        self._count += 1
        self._builder.next_turn()

    def _say(self, depth: int, agent: str, kind: Kind, text: str, at: int | None, pointer: str) -> None:
        call = self._calls[depth]
        self._builder.add(
            Actor.AGENT, kind, text, native=call.native if call.native < self._count else None, agent=agent, at=at,
            tokens=call.tokens, parent=self._starters.get(depth - 1) if depth > 1 else None, pointer=pointer,
        )  # fmt: skip
        call.tokens = None
        call.acted = call.acted or kind is Kind.MESSAGE

    def _show_answer(self, depth: int, agent: str) -> None:
        call = self._calls.get(depth)
        if call and not call.acted and call.answer:
            self._say(depth, agent, Kind.MESSAGE, call.answer, None, "")
            call.acted = False

    def _invoked(self, kind: str, given: dict[str, Json], depth: int, agent: str, at: int | None, pointer: str) -> None:
        for key, value in given.items():
            inner = obj(value)
            if key == "agentCollaboratorInvocationInput":
                name, text = string(inner.get("agentCollaboratorName")), obj(inner.get("input")).get("text")
                arguments = json_text({"text": text}) if kind != "routingClassifierTrace" else text_of(text)
                routed = kind == "routingClassifierTrace"
            elif key == "knowledgeBaseLookupInput":
                name, routed = "knowledge_base", False
                arguments = json_text({k: inner.get(k) for k in ("knowledgeBaseId", "text")})
            elif key == "codeInterpreterInvocationInput":
                name, routed, arguments = "code_interpreter", False, json_text({"code": inner.get("code")})
            elif key == "actionGroupInvocationInput":
                name, routed, arguments = string(inner.get("function")) or _api(inner), False, _parameters(inner)
            else:
                continue
            self._tool(depth, given, name, arguments, agent, at, f"{pointer}/{key}", handoff=routed)

    def _tool(
        self, depth: int, given: dict[str, Json], name: str, arguments: str, agent: str, at: int | None, pointer: str,
        *, handoff: bool = False,
    ) -> None:  # fmt: skip
        call = self._calls.setdefault(depth, _Call(self._count))
        call.acted = True
        identity = string(given.get("traceId"))
        step = self._builder.add(
            Actor.AGENT, Kind.HANDOFF if handoff else Kind.TOOL_CALL, arguments, agent=agent, tool=name, at=at,
            native=call.native if call.native < self._count else None, call_id="" if handoff else identity,
            tokens=call.tokens, parent=self._starters.get(depth - 1) if depth > 1 else None, pointer=pointer,
        )  # fmt: skip
        call.tokens = None
        self._starters[depth] = step
        if not handoff:
            self._ids[depth, identity] = step
        for deeper in [d for d in self._calls if d > depth]:  # a collaborator that is called again begins anew
            del self._calls[deeper]

    def _observed(self, found: dict[str, Json], depth: int, agent: str, at: int | None, pointer: str) -> None:
        identity = string(found.get("traceId"))
        parent = self._starters.get(depth - 1) if depth > 1 else None
        for key, value in found.items():
            inner, failed = obj(value), False
            if key == "finalResponse":
                if self._foreign(depth):
                    self._builder.next_turn()
                self._say(depth, agent, Kind.MESSAGE, text_of(inner.get("text")), at, f"{pointer}/{key}/text")
                self.ended = self.ended or depth == 1
                continue
            if key == "repromptResponse":
                self._builder.next_turn()
                self._builder.add(Actor.SYSTEM, Kind.MESSAGE, text_of(inner.get("text")), at=at, parent=parent)
                continue
            if key in ("actionGroupInvocationOutput", "agentCollaboratorInvocationOutput"):
                text = text_of(inner.get("text", obj(inner.get("output")).get("text")))
            elif key == "knowledgeBaseLookupOutput":
                text = text_of(inner.get("retrievedReferences"))
            elif key == "codeInterpreterInvocationOutput":
                failed = bool(inner.get("executionError"))
                text = "\n".join(filter(None, (text_of(inner.get(k)) for k in ("executionOutput", "executionError"))))
            else:
                continue
            if key.startswith("agentCollaborator") and (depth, identity) not in self._ids:
                continue  # of a handoff: the collaborator's own final response says it
            self._builder.next_turn()
            self._builder.add(
                Actor.TOOL, Kind.TOOL_RESULT, text, call_id=identity, is_error=failed, at=at, parent=parent,
                native=self._count, pointer=f"{pointer}/{key}",
            )  # fmt: skip

    def _foreign(self, depth: int) -> bool:
        """Tell whether the last step was not a part of the reply that the agent at *depth* is giving."""
        last, call = next(iter(self._builder.steps[-1:]), None), self._calls.get(depth)
        return last is None or last.actor is not Actor.AGENT or call is None or last.native != call.native

    def _guardrail(self, part: dict[str, Json], at: int | None, pointer: str) -> None:
        if part.get("action") != "INTERVENED":
            return
        found = {key: part[key] for key in ("inputAssessments", "outputAssessments") if part.get(key)}
        self._builder.next_turn()
        self._builder.add(Actor.SYSTEM, Kind.MESSAGE, f"The guardrail intervened: {text_of(found)}", at=at)
        self._failure = "a guardrail intervened", f"{pointer}/action"

    def _fail(self, why: str, at: int | None, pointer: str) -> None:
        self._builder.next_turn()
        self._builder.missing(GapKind.MISSING, f"The agent failed: {why}", why, at=at, is_error=True)
        self._failure = why, pointer

    def episode(self, number: int, unit: str) -> Episode:
        """Return the episode of all events so far."""
        builder, answer = self._builder, "".join(self._chunks)
        for depth in sorted(self._calls):
            self._show_answer(depth, "")
        said = {" ".join(s.content.split()) for s in builder.steps if s.actor is Actor.AGENT and s.parent is None}
        if answer and " ".join(answer.split()) not in said:
            builder.next_turn()
            builder.add(Actor.AGENT, Kind.MESSAGE, answer, agent=next(filter(None, self._agents), ""))
        builder.without_readers(self._count)
        builder.close()
        if not self._task:
            builder.gap(GapKind.MISSING, "What the user asked is not in this file.")
        why, pointer = self._failure or ("", "")
        state = Outcome(OutcomeState.FAILED, OutcomeSource.STATUS, pointer, one_line(why, 500)) if why else Outcome()
        agent = ", ".join(filter(None, self._agents))
        return Episode(
            key=f"{self._session[:200]} invocation {number}".strip(),
            title=one_line(self._task) or one_line(answer) or "Invocation without a prompt",
            steps=tuple(builder.steps),
            outcome=state,
            task_key=task_key(None, agent, self._task),
            task=self._task,
            agent=agent,
            model=", ".join(self._models),
            policy=self._policy,
            gaps=tuple(builder.gaps),
            native_steps=self._count,
            native_unit=unit,
            started=next((step.at for step in builder.steps if step.at is not None), None),
        )


def _api(given: dict[str, Json]) -> str:
    verb = string(given.get("verb")) or string(given.get("httpMethod"))
    return " ".join(filter(None, (verb, string(given.get("apiPath"))))) or string(given.get("actionGroupName"))


def _parameters(given: dict[str, Json]) -> str:
    """Return the arguments of an action as a JSON object."""
    found = {string(p.get("name")): p.get("value") for p in map(obj, arr(given.get("parameters")))}
    content = obj(obj(given.get("requestBody")).get("content"))
    for properties in content.values():
        items = arr(properties) or arr(obj(properties).get("properties"))
        found.update({string(p.get("name")): p.get("value") for p in map(obj, items)})
    return json_text(found)


def _answer(content: Json) -> str:
    """Return what a model answered in words: its raw response is JSON of the model's own API, or plain text."""
    found = nested(content)
    if not isinstance(found, dict):
        return text_of(content)
    said = messages(chat(obj(found.get("output")) or found, "assistant"))
    return "\n".join(part.text for m in said for part in m.parts if part.kind is PartKind.TEXT) or text_of(content)


def _unwrapped(text: str) -> str:
    """Take off the frame that newer agents print around a text, as in ``[{text=…, type=text}]``."""
    inner = text.removeprefix("[{text=")
    return inner.removesuffix("}]").removesuffix(", type=text") if inner != text and text.endswith("}]") else text


register(BedrockAgent())

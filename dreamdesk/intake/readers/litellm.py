"""LiteLLM's StandardLoggingPayload, one JSON object per model call (litellm 1.106).

``{id, trace_id, session_id, call_type, status, startTime, endTime (seconds), model, messages, response,
model_parameters: {tools}, completion_tokens, error_str, error_information}``. Calls with one *trace_id* (which LiteLLM
sets to the session id where there is one) are one episode; a call without one is an episode of its own. Each request
repeats the history. There are no tool spans: results are in the next request, as chat messages, which have no mark for
errors; a result whose text begins with "Error" counts as one.

The log says how the calls went and nothing of the task: only a last call that failed is a failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode, GapKind

_REDACTED = "redacted-by-litellm"


class LiteLlm:
    """Reads LiteLLM logs."""

    name = "litellm"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise the keys of the payload."""
        return 1.0 if head.has("litellm_call_id") or head.has("call_type", "model_parameters", "startTime") else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all calls, then yield one episode per trace id."""
        found = Traces(self.unit, trace.log)
        for record in trace.records():
            call = obj(record.value)
            if "messages" not in call or not _id(call):
                trace.log.skip(record.place, "it is no LiteLLM log entry: id or messages is missing")
                continue
            try:
                span = _span(call)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
                continue
            found.add(span)
            if _REDACTED in (str(call["messages"])[:1000] + str(call.get("response"))[:1000]):
                gap = (GapKind.REDACTION, "LiteLLM was set to leave content out of its log.")
                about = found.about(span.trace)
                about.gaps += [] if gap in about.gaps else [gap]
        yield from found.episodes()


def _id(call: dict[str, Json]) -> str:
    return string(call.get("litellm_call_id")) or string(call.get("id"))


def _span(call: dict[str, Json]) -> Span:
    response, parameters = obj(call.get("response")), obj(call.get("model_parameters"))
    why = obj(call.get("error_information"))
    failed = call.get("status") == "failure"
    words = [string(why.get("error_class")), string(why.get("error_message")) or string(call.get("error_str"))]
    choice = obj(next(iter(arr(response.get("choices"))), None))
    return observation(
        trace=string(call.get("trace_id")) or string(call.get("session_id")) or _id(call), id=_id(call),
        role=Role.MODEL, name=string(call.get("call_type")) or "model call", start=instant(call.get("startTime")),
        end=instant(call.get("endTime")), error=": ".join(filter(None, words)) if failed else None,
        heard=[_marked(message) for message in chat(call["messages"])],
        said=None if failed or not call.get("response") else chat(call["response"], "assistant"),
        tools=parameters.get("tools") if isinstance(parameters.get("tools"), list) else None,
        model=string(call.get("model")), tokens=call.get("completion_tokens"),
        stop=string(choice.get("finish_reason")),
    )  # fmt: skip


def _marked(message: Json) -> Json:
    """Mark a tool's result as an error when its text says so."""
    parts = [obj(part) for part in arr(obj(message).get("content"))]
    if obj(message).get("role") != "tool":
        return message
    marked = [
        {**p, "is_error": p.get("is_error") is True or string(p.get("content")).startswith("Error")} for p in parts
    ]
    return {**obj(message), "content": marked}


register(LiteLlm())

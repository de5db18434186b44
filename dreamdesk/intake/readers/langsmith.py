"""LangSmith runs: what `Client.list_runs` and `read_run(load_child_runs=True)` give (langsmith 0.15), as JSON or JSONL.

A run is ``{id, trace_id, parent_run_id, run_type, name, start_time, end_time, status, error, inputs, outputs, extra,
feedback_stats, child_runs}``; LangChain's own export writes ``run_id`` for ``id``. Runs may be flat, newest first, or
nested. One trace is one episode; the unit is the model call. A tool run with an error that its parent survived is a
tool error, not a failure.

Feedback is the verdict: ``{run_id, key, score, value, comment, correction}`` in a file beside this one, else the
averages in ``feedback_stats``. Feedback on a part of the run is a label, and its *correction* a correction.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.chat_shapes import chat
from dreamdesk.intake.genai_messages import result_text
from dreamdesk.intake.genai_spans import Role
from dreamdesk.intake.grades import Grade, companions
from dreamdesk.intake.observations import observation
from dreamdesk.intake.otlp_spans import Span
from dreamdesk.intake.parsing import Unreadable, json_text, nested
from dreamdesk.intake.platform_traces import Traces
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.text import one_line

_TYPES = {"chain", "llm", "tool", "retriever", "embedding", "prompt", "parser"}


class LangSmith:
    """Reads LangSmith runs."""

    name = "langsmith"
    version = 1
    unit = "model calls"

    def sniff(self, head: Head) -> float:
        """Recognise a run by its type and by what only runs have."""
        for value in head.objects:
            mark = "inputs" in value or "dotted_order" in value or "parent_run_id" in value
            if string(value.get("run_type")) in _TYPES and mark:
                return 0.95
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Read all runs and the feedback beside them, then yield one episode per trace."""
        found = Traces(self.unit, trace.log)
        judged = set(_feedback(found, trace))
        for record in trace.records():
            try:
                trace.log.saw("nested runs" if obj(record.value).get("child_runs") else "runs one by one")
                for run in _runs(obj(record.value)):
                    found.add(_span(run))
                    _about(found, run, judged, record.pointer)
            except Unreadable as error:
                trace.log.skip(record.place, str(error))
        yield from found.episodes()


def _runs(value: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield a run and the runs nested in it."""
    if not _id(value) or not string(value.get("run_type")):
        raise Unreadable("it is no LangSmith run: id or run_type is missing")
    waiting = [value]
    while waiting:
        run = waiting.pop()
        yield run
        waiting += reversed([obj(child) for child in arr(run.get("child_runs")) if _id(obj(child))])


def _id(run: dict[str, Json]) -> str:
    return string(run.get("id")) or string(run.get("run_id"))


def _trace(run: dict[str, Json]) -> str:
    return string(run.get("trace_id")) or _id(run)


def _span(run: dict[str, Json]) -> Span:
    kind, parent = string(run.get("run_type")), string(run.get("parent_run_id"))
    extra = obj(run.get("extra"))
    metadata, asked = obj(extra.get("metadata")), obj(extra.get("invocation_params"))
    agent = string(metadata.get("lc_agent_name"))
    role = {"llm": Role.MODEL, "tool": Role.TOOL}.get(kind, Role.OTHER)
    if role is Role.OTHER and (not parent or (agent and agent == run.get("name"))):
        role = Role.AGENT
    inputs, outputs = run.get("inputs"), run.get("outputs")
    result, call_id, failed = _tool_output(outputs)
    error = string(run.get("error")).split("Traceback (most recent call last)")[0].strip()
    ended = obj(outputs)
    said = chat(outputs, "assistant") if outputs else None
    usage = obj(ended.get("usage_metadata"))
    return observation(
        trace=_trace(run), id=_id(run), parent=parent, name=string(run.get("name")), role=role, agent=agent,
        start=instant(run.get("start_time")), end=instant(run.get("end_time")),
        error=error if run.get("error") or run.get("status") == "error" or failed else None,
        heard=chat(inputs) if role is Role.MODEL else None, said=said if role is Role.MODEL else None,
        tools=asked.get("tools"), model=string(metadata.get("ls_model_name")) or string(asked.get("model")),
        tokens=run.get("completion_tokens") or usage.get("output_tokens"), stop=_stop(ended),
        arguments=_tool_input(inputs), result=result if role is not Role.MODEL else None,
        call_id=string(extra.get("tool_call_id")) or call_id,
    )  # fmt: skip


def _tool_input(inputs: Json) -> Json:
    """Return a tool's arguments; older runs hold them as text under the one key input."""
    found = obj(inputs)
    if set(found) == {"input"} and isinstance(inner := nested(found["input"]), dict):
        return inner
    return inputs


def _tool_output(outputs: Json) -> tuple[str | None, str, bool]:
    """Return a tool's result as text, the id of its call, and whether the tool says that it failed."""
    if not outputs:
        return None, "", False
    found = obj(outputs)
    output = found["output"] if set(found) == {"output"} else outputs
    message = {**obj(output), **obj(obj(output).get("kwargs"))}
    if "tool_call_id" in message:
        failed = message.get("status") == "error"
        return result_text(message.get("content")), string(message["tool_call_id"]), failed
    return text_of(output), "", False


def _stop(outputs: dict[str, Json]) -> str:
    first = next((obj(item) for batch in arr(outputs.get("generations")) for item in arr(batch) or [batch]), {})
    message = obj(first.get("message"))
    meta = obj({**message, **obj(message.get("kwargs"))}.get("response_metadata"))
    info = obj(first.get("generation_info"))
    choices = obj(next(iter(arr(outputs.get("choices"))), None))
    places = (meta.get("stop_reason"), meta.get("finish_reason"), info.get("finish_reason"))
    return next(filter(None, map(string, (*places, choices.get("finish_reason")))), "")


def _about(found: Traces, run: dict[str, Json], judged: set[tuple[str, str]], pointer: str) -> None:
    """Keep what a run says of its trace: the data set example that it tries, and its feedback."""
    if example := string(run.get("reference_example_id")):
        found.about(_trace(run)).task_id = example
    for key, stats in obj(run.get("feedback_stats")).items():
        if (_id(run), key) not in judged:
            place = f"{pointer}/feedback_stats/{key}/avg"
            found.grade(_id(run), Grade(key, obj(stats).get("avg"), pointer=place, by="LangSmith feedback"))


def _feedback(found: Traces, trace: Trace) -> Iterator[tuple[str, str]]:
    """Add the feedback beside this file; yield the run and the key of each."""
    for record in companions(trace, "run_id", "key", "score"):
        row = obj(record.value)
        run, key = string(row.get("run_id")), string(row.get("key"))
        if not run or not key:
            continue
        source = obj(row.get("feedback_source"))
        value = row.get("score") if row.get("score") is not None else row.get("value")
        by = string(source.get("user_name")) or string(source.get("type")) or "LangSmith feedback"
        try:
            found.grade(
                run,
                Grade(
                    key, value, string(row.get("comment")), f"{record.pointer}/score", one_line(by, 60),
                    human=source.get("type") == "app", correction=_correction(row.get("correction")),
                ),
            )  # fmt: skip
        except Unreadable as error:
            trace.log.skip(record.place, str(error))
        yield run, key


def _correction(value: Json) -> str:
    """Return a proposed answer as text; of an object with one text, that text."""
    if not value:
        return ""
    found = list(obj(value).values())
    return (
        found[0]
        if len(found) == 1 and isinstance(found[0], str)
        else value
        if isinstance(value, str)
        else json_text(value)
    )


register(LangSmith())

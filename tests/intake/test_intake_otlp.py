"""OpenTelemetry traces: order, sub-agents, missing content, grades."""

import json

from dreamdesk.intake.opening import open_source
from dreamdesk.intake.otlp_spans import LogRecord, Span, SpanStore, decode
from dreamdesk.model.episode import Actor, Kind, OutcomeSource, OutcomeState

TRACE = "0af7651916cd43dd8448eb211c80319c"
START = 1_795_334_000_000_000_000


def span(number, parent, name, second, failed=False, **attributes):
    return {
        "traceId": TRACE, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", "name": name,
        "startTimeUnixNano": str(START + second * 10**9), "endTimeUnixNano": str(START + (second + 1) * 10**9),
        "status": {"code": 2, "message": "broke"} if failed else {},
        "attributes": [{"key": "gen_ai." + key.replace("__", "."), "value": {"stringValue": value}}
                       for key, value in attributes.items()],
    }  # fmt: skip


def agent(number, parent, name, second, **more):
    return span(number, parent, "invoke_agent", second, operation__name="invoke_agent", agent__name=name, **more)


def chat(number, parent, second, heard, said, **more):
    texts = {"input__messages": json.dumps(heard), "output__messages": json.dumps(said)}
    return span(number, parent, "chat", second, operation__name="chat", **texts, **more)


def tool(number, parent, second, name, call_id, result, **more):
    content = {"tool__call__result": result} if result is not None else {}
    attributes = {"tool__name": name, "tool__call__id": call_id, "tool__call__arguments": "{}"}
    return span(number, parent, name, second, operation__name="execute_tool", **attributes, **content, **more)


def says(role, *parts):
    return {"role": role, "parts": list(parts)}


def text(words):
    return {"type": "text", "content": words}


def call(call_id, name):
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": {}}


def read(tmp_path, *spans):
    path = tmp_path / "traces.jsonl"
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}))
    reading = open_source(path)
    assert reading.source.format == "otlp-json"
    return list(reading.episodes()), reading


def test_a_sub_agent_names_the_step_that_started_it(tmp_path):
    question = says("user", text("Book it"))
    delegate = says("assistant", text("I ask the booker."), call("c1", "booker"))
    answer = {"type": "tool_call_response", "id": "c1", "response": "booked"}
    spans = [
        agent(1, 0, "planner", 0),
        chat(2, 1, 1, [question], [delegate]),
        tool(3, 1, 2, "booker", "c1", "booked"),
        agent(4, 3, "booker", 3),
        chat(5, 4, 4, [says("user", text("Please book"))], [says("assistant", text("Booked."))]),
        chat(6, 1, 6, [question, delegate, says("tool", answer)], [says("assistant", text("Done."))]),
    ]
    (episode,), _ = read(tmp_path, *reversed(spans))
    assert [(s.actor.value, s.kind.value, s.agent, s.parent, s.content) for s in episode.steps] == [
        ("user", "message", "", None, "Book it"),
        ("agent", "message", "planner", None, "I ask the booker."),
        ("agent", "tool_call", "planner", None, "{}"),
        ("user", "message", "", 2, "Please book"),
        ("agent", "message", "booker", 2, "Booked."),
        ("tool", "tool_result", "", None, "booked"),
        ("agent", "message", "planner", None, "Done."),
    ]
    assert (episode.native_steps, [s.native for s in episode.steps if s.actor is Actor.AGENT]) == (3, [0, 0, 1, 2])
    assert episode.gaps == ()


def test_a_trace_without_content_keeps_its_structure_and_says_what_is_missing(tmp_path):
    silent = span(2, 1, "chat", 1, operation__name="chat", request__model="m")
    (episode,), _ = read(tmp_path, agent(1, 0, "a", 0), silent, tool(3, 1, 2, "f", "c1", None))
    assert [step.kind for step in episode.steps] == [Kind.GAP, Kind.TOOL_CALL, Kind.TOOL_RESULT]
    assert {step.turn for step in episode.steps[:2]} == {0}
    assert any("Content was not captured" in gap.note for gap in episode.gaps)
    assert episode.outcome.state is OutcomeState.UNKNOWN


def test_content_that_stands_in_events_of_the_span_is_read(tmp_path):
    def event(name, **attributes):
        given = [{"key": f"gen_ai.{key}", "value": {"stringValue": value}} for key, value in attributes.items()]
        return {"name": name, "timeUnixNano": str(START), "attributes": given}

    asked, answered = (
        json.dumps([{"role": "user", "content": "hello"}]),
        json.dumps({"role": "assistant", "content": "hi"}),
    )
    for events in (
        [event("gen_ai.content.prompt", prompt=asked), event("gen_ai.content.completion", completion=f"[{answered}]")],
        [{"name": "gen_ai.user.message", "attributes": [{"key": "content", "value": {"stringValue": "hello"}}]},
         {"name": "gen_ai.choice", "attributes": [{"key": "message", "value": {"stringValue": answered}}]}],
    ):  # fmt: skip
        old = span(1, 0, "chat", 1, system="openai", request__model="m")
        (episode,), _ = read(tmp_path, {**old, "events": events})
        assert [(s.actor.value, s.content) for s in episode.steps] == [("user", "hello"), ("agent", "hi")]


def test_a_failed_tool_that_the_agent_got_over_is_no_failure(tmp_path):
    said = says("assistant", call("c1", "f"))
    (episode,), _ = read(
        tmp_path, agent(1, 0, "a", 0), chat(2, 1, 1, [], [said]), tool(3, 1, 2, "f", "c1", "no", failed=True)
    )
    assert episode.steps[-1].is_error
    assert episode.outcome.state is OutcomeState.UNKNOWN
    (broken,), _ = read(tmp_path, agent(1, 0, "a", 0, failed=True), chat(2, 1, 1, [], [said]))
    assert (broken.outcome.state, broken.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert "broke" in broken.outcome.detail


def test_an_evaluation_outranks_the_status(tmp_path):
    graded = agent(1, 0, "a", 0, failed=True)
    score = [{"key": "gen_ai.evaluation.name", "value": {"stringValue": "correctness"}},
             {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 1.0}}]  # fmt: skip
    graded["events"] = [{"name": "gen_ai.evaluation.result", "attributes": score}]
    (episode,), _ = read(tmp_path, graded, chat(2, 1, 1, [], [says("assistant", text("x"))]))
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.SUCCEEDED, OutcomeSource.SCORE)
    assert episode.outcome.detail == "correctness 1"


def test_spans_that_are_their_own_ancestors_do_no_harm(tmp_path):
    (episode,), _ = read(
        tmp_path, agent(1, 2, "a", 0), agent(2, 1, "b", 0), chat(3, 2, 1, [], [says("assistant", text("x"))])
    )
    assert episode.steps[0].content == "x"


def test_a_trace_of_plumbing_is_no_episode(tmp_path):
    episodes, reading = read(tmp_path, span(1, 0, "GET /", 0))
    assert episodes == []
    assert "1; not imported" in reading.notes[0]


def test_ids_and_values_in_every_writing():
    ids = {"traceId": "CvdlGRbNQ92ESOshHIAxnA==", "spanId": "AAAAAAAAAAE=", "parentSpanId": "0" * 16}
    flat = {"name": "x", "context": {"trace_id": "0x" + TRACE, "span_id": "0x" + f"{1:016x}"}, "attributes": {"a": 1},
            "start_time": "2026-11-22T07:50:22.600725Z", "status": {"status_code": "ERROR"}}  # fmt: skip
    values = {"big": {"intValue": str(2**62)}, "list": {"arrayValue": {"values": [{"boolValue": False}]}},
              "null": {"string_value": None, "int_value": 7}, "none": {}}  # fmt: skip
    attributes = [{"key": key, "value": value} for key, value in values.items()]
    wrapped = {"batches": [{"instrumentationLibrarySpans": [{"spans": [ids | {"attributes": attributes}]}]}]}
    (one,) = decode(wrapped)
    (two,) = decode(flat)
    assert isinstance(one, Span)
    assert isinstance(two, Span)
    assert (one.trace, one.id, one.parent) == (two.trace, two.id, "") == (TRACE, f"{1:016x}", "")
    assert one.attributes == {"big": 2**62, "list": [False], "null": 7, "none": None}
    assert (two.failed, two.start) == (True, 1_795_333_822_600_725_000)


def test_the_store_gives_back_what_it_was_given():
    store = SpanStore()
    (one,) = decode({"resourceSpans": [{"scopeSpans": [{"spans": [span(1, 0, "first", 5)]}]}]})
    (two,) = decode({"resourceSpans": [{"scopeSpans": [{"spans": [span(1, 0, "later", 5)]}]}]})
    (log,) = decode({"resourceLogs": [{"scopeLogs": [{"logRecords": [
        {"traceId": TRACE, "spanId": f"{1:016x}", "eventName": "e", "body": {"stringValue": "b"}}]}]}]})  # fmt: skip
    assert isinstance(log, LogRecord)
    for item in (log, one, two):
        store.add(item)
    (found,) = store.spans(TRACE)
    assert (found.name, found.events[0].body, store.repeated) == ("later", "b", 1)
    store.close()

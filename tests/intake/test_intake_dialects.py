"""Spans as trace stores and instruments write them: Jaeger, Tempo, Phoenix, Langfuse; doubled calls; judgements."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import GapKind, Kind, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError

TRACE = "0af7651916cd43dd8448eb211c80319c"
OTHER = "1bf7651916cd43dd8448eb211c80319d"
START = 1_795_334_000_000_000_000
ASKED = json.dumps([{"role": "user", "content": "Refund INV-1"}])
CALLS = {"type": "tool_use", "id": "toolu_1", "name": "refund", "input": {"id": "INV-1"}}
ANSWER = json.dumps({"id": "msg_000000000001", "model": "m", "role": "assistant", "content": [CALLS]})


def span(number, parent, name, second, attributes, *, trace=TRACE, failed=False):
    return {
        "traceId": trace, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", "name": name,
        "startTimeUnixNano": str(START + int(second * 1e9)), "endTimeUnixNano": str(START + int((second + 1) * 1e9)),
        "status": {"code": 2, "message": "broke"} if failed else {},
        "attributes": [{"key": key, "value": {"boolValue" if value is True else "stringValue": value}}
                       for key, value in attributes.items()],
    }  # fmt: skip


def langfuse(kind, asked="", answered="", **more):
    found = {"input": asked, "output": answered, "type": kind, **more}
    return {f"langfuse.observation.{key.replace('__', '.')}": value for key, value in found.items() if value}


ROOT = {**langfuse("span", "q", "a"), "langfuse.internal.is_app_root": True}
LANGFUSE = [
    span(2, 9, "handle", 0, ROOT),
    span(3, 2, "claude", 1, langfuse("generation", ASKED, ANSWER, model__name="m", usage_details='{"output": 7}')),
    span(4, 2, "refund", 2, langfuse("tool", '{"args": [], "kwargs": {"id": "INV-1"}}', "done")),
]


def requests(*spans):
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})


def read(tmp_path, text, **beside):
    for name, content in beside.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    path = tmp_path / "trace.json"
    path.write_text(text)
    reading = open_source(path)
    assert reading.source.format == "otlp-json"
    return list(reading.episodes()), reading


def told(episode):
    return [(step.actor.value, step.kind.value, step.content) for step in episode.steps]


STORY = [("user", "message", "Refund INV-1"), ("agent", "tool_call", '{"id":"INV-1"}'), ("tool", "tool_result", "done")]


def test_what_langfuse_recorded_is_read_and_its_root_may_name_a_parent(tmp_path):
    (episode,), _ = read(tmp_path, requests(*LANGFUSE))
    assert told(episode) == STORY
    assert (episode.model, episode.steps[1].tool, episode.gaps) == ("m", "refund", ())
    assert episode.outcome.state is OutcomeState.UNKNOWN


def at(document, pointer):
    for key in pointer.split("/")[1:]:
        document = document[int(key) if key.isdigit() else key]
    return document


def test_every_step_and_verdict_points_at_the_span_that_says_it(tmp_path):
    broken = span(2, 9, "handle", 0, {**ROOT, "langfuse.observation.level": "ERROR"})
    text = requests(broken, *LANGFUSE[1:])
    (episode,), _ = read(tmp_path, text)
    names = [at(json.loads(text), step.pointer)["name"] for step in episode.steps]
    assert names == ["claude", "claude", "refund"]
    assert at(json.loads(text), episode.outcome.pointer)["name"] == "handle"
    text = json.dumps({"data": [JAEGER]})
    (episode,), _ = read(tmp_path, text)
    names = [at(json.loads(text), step.pointer)["operationName"] for step in episode.steps]
    assert names == ["call_llm", "call_llm", "execute_tool refund"]
    text = json.dumps({"data": PHOENIX})
    (episode,), _ = read(tmp_path, text)
    assert [at(json.loads(text), step.pointer)["name"] for step in episode.steps] == ["llm", "llm", "refund"]


def test_the_error_of_a_langfuse_root_is_a_failure(tmp_path):
    broken = {**ROOT, "langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "no stock"}
    (episode,), _ = read(tmp_path, requests(span(2, 9, "handle", 0, broken), *LANGFUSE[1:]))
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert episode.outcome.detail == "handle: no stock"


def score(**more):
    return {"traceId": TRACE, "name": "correctness", "value": 0, "dataType": "NUMERIC", "source": "API", **more}


@pytest.mark.parametrize(
    "beside",
    [
        [score()],
        {"data": [score()]},
        [{"type": "score-create", "body": score()}],
        [score(dataType="BOOLEAN", value=0)],
        [score(dataType="CATEGORICAL", stringValue="incorrect", value=None)],
        [score(observationId=f"{2:016x}")],
    ],
)
def test_langfuse_scores_beside_the_trace_are_the_verdict(tmp_path, beside):
    (episode,), reading = read(tmp_path, requests(*LANGFUSE), my_scores=beside)
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.SCORE)
    assert episode.outcome.pointer.endswith("/value")
    assert reading.notes == ["1 judgements were joined from my_scores.json beside this file"]


def test_scores_of_other_runs_and_of_other_kinds_decide_nothing(tmp_path):
    beside = [score(traceId=OTHER), score(name="toxicity", comment="calm")]
    (episode,), reading = read(tmp_path, requests(*LANGFUSE), scores=beside)
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert "toxicity 0 (calm)" in episode.outcome.detail
    assert reading.notes == ["1 judgements were joined from scores.json beside this file"]


@pytest.mark.parametrize(
    ("name", "label", "points", "state"),
    [
        ("audit", "fail", None, OutcomeState.FAILED),
        ("audit", "pass", 0.5, OutcomeState.SUCCEEDED),
        ("audit", None, 0.0, OutcomeState.UNKNOWN),
        ("audit", "lengthy", None, OutcomeState.UNKNOWN),
        ("correctness", None, 0.0, OutcomeState.FAILED),
    ],
)
def test_an_evaluation_in_the_trace_decides_by_its_word_or_its_name(tmp_path, name, label, points, state):
    found = {"name": name, "score.label": label}
    judged = {**ROOT, **{f"gen_ai.evaluation.{key}": value for key, value in found.items() if value}}
    root = span(2, 9, "handle", 0, judged)
    if points is not None:
        root["attributes"].append({"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": points}})
    (episode,), _ = read(tmp_path, requests(root, *LANGFUSE[1:]))
    assert episode.outcome.state is state
    assert name in episode.outcome.detail


def annotation(number, label, points, kind="HUMAN", **more):
    result = {"label": label, "score": points, "explanation": "why"}
    return {"span_id": f"{number:016x}", "name": "correctness", "annotator_kind": kind, "result": result, **more}


def test_a_bad_annotation_of_a_part_marks_its_step_and_a_person_outranks_a_program(tmp_path):
    beside = {
        "data": [
            annotation(4, "incorrect", 0.0),
            annotation(2, "incorrect", 0.0, "CODE"),
            annotation(2, "correct", 1.0),
        ]
    }
    (episode,), _ = read(tmp_path, requests(*LANGFUSE), span_annotations=beside)
    (label,) = episode.labels
    assert (label.step, label.native, label.reason, label.by) == (1, 0, "why", "HUMAN")
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.SUCCEEDED, OutcomeSource.LABEL)


def native(trace, *, second=1.1, failed=False, **more):
    found = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **more}
    return span(7, 0, "messages.create", second, found, trace=trace, failed=failed)


def test_a_call_traced_twice_is_told_once(tmp_path):
    same = native(OTHER, **{"gen_ai.response.id": "msg_000000000001"})
    (episode,), reading = read(tmp_path, requests(same, *LANGFUSE))
    assert told(episode) == STORY
    assert reading.notes == ["traces of one span that repeat a model call of another trace: 1; collapsed"]


@pytest.mark.parametrize(
    ("more", "second", "count"),
    [
        ({"gen_ai.output.messages": f"[{ANSWER}]"}, 1.5, 1),  # the same tool-call ids at the same time
        ({"gen_ai.output.messages": f"[{ANSWER}]"}, 90, 2),  # the same ids long after: another run
        ({"gen_ai.response.id": "msg_000000000002"}, 1.1, 2),
        ({}, 1, 2),  # nothing known of it but that it worked
    ],
)
def test_only_what_is_surely_a_repetition_is_collapsed(tmp_path, more, second, count):
    episodes, _ = read(tmp_path, requests(*LANGFUSE, native(OTHER, second=second, **more)))
    assert len(episodes) == count


def test_a_failed_call_without_any_id_is_known_by_its_time(tmp_path):
    failing = span(5, 2, "claude", 3, langfuse("generation", ASKED, model__name="m"), failed=True)
    episodes, _ = read(tmp_path, requests(*LANGFUSE, failing, native(OTHER, second=3, failed=True)))
    assert len(episodes) == 1
    episodes, _ = read(tmp_path, requests(*LANGFUSE, failing, native(OTHER, second=30, failed=True)))
    assert len(episodes) == 2


def test_what_only_the_repetition_says_is_kept(tmp_path):
    bare = span(3, 2, "claude", 1, {**langfuse("generation"), "gen_ai.response.id": "msg_000000000001"})
    full = {"gen_ai.response.id": "msg_000000000001", "gen_ai.input.messages": ASKED}
    rich = native(OTHER, **full, **{"gen_ai.output.messages": f"[{ANSWER}]"})
    (episode,), _ = read(tmp_path, requests(LANGFUSE[0], bare, LANGFUSE[2], rich))
    assert told(episode) == STORY


def tag(key, value):
    return {"key": key, "type": "string", "value": value}


def jaeger(number, parent, name, start, tags, **more):
    above = [{"refType": "CHILD_OF", "traceID": TRACE, "spanID": f"{parent:016x}"}] if parent else []
    return {
        "traceID": TRACE, "spanID": f"{number:016x}", "operationName": name, "references": above,
        "startTime": START // 1000 + start, "duration": 5, "tags": tags, "processID": "p1", **more,
    }  # fmt: skip


LLM_REQUEST = {
    "model": "g", "config": {"system_instruction": "Be kind."},
    "contents": [{"role": "user", "parts": [{"text": "Refund INV-1"}]}],
}  # fmt: skip
LLM_RESPONSE = {"content": {"role": "model", "parts": [{"function_call": {"name": "refund", "args": {"id": "INV-1"}}}]}}
JAEGER = {
    "traceID": TRACE,
    "processes": {"p1": {"serviceName": "shop"}},
    "spans": [
        jaeger(5, 3, "execute_tool refund", 30, [
            tag("gen_ai.operation.name", "execute_tool"), tag("gen_ai.tool.name", "refund"),
            tag("gcp.vertex.agent.tool_call_args", '{"id": "INV-1"}'),
            tag("gcp.vertex.agent.tool_response", '{"result": "done"}'),
        ]),
        jaeger(1, 0, "POST", 10, []),
        jaeger(2, 1, "GET", 15, [tag("error", True), tag("otel.status_code", "ERROR")],
               logs=[{"timestamp": 16, "fields": [tag("event", "exception"), tag("exception.message", "404")]}]),
        jaeger(3, 1, "call_llm", 20, [
            tag("gen_ai.system", "gcp.vertex.agent"), tag("gen_ai.request.model", "g"),
            tag("gcp.vertex.agent.llm_request", json.dumps(LLM_REQUEST)),
            tag("gcp.vertex.agent.llm_response", json.dumps(LLM_RESPONSE)),
        ]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("document", [{"data": [JAEGER]}, JAEGER, [JAEGER]])
def test_jaeger_shows_what_the_adk_sent_and_hides_the_plumbing(tmp_path, document):
    (episode,), _ = read(tmp_path, json.dumps(document))
    assert told(episode) == [*STORY[:2], ("tool", "tool_result", '{"result": "done"}')]
    assert (episode.agent, episode.policy, episode.model) == ("shop", "Be kind.", "g")
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert episode.started == START + 10_000


def test_one_decision_recorded_by_three_layers_is_one_model_call(tmp_path):
    asks = {"gen_ai.operation.name": "chat"}
    spans = [
        span(1, 0, "call_llm", 0, asks),
        span(2, 1, "litellm", 0.1, asks),
        span(3, 2, "openai.chat", 0.2, {**asks, "gen_ai.input.messages": ASKED, "gen_ai.output.messages": ANSWER}),
    ]
    (episode,), _ = read(tmp_path, requests(*spans))
    assert (told(episode), episode.native_steps) == (STORY[:2], 1)
    circle = [span(1, 2, "a", 0, asks), span(2, 1, "b", 0, asks), span(3, 1, "c", 0, asks)]
    (episode,), _ = read(tmp_path, requests(*circle))
    assert episode.native_steps == 1


def test_a_long_trace_is_read_in_proportion_to_its_length(tmp_path):
    """Eight thousand spans, each below the one before: a cost per pair would take minutes."""
    deep = [
        span(n, n - 1, "f", n, {"gen_ai.operation.name": "execute_tool" if n % 2 else "chat"}) for n in range(1, 8001)
    ]
    (episode,), _ = read(tmp_path, requests(*deep))
    assert sum(step.kind is Kind.TOOL_CALL for step in episode.steps) == 4000


def test_the_error_of_the_root_is_a_failure_in_jaeger_too(tmp_path):
    spans = [*JAEGER["spans"], jaeger(8, 0, "run", 9, [tag("error", True), tag("otel.status_description", "boom")])]
    (episode,), _ = read(tmp_path, json.dumps({"data": [{**JAEGER, "spans": spans}]}))
    assert (episode.outcome.state, episode.outcome.detail) == (OutcomeState.FAILED, "run: boom")


@pytest.mark.parametrize("key", ["batches", "trace"])
def test_tempo_wraps_the_same_spans(tmp_path, key):
    inside = json.loads(requests(*LANGFUSE))
    (episode,), _ = read(tmp_path, json.dumps({key: inside if key == "trace" else inside["resourceSpans"]}))
    assert told(episode) == STORY


def phoenix(number, parent, name, second, kind, attributes):
    return {
        "name": name, "span_kind": kind, "parent_id": f"{parent:016x}" if parent else None, "status_code": "OK",
        "context": {"trace_id": TRACE, "span_id": f"{number:016x}"}, "start_time": f"2026-11-22T07:56:{second:02}Z",
        "end_time": f"2026-11-22T07:56:{second:02}.5Z", "attributes": attributes,
    }  # fmt: skip


PHOENIX = [
    phoenix(1, 0, "run", 1, "CHAIN", {}),
    phoenix(2, 1, "llm", 2, "LLM", {"input.value": ASKED, "output.value": ANSWER, "llm.model_name": "m"}),
    phoenix(3, 1, "refund", 3, "TOOL", {"input.value": '{"id": "INV-1"}', "output.value": "done"}),
]
ROW = {
    "name": "llm", "span_kind": "LLM", "parent_id": None, "start_time": "2026-11-22T07:56:35.145Z",
    "context.span_id": "s1", "context.trace_id": "t1", "events": "[]", "attributes.llm.token_count.completion": 7.0,
    "attributes.llm.input_messages": [{"message.role": "user", "message.content": "Refund INV-1"}],
    "attributes.llm.output_messages": [{"message.role": "assistant", "message.content": "No."}],
}  # fmt: skip


def test_the_command_line_of_phoenix_brings_its_annotations(tmp_path):
    spans = [{**span, "annotations": [annotation(2, "incorrect", 0.0)]} if span["name"] == "llm" else span
             for span in PHOENIX]  # fmt: skip
    document = {"traceId": TRACE, "rootSpan": PHOENIX[0], "spans": spans, "annotations": [annotation(0, "bad", 0.0)]}
    (episode,), _ = read(tmp_path, json.dumps(document))
    assert told(episode) == STORY
    assert episode.outcome.state is OutcomeState.FAILED
    assert episode.outcome.pointer == "/annotations/0/result"
    assert [label.step for label in episode.labels] == [1]


def test_a_row_of_the_data_frame_is_a_span_again(tmp_path):
    (episode,), _ = read(tmp_path, json.dumps(ROW))
    assert told(episode) == [STORY[0], ("agent", "message", "No.")]
    assert episode.steps[1].tokens == 7


def test_traces_without_attributes_tell_what_happened(tmp_path):
    bare = [{**span, **span["context"]} for span in PHOENIX]
    for span_ in bare:
        del span_["attributes"], span_["context"], span_["trace_id"]
    (episode,), _ = read(tmp_path, json.dumps({"data": [{"trace_id": TRACE, "spans": bare}]}))
    assert [step.kind for step in episode.steps] == [Kind.GAP, Kind.TOOL_CALL, Kind.TOOL_RESULT]
    assert {gap.kind for gap in episode.gaps} == {GapKind.MISSING}


def test_what_is_no_span_in_an_export_is_listed(tmp_path):
    nameless = {**PHOENIX[1], "context": {"trace_id": TRACE, "span_id": ""}}
    (episode,), reading = read(tmp_path, json.dumps({"data": [*PHOENIX, {"x": 1}, nameless]}))
    assert told(episode) == STORY
    assert [(skip.place, skip.reason) for skip in reading.skipped] == [
        ("the document, item 3", "it is no span"),
        ("the document", "a span has no id"),
    ]


def test_other_lists_under_data_are_not_taken_for_spans(tmp_path):
    (tmp_path / "x.json").write_text('{"data": [{"id": 1, "name": "x"}], "next_cursor": null}')
    with pytest.raises(UserError, match="unknown"):
        open_source(tmp_path / "x.json")


SEEDS = {
    "langfuse": requests(*LANGFUSE, native(OTHER)),
    "jaeger": json.dumps({"data": [JAEGER]}),
    "phoenix": json.dumps({"data": PHOENIX}),
    "row": json.dumps(ROW),
    "traces": json.dumps({"traceId": TRACE, "spans": PHOENIX, "annotations": [annotation(1, "bad", 0)]}),
}
PIECES = [b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"[[]]", b'{"a":{}}', b"-1", b"9" * 30]


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=2000)
def test_no_mutation_breaks_the_reader(tmp_path_factory, seed, data):
    changed = bytearray(SEEDS[seed].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 12))
        changed[place : place + removed] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(PIECES)))
    path = tmp_path_factory.mktemp("mutant") / "trace.json"
    path.write_bytes(bytes(changed))
    for name in (None, "otlp-json"):
        try:
            reading = open_source(path, name)
        except UserError:
            continue
        found = list(reading.episodes())
        assert found or reading.skipped or reading.notes
        for episode in found:
            json.dumps([step.content for step in episode.steps], allow_nan=False).encode()
            assert [step.index for step in episode.steps] == list(range(len(episode.steps)))

"""Traces of observability platforms and agent frameworks: published counts, verdicts, labels, and damaged files."""

import base64
import contextlib
import json

import pytest
from expectations import check
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError


def test_one_run_tells_the_same_story_in_every_format(shared_data):
    """The same scripted cases went through every platform: what was asked, called and answered must be the same."""
    files = ("langsmith/list_runs.flat.jsonl", "langsmith/read_run.load_child_runs.json", "weave/calls.jsonl",
             "mlflow/search_traces.to_json.jsonl", "mlflow/search_traces.dataframe.json", "braintrust/logs_merged.json",
             "braintrust/logs3_rows.jsonl", "litellm/standard_logging_payload.jsonl",
             "langfuse/derived_public_api_traces.json")  # fmt: skip
    stories = []
    for name in files:
        episodes = list(open_source(shared_data / "traces" / name).episodes())
        told = {}
        for episode in episodes:
            kept = [step for step in episode.steps if step.kind is not Kind.THINKING and step.kind is not Kind.GAP]
            told[episode.task] = [
                (step.actor, step.kind, json.loads(step.content) if step.kind is Kind.TOOL_CALL else step.tool)
                for step in kept
            ]
        stories.append(told)
        assert all(e.policy.startswith("You are an accounts") or "langfuse" in name for e in episodes)
    assert all(story == stories[0] for story in stories[1:])
    assert len(stories[0]) == 7


def test_partial_rows_give_the_same_as_merged_ones(shared_data):
    folder = shared_data / "traces" / "braintrust"
    raw, merged = (list(open_source(folder / name).episodes()) for name in ("logs3_rows.jsonl", "logs_merged.json"))
    assert [episode.steps for episode in raw] == [episode.steps for episode in merged]
    assert [e.outcome.state for e in raw] == [e.outcome.state for e in merged]
    assert "expected: 120.5" in merged[0].outcome.detail


def test_collaborators_name_the_call_that_started_them(shared_data):
    folder = shared_data / "traces" / "bedrock_agents"
    (episode,) = open_source(folder / "test_multi_agent_collaborator.events.jsonl").episodes()
    inner = [step for step in episode.steps if step.agent == "MathSolverAgent"]
    assert {episode.steps[step.parent].tool for step in inner} == {"MathSolverAgent"}
    assert episode.steps[episode.steps[inner[0].parent].parent].tool == "SimpleSupervisor"


# ---- small files, one per format -----------------------------------------------------------------------------------

ASK = {"role": "user", "content": "Refund INV-1"}
CALL = {"role": "assistant", "content": [{"type": "text", "text": "Looking."},
        {"type": "tool_use", "id": "t1", "name": "lookup", "input": {"id": "INV-1"}}]}  # fmt: skip
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "gone"}]}
DONE = {"role": "assistant", "content": "Done."}
T0, T1, T2, T3, T4 = (f"2026-01-01T00:00:0{n}Z" for n in range(5))


def langsmith(**more):
    def run(name, kind, parent, start, inputs, outputs, **rest):
        return {"id": name, "trace_id": "root", "parent_run_id": parent, "run_type": kind, "name": name, **rest,
                "start_time": start, "end_time": start, "inputs": inputs, "outputs": outputs}  # fmt: skip

    return [
        run("root", "chain", None, T0, {}, {}, **more),
        run("llm-1", "llm", "root", T1, {"messages": [ASK]}, {"generations": [[{"message": CALL}]]}),
        run("lookup", "tool", "root", T2, {"id": "INV-1"}, None, error="KeyError('INV-1')Traceback (most recent…"),
        run("llm-2", "llm", "root", T3, {"messages": [ASK, CALL, RESULT]}, {"generations": [[{"text": "Done."}]]}),
    ]


def mlflow(**info):
    def span(name, kind, parent, start, inputs=None, outputs=None):
        attributes = {"mlflow.spanType": kind, "mlflow.spanInputs": inputs, "mlflow.spanOutputs": outputs}
        return {"span_id": name, "parent_span_id": parent, "name": name, "start_time_unix_nano": start,
                "attributes": {k: json.dumps(v) for k, v in attributes.items() if v is not None}}  # fmt: skip

    spans = [
        span("agent", "AGENT", None, 10**18),
        span("m1", "CHAT_MODEL", "agent", 10**18 + 1, {"messages": [ASK], "system": "Be exact."}, CALL),
        span("lookup", "TOOL", "agent", 10**18 + 2, {"id": "INV-1"}, "gone"),
        span("m2", "CHAT_MODEL", "agent", 10**18 + 3, {"messages": [ASK, CALL, RESULT]}, DONE),
    ]
    return {"info": {"trace_id": "tr-1", "state": "OK", **info}, "data": {"spans": spans}}


def mlflow_2():
    def span(name, kind, parent, start, inputs, outputs, status="OK"):
        return {"name": name, "context": {"trace_id": "0x1", "span_id": f"0x{name}"}, "status_code": status,
                "parent_id": parent and f"0x{parent}", "start_time": start, "end_time": start, "status_message": "boom",
                "attributes": {"mlflow.spanType": json.dumps(kind), "mlflow.spanInputs": json.dumps(inputs),
                               "mlflow.spanOutputs": json.dumps(outputs)}}  # fmt: skip

    spans = [span("a1", "AGENT", None, 10**18, {"q": 1}, None, "ERROR"),
             span("b1", "LLM", "a1", 10**18 + 1, {"messages": [ASK]}, DONE)]  # fmt: skip
    return {"info": {"request_id": "r1", "timestamp_ms": 1, "status": "ERROR"},
            "data": {"spans": spans, "request": "{}", "response": None}}  # fmt: skip


def weave():
    def call(name, parent, start, inputs, output, **more):
        return {"id": name, "trace_id": "w", "parent_id": parent, "op_name": f"weave:///e/p/op/{name}:abc", **more,
                "started_at": start, "inputs": inputs, "output": output}  # fmt: skip

    thumb = {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👎"}, "creator": "ada"}
    kind = {"attributes": {"weave": {"kind": "llm"}}}
    return [
        call("agent", None, T0, {"q": 1}, "Done.", summary={"weave": {"feedback": [thumb]}}),
        call("m1", "agent", T1, {"messages": [ASK], "model": "m"}, CALL, **kind),
        call("lookup", "agent", T2, {"id": "INV-1"}, None, exception='{"type":"KeyError","message":"INV-1"}'),
        call("m2", "agent", T3, {"messages": [ASK, CALL, RESULT], "model": "m"}, "weave:///e/p/object/x:1", **kind),
    ]


def braintrust():
    def row(name, kind, parent, start, **more):
        return {"id": name, "span_id": name, "root_span_id": "root", "span_parents": parent and [parent],
                "span_attributes": {"name": name, "type": kind}, "metrics": {"start": start}, **more}  # fmt: skip

    return [
        row("root", "eval", None, 1.0, input="Refund", expected="refused"),
        row("m1", "llm", "root", 2.0, input=[ASK]),
        {"id": "m1", "root_span_id": "root", "_is_merge": True, "output": CALL, "metrics": {"end": 2.5}},
        row("lookup", "tool", "root", 3.0, input={"id": "INV-1"}, output="gone"),
        row("m2", "llm", "root", 4.0, input=[ASK, CALL, RESULT], output=DONE),
        row("scorer", "score", "root", 5.0),
        row("judge", "llm", "scorer", 6.0, input=[ASK], output=DONE),
        {"id": "root", "root_span_id": "root", "_is_merge": True, "scores": {"Factuality": 0.5}},
    ]


def openai_agents(error=None):
    def span(key, kind, parent, start, error=None, **data):
        return {"object": "trace.span", "id": key, "trace_id": "t", "parent_id": parent, "started_at": start,
                "ended_at": start, "span_data": {"type": kind, **data}, "error": error}  # fmt: skip

    return [
        span("m1", "generation", "a", T1, input=[ASK], output=[CALL], model="m"),
        span("f1", "function", "a", T2, name="lookup", input='{"id": "INV-1"}', output="gone"),
        span("h1", "handoff", "a", T3, from_agent="billing", to_agent="legal"),
        span("m2", "response", "a", T4, response_id="r", error=error),
        span("a", "agent", None, T0, name="billing", tools=["lookup", "refund"]),
        {"object": "trace", "id": "t", "workflow_name": "Refunds", "group_id": "g"},
    ]


def litellm():
    def call(name, start, messages, response, **more):
        return {"id": name, "litellm_call_id": name, "trace_id": "s", "call_type": "completion", "startTime": start,
                "messages": messages, "response": response, "model": "m", "status": "success", **more}  # fmt: skip

    said = {"role": "assistant", "content": None, "reasoning_content": "Hm.",
            "tool_calls": [{"id": "t1", "function": {"name": "lookup", "arguments": "{}"}}]}  # fmt: skip
    error = {"role": "tool", "tool_call_id": "t1", "content": "Error: no such invoice"}
    why = {"error_class": "Overloaded", "error_message": "529"}
    return [
        call("1", 1.0, [{"role": "system", "content": "Be exact."}, ASK], {"choices": [{"message": said}]}),
        call("2", 2.0, [ASK, said, error], {}, status="failure", error_information=why),
    ]


def langfuse(scores=(), **more):
    def seen(name, kind, parent, start, given=None, output=None, **rest):
        return {"id": name, "traceId": "lf", "type": kind, "name": name, "parentObservationId": parent,
                "startTime": start, "level": "DEFAULT", "input": given, "output": output, **rest}  # fmt: skip

    return {"trace": {"id": "lf", "name": "Refunds", "scores": list(scores), **more}, "observations": [
        seen("root", "SPAN", None, T0),
        seen("m1", "GENERATION", "root", T1, json.dumps(json.dumps([ASK])), CALL),
        seen("tool.lookup", "SPAN", "root", T2, {"id": "INV-1"}, "gone"),
        seen("m2", "GENERATION", "root", T3, [ASK, CALL, RESULT], DONE),
    ]}  # fmt: skip


def bedrock():
    def event(kind, depth=1, **part):
        return {"trace": {"sessionId": "s", "agentId": "A", "callerChain": [{}] * depth, "eventTime": T1,
                          "trace": {kind: part}}}  # fmt: skip

    prompt = json.dumps({"system": "Be exact.", "messages": [ASK]})
    action = {"function": "lookup", "parameters": [{"name": "id", "value": "INV-1"}]}
    return [
        event("orchestrationTrace", modelInvocationInput={"text": prompt, "foundationModel": "m"}),
        event("orchestrationTrace", modelInvocationOutput={"rawResponse": {"content": "{}"}}),
        event("orchestrationTrace", rationale={"text": "I look."}),
        event("orchestrationTrace", invocationInput={"actionGroupInvocationInput": action, "traceId": "x"}),
        event("orchestrationTrace", observation={"actionGroupInvocationOutput": {"text": "gone"}, "traceId": "x"}),
        event("orchestrationTrace", modelInvocationInput={"text": prompt}),
        event("failureTrace", failureCode=500, failureReason="dependency failed"),
        {"chunk": {"bytes": base64.b64encode(b"Sorry.").decode()}},
    ]


def adk(**last):
    def event(author, *parts, **more):
        return {"author": author, "invocationId": "i", "content": {"role": "x", "parts": list(parts)}, **more}

    return {"id": "s", "appName": "app", "userId": "u", "events": [
        event("user", {"text": "Refund INV-1"}),
        event("agent", {"text": "hm", "thought": True}, {"functionCall": {"id": "1", "name": "lookup", "args": {}}}),
        event("agent", {"text": "Do"}, partial=True),
        event("agent", {"functionResponse": {"id": "1", "name": "lookup", "response": {"status": "error"}}}),
        event("agent", {"text": "Done."}, finishReason="MAX_TOKENS"),
        {"author": "agent", "invocationId": "i", **last},
    ]}  # fmt: skip


EVAL_SET = {"eval_set_id": "e", "eval_cases": [{"eval_id": "c", "conversation": [{
    "user_content": {"parts": [{"text": "Refund"}]}, "final_response": {"parts": [{"text": "Done."}]},
    "intermediate_data": {"tool_uses": [{"name": "lookup", "args": {"a": 1}}],
                          "intermediate_responses": [["agent", [{"text": "Looking."}]]]}}]}]}  # fmt: skip

MADE = {
    "langsmith": langsmith(), "mlflow": [mlflow(), mlflow_2()], "weave": weave(), "braintrust": braintrust(),
    "openai-agents": openai_agents(), "litellm": litellm(), "langfuse": [langfuse()], "bedrock-agent": bedrock(),
    "google-adk": [adk(errorCode="X"), EVAL_SET],
}  # fmt: skip


def read(tmp_path, *values, name="trace.jsonl", format_name=None):
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(value) for value in values))
    reading = open_source(path, format_name)
    return list(reading.episodes()), reading


def shown(episode):
    return [f"{step.actor.value} {step.kind.value} {step.tool}".strip() for step in episode.steps]


STORY = ["user message", "agent message", "agent tool_call lookup", "tool tool_result lookup", "agent message"]


@pytest.mark.parametrize("name", MADE)
def test_each_format_is_recognised_by_what_it_holds(tmp_path, name):
    episodes, reading = read(tmp_path, *MADE[name])
    assert reading.source.format == name
    assert episodes
    assert reading.skipped == []
    for episode in episodes:
        check(episode)


def test_langsmith_feedback_is_the_verdict_and_its_correction_is_kept(tmp_path):
    feedback = [
        {"run_id": "root", "key": "correctness", "score": 0, "comment": "paid twice"},
        {"run_id": "llm-1", "key": "correctness", "score": 0.0, "comment": "wrong invoice",
         "correction": {"answer": "Ask first."}, "feedback_source": {"type": "app", "user_name": "Ada"}},
    ]  # fmt: skip
    (tmp_path / "feedback.jsonl").write_text("\n".join(map(json.dumps, feedback)))
    stats = {"correctness": {"n": 1, "avg": 1.0}, "toxicity": {"avg": 0.0}}
    (episode,), reading = read(tmp_path, *reversed(langsmith(feedback_stats=stats)))
    assert shown(episode) == STORY
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.SCORE)
    assert "paid twice" in episode.outcome.detail
    assert "toxicity 0" in episode.outcome.detail
    (label,), (correction,) = episode.labels, episode.corrections
    assert (label.step, label.native, label.reason, label.by) == (1, 0, "wrong invoice", "Ada")
    assert (correction.start, correction.steps[0].content, correction.by) == (1, "Ask first.", "Ada")
    assert episode.steps[3].is_error
    assert episode.steps[3].content == "gone"
    assert "feedback.jsonl" in reading.notes[0]


def test_langsmith_status_counts_where_nobody_judged(tmp_path):
    episodes = [read(tmp_path, *langsmith(error=error))[0][0] for error in (None, "Boom()")]
    assert [e.outcome.state.value for e in episodes] == ["unknown", "failed"]
    assert "Boom()" in episodes[1].outcome.detail


def test_nested_runs_are_the_same_as_flat_ones(tmp_path):
    root, *children = langsmith()
    (flat,), _ = read(tmp_path, root, *children)
    (nested,), _ = read(tmp_path, {**root, "child_runs": children}, name="one.json")
    assert nested.steps == flat.steps


def test_mlflow_assessments_outrank_the_state(tmp_path):
    def judged(value, kind, **more):
        return {"assessment_name": "correctness", "source": {"source_type": kind}, "feedback": {"value": value}, **more}

    wanted = {"assessment_name": "amount", "expectation": {"value": 10}}
    replaced = judged(False, "HUMAN", valid=False)
    (good,), _ = read(
        tmp_path, mlflow(assessments=[judged(False, "LLM_JUDGE"), judged(True, "HUMAN"), replaced, wanted])
    )
    assert shown(good) == STORY
    assert (good.outcome.state, good.outcome.source) == (OutcomeState.SUCCEEDED, OutcomeSource.LABEL)
    assert good.outcome.pointer == "/info/assessments/1/feedback/value"
    assert "expected: amount 10" in good.outcome.detail
    assert good.policy == "Be exact."
    (bad,), _ = read(tmp_path, mlflow(state="ERROR"))
    assert (bad.outcome.state, bad.outcome.pointer) == (OutcomeState.FAILED, "/info/state")
    assert (bad.length, bad.started) == ((tmp_path / "trace.jsonl").stat().st_size, 10**18)


def test_mlflow_2_and_rows_of_the_frame(tmp_path):
    (old,), _ = read(tmp_path, mlflow_2())
    assert shown(old) == ["user message", "agent message"]
    assert (old.outcome.state, old.outcome.detail) == (OutcomeState.FAILED, "boom")
    row = {"trace_id": "tr-1", "trace_metadata": {}, "trace": json.dumps(mlflow())}
    parts = {"trace_id": "tr-1", "trace_metadata": {}, "state": "OK", "spans": mlflow()["data"]["spans"]}
    (whole,), _ = read(tmp_path, row)
    (columns,), _ = read(tmp_path, parts)
    assert whole.steps == columns.steps != ()


def test_weave_reactions_references_and_tools_without_a_kind(tmp_path):
    (episode,), _ = read(tmp_path, *weave())
    assert shown(episode)[:4] == STORY[:4]
    assert episode.steps[3].is_error
    assert episode.steps[-1].kind is Kind.GAP
    assert any("referred to" in gap.note for gap in episode.gaps)
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.LABEL)


def test_braintrust_leaves_the_judges_out_and_tells_what_was_expected(tmp_path):
    (episode,), reading = read(tmp_path, *braintrust())
    assert shown(episode) == STORY
    assert episode.native_steps == 2
    assert episode.outcome.state is OutcomeState.PARTIAL
    assert "expected: refused" in episode.outcome.detail
    assert "merged" in reading.notes[0]


def test_openai_agents_errors_and_what_is_not_captured(tmp_path):
    (fine,), _ = read(tmp_path, *openai_agents())
    assert shown(fine) == [*STORY[:3], "agent tool_call handoff", *STORY[3:4], "tool tool_result handoff", "agent gap"]
    assert fine.outcome.state is OutcomeState.UNKNOWN
    assert [tool.name for tool in fine.tools] == ["lookup", "refund"]
    (bad,), _ = read(tmp_path, {"data": openai_agents({"message": "Error getting response", "data": {"error": "529"}})})
    assert (bad.outcome.state, bad.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert "529" in bad.outcome.detail


def test_litellm_calls_of_one_session_are_one_episode(tmp_path):
    (episode,), _ = read(tmp_path, *reversed(litellm()))
    assert shown(episode) == [
        "user message",
        "agent thinking",
        "agent tool_call lookup",
        "tool tool_result lookup",
        "agent gap",
    ]
    assert episode.steps[3].is_error
    assert (episode.policy, episode.native_steps) == ("Be exact.", 2)
    assert "Overloaded: 529" in episode.outcome.detail
    hidden = {**litellm()[0], "messages": [{"role": "user", "content": "redacted-by-litellm"}]}
    (redacted,), _ = read(tmp_path, hidden)
    assert redacted.gaps[-1].kind is GapKind.REDACTION


def test_langfuse_scores_decide_only_by_what_they_name(tmp_path):
    toxic = {"name": "toxicity", "value": 0, "dataType": "NUMERIC", "source": "EVAL"}
    right = {"name": "user_feedback", "value": 1, "dataType": "BOOLEAN", "source": "ANNOTATION"}
    (told,), _ = read(tmp_path, langfuse([toxic]))
    assert shown(told) == STORY
    assert (told.outcome.state, "toxicity 0" in told.outcome.detail) == (OutcomeState.UNKNOWN, True)
    (good,), _ = read(tmp_path, langfuse([toxic, right]))
    assert (good.outcome.state, good.outcome.pointer) == (OutcomeState.SUCCEEDED, "/trace/scores/1/value")
    fixed = {"name": "output", "value": 0, "longStringValue": "I may not.", "source": "ANNOTATION"}
    (corrected,), _ = read(tmp_path, langfuse(corrections=[fixed]))
    assert corrected.corrections[0].steps[0].content == "I may not."
    assert corrected.corrections[0].start == 4


def test_langfuse_blob_rows_and_scores_beside_them(tmp_path):
    snake = {"traceId": "trace_id", "parentObservationId": "parent_observation_id", "startTime": "start_time"}
    rows = [{snake.get(k, k): v for k, v in row.items()} for row in langfuse()["observations"]]
    score = {"trace_id": "lf", "observation_id": "m1", "name": "correctness", "value": 0, "data_type": "NUMERIC"}
    (tmp_path / "scores.jsonl").write_text(json.dumps(score))
    (episode,), _ = read(tmp_path, *rows)
    assert shown(episode) == STORY
    assert (episode.outcome.state, episode.labels[0].step) == (OutcomeState.UNKNOWN, 1)


def test_bedrock_failures_and_the_end_of_an_invocation(tmp_path):
    (episode,), _ = read(tmp_path, *bedrock())
    assert shown(episode) == [
        "user message", "agent thinking", "agent tool_call lookup", "tool tool_result lookup", "agent gap",
        "agent message",
    ]  # fmt: skip
    assert episode.steps[2].content == '{"id":"INV-1"}'
    assert (episode.policy, episode.native_steps) == ("Be exact.", 2)
    assert (episode.outcome.state, episode.outcome.detail) == (OutcomeState.FAILED, "500: dependency failed")
    final = {
        "trace": {
            **bedrock()[0]["trace"],
            "trace": {"orchestrationTrace": {"observation": {"finalResponse": {"text": "Sorry."}}}},
        }
    }
    run = [*bedrock()[:6], final, bedrock()[-1]]
    two, _ = read(tmp_path, *run, *run)
    assert len(two) == 2
    assert [step.content for step in two[0].steps].count("Sorry.") == 1
    assert two[0].outcome.state is OutcomeState.UNKNOWN


def test_adk_errors_belong_to_the_tool_while_its_call_is_open(tmp_path):
    (episode,), _ = read(tmp_path, adk(errorCode="UNAVAILABLE", errorMessage="503"))
    assert shown(episode) == [
        "user message", "agent thinking", "agent tool_call lookup", "tool tool_result lookup", "agent message",
        "agent gap",
    ]  # fmt: skip
    assert (episode.native_steps, episode.steps[3].is_error) == (3, True)
    assert (episode.outcome.state, episode.outcome.pointer) == (OutcomeState.FAILED, "/events/5/errorCode")
    assert {gap.kind for gap in episode.gaps} == {GapKind.MISSING, GapKind.TRUNCATION}
    broken = adk(errorCode="ToolFailure")
    del broken["events"][2:5]
    (episode,), _ = read(tmp_path, broken)
    assert (episode.native_steps, episode.steps[-1].actor) == (1, Actor.SYSTEM)
    assert GapKind.ORPHAN_CALL in {gap.kind for gap in episode.gaps}


def test_adk_eval_cases_are_expectations_and_no_runs(tmp_path):
    (episode,), _ = read(tmp_path, EVAL_SET)
    assert shown(episode) == ["user message", "agent tool_call lookup", "agent message", "agent message"]
    assert (episode.outcome.state, episode.native_unit) == (OutcomeState.UNKNOWN, "invocations")
    assert "not a recorded run" in episode.gaps[-1].note


def test_a_record_of_another_kind_costs_only_itself(tmp_path):
    for name, values in MADE.items():
        episodes, reading = read(tmp_path, *values, {"hello": 1}, 7, format_name=name)
        assert len(episodes) == len(read(tmp_path, *values)[0])
        assert len(reading.skipped) == 2, name


@pytest.mark.parametrize("name", MADE)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_mutation_breaks_a_reader(tmp_path_factory, name, data):
    changed = bytearray("\n".join(map(json.dumps, MADE[name])).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"-1", b"\\", b",", b"\n", b"[]"]),
            )
        )
    path = tmp_path_factory.mktemp("mutant") / "trace"
    path.write_bytes(bytes(changed))
    good_or_listed(path, name)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@pytest.mark.parametrize("name", MADE)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_value_of_another_type_breaks_a_reader(tmp_path_factory, name, data):
    """Any field may hold anything: the shape of a record is a stranger's word."""

    def strange(value, depth=0):
        if data.draw(st.integers(0, 12)) == 0 and depth:
            return data.draw(VALUES)
        if isinstance(value, dict):
            return {key: strange(item, depth + 1) for key, item in value.items()}
        return [strange(item, depth + 1) for item in value] if isinstance(value, list) else value

    path = tmp_path_factory.mktemp("strange") / "trace"
    path.write_text("\n".join(json.dumps(strange(value)) for value in MADE[name]))
    good_or_listed(path, name)


def test_numbers_beyond_64_bits_are_no_numbers(tmp_path):
    rows = litellm()
    rows[0] |= {"completion_tokens": 10**30, "startTime": 9e10}
    (episode,), _ = read(tmp_path, *rows)
    check(episode)
    assert episode.steps[1].tokens is None


def good_or_listed(path, name):
    """Read a damaged file: all that comes out keeps the promises of the model, and nothing is lost silently."""
    with contextlib.suppress(UserError):
        open_source(path)  # recognising must not raise either
    try:
        reading = open_source(path, name)
    except UserError:  # the first bytes say that it is compressed or no text at all
        return
    episodes = list(reading.episodes())
    assert episodes or reading.skipped or reading.notes
    for episode in episodes:
        check(episode)
        json.dumps([step.content for step in episode.steps], allow_nan=False).encode()

"""Every real trace of the first formats and all spans give exactly the counts that their publishers' data give."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Kind


@pytest.mark.parametrize(
    "name",
    ["client_get_spans.json", "rest_spans.json", "rest_otlpv1.json", "spans_dataframe.jsonl", "rest_traces.json"],
)
def test_annotations_beside_a_phoenix_export_are_the_verdict(shared_data, name):
    folder = shared_data / "traces" / "phoenix"
    annotations = json.loads((folder / "refund-anthropic.span_annotations.json").read_bytes())["data"]
    correct = Counter(item["result"]["score"] for item in annotations if item["name"] == "correctness")
    reading = open_source(folder / f"refund-anthropic.{name}")
    outcome = Counter(episode.outcome.state.value for episode in reading.episodes())
    assert outcome == {"failed": correct[0.0], "succeeded": correct[1.0]} == {"failed": 4, "succeeded": 3}
    assert reading.notes == ["8 judgements were joined from refund-anthropic.span_annotations.json beside this file"]


def test_all_phoenix_exports_tell_the_same_story(shared_data):
    folder = shared_data / "traces" / "phoenix"
    told = []
    for name in ("client_get_spans.json", "rest_spans.json", "rest_otlpv1.json", "spans_dataframe.jsonl"):
        episodes = open_source(folder / f"refund-anthropic.{name}").episodes()
        told.append(
            {e.key: [(s.actor, s.kind, s.native, s.tool, s.content, s.tokens) for s in e.steps] for e in episodes}
        )
    assert len(told[0]) == 7
    assert all(other == told[0] for other in told)


def test_calls_that_were_traced_twice_are_told_once(shared_data):
    reading = open_source(shared_data / "traces/otlp_openinference/openinference_langgraph.otlp.jsonl")
    assert len(list(reading.episodes())) == 7
    assert reading.notes == ["traces of one span that repeat a model call of another trace: 18; collapsed"]


@pytest.mark.parametrize(
    "name",
    [
        "otlp_openinference/openinference_anthropic.otlp.jsonl",
        "otlp_openllmetry/openllmetry_anthropic.otlp.jsonl",
        "otlp_openllmetry/openllmetry_openai.otlp.jsonl",
        "langfuse/langfuse_sdk_v5_capture.otlp.jsonl",
        "vercel_ai_sdk/aisdk5_ai_attrs.otlp.jsonl",
        "vercel_ai_sdk/aisdk7_gen_ai.otlp.jsonl",
        "phoenix/refund-anthropic.client_get_spans.json",
    ],
)
def test_producers_of_one_run_give_one_story(shared_data, name):
    """The same seven cases were run under each; what was said and done is the same whoever wrote it down."""
    plain = shared_data / "traces/otlp_genai_anthropic_sdk/anthropic_sdk_content.otlp.jsonl"
    assert story(shared_data / "traces" / name) == story(plain)


def story(path):
    return sorted(
        [
            (step.kind.value, step.native, step.tool, step.is_error, plain_text(step.content))
            for step in episode.steps
            if step.kind in (Kind.MESSAGE, Kind.TOOL_CALL)
        ]
        for episode in open_source(path).episodes()
    )


def plain_text(content):
    """Equal for two ways to write one JSON value; 42 and 42.0 are equal in Python too."""
    try:
        return str(
            sorted((key, str(float(v)) if isinstance(v, int | float) else v) for key, v in json.loads(content).items())
        )
    except ValueError:
        return content


def test_plumbing_of_a_cluster_stays_out_of_the_story(shared_data):
    (episode,) = open_source(shared_data / "traces/jaeger_tempo/helm.json").episodes()
    assert [(s.actor.value, s.kind.value, s.native, s.tool) for s in episode.steps] == [
        ("user", "message", 0, ""),
        ("agent", "tool_call", 0, "helm_list_releases"),
        ("tool", "tool_result", 1, "helm_list_releases"),
        ("agent", "message", 1, ""),
    ]
    assert (episode.agent, episode.outcome.state.value, len(episode.tools)) == ("helm_agent", "unknown", 9)
    assert str(episode.started).startswith("1771237534")


def test_a_span_store_and_a_shuffled_file_tell_the_same_story(shared_data):
    folder = shared_data / "traces"
    plain = list(open_source(folder / "otlp_genai_anthropic_sdk/anthropic_sdk_content.otlp.jsonl").episodes())
    by_key = {episode.key: episode for episode in plain}
    for name in (
        "out_of_order.otlp.jsonl",
        "duplicate_batches.otlp.jsonl",
        "plain.otlp.jsonl.gz",
        "bom_crlf.otlp.jsonl",
    ):
        for episode in open_source(folder / "otlp_stress" / name).episodes():
            assert placeless(episode) == placeless(by_key[episode.key])


def placeless(episode):
    return [replace(step, pointer="") for step in episode.steps]


def test_who_and_when_labels_point_at_the_blamed_agent(shared_data):
    for path in sorted((shared_data / "traces" / "who-and-when").glob("*.json")):
        (episode,) = open_source(path).episodes()
        (label,) = episode.labels
        assert episode.steps[label.step].agent == label.agent
        assert episode.steps[label.step].native == label.native


def test_episode_bytes_are_the_records_own(shared_data):
    import hashlib
    import json

    path = shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"
    data = path.read_bytes()
    episodes = list(open_source(path).episodes())
    originals = json.loads(data)
    for episode, original in zip(episodes, originals, strict=True):
        own = data[episode.offset : episode.offset + episode.length]
        assert json.loads(own) == original
        assert hashlib.sha256(own).hexdigest() == episode.sha256
    assert len({episode.task_key for episode in episodes}) == 25

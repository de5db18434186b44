"""Every real trace of the four formats gives exactly the counts that its publisher's data give."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Kind

ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "traces"
FOLDERS = ("tau-bench/", "who-and-when/", "anthropic_messages/", "otlp_", "laminar/")
ALSO = (
    "vercel_ai_sdk/aisdk7_gen_ai.otlp.jsonl",
    "vercel_ai_sdk/aisdk5_ai_attrs.otlp.jsonl",
    "google_adk/adk2_spans.otlp.jsonl",
)
LATER = ("otlp_openinference/openinference_langgraph.otlp.jsonl",)  # needs the double tracing taken apart


def rows():
    if not (ROOT / "EXPECTED.csv").is_file():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip("the real traces are not beside this checkout"))]
    with (ROOT / "EXPECTED.csv").open(newline="") as file:
        found = [row for row in csv.DictReader(file) if row["file"].startswith(FOLDERS) or row["file"] in ALSO]
    return [pytest.param(row, id=row["file"]) for row in found if row["file"] not in LATER]


@pytest.mark.parametrize("row", rows())
def test_counts_are_those_of_the_published_data(row):
    reading = open_source(ROOT / row["file"].split(" (+")[0])
    episodes = list(reading.episodes())
    outcome = Counter(episode.outcome.state.value for episode in episodes)
    steps = [step for episode in episodes for step in episode.steps]
    found = {
        "episodes": len(episodes),
        "failed": outcome["failed"] + outcome["partial"],
        "succeeded": outcome["succeeded"],
        "unknown": outcome["unknown"],
        "steps": sum(episode.native_steps for episode in episodes),
        # The published counts leave out the tools that the API runs itself, inside a model call.
        "tool_calls": sum(step.kind is Kind.TOOL_CALL and not step.call_id.startswith("srvtoolu_") for step in steps),
        "tool_errors": sum(step.kind is Kind.TOOL_RESULT and step.is_error for step in steps),
    }
    assert found == {key: int(row[key]) if row[key] else found[key] for key in found}
    assert bool(reading.skipped) == ("truncated_tail" in row["file"])
    for episode in episodes:
        check(episode)
    assert len({episode.key for episode in episodes}) == len(episodes)


def check(episode):
    """What the model promises of every episode."""
    assert [step.index for step in episode.steps] == list(range(len(episode.steps)))
    turns = [step.turn for step in episode.steps]
    assert turns == sorted(turns)
    assert episode.title
    assert "\n" not in episode.title
    for gap in episode.gaps:
        assert gap.step is None or 0 <= gap.step < len(episode.steps)
    for step in episode.steps:
        assert step.parent is None or 0 <= step.parent < step.index
        assert step.native is None or 0 <= step.native <= episode.native_steps


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
            assert episode.steps == by_key[episode.key].steps


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

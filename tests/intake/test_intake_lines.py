"""JSON lines whose lines are arrays, and requests of OTLP that hold something of a wrong type."""

import json
from pathlib import Path

import pytest

from dreamdesk.intake.opening import open_source

RECORDS = Path(__file__).parents[1] / "hostile" / "records"
ATTEMPT = json.loads((RECORDS / "tau-bench.json").read_text())
SPANS = json.loads((RECORDS / "otlp-json.json").read_text())
EVENTS = [
    {"id": "sevt_1", "type": "user.message", "processed_at": "2026-01-01T00:00:00Z",
     "content": [{"type": "text", "text": "hi"}]},
    {"id": "sevt_2", "type": "agent.message", "processed_at": "2026-01-01T00:00:01Z",
     "content": [{"type": "text", "text": "hello"}]},
]  # fmt: skip
CALLS = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": None,
     "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "c", "content": "x"},
]  # fmt: skip


def read(tmp_path, *lines):
    path = tmp_path / "trace"
    path.write_text("\n".join(map(json.dumps, lines)))
    reading = open_source(path)
    return list(reading.episodes()), reading


def test_the_elements_of_lines_that_are_arrays_are_records(tmp_path):
    found, reading = read(tmp_path, [{**ATTEMPT, "task_id": 1}, 7], [{**ATTEMPT, "task_id": 2}])
    assert [episode.key for episode in found] == ["line:1/0", "line:2/0"]
    assert [skip.place for skip in reading.skipped] == ["line 1, element 1"]


def test_requests_of_otlp_in_arrays_line_by_line_are_read(tmp_path):
    assert len(read(tmp_path, [SPANS], [SPANS])[0]) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [{"data": EVENTS, "next_page": None}],
        [{"data": [event], "next_page": "more"} for event in EVENTS],
        [[{"data": [event], "next_page": "more"} for event in EVENTS]],
        [[event] for event in EVENTS],
        [EVENTS],
        EVENTS,
    ],
)
def test_pages_and_lists_of_session_events_are_one_session(tmp_path, lines):
    (episode,), reading = read(tmp_path, *lines)
    assert reading.source.format == "managed-agents"
    assert [step.content for step in episode.steps] == ["hi", "hello"]


def test_a_conversation_per_line_stays_one_conversation(tmp_path):
    found, reading = read(tmp_path, CALLS, CALLS)
    assert (reading.source.format, [len(episode.steps) for episode in found]) == ("openai-chat", [3, 3])


def test_what_has_a_wrong_type_in_a_request_is_listed_and_the_rest_is_read(tmp_path):
    request = json.loads(json.dumps(SPANS))
    request["resourceSpans"] += ["nonsense", {"scopeSpans": "x"}]
    request["resourceSpans"][0]["scopeSpans"][0]["spans"].append(7)
    found, reading = read(tmp_path, request)
    assert len(found) == 1
    assert [skip.place for skip in reading.skipped] == [
        "/resourceSpans/0/scopeSpans/0/spans/2", "/resourceSpans/1", "/resourceSpans/2/scopeSpans"
    ]  # fmt: skip

"""Logs of Inspect: published counts, verdicts, and what stands aside of the messages."""

import base64
import json
from collections import Counter

import pytest
from inspect_logs import EVENTS, HEADER, MESSAGES, SAMPLE, log, read, zipped

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState


def one(folder, **changes):
    (episode,), reading = read(folder, {**HEADER, "samples": [{**SAMPLE, **changes}]})
    assert reading.skipped == []
    return episode


def test_a_sample_becomes_an_episode(tmp_path):
    (episode,), reading = read(tmp_path, log(SAMPLE))
    assert reading.notes == []
    assert [(s.actor.value, s.kind.value, s.content, s.native, s.turn) for s in episode.steps] == [
        ("system", "message", "Be exact.", 0, 0),
        ("user", "message", "Add 2 and 2.", 1, 1),
        ("agent", "thinking", "hm", 2, 2),
        ("agent", "message", "I add.", 2, 2),
        ("agent", "tool_call", '{"a":2,"b":2}', 2, 2),
        ("tool", "tool_result", "no", 3, 3),
        ("agent", "message", "Five", 4, 4),
    ]
    assert [s.pointer for s in episode.steps][2:5] == [
        "/messages/2/content/0", "/messages/2/content/1", "/messages/2/tool_calls/0",
    ]  # fmt: skip
    assert [s.tokens for s in episode.steps] == [None, None, 7, None, None, None, None]
    assert episode.steps[5].is_error
    assert episode.steps[5].at - episode.steps[2].at == 1_000_000_000
    assert episode.policy == "Be exact."
    assert episode.task == "Add 2 and 2."
    assert episode.model == "m-1"
    assert [tool.name for tool in episode.tools] == ["add"]
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.SCORE)
    assert episode.outcome.pointer == "/scores/match/value"
    assert "Five is not 4" in episode.outcome.detail


def test_the_archive_and_the_document_tell_the_same_story(tmp_path):
    (zipped_episode,), _ = read(tmp_path, log(SAMPLE))
    assert zipped_episode.steps == one(tmp_path).steps


VERDICTS = [
    ({"a": {"value": "C"}}, "succeeded"), ({"a": {"value": "P"}}, "partial"), ({"a": {"value": "N"}}, "failed"),
    ({"a": {"value": 1}}, "succeeded"), ({"a": {"value": 0.25}}, "partial"), ({"a": {"value": True}}, "succeeded"),
    ({"a": {"value": "C"}, "b": {"value": "I"}}, "failed"), ({"a": {"value": {"x": 1, "y": 0}}}, "partial"),
    ({"a": {"value": [1, "C"]}}, "succeeded"), ({"a": {"value": 37.5}}, "unknown"), ({"a": {"value": -2}}, "unknown"),
    ({"a": {"value": "blue"}}, "unknown"), ({"a": {"value": "C"}, "seconds": {"value": 12}}, "succeeded"),
    ({"a": {"value": None}}, "unknown"), ({"a": 7, "b": []}, "unknown"), ({}, "unknown"), (None, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("scores", "state"), VERDICTS, ids=str)
def test_the_worst_grade_decides_and_a_measurement_does_not(tmp_path, scores, state):
    assert one(tmp_path, scores=scores).outcome.state == state


def test_a_broken_environment_is_not_the_agents_failure(tmp_path):
    outcome = one(tmp_path, scores=None, error={"message": "docker died", "traceback": "..."}).outcome
    assert (outcome.state, outcome.pointer) == (OutcomeState.UNKNOWN, "/error")
    assert "docker died" in outcome.detail
    assert "limit of token" in one(tmp_path, limit={"type": "token", "limit": 9}).outcome.detail
    assert one(tmp_path, invalidation={"reason": "leak"}).outcome.state is OutcomeState.UNKNOWN
    assert one(tmp_path, scores=None, score={"value": "C"}).outcome.pointer == "/score/value"


def test_attachments_are_put_back(tmp_path):
    messages = [{"role": "user", "content": "attachment://a1"}, {"role": "assistant", "content": "attachment://none"}]
    episode = one(tmp_path, messages=messages, input="attachment://a1", attachments={"a1": "the long text"})
    assert [step.content for step in episode.steps] == ["the long text", "attachment://none"]
    assert episode.task == "the long text"


def test_attachments_do_not_multiply_without_end(tmp_path):
    messages = [{"role": "user", "content": ["attachment://a"] * 3000}]
    found, reading = read(
        tmp_path, {**HEADER, "samples": [{**SAMPLE, "messages": messages, "attachments": {"a": "x" * 100_000}}, SAMPLE]}
    )
    assert len(found) == 1
    assert "more text than a record may hold" in reading.skipped[0].reason


@pytest.mark.parametrize("holder", [{"message_pool": MESSAGES}, {"events_data": {"messages": MESSAGES}}])
def test_a_sample_without_messages_is_read_from_its_last_model_call(tmp_path, holder):
    answer = {"role": "assistant", "content": "Four"}
    event = {"event": "model", "input": [], "input_refs": [[0, 2], [4, 5], [9, 3], "x"]}
    event["output"] = {"choices": [{"message": answer}]}
    episode = one(tmp_path, messages=[], events=[event], **holder)
    assert [step.content for step in episode.steps] == ["Be exact.", "Add 2 and 2.", "Five", "Four"]
    assert any(gap.kind is GapKind.MISSING and "last model call" in gap.note for gap in episode.gaps)


def test_references_do_not_multiply_without_end(tmp_path):
    event = {"event": "model", "input_refs": [[0, 5]] * 100_000, "output": {}}
    found, reading = read(tmp_path, log({**SAMPLE, "messages": [], "events": [event], "message_pool": MESSAGES}))
    assert not found
    assert "refers to more than" in reading.skipped[0].reason


def test_a_sample_that_never_began_says_so(tmp_path):
    episode = one(tmp_path, messages=[], events=[], scores=None)
    assert [step.content for step in episode.steps] == ["Add 2 and 2."]
    assert "nothing that the agent did" in episode.gaps[0].note


def test_what_the_messages_do_not_show_is_a_gap(tmp_path):
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "See"}, {"type": "image", "image": "data:..."}]},
        {
            "id": "x", "role": "assistant",
            "content": [
                {"type": "reasoning", "reasoning": "c2VjcmV0", "redacted": True},
                {"type": "tool_use", "id": "s", "name": "search", "arguments": '{"q":1}', "result": "found"},
            ],
            "tool_calls": [{"id": "b", "function": "run", "arguments": {"raw": "{"}, "parse_error": "not JSON"}],
        },
    ]  # fmt: skip
    events = [
        {"event": "compaction"},
        {"event": "model", "output": {"choices": [{"message": {"id": "sub"}}]}},
        {"event": "span_begin", "id": "s1", "type": "scorers"},
        {"event": "span_begin", "id": "s2", "parent_id": "s1", "span_id": "s1"},
        {"event": "model", "span_id": "s2", "output": {"choices": [{"message": {"id": "graded"}}]}},
    ]
    episode = one(tmp_path, messages=messages, events=events, error_retries=[{}])
    kinds = Counter(gap.kind for gap in episode.gaps)
    assert kinds[GapKind.WITHHELD] == kinds[GapKind.COMPACTION] == kinds[GapKind.ORPHAN_CALL] == 1
    notes = " ".join(gap.note for gap in episode.gaps)
    for words in ("Not shown: image", "not JSON", "1 model calls of the event log", "started 1 times before"):
        assert words in notes
    assert [step.kind for step in episode.steps if step.actor is not Actor.USER] == [
        Kind.THINKING, Kind.TOOL_CALL, Kind.TOOL_RESULT, Kind.TOOL_CALL,
    ]  # fmt: skip
    assert episode.steps[-1].is_error
    assert "c2VjcmV0" not in "".join(step.content for step in episode.steps)


def test_constants_that_are_no_json_count_as_null(tmp_path):
    text = json.dumps({**HEADER, "results": float("nan"), "samples": [{**SAMPLE, "score": float("-inf"), "id": "NaN"}]})
    (episode,), reading = read(tmp_path, text.encode())
    assert reading.skipped == []
    assert episode.task_key.startswith("task:sums:NaN:")


def test_a_crashed_evaluation_keeps_its_finished_samples(tmp_path):
    data = zipped([("_journal/start.json", {"version": 2, "eval": HEADER["eval"]}), ("samples/1_epoch_1.json", SAMPLE)])
    (episode,), reading = read(tmp_path, data)
    assert episode.model == "m-1"
    assert "still running or crashed" in reading.notes[0]
    _, reading = read(tmp_path, log(header={**HEADER, "status": "error", "error": {"message": "no quota"}}))
    assert reading.notes == ["the evaluation ended with the status error: no quota"]


def test_a_sample_in_chunks_is_put_together(tmp_path):
    folder = "samples/a b%2F_epoch_1/"
    whole = {key: value for key, value in SAMPLE.items() if key not in ("messages", "events", "attachments")}
    pointing = [*MESSAGES[:4], {"role": "assistant", "content": "attachment://1"}]
    data = zipped(
        [
            (f"{folder}messages/10.json", pointing[4:]), (f"{folder}messages/2.json", pointing[:4]),
            (f"{folder}sample.json", whole), (f"{folder}events/0.json", EVENTS),
            (f"{folder}attachments/0.json", ["zero", "Fifty"]), (f"{folder}calls/0.json", []),
            ("samples/lost_epoch_1/messages/0.json", MESSAGES), ("header.json", HEADER),
        ]
    )  # fmt: skip
    (episode,), reading = read(tmp_path, data)
    assert episode.steps[-1].content == "Fifty"
    assert episode.native_steps == 5
    assert [skip.reason for skip in reading.skipped] == ["the sample has no sample.json"]


def test_of_a_name_that_stands_twice_the_last_counts(tmp_path):
    better = {**SAMPLE, "scores": {"match": {"value": "C"}}}
    (episode,), _ = read(tmp_path, log(SAMPLE, better))
    assert episode.outcome.state is OutcomeState.SUCCEEDED


@pytest.mark.parametrize("name", ["../../evil", "/etc/x", "C:\\win", "a\x00b", "<b>\u202e", "x" * 5000, "aux"])
def test_names_are_labels_and_never_paths(tmp_path, name):
    before = set(tmp_path.iterdir())
    data = zipped(
        [(name, b"{}"), (f"samples/{name}_epoch_1.json", SAMPLE), ("samples/n.json", b"{"), ("header.json", HEADER)]
    )
    found, reading = read(tmp_path, data)
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"trace"}
    assert [skip.place for skip in reading.skipped] == ["samples/n.json"]
    assert len(found) <= 1


def test_keys_of_giant_names_stay_apart(tmp_path):
    names = [f"samples/{'x' * 300}{n}.json" for n in range(2)]
    found, _ = read(tmp_path, zipped([*((name, SAMPLE) for name in names), ("header.json", HEADER)]))
    assert len({episode.key for episode in found}) == 2
    assert all(len(episode.key) <= 200 for episode in found)


def test_a_picture_is_not_kept_in_the_text(tmp_path):
    picture = base64.b64encode(bytes(1000)).decode()
    episode = one(tmp_path, messages=[{"role": "tool", "content": [{"type": "image", "image": picture}]}])
    assert episode.steps[0].content == "[image]"


def test_reading_tells_how_far_it_is(tmp_path):
    path = tmp_path / "trace"
    path.write_bytes(log(SAMPLE, {**SAMPLE, "id": 2}))
    reading = open_source(path)
    told = [reading.position for _ in reading.episodes()]
    assert 0 < told[0] < told[1] <= path.stat().st_size

"""Session events of Claude Managed Agents: the shapes are those of the SDK, the verdicts those of the graders."""

import json

import pytest
from session_traces import MANAGED, SESSION, event, gaps, graded, read, stopped, story

from dreamdesk.model.episode import GapKind, Kind, OutcomeSource, OutcomeState, turns


def test_managed_agents_events_become_turns(tmp_path):
    (episode,), reading = read(tmp_path, MANAGED)
    assert reading.source.format == "managed-agents"
    assert story(episode)[:13] == [
        ("user", "message", "A report\n\nR"),
        ("user", "message", "Begin"),
        ("agent", "gap", ""),
        ("agent", "message", "I look\n[redacted]"),
        ("agent", "tool_call", '{"a":2,"b":1}'),
        ("agent", "tool_call", "{}"),
        ("system", "message", "ask (always_ask)"),
        ("user", "message", "deny: not yet"),
        ("tool", "tool_result", "no such file"),
        ("tool", "tool_result", ""),
        ("agent", "handoff", "Look round"),
        ("agent", "tool_call", "{}"),
        ("system", "message", "ask"),
    ]
    assert [content for _, _, content in story(episode)[13:]] == [
        "Found", "", "", "model_overloaded_error: busy", "needs_revision: why", episode.steps[18].content,
        "user.interrupt", "max_iterations_reached: why",
    ]  # fmt: skip
    assert '"workflow_run.created"' in episode.steps[18].content
    assert (2, 6) in [(turn.start, turn.stop) for turn in turns(episode.steps)]
    assert [step.native for step in episode.steps[:12]] == [0, 0, 0, 0, 0, 0, None, 1, 1, 1, 1, None]
    assert (episode.steps[2].tokens, episode.steps[10].tokens) == (9, 3)
    assert [(step.agent, step.parent) for step in (episode.steps[11], episode.steps[13])] == [("scout", 10)] * 2
    assert [step.tool for step in episode.steps if step.kind is Kind.TOOL_RESULT] == ["bash", "pay"]
    assert (gaps(episode, GapKind.WITHHELD), gaps(episode, GapKind.REDACTION)) == ([2], [3])
    assert gaps(episode, GapKind.COMPACTION) == [14]
    assert gaps(episode, GapKind.ORPHAN_CALL) == [11]
    assert (episode.task, episode.native_steps) == ("A report", 3)
    assert episode.outcome.state is OutcomeState.FAILED
    assert episode.outcome.source is OutcomeSource.VERDICT
    assert episode.outcome.pointer == "line:26"
    assert "max_iterations_reached: why" in episode.outcome.detail


@pytest.mark.parametrize(
    "wrap",
    [
        lambda events: [{"data": events[:9], "next_page": "p"}, {"data": events[9:], "next_page": None}],
        lambda events: [{"data": events[::-1], "next_page": None}],
        lambda events: [events],
        lambda events: [{"session": SESSION, "events": events}],
        lambda events: [SESSION, *events],
        lambda events: [events[0], {**events[1], "processed_at": None}, *events],
        lambda events: [{"type": "event_start", "event": {"id": "sevt_6", "type": "agent.message"}}, *events],
    ],
    ids=["pages", "newest first", "array", "wrapped", "session beside", "queued twice", "stream"],
)
def test_managed_agents_events_come_in_many_containers(tmp_path, wrap):
    (plain,), _ = read(tmp_path, MANAGED)
    (episode,), reading = read(tmp_path, wrap(MANAGED))
    assert reading.source.format == "managed-agents"
    assert not reading.skipped
    assert story(episode) == story(plain)
    assert episode.outcome.state is plain.outcome.state
    if episode.key == "sesn_1":
        assert (episode.agent, episode.model, episode.policy) == ("Clerk 3", "claude-x", "Be kind")
        assert ([tool.name for tool in episode.tools], episode.title) == (["look"], "Monthly report")


VERDICTS = [
    ("satisfied", [graded(30, "satisfied")], OutcomeState.SUCCEEDED),
    ("failed", [graded(30, "failed")], OutcomeState.FAILED),
    ("interrupted", [graded(30, "interrupted")], OutcomeState.UNKNOWN),
    ("revised and satisfied", [graded(30, "needs_revision"), graded(31, "satisfied")], OutcomeState.SUCCEEDED),
    ("not revised", [graded(30, "needs_revision")], OutcomeState.FAILED),
    (
        "revised and not judged",
        [graded(30, "needs_revision"), event(31, "span.model_request_start")],
        OutcomeState.UNKNOWN,
    ),
    ("two outcomes", [graded(30, "satisfied"), graded(31, "failed", "outc_2")], OutcomeState.PARTIAL),
    ("a verdict nobody knows", [graded(30, "wonderful")], OutcomeState.UNKNOWN),
    ("done", [stopped(30, "end_turn")], OutcomeState.UNKNOWN),
    ("refused", [stopped(30, "refusal", stop_details={"explanation": "cyber"})], OutcomeState.FAILED),
    ("out of budget", [stopped(30, "budget_reached")], OutcomeState.FAILED),
    ("the service failed", [stopped(30, "retries_exhausted")], OutcomeState.UNKNOWN),
    ("went on after a refusal", [stopped(30, "refusal"), stopped(31, "end_turn")], OutcomeState.UNKNOWN),
]


@pytest.mark.parametrize(("events", "state"), [v[1:] for v in VERDICTS], ids=[v[0] for v in VERDICTS])
def test_managed_agents_verdicts(tmp_path, events, state):
    (episode,), _ = read(tmp_path, MANAGED[1:13] + events)
    assert episode.outcome.state is state
    if events[0]["type"] == "session.status_idle" and state is OutcomeState.FAILED:
        assert episode.outcome.source is OutcomeSource.STATUS
        assert events[0]["stop_reason"]["type"] in episode.outcome.detail


def test_managed_agents_exports_without_spans_and_several_sessions(tmp_path):
    (episode,), _ = read(tmp_path, [entry for entry in MANAGED if not entry["type"].startswith("span.")])
    assert episode.native_steps == 2
    second = {"session": {**SESSION, "id": "sesn_2"}, "events": MANAGED[:3]}
    found, _ = read(tmp_path, [{"session": SESSION, "events": MANAGED}, second])
    assert [episode.key for episode in found] == ["sesn_1", "sesn_2"]


def test_a_saved_stream_is_read_and_a_call_may_end_before_its_message(tmp_path):
    ending = MANAGED.index(next(e for e in MANAGED if e["type"] == "span.model_request_end"))
    events = [*MANAGED[:4], MANAGED[ending], *MANAGED[4:ending], *MANAGED[ending + 1 :]]
    data = "".join(f"id: {e['id']}\nevent: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
    (plain,), _ = read(tmp_path, MANAGED)
    (episode,), reading = read(tmp_path, (data + "data: {oops\n").encode())
    assert reading.source.format == "managed-agents"
    assert len(reading.skipped) == 1
    assert [(step.content, step.tokens) for step in episode.steps] == [(s.content, s.tokens) for s in plain.steps]


def test_our_sample_has_the_shape_of_the_sdk():
    from anthropic.types.beta.sessions import BetaManagedAgentsSessionEvent
    from pydantic import TypeAdapter

    for sample in MANAGED:
        found = TypeAdapter(BetaManagedAgentsSessionEvent).validate_python(sample)
        assert found.type == sample["type"]


def test_every_type_of_the_sdk_is_known():
    from anthropic.types.beta.sessions import beta_managed_agents_session_event_type as types

    from dreamdesk.intake.managed_events import KNOWN

    listed = set(types.BetaManagedAgentsSessionEventType.__args__)
    assert {kind for kind in listed if not kind.startswith("workflow_run.")} <= KNOWN

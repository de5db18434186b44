"""Who&When runs: participants, what they do, and the marked mistake."""

import json

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import OutcomeSource, OutcomeState


def read(tmp_path, run):
    path = tmp_path / "1.json"
    path.write_text(json.dumps({"question": "Who?", "mistake_agent": "W", "mistake_reason": "why", **run}))
    reading = open_source(path)
    assert reading.source.format == "who-and-when"
    (episode,) = reading.episodes()
    return episode


def test_the_hand_crafted_form(tmp_path):
    roles = [
        "human",
        "Orchestrator (thought)",
        "Orchestrator (-> WebSurfer)",
        "WebSurfer",
        "Orchestrator (end (early))",
    ]
    episode = read(tmp_path, {"history": [{"role": r, "content": "x"} for r in roles], "mistake_step": "3"})
    assert [(s.actor.value, s.kind.value, s.agent) for s in episode.steps] == [
        ("user", "message", "human"),
        ("agent", "thinking", "Orchestrator"),
        ("agent", "handoff", "Orchestrator"),
        ("agent", "message", "WebSurfer"),
        ("agent", "message", "Orchestrator"),
    ]
    assert [(s.native, s.turn) for s in episode.steps] == [(i, i) for i in range(5)]
    assert (episode.labels[0].step, episode.labels[0].native, episode.labels[0].reason) == (3, 3, "why")
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.LABEL)


def test_the_generated_form_has_experts_under_the_role_user(tmp_path):
    history = [
        {"role": "assistant", "name": "Excel_Expert", "content": "code"},
        {"role": "user", "name": "Computer_terminal", "content": "exitcode: 0"},
        {"role": "user", "name": "Verification_Expert", "content": "fine"},
    ]
    episode = read(tmp_path, {"history": history, "mistake_step": 0, "system_prompt": {"Excel_Expert": "You count."}})
    assert [s.actor.value for s in episode.steps] == ["agent", "tool", "agent"]
    assert episode.agent == "Excel_Expert, Verification_Expert"
    assert episode.policy == "Excel_Expert:\nYou count."


def test_a_label_outside_the_recording_points_nowhere(tmp_path):
    episode = read(tmp_path, {"history": [{"role": "human", "content": "x"}], "mistake_step": "7"})
    assert (episode.labels[0].step, episode.labels[0].native) == (None, 7)
    assert "outside" in episode.gaps[0].note

"""Traces of benchmarks and frameworks give the counts of their publisher's data, and survive mutation."""

import json

import pytest
from expectations import check
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import open_source
from dreamdesk.intake.reader import Log, Trace
from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError


def read(folder, data, name="trace.json"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    reading = open_source(path)
    return list(reading.episodes()), reading


TAU2 = {
    "id": "s1", "task_id": "7", "termination_reason": "user_stop", "reward_info": {"reward": 0.5},
    "messages": [
        {"role": "user", "content": "hi", "turn_idx": 0},
        {"role": "assistant", "tool_calls": [{"id": "c", "name": "f", "arguments": {"x": 1}}], "turn_idx": 1},
        {"role": "tool", "tool_messages": [{"id": "c", "role": "tool", "content": "no", "error": True}], "turn_idx": 2},
    ],
    "review": {"errors": [{"source": "agent", "turn_idx": 1, "reasoning": "why", "correct_behavior": "ask"}]},
}  # fmt: skip


def test_tau2_reviews_are_labels_and_the_results_file_gives_task_and_policy(tmp_path):
    told = {"reason_for_call": "cancel it"}
    results = {
        "info": {"environment_info": {"domain_name": "air", "policy": "be kind"}, "agent_info": {"llm": "m"}},
        "tasks": [{"id": "7", "user_scenario": {"instructions": told}}],
    }
    read(tmp_path, results, "results.json")
    (episode,), reading = read(tmp_path, TAU2, "simulations/s1.json")
    assert (episode.policy, episode.task, episode.model) == ("be kind", "cancel it", "m")
    assert episode.outcome.state is OutcomeState.PARTIAL
    (label,) = episode.labels
    assert (episode.steps[label.step].tool, label.native, label.reason) == ("f", 1, "why\nCorrect behavior: ask")
    assert episode.steps[2].is_error
    assert reading.skipped == []


def test_tau2_infrastructure_failures_are_nobodys(tmp_path):
    (episode,), _ = read(tmp_path, TAU2 | {"termination_reason": "infrastructure_error", "reward_info": {"reward": 0}})
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert "not the agent" in episode.outcome.detail


TICKS = {
    "id": "s", "task_id": 1, "termination_reason": "user_stop", "messages": None,
    "ticks": [
        {"tick_id": 0, "agent_chunk": {"content": "hel", "contains_speech": True}, "user_chunk": None},
        {"tick_id": 1, "agent_chunk": {"content": "lo"}, "user_chunk": {"contains_speech": True}},
        {"tick_id": 2, "agent_tool_calls": [{"id": "c", "name": "f", "arguments": {}}]},
        {"tick_id": 3, "agent_tool_results": [{"id": "c", "content": "ok"}]},
    ],
}  # fmt: skip


def test_tau2_ticks_of_one_speaker_are_one_turn(tmp_path):
    (episode,), _ = read(tmp_path, TICKS)
    assert [(s.actor, s.kind, s.content, s.native) for s in episode.steps] == [
        (Actor.AGENT, Kind.MESSAGE, "hello", 0),
        (Actor.USER, Kind.GAP, "", 1),
        (Actor.AGENT, Kind.TOOL_CALL, "{}", 2),
        (Actor.TOOL, Kind.TOOL_RESULT, "ok", 3),
    ]
    assert [gap.kind for gap in episode.gaps] == [GapKind.MISSING]


SWE = {
    "trajectory": [
        {"action": "ls -F", "observation": "setup.py", "thought": "look", "response": "look", "state": "{}"},
        {"action": "submit", "observation": None, "thought": "done", "response": "done"},
    ],
    "history": [
        {"role": "system", "content": "rules", "agent": "main"},
        {"role": "user", "content": "demo", "agent": "main", "is_demo": True},
        {"role": "user", "content": [{"type": "text", "text": "text\nISSUE:\nIt breaks"}], "agent": "main"},
        {
            "role": "assistant", "content": "look", "action": "ls -F",
            "tool_calls": [{"id": "c1", "function": {"name": "bash", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "setup.py", "tool_call_ids": ["c1"]},
    ],
    "info": {"exit_status": "submitted", "submission": "diff"},
}  # fmt: skip


def test_swe_agent_is_read_without_its_demonstration_and_submitted_is_no_success(tmp_path):
    (episode,), reading = read(tmp_path, SWE, "own__repo-1.traj")
    assert [(s.actor.value, s.kind.value, s.content, s.tool, s.native) for s in episode.steps] == [
        ("system", "message", "rules", "", None),
        ("user", "message", "text\nISSUE:\nIt breaks", "", None),
        ("agent", "message", "look", "", 0),
        ("agent", "tool_call", "{}", "bash", 0),
        ("tool", "tool_result", "setup.py", "bash", 0),
        ("agent", "message", "done", "", 1),
        ("agent", "tool_call", '{"command":"submit"}', "submit", 1),
    ]
    assert (episode.title, episode.policy, episode.task_key) == ("It breaks", "rules", "swe:own__repo-1")
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert "demonstration" in reading.notes[0]


MINI0 = [
    {"role": "system", "content": "rules"},
    {"role": "user", "content": "Please solve this issue: It breaks"},
    {"role": "assistant", "content": "THOUGHT: look\n\n```bash\nls\n```\n"},
    {"role": "user", "content": "<returncode>2</returncode>\n<output>no</output>"},
    {"role": "assistant", "content": "no command"},
    {"role": "user", "content": "Please always provide EXACTLY ONE action"},
]
MINI1 = {
    "info": {"exit_status": "LimitsExceeded", "mini_version": "1.2"}, "messages": MINI0,
    "trajectory_format": "mini-swe-agent-1", "instance_id": "own__repo-1",
}  # fmt: skip
CALL = {"id": "c", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
MINI = {
    "info": {"exit_status": "Submitted", "mini_version": "2.2"},
    "messages": [
        {"role": "system", "content": "rules"},
        {"role": "user", "content": "<pr_description>\nConsider the following PR description:\nIt breaks"},
        {"role": "assistant", "content": "look", "reasoning_content": "hm", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c", "content": "no", "extra": {"returncode": 1, "timestamp": 1.5}},
        {"role": "assistant", "content": None, "tool_calls": [CALL | {"id": "d"}]},
        {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted"}},
    ],
    "trajectory_format": "mini-swe-agent-1.1", "instance_id": "own__repo-1",
}  # fmt: skip


def test_mini_swe_agent_commands_are_calls_and_their_output_results(tmp_path):
    (episode,), _ = read(tmp_path, MINI0)
    assert [(s.actor.value, s.kind.value, s.content, s.is_error, s.native) for s in episode.steps[1:]] == [
        ("user", "message", "Please solve this issue: It breaks", False, 1),
        ("agent", "message", "THOUGHT: look", False, 2),
        ("agent", "tool_call", '{"command":"ls"}', False, 2),
        ("tool", "tool_result", "<returncode>2</returncode>\n<output>no</output>", True, 3),
        ("agent", "message", "no command", False, 4),
        ("system", "message", "Please always provide EXACTLY ONE action", False, 5),
    ]
    (episode,), _ = read(tmp_path, MINI)
    assert [(s.kind.value, s.content, s.call_id, s.is_error) for s in episode.steps[2:]] == [
        ("thinking", "hm", "", False),
        ("message", "look", "", False),
        ("tool_call", '{"command": "ls"}', "c", False),
        ("tool_result", "no", "c", True),
        ("tool_call", '{"command": "ls"}', "d", False),
        ("tool_result", "diff", "d", False),
    ]
    assert (episode.title, episode.gaps) == ("It breaks", ())


def test_mini_swe_agent_that_did_not_submit_failed(tmp_path):
    (episode,), _ = read(tmp_path, MINI1)
    assert (episode.outcome.state, episode.outcome.source) == (OutcomeState.FAILED, OutcomeSource.STATUS)
    assert "LimitsExceeded" in episode.outcome.detail


VERDICTS = [
    ("results.json", {"resolved": ["own__repo-1"]}, OutcomeState.SUCCEEDED),
    ("results.json", {"resolved": []}, OutcomeState.FAILED),
    ("results.json", {"resolved": [], "no_logs": ["own__repo-1"]}, OutcomeState.UNKNOWN),
    ("results.json", {"resolved_ids": [], "unresolved_ids": ["own__repo-1"]}, OutcomeState.FAILED),
    ("results.json", {"resolved_ids": [], "error_ids": ["own__repo-1"]}, OutcomeState.UNKNOWN),
    ("results.json", {"resolved_ids": ["another"]}, OutcomeState.UNKNOWN),
    ("results.json", [7], OutcomeState.UNKNOWN),
    ("report.json", {"own__repo-1": {"resolved": True}}, OutcomeState.SUCCEEDED),
    ("own__repo-1.report.json", {"resolved": False, "tests_status": {"FAIL_TO_PASS": {}}}, OutcomeState.FAILED),
    ("logs/own__repo-1/report.json", {"resolved": True}, OutcomeState.SUCCEEDED),
    ("report.json", {"resolved": "yes"}, OutcomeState.UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize("place", ["trajs/own__repo-1", "trajs"])
def test_the_verdict_of_a_leaderboard_stands_in_the_tree_of_its_logs(tmp_path, place):
    report = tmp_path / "logs" / "own__repo-1" / "report.json"
    report.parent.mkdir(parents=True)
    report.write_text('{"resolved": true, "patch_exists": true}')
    (episode,), reading = read(tmp_path / place, MINI, "own__repo-1.traj.json")
    assert episode.outcome.state is OutcomeState.SUCCEEDED
    assert [beside.name.rpartition("/")[2] for beside in reading.companions] == ["report.json"]


@pytest.mark.parametrize(("name", "content", "state"), VERDICTS)
def test_the_verdict_of_the_harness_beside_the_trace_is_joined(tmp_path, name, content, state):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    for trace in ({**SWE}, MINI):
        (episode,), reading = read(tmp_path, trace, "own__repo-1.traj")
        assert episode.outcome.state is state
        assert reading.skipped == []


def test_a_report_without_a_name_is_not_used_where_several_traces_lie(tmp_path):
    (tmp_path / "report.json").write_text('{"resolved": true}')
    (tmp_path / "other.traj").write_text("{}")
    (episode,), _ = read(tmp_path, SWE, "own__repo-1.traj")
    assert episode.outcome.state is OutcomeState.UNKNOWN


def test_a_damaged_verdict_is_told_and_costs_nothing_else(tmp_path):
    (tmp_path / "results.json").write_text("{oops")
    (episode,), reading = read(tmp_path, SWE, "own__repo-1.traj")
    assert episode.outcome.state is OutcomeState.UNKNOWN
    assert reading.skipped


def test_each_attempt_of_a_retry_run_is_an_episode_and_only_the_chosen_one_gets_the_verdict(tmp_path):
    (tmp_path / "results.json").write_text('{"resolved": ["own__repo-1"]}')
    other = SWE | {"trajectory": SWE["trajectory"][:1]}
    found, _ = read(tmp_path, SWE | {"attempts": [other, SWE]}, "own__repo-1.traj")
    assert [episode.outcome.state.value for episode in found] == ["unknown", "succeeded"]
    assert [episode.native_steps for episode in found] == [1, 2]


ATIF = {
    "schema_version": "ATIF-v1.7", "agent": {"name": "terminus", "version": "2", "model_name": "m"},
    "steps": [
        {"step_id": 1, "source": "user", "message": [{"type": "text", "text": "do it"}, {"type": "image"}]},
        {
            "step_id": 2, "source": "agent", "message": "so", "reasoning_content": "hm",
            "tool_calls": [{"tool_call_id": "c", "function_name": "delegate", "arguments": {"x": 1}}],
            "observation": {"results": [
                {"source_call_id": "c", "content": "done", "subagent_trajectory_ref": [{"trajectory_id": "t2"}]},
                {"content": None, "subagent_trajectory_ref": [{"trajectory_path": "else.json"}]},
            ]},
            "metrics": {"completion_tokens": 9},
        },
    ],
    "subagent_trajectories": [{"trajectory_id": "t2", "agent": {"name": "helper"},
        "steps": [{"step_id": 1, "source": "agent", "message": "mine", "is_copied_context": True}]}],
    "continued_trajectory_ref": "more.json",
}  # fmt: skip
TRIAL = {
    "task_name": "t", "trial_name": "t__1", "verifier_result": {"rewards": {"reward": 0.4}},
    "exception_info": {"exception_type": "CancelledError"},
}  # fmt: skip


def test_atif_sub_agents_follow_the_call_that_started_them(tmp_path):
    (episode,), _ = read(tmp_path, ATIF)
    assert [(s.kind.value, s.content, s.agent, s.native, s.parent, s.tokens) for s in episode.steps] == [
        ("message", "do it\n[image]", "", 1, None, None),
        ("thinking", "hm", "", 2, None, 9),
        ("message", "so", "", 2, None, None),
        ("tool_call", '{"x":1}', "", 2, None, None),
        ("tool_result", "done", "", 2, None, None),
        ("message", "mine", "helper", None, 3, None),
        ("tool_result", "", "", 2, None, None),
    ]
    assert sorted(gap.kind.value for gap in episode.gaps) == ["compaction", "media", "missing", "truncation"]
    assert episode.outcome.state is OutcomeState.UNKNOWN


@pytest.mark.parametrize(
    ("rewards", "state"),
    [
        ({"reward": 1}, OutcomeState.SUCCEEDED),
        ({"reward": 0.867}, OutcomeState.PARTIAL),
        ({"tests": 0}, OutcomeState.FAILED),
        ({"speed": 1, "style": 0}, OutcomeState.UNKNOWN),
        (None, OutcomeState.UNKNOWN),
    ],
)
def test_atif_takes_the_verdict_of_the_trial(tmp_path, rewards, state):
    verdict = None if rewards is None else {"rewards": rewards}
    (tmp_path / "result.json").write_text(json.dumps(TRIAL | {"verifier_result": verdict}))
    (episode,), _ = read(tmp_path, ATIF, "agent/trajectory.json")
    assert episode.outcome.state is state
    assert "CancelledError" in episode.outcome.detail
    assert episode.task_key == "harbor:t"
    found, reading = read(tmp_path, TRIAL, "result.json")
    assert found == []
    assert "agent/trajectory.json" in reading.notes[0]


def test_atif_takes_the_reward_file_and_a_trial_without_steps_is_still_told(tmp_path):
    (tmp_path / "verifier").mkdir()
    (tmp_path / "verifier" / "reward.txt").write_text("1.0\n")
    (episode,), reading = read(tmp_path, ATIF, "agent/trajectory.json")
    assert (episode.outcome.state, reading.skipped) == (OutcomeState.SUCCEEDED, [])
    (episode,), _ = read(tmp_path / "alone", TRIAL, "result.json")
    assert (episode.outcome.state, episode.steps, len(episode.gaps)) == (OutcomeState.PARTIAL, (), 1)


SMOL = {
    "output": "no", "state": "max_steps_error",
    "steps": [
        {"task": "divide", "task_images": None},
        {"plan": "first this", "timing": {"start_time": 1.0}},
        {
            "step_number": 1, "timing": {"start_time": 2.0, "end_time": 3.0}, "model_output": "so",
            "model_input_messages": [{"role": "system", "content": [{"type": "text", "text": "rules"}]}],
            "tool_calls": [{"id": "c", "function": {"name": "python", "arguments": "1/0"}}],
            "error": {"type": "E", "message": "boom"}, "observations": "log", "token_usage": {"output_tokens": 7},
        },
    ],
}  # fmt: skip


def test_smolagents_steps_hold_call_and_result(tmp_path):
    for data in (SMOL, [SMOL]):
        (episode,), _ = read(tmp_path, data)
        assert [(s.actor.value, s.kind.value, s.content, s.is_error, s.tokens) for s in episode.steps] == [
            ("user", "message", "divide", False, None),
            ("agent", "thinking", "first this", False, None),
            ("agent", "message", "so", False, 7),
            ("agent", "tool_call", "1/0", False, None),
            ("tool", "tool_result", "log\nE: boom", True, None),
        ]
        assert (episode.policy, episode.outcome.state) == ("rules", OutcomeState.FAILED)
    (episode,), _ = read(tmp_path, SMOL["steps"][2:])
    assert episode.outcome.state is OutcomeState.UNKNOWN


MAGENTIC = [
    {"role": "human", "content": "find it"},
    {"role": "Orchestrator (thought)", "content": "plan"},
    {"role": "Orchestrator (-> WebSurfer)", "content": "go"},
    {"role": "WebSurfer", "content": "found"},
]
RX = [
    {
        "trajectory_id": "run", "root_cause": {"failure_id": 2, "reason_for_root_cause": "never checked"},
        "failures": [
            {"failure_id": 1, "step_number": 2, "step_reason": "bad plan", "failure_category": "Plan Adherence"},
            {"failure_id": 2, "step_number": 4, "step_reason": "made up", "failed_agent": "WebSurfer"},
            {"failure_id": 3, "step_number": 99},
        ],
    }
]  # fmt: skip


def test_magentic_one_takes_the_labels_of_agentrx_root_cause_first(tmp_path):
    (tmp_path / "magentic_one_ground_truth.json").write_text(json.dumps(RX))
    (episode,), _ = read(tmp_path, MAGENTIC, "runs/run.json")
    assert [(label.step, label.native, label.agent) for label in episode.labels] == [
        (3, 4, "WebSurfer"),
        (1, 2, ""),
        (None, 99, ""),
    ]
    assert episode.labels[0].reason == "made up\nRoot cause: never checked"
    assert episode.outcome.state is OutcomeState.FAILED
    assert [gap.kind for gap in episode.gaps] == [GapKind.MISSING]


def test_examples_of_tool_calls_are_no_conversation(tmp_path):
    def pair(index):
        call = {"id": f"c{index}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        yield {"role": "assistant", "content": None, "tool_calls": [call], "index": index}
        yield {"role": "tool", "tool_call_id": f"c{index}", "name": "f", "content": "x", "index": index + 1}

    path = tmp_path / "tools.json"
    path.write_text(json.dumps([*pair(11), *pair(9), *pair(23)]))
    reading = open_source(path)
    assert (reading.source.format, list(reading.episodes())) == ("verdicts", [])
    assert reading.notes == [
        "this file holds single calls of tools with their results, as examples, and no conversation"
    ]
    path.write_text(json.dumps([*pair(9), *pair(11)]))  # in order it may be the end of a conversation
    assert open_source(path).source.format == "openai-chat"


def test_tau_bench_takes_the_labels_of_agentrx(shared_data, tmp_path):
    for path in (
        shared_data / "traces" / "tau-bench" / "agentrx_tau_dataset_failed.json",
        shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json",
        shared_data / "labels" / "agentrx" / "tau_retail_labels.json",
    ):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    episodes = list(open_source(tmp_path / "agentrx_tau_dataset_failed.json").episodes())
    marked = [episode for episode in episodes if episode.labels]
    assert len(marked) == 20
    assert sum(len(episode.labels) for episode in marked) == 28
    for episode in marked:
        for label in episode.labels:
            assert episode.steps[label.step].native == label.native
            assert episode.steps[label.step].actor in (Actor.AGENT, Actor.USER)
    # The airline tasks have the same numbers and are other tasks.
    assert not any(e.labels for e in open_source(tmp_path / "gpt-4o-airline-tasks-00-24.json").episodes())


AEB = {
    "messages": [
        {"role": "user", "content": "the task"},
        {"role": "assistant", "content": "I look"},
        {"role": "user", "content": "a room\u0000"},
        {"role": "assistant", "content": "I leave"},
    ],
    "metadata": {"model": "m", "won": False, "environment": "alfworld"},
}


@pytest.mark.parametrize(("marked", "step"), [(2, 3), (9, None)])
def test_agent_error_bench_labels_count_the_agents_turns(tmp_path, marked, step):
    note = {"step": marked, "planning": {"failure_type": "inefficient_plan", "reasoning": "why"}}
    label = {"trajectory_id": "run_7", "critical_failure_step": marked, "critical_failure_module": "planning"}
    (tmp_path / "gaia_labels.json").write_text(json.dumps([label | {"step_annotations": [note]}]))
    (episode,), _ = read(tmp_path, AEB, "run_7.json")
    (found,) = episode.labels
    assert (found.step, found.category, found.reason) == (step, "inefficient_plan", "why")
    assert [s.actor.value for s in episode.steps] == ["user", "agent", "tool", "agent"]
    assert episode.outcome.state is OutcomeState.FAILED


SEEDS = {
    "tau2": TAU2, "tau2-ticks": TICKS, "swe": SWE | {"attempts": [SWE]}, "mini": MINI, "mini-1": MINI1, "mini-0": MINI0,
    "atif": ATIF, "trial": TRIAL, "smol": SMOL, "smol-list": SMOL["steps"][2:], "magentic": MAGENTIC, "aeb": AEB,
}  # fmt: skip


READ_AS = {
    "tau2": "tau2-bench", "tau2-ticks": "tau2-bench", "swe": "swe-agent", "mini": "mini-swe-agent",
    "mini-1": "mini-swe-agent", "mini-0": "mini-swe-agent", "atif": "atif", "trial": "atif", "smol": "smolagents",
    "smol-list": "smolagents", "magentic": "magentic-one", "aeb": "agent-error-bench",
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_mutation_breaks_a_reader(tmp_path_factory, seed, data):
    changed = bytearray(SEEDS[seed] if isinstance(SEEDS[seed], bytes) else json.dumps(SEEDS[seed]).encode())
    junk = [b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"\n", b"-1", b"[]", b"{}", b"true"]
    for _ in range(data.draw(st.integers(1, 4))):
        place, removed = data.draw(st.integers(0, len(changed))), data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from(junk)))
    survive(tmp_path_factory.mktemp("mutant") / "trace", bytes(changed), READ_AS[seed])


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_wrong_type_breaks_a_reader(tmp_path_factory, seed, data):
    """Any value anywhere in a valid file is replaced by one of another type."""
    text = SEEDS[seed].decode() if isinstance(SEEDS[seed], bytes) else json.dumps(SEEDS[seed])
    lines = [json.loads(line) for line in text.splitlines()]
    for _ in range(data.draw(st.integers(1, 3))):
        spots = [spot for line in lines for spot in places(line)]
        holder, key = data.draw(st.sampled_from(spots))
        holder[key] = data.draw(
            st.sampled_from([None, True, -1, 2.5, 10**30, "", "x", [], [[]], [None], {}, {"a": []}])
        )
    whole = "\n".join(map(json.dumps, lines)).encode()
    survive(tmp_path_factory.mktemp("mutant") / "trace", whole, READ_AS[seed])


def places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from places(item)


def survive(path, data, name):
    """Read *data* as the format *name*: this gives episodes or says what could not be read, and nothing else."""
    path.write_bytes(data)
    try:
        reading = open_source(path, name)
    except UserError:
        return
    assert 0 <= reading.reader.sniff(Trace(path, Log()).head) <= 1
    found = list(reading.episodes())
    assert found or reading.skipped or reading.notes
    for episode in found:
        check(episode)

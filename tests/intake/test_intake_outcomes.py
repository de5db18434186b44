"""What is a verdict, and what is none: submitted is not success, a broken grader or environment is not the agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openhands_traces import RUN
from session_traces import MANAGED

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState

SAID = [{"role": "user", "content": "Do it"}, {"role": "assistant", "content": "Done."}]
TAU = {"task_id": 1, "trial": 0, "reward": 1.0, "info": {}, "traj": SAID}
TAU2 = {"id": "s", "task_id": "1", "termination_reason": "user_stop", "messages": SAID, "reward_info": {"reward": 1}}
SWE = {
    "trajectory": [{"action": "submit", "observation": "", "thought": "done", "response": "done", "state": "{}"}],
    "history": SAID, "info": {"exit_status": "submitted"}, "environment": "swe_main",
}  # fmt: skip
MINI = {"info": {"exit_status": "Submitted"}, "messages": SAID, "trajectory_format": "mini-swe-agent-1"}
SAMPLE = {"id": 1, "epoch": 1, "input": "Do it", "target": "x", "messages": SAID, "scores": {"match": {"value": "C"}}}
INSPECT = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "plan": {}, "samples": [SAMPLE]}
TRIAL = {"task_name": "t", "trial_name": "t.1", "verifier_result": {"rewards": {"reward": 1}}, "exception_info": None}
BENCH = {"results": [{"trial_name": "t", "task_id": "t", "is_resolved": True}], "n_resolved": 1}
CLAUDE = {"type": "user", "uuid": "a", "parentUuid": None, "sessionId": "s", "message": SAID[0]}


def sample(**changes: object) -> dict[str, object]:
    return {**INSPECT, "samples": [{**SAMPLE, **changes}]}


def graded(*results: str) -> list[dict[str, Any]]:
    """A session of Managed Agents whose outcome was evaluated with *results*, one after the other."""
    return [
        *MANAGED[:4],
        *(
            {"id": f"sevt_e{n}", "type": "span.outcome_evaluation_end", "processed_at": f"2026-11-22T09:00:0{n}Z",
             "result": result, "explanation": "so", "iteration": n, "outcome_id": "outc_1"}
            for n, result in enumerate(results)
        ),
    ]  # fmt: skip


FAILED, PASSED, PARTIAL, UNKNOWN = (
    OutcomeState.FAILED,
    OutcomeState.SUCCEEDED,
    OutcomeState.PARTIAL,
    OutcomeState.UNKNOWN,
)
CASES: dict[str, tuple[object, OutcomeState, float | None]] = {
    "tau-bench, rewarded": ([TAU], PASSED, 1),
    "tau-bench, in part": ([TAU | {"reward": 0.5}], PARTIAL, 0.5),
    "tau-bench, crashed": ([TAU | {"reward": 0.0, "traj": [], "info": {"error": "timeout"}}], UNKNOWN, None),
    "tau2-bench, rewarded": (TAU2, PASSED, 1),
    "tau2-bench, infrastructure": (TAU2 | {"termination_reason": "infrastructure_error"}, UNKNOWN, None),
    "tau2-bench, no reward": (TAU2 | {"reward_info": None}, UNKNOWN, None),
    "SWE-agent, submitted": (SWE, UNKNOWN, None),
    "mini-swe-agent, submitted": (MINI, UNKNOWN, None),
    "mini-swe-agent, out of steps": (MINI | {"info": {"exit_status": "LimitsExceeded"}}, FAILED, None),
    "OpenHands, grader crashed": ([RUN | {"test_result": {"error": "no module"}, "error": "no module"}], UNKNOWN, None),
    "OpenHands, nothing graded": ([RUN | {"test_result": {"final_score": {"result": 0, "total": 0}}}], UNKNOWN, None),
    "OpenHands, in part": ([RUN | {"test_result": {"final_score": {"result": 1, "total": 4}}}], PARTIAL, 0.25),
    "Inspect, correct": (INSPECT, PASSED, 1),
    "Inspect, in part": (sample(scores={"match": {"value": "P"}}), PARTIAL, 0.5),
    "Inspect, the worst of two": (sample(scores={"a": {"value": 0.9}, "b": {"value": 0.2}}), PARTIAL, 0.2),
    "Inspect, broken off": (sample(scores={}, error={"message": "no container"}), UNKNOWN, None),
    "Inspect, invalid": (sample(invalidation={"reason": "leaked"}), UNKNOWN, None),
    "Inspect, a measurement": (sample(scores={"closeness": {"value": -7.3}}), UNKNOWN, None),
    "Harbor, rewarded": (TRIAL, PASSED, 1),
    "Harbor, in part": (TRIAL | {"verifier_result": {"rewards": {"reward": 0.867}}}, PARTIAL, 0.867),
    "Harbor, cancelled": (
        TRIAL | {"verifier_result": None, "exception_info": {"exception_type": "CancelledError"}}, UNKNOWN, None,
    ),
    "Terminal-Bench, resolved": (BENCH, PASSED, None),
    "Terminal-Bench, not graded": ({**BENCH, "results": [{**BENCH["results"][0], "is_resolved": None}]}, UNKNOWN, None),
    "Claude Code": ([CLAUDE], UNKNOWN, None),
    "Managed Agents, revised until satisfied": (graded("needs_revision", "satisfied"), PASSED, None),
    "Managed Agents, revised to the end": (graded("needs_revision", "max_iterations_reached"), FAILED, None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_only_a_verdict_is_one_and_its_number_is_kept(tmp_path: Path, name: str) -> None:
    content, state, score = CASES[name]
    text = "\n".join(map(json.dumps, content)) if isinstance(content, list) else json.dumps(content)
    outcome = only(tmp_path, text if not name.startswith("tau-bench") else json.dumps(content))
    assert (outcome.state, outcome.score) == (state, score)
    assert (outcome.source is OutcomeSource.NONE) == (state is UNKNOWN)


def only(folder: Path, text: str) -> Outcome:
    path = folder / "own.json"
    path.write_text(text)
    (episode,) = open_source(path).episodes()
    return episode.outcome

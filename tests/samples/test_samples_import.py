"""The sample traces through the real way in: every episode is read, nothing is skipped, and the verdicts stand."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import Actor, Episode, Kind, OutcomeState, turn_start
from dreamdesk.model.finding import Category

EXPECTED = {
    "customer-support/support-week44.jsonl": {"failed": 5, "succeeded": 5, "partial": 1, "unknown": 1},
    "data-processing/ledger-entry-runs.json": {"failed": 5, "succeeded": 6},
    "workflow-orchestration/router-spans.otlp.jsonl": {"failed": 5, "succeeded": 5},
    "workflow-orchestration/handoff-review.json": {"failed": 1},
}


def read(path: Path) -> list[Episode]:
    reading = open_source(path)
    episodes = list(reading.episodes())
    assert reading.skipped == []
    return episodes


def documented(readme: str, file: str) -> list[tuple[str, str, int | None]]:
    """Return (episode, outcome, step) of each row of the README's table of *file*."""
    section = readme.split(f"{Path(file).name}\n", 1)[1].split("\n### ")[0]
    rows = re.findall(r"^\| (.+?) \| (failed|succeeded|partial|unknown) \| (\d*) ?\|", section, re.MULTILINE)
    return [(name, state, int(step) if step else None) for name, state, step in rows]


@pytest.mark.parametrize("file", EXPECTED)
def test_every_episode_is_read_with_its_verdict(samples: Path, file: str) -> None:
    episodes = read(samples / file)
    assert Counter(episode.outcome.state.value for episode in episodes) == EXPECTED[file]
    for episode in episodes:
        assert [step.index for step in episode.steps] == list(range(len(episode.steps)))
        assert 8 <= len(episode.steps) <= 24
        calls = [step.call_id for step in episode.steps if step.kind is Kind.TOOL_CALL]
        results = [step.call_id for step in episode.steps if step.kind is Kind.TOOL_RESULT]
        assert sorted(calls) == sorted(results)
        assert len(set(calls)) == len(calls)
        assert episode.title
        assert not episode.gaps


@pytest.mark.parametrize("file", [file for file in EXPECTED if "handoff" not in file])
def test_attempts_at_the_same_task_find_each_other(samples: Path, file: str) -> None:
    attempts: dict[str, set[OutcomeState]] = {}
    for episode in read(samples / file):
        assert episode.task_key
        attempts.setdefault(episode.task_key, set()).add(episode.outcome.state)
    both = {OutcomeState.FAILED, OutcomeState.SUCCEEDED}
    assert sum(both <= states for states in attempts.values()) >= 4


@pytest.mark.parametrize("file", EXPECTED)
def test_the_documented_error_steps_begin_a_turn_of_the_agent(samples: Path, file: str) -> None:
    rows = documented((samples / "README.md").read_text(encoding="utf-8"), file)
    by_name = {name: (state, step) for name, state, step in rows}
    failed = 0
    for position, episode in enumerate(read(samples / file)):
        name = _name(file, position, episode)
        if name not in by_name:
            assert episode.outcome.state is OutcomeState.SUCCEEDED  # named by its failed sibling
            continue
        state, step = by_name[name]
        assert state == episode.outcome.state.value
        assert (step is not None) == (state in {"failed", "partial"})
        if step is not None:
            failed += 1
            assert episode.steps[step].actor is Actor.AGENT
            assert turn_start(episode.steps, step) == step
            assert all(label.step == step for label in episode.labels)
    assert failed == EXPECTED[file]["failed"] + EXPECTED[file].get("partial", 0)


def _name(file: str, position: int, episode: Episode) -> str:
    if file.endswith("ledger-entry-runs.json"):
        return f"task {position // 2}, trial {position % 2}"
    if file.endswith("otlp.jsonl"):
        ticket = re.search(r"TCK-\d{5}", episode.title + episode.task)
        assert ticket
        paired = position < 8
        return f"{ticket[0]}, attempt {position % 2 + 1 if paired else 1}"
    return episode.key.split()[0] if file.endswith("support-week44.jsonl") else "handover-2026-11-04"


def test_labels_and_corrections_of_the_support_desk_arrive(samples: Path) -> None:
    episodes = {episode.key.split()[0]: episode for episode in read(samples / "customer-support/support-week44.jsonl")}
    policy = (samples / "customer-support/policy.md").read_text(encoding="utf-8")
    titles = {category.title for category in Category}
    for episode in episodes.values():
        assert episode.policy == policy
        assert episode.agent == "support-agent v14"
        assert len(episode.tools) == 12
        assert {label.category for label in episode.labels} <= titles
    flagship = episodes["S-4401"]
    assert flagship.labels[0].step == 9
    assert flagship.labels[0].category == Category.D5.title
    (correction,) = flagship.corrections
    assert correction.start == 9
    assert [step.kind for step in correction.steps] == [Kind.MESSAGE, Kind.TOOL_CALL, Kind.TOOL_RESULT, Kind.MESSAGE]
    assert [key for key, episode in episodes.items() if episode.corrections] == ["S-4401", "S-4403"]


def test_a_tool_result_keeps_every_field_of_its_records(samples: Path) -> None:
    episodes = list(open_source(samples / "workflow-orchestration" / "router-spans.otlp.jsonl").episodes())
    assert any(
        "Hallstad" in step.content for episode in episodes for step in episode.steps if step.tool == "find_similar"
    )

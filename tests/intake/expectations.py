"""What tests of formats share: the counts of the published table, and what the model promises of every episode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dreamdesk.model.episode import Episode, Kind


def counts(episodes: Sequence[Episode]) -> dict[str, int]:
    """Count as the published table does: partial is failed, and tools that the API runs itself are no tool calls."""
    states = Counter(episode.outcome.state.value for episode in episodes)
    steps = [step for episode in episodes for step in episode.steps]
    return {
        "episodes": len(episodes),
        "failed": states["failed"] + states["partial"],
        "succeeded": states["succeeded"],
        "unknown": states["unknown"],
        "steps": sum(episode.native_steps for episode in episodes),
        "tool_calls": sum(step.kind is Kind.TOOL_CALL and not step.call_id.startswith("srvtoolu_") for step in steps),
        "tool_errors": sum(step.kind is Kind.TOOL_RESULT and step.is_error for step in steps),
    }


def wanted(row: dict[str, str], found: dict[str, int]) -> dict[str, int]:
    """Return the row's counts; an empty cell wants whatever was *found*."""
    return {key: int(row[key]) if row[key] else found[key] for key in found}


def check(episode: Episode) -> None:
    """Check what the model promises of every episode."""
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
        assert all(value is None or -(2**63) <= value < 2**63 for value in (step.at, step.tokens))
        step.content.encode()
    for correction in episode.corrections:
        assert 0 <= correction.start < len(episode.steps)

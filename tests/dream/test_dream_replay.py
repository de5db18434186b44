"""Replay: what was recorded is replayed, and nothing else may say that it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, episodes
from dreamdesk.desk.database import Connection
from dreamdesk.dream.authored import authored
from dreamdesk.dream.replay import Recording, arguments
from dreamdesk.dream.structure import answers
from dreamdesk.model.correction import DreamSource, Provenance, corrected_path
from dreamdesk.model.episode import Actor, Episode, Kind, Step

_SMALL = st.sampled_from(["a", "b"])
_EXCHANGE = st.tuples(_SMALL, st.dictionaries(_SMALL, st.integers(0, 1)), _SMALL)


def _steps(exchanges: list[tuple[str, dict[str, int], str]], *, spaced: bool) -> tuple[Step, ...]:
    """Return an exchange as two steps each; *spaced* writes the same arguments with other white space and order."""
    steps: list[Step] = []
    for tool, given_, text in exchanges:
        turn, call = len(steps), f"c{len(steps)}"
        items = reversed(given_.items()) if spaced else given_.items()
        content = json.dumps(dict(items), indent=1 if spaced else None)
        steps.append(Step(turn, Actor.AGENT, Kind.TOOL_CALL, content, turn, tool=tool, call_id=call))
        steps.append(Step(turn + 1, Actor.TOOL, Kind.TOOL_RESULT, text, turn + 1, tool=tool, call_id=call))
    return tuple(steps)


@given(st.lists(_EXCHANGE, max_size=5), st.lists(_EXCHANGE, max_size=5))
def test_a_result_is_replayed_exactly_where_the_same_call_was_recorded_with_it(
    recorded: list[tuple[str, dict[str, int], str]], written: list[tuple[str, dict[str, int], str]]
) -> None:
    revision = authored(Episode("one", "", _steps(recorded, spaced=False)), 0, _steps(written, spaced=True), "Ann", "")
    results = [c.provenance for c in revision.steps if c.step.kind is Kind.TOOL_RESULT]
    expected = [Provenance.REPLAYED if one in recorded else Provenance.SIMULATED for one in written]
    assert results == expected


@pytest.fixture(scope="module")
def dreamed(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Connection:
    db = database.create(tmp_path_factory.mktemp("replay") / "a.desk")
    list(pipeline.import_paths(db, [samples / "customer-support", samples / "data-processing"]))
    pipeline.locate(db)
    for source in (DreamSource.IMPORTED, DreamSource.GRAFT):
        pipeline.dream(db, source)
    return db


def test_every_result_of_every_sample_correction_stands_where_it_says_or_is_simulated(dreamed: Connection) -> None:
    seen = set()
    for identity in corrections.ids(dreamed):
        row, revision = corrections.get(dreamed, identity), corrections.revision(dreamed, identity)
        path = corrected_path(episodes.load(dreamed, row.episode), revision)
        for call, result in answers(path).items():
            if result < revision.start:
                continue
            corrected = revision.steps[result - revision.start]
            seen.add(corrected.provenance)
            if corrected.provenance is Provenance.SIMULATED:
                continue
            home = row.episode if corrected.provenance is Provenance.REPLAYED else int(corrected.origin.split()[1])
            recording = Recording(episodes.load(dreamed, home).steps)
            assert recording.exchange(path[call], path[result]) is not None, (identity, result, corrected.origin)
    assert seen == {Provenance.SIMULATED, Provenance.GRAFTED}


def test_arguments_that_give_a_key_twice_are_no_known_call() -> None:
    assert arguments('{"a": 1, "a": 2}') != arguments('{"a": 2}')
    assert arguments('{ "b":1,"a": 2}') == arguments('{"a":2,"b":1}')

"""Corrections executed again: level V5 and what it rests on, results that differ, the point of no return."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, episodes, findings
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import DreamSource, Provenance, corrected_path
from dreamdesk.model.episode import Kind
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import MECHANICAL, stands

SAME_STEP = {1: 9, 3: 9, 5: 6, 13: 6, 17: 10, 21: 10}
"""Episodes of the first two domains where the sample's README names the step that is computed."""
LATER = {15: 10, 19: 10}
"""And where it names the words before the call: the point of no return is the call itself."""


@pytest.fixture(scope="module")
def ready(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corrections") / "a.desk"
    db = database.create(path)
    domains = ("customer-support/support-week44.jsonl", "data-processing/ledger-entry-runs.json")
    list(pipeline.import_paths(db, [samples / name for name in domains]))
    pipeline.locate(db)
    for source in (DreamSource.IMPORTED, DreamSource.GRAFT):
        pipeline.check(db, pipeline.dream(db, source))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def answer(db: Connection, correction: int, guardrail: str = "environment") -> tuple[Check, Level]:
    checks, level = corrections.checks(db, correction)
    return next(check for check in checks if check.guardrail == guardrail), level


def of(db: Connection, episode: int, source: DreamSource) -> int:
    return next(row.id for row in corrections.of_episode(db, episode) if row.source is source)


def with_result(db: Connection, correction: int, change: str, to: str) -> None:
    """Write a revision in which a result says something else."""
    row = corrections.get(db, correction)
    base = corrections.revision(db, correction)
    path = corrected_path(episodes.load(db, row.episode), base)[base.start :]
    steps = [replace(s, content=s.content.replace(change, to)) if s.kind is Kind.TOOL_RESULT else s for s in path]
    pipeline.amend(db, correction, steps, "Ann", "another result")


def test_every_graft_of_the_samples_is_proven_in_its_environment(db: Connection) -> None:
    grafts = [identity for identity in corrections.ids(db) if corrections.get(db, identity).source is DreamSource.GRAFT]
    assert len(grafts) == 9
    for correction in grafts:
        check, level = answer(db, correction)
        assert check.result is CheckResult.PASS
        assert level is Level.V5
        assert re.search(r"(\d) of \1 results? after the error point as written|No tool answers", check.detail)
        assert "The goal state is reached, which the recording misses." in check.detail


def test_a_simulated_result_that_the_environment_gives_too_stays_marked_and_counts(db: Connection) -> None:
    correction = of(db, 3, DreamSource.IMPORTED)
    revision = corrections.revision(db, correction)
    assert Provenance.SIMULATED in {step.provenance for step in revision.steps}
    check, level = answer(db, correction, "simulated-results")
    assert (check.result, level) == (CheckResult.PASS, Level.V5)
    assert "recorded by nobody; retail-desk 1 gives the same" in check.detail


def test_a_result_that_differs_is_named_and_nothing_is_proven(db: Connection) -> None:
    correction = of(db, 3, DreamSource.IMPORTED)
    with_result(db, correction, "4417", "9052")
    check, level = answer(db, correction)
    assert (check.result, level) == (CheckResult.WARN, Level.V1)
    assert (
        "0 of 1 result after the error point as written. issue_refund at step 9 is answered there with" in check.detail
    )
    path = corrected_path(episodes.load(db, 3), corrections.revision(db, correction))
    assert check.quotes
    assert all(stands(quote, path) for quote in check.quotes)
    assert answer(db, correction, "simulated-results")[0].result is CheckResult.WARN


def test_results_are_taken_over_from_the_environment_on_request(db: Connection) -> None:
    correction = of(db, 3, DreamSource.IMPORTED)
    assert pipeline.reexecute(db, correction, "Ann") is None
    with_result(db, correction, "4417", "9052")
    number = pipeline.reexecute(db, correction, "Ann")
    revision = corrections.revision(db, correction)
    assert number == revision.number == 3
    changed = [step for step in revision.steps if step.origin == "environment retail-desk 1"]
    assert [step.provenance for step in changed] == [Provenance.SIMULATED]
    assert json.loads(changed[0].step.content)["last4"] == "4417"
    assert answer(db, correction)[1] is Level.V5


def test_a_path_that_misses_the_goal_says_what_is_missing(db: Connection) -> None:
    correction = of(db, 15, DreamSource.GRAFT)
    base = corrections.revision(db, correction)
    steps = [replace(c.step, content=c.step.content.replace("228", "229")) for c in base.steps]
    pipeline.amend(db, correction, steps, "Ann", "a slip")
    check, level = answer(db, correction)
    assert check.result is CheckResult.WARN
    assert "The goal state is not reached: postings[0].vat is 229" in check.detail
    assert level < Level.V4


def test_no_environment_no_check(db: Connection, samples: Path) -> None:
    list(pipeline.import_paths(db, [samples / "workflow-orchestration" / "handoff-review.json"]))
    identity = episodes.ids(db)[-1]
    pipeline.locate(db, [identity])
    recording = episodes.load(db, identity)
    correction = pipeline.author(db, identity, 5, recording.steps[5:6], "Ann", "as it was")
    checks, level = corrections.checks(db, correction)
    assert "environment" not in {check.guardrail for check in checks}
    rungs = pipeline.rungs(level, checks)
    assert "No environment fits this episode" in rungs[Level.V5].words
    with pytest.raises(UserError, match="No environment fits"):
        pipeline.reexecute(db, correction, "Ann")


def test_the_point_of_no_return_is_computed_and_stands_beside_the_ranking(db: Connection) -> None:
    for episode, step in (SAME_STEP | LATER).items():
        (found,) = findings.of_methods(db, episode, (MECHANICAL,))
        assert (found.step, found.probability) == (step, 0.0), episode
        assert found.quotes
        assert all(stands(quote, episodes.load(db, episode).steps) for quote in found.quotes)
        assert MECHANICAL not in {opinion.method for c in findings.candidates(db, episode) for opinion in c.named_by}
    omission = findings.of_methods(db, 21, (MECHANICAL,))[0]
    assert "Left undone: reviews holds nothing" in omission.why
    assert "After post_invoice at step 10" in findings.of_methods(db, 17, (MECHANICAL,))[0].why


def test_without_a_successful_attempt_there_is_no_point_of_no_return(db: Connection) -> None:
    assert findings.of_methods(db, 10, (MECHANICAL,)) == ()


def test_each_rung_says_what_it_rests_on(db: Connection) -> None:
    checks, level = corrections.checks(db, of(db, 13, DreamSource.GRAFT))
    rungs = pipeline.rungs(level, checks)
    assert [rung.level for rung in rungs] == [one for one in Level if one is not Level.NONE]
    assert [rung.reached for rung in rungs] == [True] * 6 + [False]
    assert str(rungs[5]).startswith("V5 reached: Executed again in ledger-entry 1 from the first step. 3 of 3 results")
    assert "the environment reaches the goal state" in rungs[4].words
    assert pipeline.rungs(Level.V1, checks, "Decided by Ann: reject.")[6].reached
    assert not any(rung.reached for rung in pipeline.rungs(Level.NONE, ()))

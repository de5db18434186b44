"""Grafts from successful attempts must mostly be approvable: a desk that cries wolf is soon distrusted."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from dreamdesk.dream.graft import graft
from dreamdesk.guard.case import Case
from dreamdesk.guard.run import run
from dreamdesk.intake.opening import open_source
from dreamdesk.model.check import CheckResult
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Actor, OutcomeState, turns


@pytest.fixture(scope="module")
def grafts(shared_data):
    path = shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"
    if not path.is_file():
        pytest.skip("the tau-bench airline trials are not there")
    episodes = list(open_source(path).episodes())
    donors = defaultdict(dict)
    for number, episode in enumerate(episodes):
        if episode.outcome.state is OutcomeState.SUCCEEDED:
            donors[episode.task_key][number] = episode
    found = []
    for episode in episodes:
        if episode.outcome.state is OutcomeState.FAILED and donors[episode.task_key]:
            decisions = [turn.start for turn in turns(episode.steps) if turn.actor is Actor.AGENT]
            revision = graft(episode, decisions[len(decisions) // 2], donors[episode.task_key])
            if isinstance(revision, Revision):
                found.append(run(Case(episode, revision))[0])
    return found


def test_grafts_are_sound_and_mostly_approvable(grafts):
    blocks = Counter(c.guardrail for checks in grafts for c in checks if c.result is CheckResult.BLOCK)
    assert len(grafts) >= 20
    assert blocks["structure"] == 0
    approvable = sum(all(c.result is not CheckResult.BLOCK for c in checks) for checks in grafts)
    assert approvable >= 0.9 * len(grafts), blocks


def test_what_blocks_is_a_write_that_the_user_never_confirmed(grafts):
    assert {c.guardrail for checks in grafts for c in checks if c.result is CheckResult.BLOCK} <= {"unconfirmed-action"}

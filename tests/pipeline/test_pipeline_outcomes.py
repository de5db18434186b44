"""Outcomes that are not the source's own: the desk's rule for scores, and an auditor's word; both can be taken back."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, episodes, ledger, listing, outcomes, queue, settings
from dreamdesk.desk.queue import Tab
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Rule, Word, effective

PASSPHRASE = "correct horse battery"
SCORES = (0, 0.3, 0.5, 0.8, 1)


def run(number: int, **grade: object) -> str:
    asked = [{"role": "user", "content": f"Refund {number}"}, {"role": "assistant", "content": "Refunded."}]
    return json.dumps({"id": f"run {number}", "task_id": "refund", "messages": asked, **grade})


@pytest.fixture
def desk(tmp_path: Path):
    """A desk with a run for each of SCORES, one with a verdict in words and one without any."""
    lines = [run(number, score=score) for number, score in enumerate(SCORES)]
    lines += [run(5, outcome={"state": "failed", "detail": "the customer complained"}), run(6)]
    (tmp_path / "runs.jsonl").write_text("\n".join(lines))
    db = database.create(tmp_path / "a.desk")
    list(pipeline.import_paths(db, [tmp_path / "runs.jsonl"]))
    yield db
    db.close()


@pytest.fixture
def signer(desk):
    pipeline.add_auditor(desk, "Ann", Role.APPROVER, PASSPHRASE)
    return pipeline.unlock(desk, "Ann", PASSPHRASE)


def states(db) -> list[str]:
    return [row["outcome"] for row in listing.episodes(db)]


def whole(db) -> list[tuple[object, ...]]:
    return db.execute(
        "SELECT outcome, outcome_source, outcome_pointer, outcome_detail, score FROM episode ORDER BY id"
    ).fetchall()


USUAL = ["failed", "partial", "partial", "partial", "succeeded", "failed", "unknown"]


def test_a_rule_moves_scores_and_nothing_else_and_can_be_taken_back(desk):
    assert states(desk) == USUAL
    before = whole(desk)
    rule, changes = pipeline.preview_rule(desk, "0.5 0.8")
    assert rule == "failed below 0.5, succeeded from 0.8"
    assert changes == Counter(
        {(OutcomeState.PARTIAL, OutcomeState.FAILED): 1, (OutcomeState.PARTIAL, OutcomeState.SUCCEEDED): 1}
    )
    assert whole(desk) == before
    pipeline.change_setting(desk, settings.OUTCOME_RULE, "0.5 0.8", "Ann")
    assert states(desk) == ["failed", "failed", "partial", "succeeded", "succeeded", "failed", "unknown"]
    assert settings.get(desk, settings.OUTCOME_RULE) == rule
    assert rule in episodes.outcome(desk, 2).detail
    assert outcomes.own(desk, 2) == Outcome(OutcomeState.PARTIAL, OutcomeSource.SCORE, "/score", "score 0.3", 0.3)
    assert pipeline.verify_desk(desk) == []
    pipeline.change_setting(desk, settings.OUTCOME_RULE, "0 1", "Ann")
    assert whole(desk) == before
    assert pipeline.verify_desk(desk) == []
    subjects = [entry.subject for entry in ledger.page(desk, 0, 2)]
    assert subjects[1] == "outcome_rule: failed at 0, succeeded from 1 → failed below 0.5, succeeded from 0.8"


def test_a_rule_holds_for_what_is_imported_later_and_the_report_tells_the_source(desk, tmp_path):
    pipeline.change_setting(desk, settings.OUTCOME_RULE, "1", "Ann")
    (tmp_path / "more.jsonl").write_text(run(8, reward=0.9))
    (report,) = pipeline.import_paths(desk, [tmp_path / "more.jsonl"])
    assert (report.partial, report.failed) == (1, 0)
    assert states(desk)[-1] == "failed"
    assert pipeline.verify_desk(desk) == []


@pytest.mark.parametrize("text", ["", "high", "0.8 0.5", "0 0", "-1 1", "0.5 1.5", "1 2 3", "0.5.2", "1e-3"])
def test_what_is_no_rule_is_refused(desk, text):
    with pytest.raises(UserError, match="nothing was changed"):
        pipeline.change_setting(desk, settings.OUTCOME_RULE, text, "Ann")
    assert states(desk) == USUAL


BOUNDS = st.floats(0, 1).map(lambda value: round(value, 4))


@given(BOUNDS, BOUNDS, st.floats(-1, 2))
def test_a_rule_reads_what_it_writes_and_every_score_has_one_outcome(low, high, score):
    low, high = sorted((low, high))
    rule = Rule(low, high or 1.0)
    assert Rule.parse(str(rule)) == rule
    own = Outcome(Rule().state(score), OutcomeSource.SCORE, "/score", "", score)
    assert effective(own, rule).state is rule.state(score)
    assert effective(own, Rule()) == own
    word = Word("Ann", OutcomeState.UNKNOWN, "no", 0)
    assert effective(own, rule, word).source is OutcomeSource.AUDITOR
    assert effective(own, rule, Word("Ann", None, "no", 0)) == effective(own, rule)


def test_an_auditor_outranks_source_and_rule_and_locating_follows(desk, signer):
    before = whole(desk)
    after = pipeline.set_outcome(desk, 7, OutcomeState.FAILED, "the refund went to the wrong account", signer)
    assert (after.state, after.source) == (OutcomeState.FAILED, OutcomeSource.AUDITOR)
    assert after.detail == "set by Ann: the refund went to the wrong account"
    assert episodes.located(desk, 7)
    pipeline.set_outcome(desk, 1, OutcomeState.SUCCEEDED, "the grader was wrong", signer)
    pipeline.change_setting(desk, settings.OUTCOME_RULE, "1", "Ann")
    assert states(desk) == ["succeeded", "failed", "failed", "failed", "succeeded", "failed", "failed"]
    assert [word.state for word in outcomes.words(desk, 7)] == ["failed"]
    assert pipeline.verify_desk(desk) == []
    entry = ledger.page(desk, 1, 1)[0]
    assert (entry.type, entry.actor) == ("outcome-set", "Ann")
    assert entry.subject == "episode 1: failed → succeeded: the grader was wrong"
    for episode in (1, 7):
        pipeline.set_outcome(desk, episode, None, "on second thoughts", signer)
    pipeline.change_setting(desk, settings.OUTCOME_RULE, "0 1", "Ann")
    assert whole(desk) == before
    assert [word.reason for word in outcomes.words(desk, 7)][-1] == "on second thoughts"
    assert pipeline.verify_desk(desk) == []


def test_an_outcome_is_set_with_a_reason_by_an_auditor_of_this_desk(desk, signer, tmp_path):
    other = database.create(tmp_path / "b.desk")
    pipeline.add_auditor(other, "Ann", Role.APPROVER, PASSPHRASE)
    stranger = pipeline.unlock(other, "Ann", PASSPHRASE)
    other.close()
    for state, reason, key, words in (
        (OutcomeState.FAILED, " ", signer, "with a reason"),
        (None, "so", signer, "nothing to take back"),
        (OutcomeState.FAILED, "so", stranger, "key in use"),
    ):
        with pytest.raises(UserError, match=words):
            pipeline.set_outcome(desk, 7, state, reason, key)
    with pytest.raises(UserError, match="no episode 99"):
        pipeline.set_outcome(desk, 99, OutcomeState.FAILED, "so", signer)
    assert states(desk) == USUAL
    assert outcomes.said(desk) == []


def test_what_is_no_longer_failed_leaves_the_review_and_keeps_its_decisions(desk, signer):
    pipeline.prepare(desk)
    graft = next(found[0] for number in (1, 2, 3) if (found := corrections.of_episode(desk, number)))
    assert graft.source is DreamSource.GRAFT
    reason = pipeline.reasons(Verdict.HOLD)[0].code
    decision = pipeline.decide(desk, graft.id, Verdict.HOLD, reason, "later", signer)
    assert graft.episode in queue.ids(desk, Tab.HELD)
    pipeline.set_outcome(desk, graft.episode, OutcomeState.SUCCEEDED, "it was right", signer)
    assert graft.episode not in queue.ids(desk, Tab.HELD)
    assert graft.episode in queue.ids(desk, Tab.ALL)
    assert queue.counts(desk)[Tab.HELD] == 0
    assert [row["comment"] for row in listing.decisions(desk)] == [decision.comment]
    pipeline.set_outcome(desk, graft.episode, None, "it was not", signer)
    assert graft.episode in queue.ids(desk, Tab.HELD)
    assert pipeline.verify_desk(desk) == []


def test_nothing_leaves_that_corrects_what_an_auditor_says_succeeded(desk, signer, tmp_path):
    pipeline.prepare(desk)
    ask = Step(0, Actor.AGENT, Kind.MESSAGE, "May I ask which order you mean?", 0)
    made = pipeline.author(desk, 1, 1, [ask], "Ann", "asks")
    pipeline.decide(desk, made, Verdict.APPROVE, "follows-policy", "It asks.", signer)
    pipeline.set_outcome(desk, 1, OutcomeState.SUCCEEDED, "the refund was right", signer)
    with pytest.raises(UserError, match="episode 1 succeeded, so there is nothing to correct"):
        pipeline.release(desk, tmp_path / "out", signer)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
    pipeline.set_outcome(desk, 1, None, "it was not", signer)
    assert pipeline.verify_bundle(pipeline.release(desk, tmp_path / "out", signer)) == []


FORGED = "does not follow from its source and the ledger"
TOLD = "says of its episodes"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE episode SET outcome = 'succeeded' WHERE id = 1", TOLD),
        ("UPDATE episode SET outcome = 'succeeded' WHERE id = 7", FORGED),
        ("UPDATE episode SET score = 1 WHERE id = 2", FORGED),
        ("UPDATE episode SET score = 1 WHERE id = 2", TOLD),
        ("UPDATE own_outcome SET state = 'succeeded'", TOLD),
        ("DELETE FROM own_outcome", TOLD),
        ("INSERT INTO own_outcome VALUES(5, 'failed', 'score', '/score', 'score 0')", FORGED),
        ("UPDATE outcome_word SET state = 'succeeded'", "is not what the ledger has"),
        ("DELETE FROM outcome_word", "is not what the ledger has"),
        ("INSERT INTO outcome_word VALUES(9, 1, 'Ann', 'succeeded', 'so', 1)", "is not what the ledger has"),
        ("UPDATE episode_text SET task = 'Be kind' WHERE episode = 3", TOLD),
        ("UPDATE document SET body = 'Anything goes' WHERE body = 'Ask first.'", TOLD),
        (
            "UPDATE episode_text SET labels = '[]', gaps = '[]', corrections = '[]', tools = NULL WHERE episode = 6",
            TOLD,
        ),
        ("UPDATE source SET report = replace(report, '\"failed\":2', '\"failed\":0')", "import report of runs.jsonl"),
        ("UPDATE setting SET value = 'failed at 0, succeeded from 1'", "setting outcome_rule"),
    ],
)
def test_a_forged_outcome_task_policy_tool_or_report_is_found(tmp_path, statement, fault):
    tools = [{"name": "refund", "input_schema": {"type": "object"}}]
    lines = [run(number, score=score, system="Ask first.", tools=tools) for number, score in enumerate(SCORES)]
    lines += [run(5, outcome="failed", system="Ask first.", tools=tools), run(6)]
    (tmp_path / "runs.jsonl").write_text("\n".join(lines))
    db = database.create(tmp_path / "a.desk")
    list(pipeline.import_paths(db, [tmp_path / "runs.jsonl"]))
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    pipeline.change_setting(db, settings.OUTCOME_RULE, "0.5 0.8", "Ann")
    key = pipeline.unlock(db, "Ann", PASSPHRASE)
    pipeline.set_outcome(db, 7, OutcomeState.FAILED, "the customer was never told", key)
    assert pipeline.verify_desk(db) == []
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    assert db.execute(statement).rowcount
    for _, sql in triggers:
        db.execute(sql)
    assert any(fault in found for found in pipeline.verify_desk(db))
    db.close()

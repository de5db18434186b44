"""The rules of a desk: guardrails weighed, policies in force, waivers by two; forged ones are found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, policies, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.check import CheckResult, Strictness
from dreamdesk.model.decision import ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def ready(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with checked corrections and two auditors."""
    path = tmp_path_factory.mktemp("rules") / "a.desk"
    db = database.create(path)
    list(pipeline.import_paths(db, [samples]))
    pipeline.prepare(db)
    for name in ("Ann", "Bo"):
        pipeline.add_auditor(db, name, Role.APPROVER, PASSPHRASE)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def results(db: Connection, correction: int) -> dict[str, CheckResult]:
    return {check.guardrail: check.result for check in corrections.checks(db, correction)[0]}


def with_result(db: Connection, result: CheckResult) -> tuple[int, str]:
    """Return a correction whose gravest check is *result*, and the guardrail that gives it."""
    for correction in corrections.ids(db):
        found = results(db, correction)
        gravest = max(found.values(), key=[CheckResult.PASS, CheckResult.WARN, CheckResult.BLOCK].index)
        if gravest is result:
            return correction, next(guardrail for guardrail in found if found[guardrail] is result)
    raise AssertionError(f"no correction of the samples has {result}")


def test_a_warning_blocks_where_the_desk_says_so_and_the_level_stays(db: Connection) -> None:
    correction, guardrail = with_result(db, CheckResult.WARN)
    level = corrections.checks(db, correction)[1]
    assert pipeline.stale(db) == []
    pipeline.choose_strictness(db, guardrail, Strictness.BLOCK, "Ann")
    assert set(pipeline.stale(db)) == set(corrections.ids(db))
    assert pipeline.is_stale(db, correction)
    pipeline.check(db, pipeline.stale(db))
    assert results(db, correction)[guardrail] is CheckResult.BLOCK
    assert corrections.checks(db, correction)[1] is level
    (check,) = [check for check in corrections.checks(db, correction)[0] if check.guardrail == guardrail]
    assert check.detail.endswith("On this desk its warnings block.")
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    with pytest.raises(UserError, match="A guardrail blocks this revision"):
        pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "fine", signer)
    assert pipeline.verify_desk(db) == []


def test_an_approval_never_rests_on_checks_from_before_a_change(db: Connection) -> None:
    correction, guardrail = with_result(db, CheckResult.WARN)
    pipeline.choose_strictness(db, guardrail, Strictness.BLOCK, "Ann")
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    with pytest.raises(UserError, match="something else now than what was shown"):
        pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "fine", signer)


@pytest.mark.parametrize(("guardrail", "weight"), [("structure", Strictness.WARN), ("bogus", Strictness.BLOCK)])
def test_no_desk_softens_the_structure_or_an_unknown_guardrail(
    db: Connection, guardrail: str, weight: Strictness
) -> None:
    with pytest.raises(UserError, match="cannot be set"):
        pipeline.choose_strictness(db, guardrail, weight, "Ann")
    assert settings.strictness(db) == {}


def test_a_waiver_takes_two_where_the_desk_says_so(db: Connection) -> None:
    pipeline.change_setting(db, settings.WAIVER_SECOND, "on", "Ann")
    correction, _ = with_result(db, CheckResult.WARN)
    ann, bo = (pipeline.unlock(db, name, PASSPHRASE) for name in ("Ann", "Bo"))
    pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "It is plausible.", ann)
    assert corrections.get(db, correction).state is ReviewState.SECOND
    with pytest.raises(UserError, match="has approved this revision already"):
        pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "Again.", ann)
    pipeline.decide(db, correction, Verdict.APPROVE, "warning-false-alarm", "I agree.", bo)
    assert corrections.get(db, correction).state is ReviewState.APPROVED
    assert pipeline.verify_desk(db) == []


def test_a_bundle_tells_how_many_must_agree_to_a_waiver(db: Connection, tmp_path: Path) -> None:
    correction, _ = with_result(db, CheckResult.WARN)
    ann, bo = (pipeline.unlock(db, name, PASSPHRASE) for name in ("Ann", "Bo"))
    pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "It is plausible.", ann)
    pipeline.change_setting(db, settings.WAIVER_SECOND, "on", "Ann")
    assert corrections.get(db, correction).state is ReviewState.SECOND
    with pytest.raises(UserError, match="No correction and no memory change is approved"):
        pipeline.release(db, tmp_path / "out", ann)
    pipeline.decide(db, correction, Verdict.HOLD, "awaiting-information", "Bo shall look.", bo)
    for signer in (ann, bo):
        pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "Agreed.", signer)
    folder = pipeline.release(db, tmp_path / "out", ann)
    assert "Required-Approvals-Over-Warnings: 2\n" in (folder / "bag-info.txt").read_text()
    assert pipeline.verify_bundle(folder) == []


def test_a_policy_of_the_desk_binds_its_agent_and_no_other(db: Connection, tmp_path: Path) -> None:
    book = tmp_path / "Handbook.md"
    book.write_text("\ufeffNever close a claim before the receipt was seen.\n", encoding="utf-8")
    ann = pipeline.unlock(db, "Ann", PASSPHRASE)
    correction = corrections.ids(db)[0]
    episode = corrections.get(db, correction).episode
    agent = pipeline.bound(db, episode).agent
    before = pipeline.bound(db, episode).policy
    pipeline.add_policy(db, book, "", agent, ann)
    assert (
        pipeline.bound(db, episode).policy
        == f"{before}\n\n# Handbook\n\nNever close a claim before the receipt was seen.\n"
    )
    assert pipeline.stale(db)
    with pytest.raises(UserError, match="in force already"):
        pipeline.add_policy(db, book, "Handbook", "", ann)
    pipeline.withdraw_policy(db, "Handbook", ann)
    assert pipeline.bound(db, episode).policy == before
    pipeline.add_policy(db, book, "Handbook", "somebody else", ann)
    assert pipeline.bound(db, episode).policy == before
    assert [(p.name, p.withdrawn is None) for p in policies.every(db)] == [("Handbook", False), ("Handbook", True)]
    assert pipeline.verify_desk(db) == []


def test_a_clause_of_the_desks_policy_blocks_what_the_trace_allowed(db: Connection, tmp_path: Path) -> None:
    ann = pipeline.unlock(db, "Ann", PASSPHRASE)
    for correction in corrections.ids(db):
        calls = [c.step.tool for c in corrections.revision(db, correction).steps if c.step.kind.value == "tool_call"]
        acts = [tool for tool in calls if tool.split("_")[0] in ("cancel", "refund", "close", "update", "create")]
        if acts and results(db, correction)["unsafe-action"] is CheckResult.PASS:
            break
    verb, _, thing = acts[0].partition("_")
    book = tmp_path / "book.md"
    book.write_text(f"- The agent must never {verb} any {thing.replace('_', ' ')}.\n")
    pipeline.add_policy(db, book, "Book", "", ann)
    pipeline.check(db, [correction])
    (check,) = [c for c in corrections.checks(db, correction)[0] if c.guardrail == "unsafe-action"]
    assert check.result is CheckResult.BLOCK
    assert f"must never {verb}" in check.detail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00", "no UTF-8"),
        (b"a\0b", "no text"),
        (b" \n", "needs a name and a text"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_policy_is_refused_in_words(db: Connection, tmp_path: Path, data: bytes | None, words: str) -> None:
    path = tmp_path / "book.md"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UserError, match=words):
        pipeline.add_policy(db, path, "", "", pipeline.unlock(db, "Ann", PASSPHRASE))
    assert policies.every(db) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("INSERT INTO setting VALUES('guard.grounding', 'warn')", "setting guard.grounding"),
        ("UPDATE setting SET value = 'normal' WHERE name = 'guard.edited-grader'", "setting guard.edited-grader"),
        ("DROP TRIGGER setting_kept; DELETE FROM setting", "setting guard.edited-grader"),
        ("UPDATE policy SET withdrawn = 1", "policy 1 is in force or not"),
        ("UPDATE policy SET agent = 'nobody'", "policy 1 is not the one"),
        ("DELETE FROM policy", "policy 1 is not the one"),
        ("UPDATE document SET body = 'Anything goes.'", "policy 1 is not the one"),
        ("INSERT INTO policy VALUES(2, 'New', '', 1, 1, NULL)", "policy 2 is not the one"),
    ],
)
def test_forged_rules_are_found_and_nothing_is_released(
    db: Connection, tmp_path: Path, statement: str, fault: str
) -> None:
    ann = pipeline.unlock(db, "Ann", PASSPHRASE)
    book = tmp_path / "book.md"
    book.write_text("Be kind.")
    pipeline.add_policy(db, book, "Book", "", ann)
    pipeline.choose_strictness(db, "edited-grader", Strictness.BLOCK, "Ann")
    stranger = sqlite3.connect(tmp_path / "a.desk")
    stranger.executescript(statement)
    stranger.close()
    assert any(fault in found for found in pipeline.verify_desk(db))
    with pytest.raises(UserError, match="not as DreamDesk left it"):
        pipeline.release(db, tmp_path / "out", ann)

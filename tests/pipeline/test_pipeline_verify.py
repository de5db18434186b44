"""Verifying a desk: every kind of tampering is found and named."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, decisions
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.errors import UserError

PASSPHRASE = "correct horse battery"
DECISIONS = "seq IN (SELECT seq FROM entry WHERE json_extract(CAST(line AS TEXT), '$.type') = 'decision')"


@pytest.fixture(scope="module")
def decided(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verify") / "a.desk"
    db = database.create(path)
    list(pipeline.import_paths(db, [samples]))
    pipeline.prepare(db)
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    reject = pipeline.reasons(Verdict.REJECT)[0].code
    for correction in corrections.ids(db)[:3]:
        pipeline.decide(db, correction, Verdict.REJECT, reject, "no", signer)
    assert pipeline.verify_desk(db) == []
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def _tampered(decided: Path, tmp_path: Path, statement: str) -> list[str]:
    """Change a copy of the desk as a clever stranger would: triggers off, changed, triggers back."""
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    (tmp_path / "a.desk.head").write_bytes(Path(f"{decided}.head").read_bytes())
    _tamper(copy, statement)
    db = database.open_desk(copy)
    faults = pipeline.verify_desk(db)
    db.close()
    return faults


def _tamper(desk: Path, *statements: str) -> None:
    stranger = sqlite3.connect(desk)
    triggers = stranger.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        stranger.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        stranger.execute(statement)
    for _, sql in triggers:
        stranger.execute(sql)
    stranger.commit()
    stranger.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE decision SET verdict = 'approve' WHERE id = 1", "decision 1"),
        ("UPDATE decision SET comment = 'yes' WHERE id = 2", "decision 2"),
        ("UPDATE decision SET auditor = 'Bob' WHERE id = 1", "decision 1"),
        ("DELETE FROM decision WHERE id = 3", "decision that the desk has lost"),
        ("UPDATE revision SET steps = replace(steps, 'a', 'b') WHERE id = 1", "was changed"),
        ("DELETE FROM revision WHERE id = 2", "is missing"),
        ("UPDATE revision SET author = 'Bo' WHERE id = 1", "the author of revision 1 of correction 1 was changed"),
        ("UPDATE revision SET digest = 'x' WHERE id = 1", "the digest beside revision 1"),
        (
            "INSERT INTO recall VALUES(1, 1, 1, 'Ann',"
            ' CAST(\'{"manifest_sha256":"0","corrections":[1]}\' AS BLOB), \'\')',
            "the desk has a recall that the ledger does not have so",
        ),
        ("UPDATE step SET content = content || ' ' WHERE id = (SELECT min(id) FROM step)", "recorded steps"),
        ("DELETE FROM step WHERE id = (SELECT max(id) FROM step)", "recorded steps"),
        ("UPDATE auditor SET public_key = 'ssh-ed25519 AAAA'", "key of Ann"),
        ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "older copy"),
        ("UPDATE entry_body SET body = x'7b7d' WHERE seq = 2", "body of entry 2"),
        ("UPDATE entry SET line = x'00ff' WHERE seq = 3", "entry 3 is no entry"),
        ("UPDATE entry SET line = CAST('[]' AS BLOB) WHERE seq = 3", "entry 3"),
        ("UPDATE decision SET verdict = 'bogus' WHERE id = 1", "bogus"),
        ("UPDATE auditor SET role = 'bogus'", "bogus"),
        ("UPDATE auditor SET role = 'reviewer'", "role of Ann"),
        ("INSERT INTO setting VALUES('four_eyes', 'on')", "setting four_eyes"),
        ("UPDATE correction SET state = 'approved' WHERE id = 1", "correction 1 is said to be approved"),
        ("UPDATE correction SET state = 'released' WHERE id = 5", "correction 5 is said to be released"),
        ("UPDATE correction SET state = 'bogus' WHERE id = 5", "bogus"),
        (f"DELETE FROM entry_body WHERE {DECISIONS}", "is missing"),
        ("UPDATE source SET sha256 = sha256 || '0' WHERE id = 1", "name, digest or format of the source"),
        ("UPDATE source SET complete = 0 WHERE id = 1", "the source"),
        (
            "INSERT INTO source SELECT 99, name, path, '00', size, format, 1, 1, 1, report FROM source WHERE id = 1",
            "source 99 is not in the ledger",
        ),
        (
            "UPDATE source_bytes SET data = (SELECT data FROM source_bytes WHERE source = 2) WHERE source = 1",
            "kept bytes of",
        ),
        ("UPDATE source_bytes SET data = x'28b52ffd00' WHERE source = 1", "kept bytes of"),
        ("DELETE FROM source_bytes WHERE source = 1", "are missing"),
    ],
)
def test_tampering_is_found(decided: Path, tmp_path: Path, statement: str, fault: str) -> None:
    faults = _tampered(decided, tmp_path, statement)
    assert any(fault in found for found in faults), faults


def test_dreaming_again_adds_nothing(decided: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db = database.open_desk(copy)
    assert pipeline.dream(db, DreamSource.GRAFT) == []
    assert pipeline.dream(db, DreamSource.IMPORTED) == []
    db.close()


def test_a_refused_decision_leaves_no_trace(decided: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db = database.open_desk(copy)
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    before = len(decisions.all_decisions(db))
    correction = corrections.ids(db)[4]
    assert pipeline.why_not(db, correction, Verdict.REJECT, "Ann", "", "")
    with pytest.raises(Exception, match="reason"):
        pipeline.decide(db, correction, Verdict.REJECT, "", "", signer)
    assert len(decisions.all_decisions(db)) == before
    db.close()


@pytest.mark.parametrize("head", [b"\xff\xfe", b"x\n"])
def test_an_unreadable_head_file_is_a_fault_and_no_crash(decided: Path, tmp_path: Path, head: bytes) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    Path(f"{copy}.head").write_bytes(head)
    db = database.open_desk(copy)
    assert any("head" in fault for fault in pipeline.verify_desk(db))
    db.close()


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM decision WHERE verdict = 'reject'"],
        ["DELETE FROM decision WHERE verdict = 'reject'", f"DELETE FROM entry_body WHERE {DECISIONS}"],
        ["INSERT INTO setting VALUES('four_eyes', 'on')"],
        ["UPDATE auditor SET role = 'lead' WHERE name = 'Ada'"],
    ],
)
def test_a_desk_that_was_tampered_with_releases_nothing(decided: Path, tmp_path: Path, statements: list[str]) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db = database.open_desk(copy)
    pipeline.add_auditor(db, "Ada", Role.AUTHOR, PASSPHRASE)
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    free = next(c for c in corrections.ids(db)[3:] if not pipeline.why_not(db, c, Verdict.APPROVE, "Ann", "other", "x"))
    pipeline.decide(db, free, Verdict.APPROVE, "other", "x", signer)
    pipeline.decide(db, free, Verdict.REJECT, "other", "no, after all", signer)
    db.close()
    _tamper(copy, *statements, f"UPDATE correction SET state = 'approved' WHERE id = {free}")
    db = database.open_desk(copy)
    assert pipeline.verify_desk(db)
    with pytest.raises(UserError, match=r"ledger|Nothing was written"):
        pipeline.release(db, tmp_path / "out", signer)
    assert not list(tmp_path.glob("out/*"))
    db.close()


def test_who_decides_while_a_bundle_is_written_stops_it(decided: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db, other = database.open_desk(copy), database.open_desk(copy)
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    free = next(c for c in corrections.ids(db)[3:] if not pipeline.why_not(db, c, Verdict.APPROVE, "Ann", "other", "x"))
    pipeline.decide(db, free, Verdict.APPROVE, "other", "x", signer)

    def meanwhile(*_: object) -> None:
        pipeline.decide(other, free, Verdict.REJECT, "other", "no, after all", signer)

    with pytest.raises(UserError, match="rejected by now"):
        pipeline.release(db, tmp_path / "out", signer, progress=meanwhile)
    assert list((tmp_path / "out").iterdir()) == []
    assert pipeline.verify_desk(db) == []
    db.close()
    other.close()


def test_four_eyes_keep_an_author_from_approving_what_another_amended(decided: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db = database.open_desk(copy)
    pipeline.change_setting(db, "four_eyes", "on", "Ann")
    pipeline.add_auditor(db, "Bob", Role.APPROVER, PASSPHRASE)
    row = corrections.get(db, corrections.ids(db)[5])
    base = corrections.revision(db, row.id)
    steps = [corrected.step for corrected in base.steps]
    mine = pipeline.author(db, row.episode, base.start, steps, "Ann", "mine")
    pipeline.amend(db, mine, steps[:-1], "Bob", "shorter")
    for name in ("Ann", "Bob"):
        assert "four eyes" in pipeline.why_not(db, mine, Verdict.APPROVE, name, "other", "read")
    db.close()


def test_a_forged_check_lets_no_approval_through(decided: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a.desk"
    copy.write_bytes(decided.read_bytes())
    db = database.open_desk(copy)
    correction = corrections.ids(db)[4]
    episode = corrections.get(db, correction).episode
    start = corrections.revision(db, correction).start
    hidden = Step(start, Actor.AGENT, Kind.MESSAGE, "Your claim is\u202e approved.", turn=0)
    blocked = pipeline.author(db, episode, start, [hidden], "Bo", "with a hidden character")
    db.execute(
        "UPDATE verification SET checks = replace(checks, '\"block\"', '\"pass\"') WHERE correction = ?", (blocked,)
    )
    signer = pipeline.unlock(db, "Ann", PASSPHRASE)
    reason = pipeline.reasons(Verdict.APPROVE)[0].code
    with pytest.raises(UserError, match="something else now"):
        pipeline.decide(db, blocked, Verdict.APPROVE, reason, "fine", signer)
    with pytest.raises(UserError, match="blocks"):
        pipeline.decide(db, blocked, Verdict.APPROVE, reason, "fine", signer)
    db.close()

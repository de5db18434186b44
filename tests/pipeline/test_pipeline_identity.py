"""Roles, rules that an administrator signs, and keys over time; stock ssh-keygen judges the lists of signers."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import auditors, corrections, database, decisions, ledger, rules, schema, settings, tallies
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import canonical
from dreamdesk.model.check import Strictness
from dreamdesk.model.decision import ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head
from dreamdesk.review import identity

PASSPHRASE = "correct horse battery"
needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed here")


@pytest.fixture(scope="module")
def ready(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with checked corrections, an administrator and two who decide."""
    path = tmp_path_factory.mktemp("identity") / "a.desk"
    db = database.create(path)
    list(pipeline.import_paths(db, [samples]))
    pipeline.prepare(db)
    pipeline.add_auditor(db, "Ada", Role.ADMINISTRATOR, PASSPHRASE)
    ada = pipeline.unlock(db, "Ada", PASSPHRASE)
    for name in ("Ann", "Bo"):
        pipeline.add_auditor(db, name, Role.APPROVER, PASSPHRASE, ada)
    pipeline.change_setting(db, settings.BLIND_MARK, settings.OFF, ada)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return path


def key(db: Connection, name: str) -> pipeline.By:
    return pipeline.unlock(db, name, PASSPHRASE)


def approve(db: Connection, name: str, count: int = 1) -> list[int]:
    """Let *name* approve *count* corrections that nothing stands against."""
    signer, done = pipeline.unlock(db, name, PASSPHRASE), list[int]()
    for correction in corrections.ids(db):
        if len(done) < count and not pipeline.why_not(db, correction, Verdict.APPROVE, name, "", ""):
            pipeline.decide(db, correction, Verdict.APPROVE, "", "", signer)
            done.append(correction)
    assert len(done) == count
    return done


def test_only_an_administrators_key_changes_the_rules_and_the_ledger_has_the_signature(
    db: Connection, tmp_path: Path
) -> None:
    book = tmp_path / "book.md"
    book.write_text("1. Never.")
    ann, ada = key(db, "Ann"), key(db, "Ada")
    changes = [
        lambda by: pipeline.change_setting(db, settings.FOUR_EYES, "on", by),
        lambda by: pipeline.change_setting(db, settings.ENVIRONMENTS, "acme", by),
        lambda by: pipeline.change_setting(db, settings.OUTCOME_RULE, "0.5 0.8", by),
        lambda by: pipeline.choose_strictness(db, "edited-grader", Strictness.BLOCK, by),
        lambda by: pipeline.add_policy(db, book, "", "", by),
        lambda by: pipeline.withdraw_policy(db, "book", by),
        lambda by: pipeline.add_auditor(db, "Cy", Role.READER, PASSPHRASE, by),
        lambda by: pipeline.change_auditor(db, "Bo", "moved on", by, active=False),
        lambda by: pipeline.rotate_key(db, "Cy", PASSPHRASE, "lost", by),
        lambda by: pipeline.revoke_key(db, "Cy", "lost", by),
    ]
    for change in changes:
        size = ledger.size(db)
        for nobody in ("Ada", "", "Ann", ann):
            with pytest.raises(UserError, match="Only an administrator changes the rules"):
                change(nobody)
        assert ledger.size(db) == size
        change(ada)
        *_, entry = rules.changes(db)
        assert entry.body["signature"]["by"] == "Ada"
    assert pipeline.verify_desk(db) == []


def test_without_an_administrator_everybody_may_and_the_entry_says_that_nobody_signed(tmp_path: Path) -> None:
    db = database.create(tmp_path / "b.desk")
    pipeline.change_setting(db, settings.FOUR_EYES, "on", "whoever")
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    pipeline.change_setting(db, settings.FOUR_EYES, "off", key(db, "Ann"))
    signed = [entry.body["signature"] and entry.body["signature"]["by"] for entry in rules.changes(db)]
    assert signed == [None, None, "Ann"]
    assert pipeline.verify_desk(db) == []


def test_a_rule_that_no_administrator_signed_is_found_in_a_ledger_whose_chain_is_whole(db: Connection) -> None:
    """Whoever owns the file can write entries that fit the chain; without the key they cannot sign them."""

    def forge(by: rules.By, body: dict[str, object]) -> list[str]:
        with database.transaction(db):
            db.execute("UPDATE setting SET value = 'off' WHERE name = 'four_eyes'")
            rules.sign_entry(db, by, "setting-changed", {"subject": "", "name": "four_eyes", "to": "off", **body})
        write_head(db)
        return pipeline.verify_desk(db)

    assert any("is not signed by an administrator" in fault for fault in forge("Ada", {}))
    assert any("is signed by Ann, no administrator" in fault for fault in forge(key(db, "Ann"), {}))
    *_, real = (entry for entry in rules.changes(db) if entry.kind == "setting-changed" and entry.seq)
    with database.transaction(db):  # a signature that was made for another entry
        first = next(entry for entry in rules.changes(db) if entry.body["signature"])
        ledger.append(db, "Ada", "setting-changed", {**real.body, "signature": first.body["signature"]})
    assert any("does not fit it" in fault for fault in pipeline.verify_desk(db))
    with pytest.raises(UserError, match="This desk is not as DreamDesk left it"):
        pipeline.release(db, Path(database.path_of(db)).parent, pipeline.unlock(db, "Ann", PASSPHRASE))


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE auditor SET active = 0 WHERE name = 'Bo'", "whether Bo is active"),
        ("UPDATE auditor SET trained_until = 1 WHERE name = 'Bo'", "trained until when"),
        ("UPDATE auditor SET role = 'administrator' WHERE name = 'Bo'", "the role of Bo"),
        ("UPDATE auditor_key SET revoked = 1 WHERE auditor = 'Bo'", "a key of Bo is not as the ledger has it"),
        ("DELETE FROM auditor_key WHERE auditor = 'Bo'", "a key of Bo is not as the ledger has it"),
        ("INSERT INTO auditor_key VALUES('ssh-ed25519 AAAA', 'Bo', 1, NULL, NULL, '')", "what DreamDesk never writes"),
        ("DELETE FROM auditor WHERE name = 'Bo'", "Bo is not among the auditors"),
    ],
)  # fmt: skip
def test_auditors_and_keys_are_those_of_the_ledger(db: Connection, statement: str, fault: str) -> None:
    db.execute(statement)
    assert any(fault in found for found in pipeline.verify_desk(db)), pipeline.verify_desk(db)


def test_the_last_administrator_stays_one_until_there_is_another(db: Connection) -> None:
    ada = key(db, "Ada")
    for change in (
        lambda: pipeline.change_auditor(db, "Ada", "why", ada, role=Role.READER),
        lambda: pipeline.change_auditor(db, "Ada", "why", ada, active=False),
        lambda: pipeline.revoke_key(db, "Ada", "why", ada),
    ):
        with pytest.raises(UserError, match="the only administrator"):
            change()
    pipeline.change_auditor(db, "Bo", "two are better", ada, role=Role.ADMINISTRATOR)
    pipeline.change_auditor(db, "Ada", "retires", ada, active=False)
    with pytest.raises(UserError, match="no longer active"):
        pipeline.unlock(db, "Ada", PASSPHRASE)
    with pytest.raises(UserError, match="Only an administrator"):
        pipeline.change_setting(db, settings.FOUR_EYES, "on", ada)
    pipeline.change_setting(db, settings.FOUR_EYES, "on", key(db, "Bo"))
    assert pipeline.verify_desk(db) == []


def test_each_role_may_what_it_is_for(db: Connection) -> None:
    ada = key(db, "Ada")
    (correction,) = approve(db, "Ann")
    episode = corrections.get(db, correction).episode
    for role in (Role.READER, Role.ADMINISTRATOR, Role.AUTHOR):
        pipeline.change_auditor(db, "Bo", "try", ada, role=role)
        why = pipeline.why_not(db, correction, Verdict.REJECT, "Bo", "wrong-fix", "x")
        assert f"has the role of {role.value}, which does not decide" in why
        if not role.writes:
            steps = [one.step for one in corrections.revision(db, correction).steps]
            with pytest.raises(UserError, match="writes nothing here"):
                pipeline.amend(db, correction, steps, "Bo", "note")
            with pytest.raises(UserError, match="writes nothing here"):
                pipeline.author(db, episode, 1, steps, "Bo", "note")
            with pytest.raises(UserError, match="writes nothing here"):
                pipeline.set_outcome(db, episode, None, "no", pipeline.unlock(db, "Bo", PASSPHRASE))
    with pytest.raises(UserError, match="Say why"):
        pipeline.change_auditor(db, "Bo", " ", ada, role=Role.REVIEWER)


def test_training_that_ran_out_blocks_approvals_and_nothing_else(db: Connection) -> None:
    ada = key(db, "Ada")
    (correction,) = approve(db, "Ann")
    pipeline.change_auditor(db, "Bo", "course", ada, trained_until="2020-02-29")
    assert "training of Bo ran out on 2020-02-29" in pipeline.why_not(db, correction, Verdict.APPROVE, "Bo", "", "")
    reason = pipeline.reasons(Verdict.REJECT)[0].code
    assert pipeline.why_not(db, correction, Verdict.REJECT, "Bo", reason, "no") == ""
    pipeline.change_auditor(db, "Bo", "course", ada, trained_until="2199-01-01")
    assert "training" not in pipeline.why_not(db, correction, Verdict.APPROVE, "Bo", "", "")
    for wrong in ("soon", "2999-01-01", "1969-12-31"):
        with pytest.raises(UserError, match="is no time"):
            pipeline.change_auditor(db, "Bo", "course", ada, trained_until=wrong)
    assert pipeline.verify_desk(db) == []


def test_a_rotated_key_keeps_what_it_signed_and_signs_nothing_more(db: Connection, tmp_path: Path) -> None:
    old = pipeline.unlock(db, "Ann", PASSPHRASE)
    (correction,) = approve(db, "Ann")
    pipeline.rotate_key(db, "Ann", "another phrase", "yearly", old)
    reason = pipeline.reasons(Verdict.REJECT)[0].code
    with pytest.raises(UserError, match="not the one that this desk has"):
        pipeline.decide(db, corrections.ids(db)[-1], Verdict.REJECT, reason, "no", old)
    with pytest.raises(UserError, match="does not open"):
        pipeline.unlock(db, "Ann", PASSPHRASE)
    new = pipeline.unlock(db, "Ann", "another phrase")
    pipeline.decide(db, corrections.ids(db)[-1], Verdict.REJECT, reason, "no", new)
    assert corrections.get(db, correction).state is ReviewState.APPROVED
    assert pipeline.verify_desk(db) == []
    bundle = pipeline.release(db, tmp_path / "out", new)
    assert pipeline.verify_bundle(bundle) == []
    with pytest.raises(UserError, match="Only an administrator"):
        pipeline.rotate_key(db, "Ann", PASSPHRASE, "by another", pipeline.unlock(db, "Bo", PASSPHRASE))


def test_a_compromise_dated_back_voids_what_has_not_left_and_names_what_has(db: Connection, tmp_path: Path) -> None:
    ada = key(db, "Ada")
    kept = approve(db, "Bo")
    gone = approve(db, "Ann")
    bundle = pipeline.release(db, tmp_path / "out", pipeline.unlock(db, "Bo", PASSPHRASE))
    void = approve(db, "Ann", 2)
    before = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
    assert pipeline.revoke_key(db, "Ann", "the laptop was stolen", ada, before) == (void, gone)
    for number in void:
        assert corrections.get(db, number).state is ReviewState.PROPOSED
        assert [one.void for one in decisions.of_correction(db, number)] == [True]
    assert corrections.get(db, kept[0]).state is ReviewState.RELEASED
    assert pipeline.verify_desk(db) == []
    with pytest.raises(UserError, match="was revoked"):
        pipeline.unlock(db, "Ann", PASSPHRASE)
    (private,) = db.execute("SELECT private_key FROM auditor WHERE name = 'Ann'").fetchone()
    assert private == ""

    # The bundle itself still verifies by its own list; by the desk's list of now Ann's approval counts for nothing.
    assert pipeline.verify_bundle(bundle) == []
    trusted = tmp_path / "now"
    trusted.write_text(pipeline.allowed_signers(db))
    assert pipeline.verify_bundle(bundle, trusted) != []

    # Approved once more by somebody else, with Ann's void approval in its history, it leaves and verifies.
    bo = pipeline.unlock(db, "Bo", PASSPHRASE)
    for number in void:
        pipeline.decide(db, number, Verdict.APPROVE, "", "", bo)
    again = pipeline.release(db, tmp_path / "out", bo)
    assert pipeline.verify_bundle(again) == []
    pipeline.rotate_key(db, "Ann", PASSPHRASE, "a new laptop", ada)
    assert pipeline.unlock(db, "Ann", PASSPHRASE).auditor.active
    assert pipeline.verify_desk(db) == []


def test_a_decision_slipped_in_after_its_key_was_revoked_is_found(db: Connection) -> None:
    ann = pipeline.unlock(db, "Ann", PASSPHRASE)
    pipeline.revoke_key(db, "Ann", "stolen", key(db, "Ada"))
    (number, *_) = corrections.ids(db)
    db.execute("UPDATE auditor_key SET revoked = NULL")  # the thief's desk does not know
    reason = pipeline.reasons(Verdict.REJECT)[0].code
    pipeline.decide(db, number, Verdict.REJECT, reason, "no", ann)
    db.execute("UPDATE auditor_key SET revoked = ? WHERE auditor = 'Ann'", (rules_from(db),))
    assert any("came after its key was revoked" in fault for fault in pipeline.verify_desk(db))


def rules_from(db: Connection) -> int:
    return next(int(entry.body["from"]) for entry in rules.changes(db) if entry.kind == "key-revoked")


@needs_ssh_keygen
def test_ssh_keygen_reads_the_times_of_rotation_and_revocation(db: Connection, tmp_path: Path) -> None:
    ada, message, namespace = key(db, "Ada"), b"what was meant", "dreamdesk-decision"
    first = pipeline.unlock(db, "Bo", PASSPHRASE)
    (tmp_path / "first").write_text(first.sshsig(message, namespace))
    time.sleep(1.1)  # ssh-keygen counts seconds
    pipeline.rotate_key(db, "Bo", PASSPHRASE, "yearly", first)
    second = pipeline.unlock(db, "Bo", PASSPHRASE)
    (tmp_path / "second").write_text(second.sshsig(message, namespace))
    (tmp_path / "admin").write_text(pipeline.unlock(db, "Ada", PASSPHRASE).sshsig(message, namespace))
    old, new = (next(k for k in pipeline.keys(db) if k.public_key == s.auditor.public_key) for s in (first, second))

    def accepted(signature: str, at: int, who: str = "Bo", *more: str) -> bool:
        (tmp_path / "allowed").write_text(pipeline.allowed_signers(db))
        moment = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at // 10**9))
        command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", who, "-n", namespace, "-s", signature]
        done = subprocess.run(
            [*command, "-O", f"verify-time={moment}", *more],
            cwd=tmp_path, input=message, capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode == 0

    hour = 3600 * 10**9
    assert accepted("first", old.since + 10**8)
    assert not accepted("first", old.since - hour)
    assert not accepted("first", new.since + hour)
    assert accepted("second", new.since + hour)
    assert not accepted("second", new.since - 2 * 10**9)
    assert not accepted("admin", new.since, "Ada")  # an administrator does not decide

    pipeline.revoke_key(db, "Bo", "lost", ada, fingerprint=pipeline.fingerprint(old.public_key))
    (tmp_path / "revoked").write_text(pipeline.revoked_keys(db))
    assert accepted("first", old.since + 10**8)  # it was lost later
    assert not accepted("first", old.since + 10**8, "Bo", "-r", "revoked")
    assert accepted("second", new.since + hour, "Bo", "-r", "revoked")


def test_wrong_passphrases_are_counted_in_the_ledger(db: Connection) -> None:
    for expected in ("The ledger keeps that it was tried", "2 times in a row", "3 times in a row"):
        with pytest.raises(UserError, match=expected):
            pipeline.unlock(db, "Ann", "not the one")
    approve(db, "Ann")
    with pytest.raises(UserError, match="does not open"):
        pipeline.unlock(db, "Ann", "not the one")
    assert "1 in a row" in ledger.page(db, 0, 1)[0].subject
    path = database.path_of(db)
    db.close()
    readonly = database.open_desk(path, readonly=True)
    with pytest.raises(UserError, match="The ledger could not keep that it was tried"):
        pipeline.unlock(readonly, "Ann", "not the one")
    assert pipeline.verify_desk(readonly) == []


def test_a_new_passphrase_leaves_nothing_of_the_old_encryption_in_the_file(db: Connection) -> None:
    (before,) = db.execute("SELECT private_key FROM auditor WHERE name = 'Ann'").fetchone()
    line = before.splitlines()[3].encode()
    path = database.path_of(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert line in path.read_bytes()
    pipeline.change_passphrase(db, pipeline.unlock(db, "Ann", PASSPHRASE), "another phrase")
    assert line not in path.read_bytes() + Path(f"{path}-wal").read_bytes()
    assert pipeline.unlock(db, "Ann", "another phrase").auditor.public_key == auditors.get(db, "Ann").public_key
    with pytest.raises(UserError, match="too short"):
        pipeline.change_passphrase(db, pipeline.unlock(db, "Ann", "another phrase"), "short")
    assert pipeline.verify_desk(db) == []


def test_a_desk_that_says_lead_means_approver(tmp_path: Path) -> None:
    db = database.create(tmp_path / "old.desk")
    pipeline.add_auditor(db, "Ann", Role.APPROVER, PASSPHRASE)
    db.execute("UPDATE auditor SET role = 'lead'")
    assert auditors.get(db, "Ann").role is Role.APPROVER
    assert pipeline.verify_desk(db) == []
    with pytest.raises(sqlite3.IntegrityError):
        db.execute("INSERT INTO auditor_key SELECT * FROM auditor_key")
    assert Role("lead") is Role.APPROVER


@needs_ssh_keygen
def test_a_bundle_that_a_key_file_signed_verifies_with_python_alone_and_with_a_shell(
    db: Connection, tmp_path: Path
) -> None:
    ada = key(db, "Ada")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "key pass", "-C", "", "-f", tmp_path / "key"], check=True
    )
    pipeline.add_auditor(db, "Cy", Role.REVIEWER, "key pass", ada, tmp_path / "key")
    cy, ann = pipeline.unlock(db, "Cy", "key pass"), pipeline.unlock(db, "Ann", PASSPHRASE)
    (first,) = approve(db, "Bo")
    second = next(n for n in corrections.ids(db) if not pipeline.why_not(db, n, Verdict.APPROVE, "Cy", "", ""))
    pipeline.decide(db, second, Verdict.APPROVE, "", "", cy)
    pipeline.rotate_key(db, "Ann", PASSPHRASE, "yearly", ann)
    bundle = pipeline.release(db, tmp_path / "out", cy)
    assert {corrections.get(db, number).state for number in (first, second)} == {ReviewState.RELEASED}
    assert pipeline.verify_desk(db) == []
    program = [sys.executable, "-I", bundle / "verify.py", bundle]
    assert subprocess.run(program, capture_output=True, check=False).returncode == 0
    assert subprocess.run(["sh", bundle / "verify.sh"], cwd=bundle, capture_output=True, check=False).returncode == 0


def entered_then(db: Connection, actor: str, kind: str, body: dict[str, object]) -> None:
    """Append an entry as version 1.1 did."""
    seq, prev = db.execute("SELECT seq + 1, hex(hash) FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    salt, content = bytes(32), canonical(body)
    commit = hashlib.sha256(salt + content).hexdigest()
    fields = {"seq": seq, "prev": prev.lower(), "at": time.time_ns(), "actor": actor, "type": kind}
    line = canonical({**fields, "body_commit": commit})
    db.execute("INSERT INTO entry VALUES(?,?,?)", (seq, line, hashlib.sha256(line).digest()))
    db.execute("INSERT INTO entry_body VALUES(?,?,?)", (seq, salt, content))


def test_a_desk_from_before_there_were_administrators_is_brought_up_to_date_and_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = identity.make_auditor("Lea", Role.APPROVER, PASSPHRASE)
    with monkeypatch.context() as older:
        older.setattr(schema, "SCRIPTS", {v: script for v, script in schema.SCRIPTS.items() if v <= 1_001})
        older.setattr(schema, "VERSION", 1_001)
        older.setattr(tallies, "rebuild", lambda db: None)  # there were none then
        database.create(tmp_path / "old.desk").close()
        db = sqlite3.connect(tmp_path / "old.desk", isolation_level=None)
        row = (lead.name, "lead", lead.public_key, lead.private_key, time.time_ns())
        db.execute("INSERT INTO auditor VALUES(?,?,?,?,?)", row)
        body = {"subject": "Lea, lead", "name": "Lea", "role": "lead", "public_key": lead.public_key}
        entered_then(db, "Lea", "auditor-added", body)
        entered_then(db, "root", "setting-changed", {"name": "four_eyes", "from": "off", "to": "on"})
        db.execute("INSERT INTO setting VALUES('four_eyes', 'on')")
        write_head(db)
        db.close()
    db = database.open_desk(tmp_path / "old.desk")
    assert pipeline.verify_desk(db) == []
    assert pipeline.unlock(db, "Lea", PASSPHRASE).auditor.role is Role.APPROVER
    assert [key.public_key for key in pipeline.keys(db)] == [lead.public_key]
    assert lead.public_key in pipeline.allowed_signers(db)
    pipeline.add_auditor(db, "Ada", Role.ADMINISTRATOR, PASSPHRASE)
    pipeline.rotate_key(db, "Lea", PASSPHRASE, "yearly", key(db, "Ada"))
    assert pipeline.verify_desk(db) == []

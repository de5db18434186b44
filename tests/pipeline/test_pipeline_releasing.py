"""Releases: on terms, by several people, and called back again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, releases, settings, tallies
from dreamdesk.desk.database import Connection, create, open_desk
from dreamdesk.model.decision import ReviewState, Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import ReleaseTerms, Signer

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
WORDS = "long enough"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which two auditors approved three corrections."""
    path = tmp_path_factory.mktemp("desk") / "a.desk"
    db = create(path)
    list(pipeline.import_paths(db, [SAMPLES / "customer-support"]))
    pipeline.prepare(db)
    for name, role in (("Anna Berg", Role.REVIEWER), ("Bo Lind", Role.APPROVER), ("Cem", Role.AUTHOR)):
        pipeline.add_auditor(db, name, role, WORDS)
    anna, approved = pipeline.unlock(db, "Anna Berg", WORDS), 0
    for correction in corrections.ids(db):
        why = pipeline.why_not(db, correction, Verdict.APPROVE, "Anna Berg", "follows-policy", "Read.")
        if not why:
            pipeline.decide(db, correction, Verdict.APPROVE, "follows-policy", "Read.", anna)
            approved += 1
        if approved == 3:
            break
    db.close()
    return path


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Iterator[Connection]:
    db = open_desk(Path(shutil.copy(made, tmp_path / "a.desk")))
    yield db
    db.close()


def who(db: Connection, name: str) -> Signer:
    return pipeline.unlock(db, name, WORDS)


def states(db: Connection, numbers: list[int]) -> list[ReviewState]:
    return [corrections.get(db, number).state for number in numbers]


def test_the_terms_say_what_leaves_and_stand_in_the_bundle(desk: Connection, tmp_path: Path) -> None:
    first, *rest = releases.leaving(desk)
    terms = ReleaseTerms(
        recipient="Team North", predetermined=True, change="Plan 7.", only=frozenset({first}),
        formats=frozenset({"sft/openai_chat"}),
    )  # fmt: skip
    found = pipeline.preview_release(desk, terms)
    assert [one.correction for one in found.corrections] == [first]
    assert [rows.name for rows in found.rows if rows.chosen] == ["sft/openai_chat"]
    bundle = pipeline.release(desk, tmp_path, who(desk, "Anna Berg"), terms=terms)
    assert pipeline.verify_bundle(bundle) == []
    info = (bundle / "bag-info.txt").read_text()
    assert "Recipient: Team North\n" in info
    assert "Predetermined-Change: yes. Plan 7.\n" in info
    assert [path.name for path in (bundle / "data").rglob("*.jsonl") if path.parent.name == "sft"] == [
        "openai_chat.jsonl"
    ]
    assert sum(rows.count for rows in found.rows if rows.chosen) == len(
        (bundle / "data/sft/openai_chat.jsonl").read_text().splitlines()
    )
    assert states(desk, [first, *rest]) == [ReviewState.RELEASED, *[ReviewState.APPROVED] * len(rest)]
    assert releases.carrying(desk, [first])[0].recipient == "Team North"
    assert pipeline.verify_desk(desk) == []


def test_a_change_needs_its_reason_and_what_is_not_approved_cannot_be_chosen(desk: Connection, tmp_path: Path) -> None:
    anna = who(desk, "Anna Berg")
    with pytest.raises(UserError, match="Say why"):
        pipeline.release(desk, tmp_path, anna, terms=ReleaseTerms(predetermined=False))
    with pytest.raises(UserError, match="is not approved"):
        pipeline.release(desk, tmp_path, anna, terms=ReleaseTerms(only=frozenset({999})))
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_personal_data_keeps_back_where_the_desk_says_so_until_there_is_a_reason(
    desk: Connection, tmp_path: Path
) -> None:
    found = pipeline.preview_release(desk, ReleaseTerms())
    assert found.leaks
    assert not found.unresolved
    assert all(leak.masked.count("…") == 1 for leak in found.leaks)
    pipeline.change_setting(desk, settings.PERSONAL_DATA, "resolved", "Anna Berg")
    with pytest.raises(UserError, match="say why it may leave"):
        pipeline.release(desk, tmp_path, who(desk, "Anna Berg"))
    waived = {leak.correction: "Invented people." for leak in found.leaks}
    bundle = pipeline.release(desk, tmp_path, who(desk, "Anna Berg"), terms=ReleaseTerms(waived=waived))
    assert "Invented people." in (bundle / "data/report/report.html").read_text()


def test_a_draft_is_a_bundle_only_when_all_have_signed(desk: Connection, tmp_path: Path) -> None:
    pipeline.change_setting(desk, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    numbers = releases.leaving(desk)
    draft = pipeline.release(desk, tmp_path, who(desk, "Anna Berg"))
    assert draft.name.endswith(pipeline.DRAFT)
    assert states(desk, numbers) == [ReviewState.APPROVED] * len(numbers)
    assert any("1 of 2" in fault for fault in pipeline.verify_bundle(draft))
    before = {path: path.read_bytes() for path in draft.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match="has signed"):
        pipeline.sign_draft(desk, draft, who(desk, "Anna Berg"))
    with pytest.raises(UserError, match="only they release"):
        pipeline.sign_draft(desk, draft, who(desk, "Cem"))
    with pytest.raises(UserError, match="waiting for release"):
        pipeline.release(desk, tmp_path, who(desk, "Bo Lind"))
    assert {path: path.read_bytes() for path in draft.rglob("*") if path.is_file()} == before
    signed = pipeline.sign_draft(desk, draft, who(desk, "Bo Lind"))
    assert (signed.people, signed.released) == (("Anna Berg", "Bo Lind"), True)
    assert not draft.exists()
    assert pipeline.verify_bundle(signed.folder) == []
    assert states(desk, numbers) == [ReviewState.RELEASED] * len(numbers)
    assert releases.all_releases(desk)[0].signers == ("Anna Berg", "Bo Lind")
    assert pipeline.verify_desk(desk) == []


def test_a_draft_is_signed_on_another_desk_and_the_signature_carried_back(
    desk: Connection, made: Path, tmp_path: Path
) -> None:
    pipeline.change_setting(desk, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    draft = pipeline.release(desk, tmp_path / "out", who(desk, "Anna Berg"))
    carried = Path(shutil.copytree(draft, tmp_path / "stick" / draft.name))
    other = open_desk(Path(shutil.copy(made, tmp_path / "other.desk")))
    signed = pipeline.sign_draft(other, carried, who(other, "Bo Lind"))
    other.close()
    assert (signed.released, signed.folder) == (False, carried)
    back = pipeline.add_signature(desk, draft, carried / "signatures" / "bo-lind.sig")
    assert back.released
    assert pipeline.verify_bundle(back.folder) == []


def test_a_draft_that_was_changed_or_whose_correction_was_is_not_signed(desk: Connection, tmp_path: Path) -> None:
    pipeline.change_setting(desk, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    draft = pipeline.release(desk, tmp_path, who(desk, "Anna Berg"))
    path = draft / "data/README.md"
    good = path.read_bytes()
    path.write_bytes(good + b" ")
    with pytest.raises(UserError, match=r"README\.md was changed"):
        pipeline.sign_draft(desk, draft, who(desk, "Bo Lind"))
    path.write_bytes(good)
    number = releases.leaving(desk)[0]
    pipeline.decide(desk, number, Verdict.REJECT, "breaks-policy", "Seen late.", who(desk, "Bo Lind"))
    with pytest.raises(UserError):
        pipeline.sign_draft(desk, draft, who(desk, "Bo Lind"))
    assert draft.exists()
    assert releases.all_releases(desk) == ()
    (waiting,) = releases.drafts(desk)
    with pytest.raises(UserError, match="Say why"):
        pipeline.withdraw_draft(desk, waiting, who(desk, "Anna Berg"), " ")
    pipeline.withdraw_draft(desk, waiting, who(desk, "Anna Berg"), "One was rejected.")
    assert not draft.exists()
    assert releases.drafts(desk) == ()
    assert pipeline.preview_release(desk, ReleaseTerms()).corrections


def test_withdrawing_takes_away_no_folder_but_that_of_the_draft(desk: Connection, tmp_path: Path) -> None:
    pipeline.change_setting(desk, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    draft = pipeline.release(desk, tmp_path / "out", who(desk, "Anna Berg"))
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "dear.txt").write_text("Dear Ann,")
    desk.execute("UPDATE release_draft SET folder = ?", (str(letters),))  # as whoever writes to the file could
    (waiting,) = releases.drafts(desk)
    with pytest.raises(UserError, match="only they release"):
        pipeline.withdraw_draft(desk, waiting, who(desk, "Cem"), "I would like that.")
    pipeline.withdraw_draft(desk, waiting, who(desk, "Anna Berg"), "One was wrong.")
    assert (letters / "dear.txt").exists()
    assert draft.exists()
    assert releases.drafts(desk) == ()


def test_who_left_meanwhile_signs_no_draft_by_a_file_either(desk: Connection, made: Path, tmp_path: Path) -> None:
    pipeline.change_setting(desk, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    draft = pipeline.release(desk, tmp_path / "out", who(desk, "Anna Berg"))
    carried = Path(shutil.copytree(draft, tmp_path / "stick" / draft.name))
    other = open_desk(Path(shutil.copy(made, tmp_path / "other.desk")))
    pipeline.sign_draft(other, carried, who(other, "Bo Lind"))
    other.close()
    pipeline.change_auditor(desk, "Bo Lind", "left the company", "Anna Berg", active=False)
    with pytest.raises(UserError, match="no longer active"):
        pipeline.add_signature(desk, draft, carried / "signatures" / "bo-lind.sig")
    assert draft.exists()
    assert releases.all_releases(desk) == ()


def test_a_recall_is_told_to_the_recipient_and_in_the_next_bundle(desk: Connection, tmp_path: Path) -> None:
    anna, numbers = who(desk, "Anna Berg"), releases.leaving(desk)
    terms = ReleaseTerms(recipient="Team North", only=frozenset(numbers[:2]))
    bundle = pipeline.release(desk, tmp_path, anna, terms=terms)
    with pytest.raises(UserError, match="Say why"):
        pipeline.recall_release(desk, 1, "", anna)
    notice = pipeline.recall_release(desk, 1, "It pays twice.", anna, only=numbers[:1])
    said = json.loads(notice.read_bytes())
    assert (said["recipient"], said["corrections"], said["by"]) == ("Team North", numbers[:1], "Anna Berg")
    assert said["lines"]
    assert states(desk, numbers[:2]) == [ReviewState.RECALLED, ReviewState.RELEASED]
    program = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle), "--recall", str(notice)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "RECALLED by Anna Berg: It pays twice." in done.stdout
    assert done.stdout.count("do not train on: ") == len(said["lines"])
    notice.write_bytes(notice.read_bytes().replace(b"pays twice", b"is quite good"))
    assert subprocess.run(program, capture_output=True, check=False).returncode == 1
    with pytest.raises(UserError, match="Nothing in bundle 1"):
        pipeline.recall_release(desk, 1, "Again.", anna, only=numbers[:1])
    after = pipeline.release(desk, tmp_path, anna)
    assert "It pays twice." in (after / "data/audit/recalled.jsonl").read_text()
    assert "It pays twice." in (after / "data/report/report.html").read_text()
    assert pipeline.verify_bundle(after) == []
    assert pipeline.verify_desk(desk) == []


def test_what_was_recalled_does_not_leave_again_whoever_rewrites_the_tables(desk: Connection, tmp_path: Path) -> None:
    anna, path = who(desk, "Anna Berg"), tmp_path / "a.desk"
    pipeline.release(desk, tmp_path / "out", anna)
    pipeline.recall_release(desk, 1, "It pays twice.", anna)
    desk.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    insider = sqlite3.connect(path, isolation_level=None)
    triggers = insider.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        insider.execute(f"DROP TRIGGER {name}")
    insider.execute("DELETE FROM released_correction")
    insider.execute("UPDATE correction SET state = 'approved' WHERE state = 'recalled'")
    insider.execute("UPDATE episode SET review = 'approved' WHERE review = 'recalled'")
    for _, sql in triggers:
        insider.execute(sql)
    insider.close()
    with closing(open_desk(path)) as db:
        tallies.rebuild(db)  # as who has read this program could
        with pytest.raises(UserError, match="has left this desk already, as the ledger says"):
            pipeline.release(db, tmp_path / "out", anna)
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("DELETE FROM recall")
        tallies.rebuild(db)
        assert any("does not have a recall as the ledger does" in fault for fault in pipeline.verify_desk(db))
        with pytest.raises(UserError, match="does not have a recall as the ledger does"):
            pipeline.release(db, tmp_path / "out", anna)


def test_the_report_is_made_again_byte_for_byte(desk: Connection, tmp_path: Path) -> None:
    bundle = pipeline.release(desk, tmp_path, who(desk, "Anna Berg"))
    pipeline.make_report(bundle, tmp_path / "r.html", tmp_path / "r.pdf", full=False)
    for name in ("html", "pdf"):
        assert (tmp_path / f"r.{name}").read_bytes() == (bundle / f"data/report/report.{name}").read_bytes()
    text = pipeline.report_text(bundle)
    assert "What should have happened" in text
    assert "produces evidence for the clauses" in text.replace("\n", " ")
    assert "complian" not in text.lower()

"""Known-bad corrections: sealed beforehand, told by nothing that is shown, and never out of the desk."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from oversight_desk import ADMIN, FIRST, decide_all, fill, new_desk, signers

from dreamdesk import pipeline
from dreamdesk.desk import corrections, ledger, ledger_reading, listing, releases, sealed
from dreamdesk.desk.database import Connection, open_desk, path_of, transaction
from dreamdesk.desk.ledger_reading import Filter
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import sealing
from dreamdesk.release import verify
from dreamdesk.release.verify_decisions import check_ledger
from dreamdesk.review.identity import Signer

PARTS = ("data-processing", "workflow-orchestration")
Desk = tuple[Connection, dict[str, Signer]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Signer]]:
    """A desk on which two of the first eight corrections were made bad, and nothing is decided."""
    folder = tmp_path_factory.mktemp("sealed")
    db = new_desk(folder)
    keys = signers(db)
    sealing.seal(db, 2, 8, keys[ADMIN])
    fill(db, *PARTS)
    db.close()
    return folder, keys


@pytest.fixture
def desk(made: tuple[Path, dict[str, Signer]], tmp_path: Path) -> Desk:
    """A copy of it."""
    for part in made[0].iterdir():
        shutil.copy(part, tmp_path / part.name)
    return open_desk(tmp_path / "oversight.desk"), made[1]


def test_they_are_made_and_no_guardrail_blocks_them(desk: Desk) -> None:
    db, _ = desk
    found = sealed.of_seal(db, 1)
    assert len(found) == 2
    for one in found:
        checks, _ = corrections.checks(db, one.correction)
        assert checks
        assert all(check.result is not CheckResult.BLOCK for check in checks)
        assert corrections.of_episode(db, one.episode)[0].id == one.correction
        assert corrections.revision(db, one.correction).digest() == one.digest != one.genuine.digest()
    assert pipeline.verify_desk(db) == []


def test_nothing_that_is_shown_tells_them_from_others(desk: Desk, tmp_path: Path) -> None:
    """The same import without a seal gives the same ids, sources, authors, notes, states and ledger lines."""
    db, _ = desk
    plain = tmp_path / "plain"
    plain.mkdir()
    other = new_desk(plain)
    signers(other)
    fill(other, *PARTS)

    def shown(one: Connection) -> list[dict[str, object]]:
        kept = ("id", "episode", "source", "state", "revision", "author", "note", "exchange")
        return [{name: row[name] for name in kept} for row in listing.corrections(one)]

    assert shown(db) == shown(other)
    entries = [(entry["actor"], entry["type"], entry["subject"]) for entry in listing.entries(db)]
    entries = [entry for entry in entries if entry[1] != sealed.SEALED]
    assert entries == [(entry["actor"], entry["type"], entry["subject"]) for entry in listing.entries(other)]
    for row in [*listing.corrections(db), *listing.checks(db), *listing.entries(db)]:
        words = json.dumps(row).lower()
        assert "known_bad" not in words
        assert "sealed" not in words or row.get("type") == sealed.SEALED


def test_an_approved_one_stays_behind_and_the_bundle_is_sound(desk: Desk, tmp_path: Path) -> None:
    db, keys = desk
    decided = decide_all(db, keys[FIRST])
    secret = sealed.corrections(db)
    assert secret < set(decided)
    bundle = pipeline.release(db, tmp_path / "out", keys[FIRST])
    assert pipeline.verify_bundle(bundle) == []
    (release,) = releases.all_releases(db)
    assert not secret & set(release.corrections)
    text = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file())
    for one in sealed.of_seal(db, 1):
        assert one.digest.encode() not in text
    assert sealed.found(db, opened=False) == {FIRST: (0, 2)}
    assert pipeline.verify_desk(db) == []


def test_the_schema_lets_none_out_whatever_is_written(desk: Desk) -> None:
    db, keys = desk
    decide_all(db, keys[FIRST])
    one = sealed.of_seal(db, 1)[0]
    with pytest.raises(UserError, match="never leaves"):
        releases.add(db, 1, "somewhere", FIRST, "d", [one.correction])
    with pytest.raises(sqlite3.IntegrityError, match=r"never leaves|nobody sets it"), transaction(db):
        db.execute("UPDATE correction SET state = 'released' WHERE id = ?", (one.correction,))
    with pytest.raises(sqlite3.IntegrityError, match=r"never leaves|only what is approved"), transaction(db):
        db.execute("INSERT INTO released_correction(correction, release) VALUES(?, 1)", (one.correction,))
    for statement in ("DELETE FROM sealed", "UPDATE sealed SET correction = correction + 100", "DELETE FROM seal"):
        with pytest.raises(sqlite3.IntegrityError, match=r"sealed|append-only"), transaction(db):
            db.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="never leaves"), transaction(db):
        db.execute(
            "INSERT INTO release_draft(at, folder, auditor, digest, revisions, memory, recipient, required, state)"
            " VALUES(1, '', '', '', ?, '[]', '', 1, 'open')",
            (json.dumps({str(one.correction): one.digest}),),
        )
    # Nor does a copy of its text under another number.
    with transaction(db):
        copied = corrections.add(
            db, one.episode, corrections.get(db, one.correction).source, corrections.revision(db, one.correction), "x"
        )
    pipeline.check(db, [copied])
    pipeline.decide(db, copied, Verdict.APPROVE, "warning-not-material", "fine", keys[FIRST])
    with pytest.raises((UserError, sqlite3.IntegrityError), match="never leaves"):
        releases.add(db, 1, "somewhere", FIRST, "d", [copied])


def test_the_verifier_of_a_bundle_refuses_one(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk whose triggers and queries are taken away: the entry that came with the correction gives it away."""
    db, keys = desk
    decide_all(db, keys[FIRST])
    monkeypatch.setattr(sealed, "corrections", lambda db: frozenset())
    for trigger in ("sealed_never_leaves", "sealed_never_released"):
        db.execute(f"DROP TRIGGER {trigger}")
    with pytest.raises(UserError, match="known to be bad"):
        pipeline.release(db, tmp_path / "out", keys[FIRST])
    with monkeypatch.context() as careless:
        careless.setattr(verify, "verify", lambda *_, **__: [])
        bundle = pipeline.release(db, tmp_path / "out", keys[FIRST])
    faults = pipeline.verify_bundle(bundle)
    assert sum("known to be bad" in fault for fault in faults) == 2
    openings = bundle / "data" / "audit" / "openings.jsonl"
    kept = [line for line in openings.read_text().splitlines() if "known_bad" not in line]
    openings.write_text("".join(f"{line}\n" for line in kept))
    info = dict(line.split(": ", 1) for line in (bundle / "bag-info.txt").read_text().splitlines() if ": " in line)
    assert sum("does not show where" in fault for fault in check_ledger(bundle, info)) == 2


def test_who_notices_is_counted_and_the_first_word_counts(desk: Desk) -> None:
    db, keys = desk
    one, two = (item.correction for item in sealed.of_seal(db, 1))
    pipeline.decide(db, one, Verdict.HOLD, "needs-evidence", "", keys[FIRST])
    pipeline.decide(db, two, Verdict.APPROVE, "warning-not-material", "fine", keys[FIRST])
    pipeline.decide(db, two, Verdict.REJECT, "breaks-policy", "on second thoughts", keys[FIRST])
    assert sealed.found(db, opened=False) == {FIRST: (0, 1)}
    pipeline.decide(db, one, Verdict.RETURN, "needs-evidence", "", keys[FIRST])
    assert sealed.found(db, opened=False) == {FIRST: (1, 2)}
    assert sealed.found(db) == {}
    sealing.open_seal(db, 1, keys[ADMIN])
    assert sealed.found(db) == {FIRST: (1, 2)}


def test_opening_shows_the_list_that_was_committed_to_and_brings_the_genuine_ones(desk: Desk) -> None:
    db, keys = desk
    secret = sealed.of_seal(db, 1)
    with pytest.raises(UserError, match="Only an administrator"):
        sealing.open_seal(db, 1, keys[FIRST])
    opened = sealing.open_seal(db, 1, keys[ADMIN])
    assert opened == secret
    (told,) = ledger.bodies(db, sealed.OPENED)
    (before,) = ledger.bodies(db, sealed.SEALED)
    assert sealed.commitment(bytes.fromhex(told["salt"]), told["list"]) == before["commitment"]
    for one in secret:
        current = corrections.of_episode(db, one.episode)[0]
        assert current.id != one.correction
        assert corrections.revision(db, current.id).digest() == one.genuine.digest()
    with pytest.raises(UserError, match="opened already"):
        sealing.open_seal(db, 1, keys[ADMIN])
    assert pipeline.verify_desk(db) == []


def test_what_is_held_back_is_not_dreamed_again_while_sealed(desk: Desk) -> None:
    db, _ = desk
    from dreamdesk.model.correction import DreamSource

    assert pipeline.dream(db, DreamSource.GRAFT) == []


def test_a_changed_seal_is_found(desk: Desk) -> None:
    db, _ = desk
    db.execute("DROP TRIGGER seal_fixed")
    db.execute("""UPDATE seal SET body = replace(body, '"at"', '"At"')""")
    assert any("commitment" in fault for fault in sealing.sealing_faults(db))
    db.execute("DROP TRIGGER sealed_kept")
    db.execute("DELETE FROM sealed WHERE correction = (SELECT min(correction) FROM sealed)")
    assert any("known-bad" in fault for fault in sealing.sealing_faults(db))


def test_not_too_many_and_only_an_administrator(desk: Desk) -> None:
    db, keys = desk
    for number, among in ((0, 10), (3, 11), (-1, 5), (5, 5)):
        with pytest.raises(UserError, match="At most one of 4"):
            sealing.seal(db, number, among, keys[ADMIN])
    with pytest.raises(UserError, match="Only an administrator"):
        sealing.seal(db, 1, 4, "somebody")
    assert path_of(db).exists()


def test_the_preview_of_an_erasure_does_not_tell_which_is_sealed(desk: Desk) -> None:
    db, keys = desk
    one = sealed.of_seal(db, 1)[0]
    words = next(c.step.content for c in one.genuine.steps if len(c.step.content) > 20 and c.step.content.isprintable())
    assert "sealed" not in {cell.table for cell in pipeline.preview_erasure(db, [words]).found}
    sealing.open_seal(db, 1, keys[ADMIN])
    assert "sealed" in {cell.table for cell in pipeline.preview_erasure(db, [words]).found}


def test_the_ledger_read_in_full_does_not_tell_which_is_sealed(desk: Desk) -> None:
    db, _ = desk
    assert not ledger_reading.find(db, Filter(words="known_bad"))
    for number in range(1, ledger.size(db) + 1):
        found = ledger_reading.detail(db, number)
        assert found is not None
        assert "known_bad" not in json.dumps(found.body)
    added = {frozenset(found.body) for n in ledger_reading.find(db, Filter(kind="revision-added"))
             if (found := ledger_reading.detail(db, n))}  # fmt: skip
    assert len(added) == 1

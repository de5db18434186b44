"""Three desks without a server: four eyes across two of them, an amendment, a conflict, and one bundle at the end."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, ledger, packets
from dreamdesk.desk.database import Connection, create
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import ReviewState, Role, Verdict
from dreamdesk.review import sshsig

PASSPHRASE = "correct horse battery"


def _desk(folder: Path, name: str, role: Role) -> tuple[Connection, pipeline.Signer]:
    db = create(folder / f"{name}.desk")
    pipeline.add_auditor(db, name, role, PASSPHRASE)
    for setting, value in (("four_eyes", "on"), ("blind_mark", "off")):
        pipeline.change_setting(db, setting, value, name)
    return db, pipeline.unlock(db, name, PASSPHRASE)


def _same(db: Connection, digest: str, number: int = 1) -> int:
    """Return the correction of which revision *number* has this digest: its id differs from desk to desk."""
    return next(one for one in corrections.ids(db) if _digest(db, one, number) == digest)


def _digest(db: Connection, correction: int, number: int = 1) -> str:
    row = corrections.get(db, correction)
    return corrections.revision(db, correction, number).digest() if row.revisions >= number else ""


def test_work_goes_round_three_desks_and_leaves_as_one_bundle(samples: Path, tmp_path: Path) -> None:
    (ann_desk, ann), (bob_desk, bob), (cyd_desk, cyd) = (
        _desk(tmp_path, name, role)
        for name, role in (("Ann", Role.REVIEWER), ("Bob", Role.REVIEWER), ("Cyd", Role.APPROVER))
    )
    keys = [sshsig.fingerprint(one.auditor.public_key) for one in (ann, bob, cyd)]  # read out over the telephone
    list(pipeline.import_paths(ann_desk, [samples]))
    pipeline.prepare(ann_desk)
    fine = [
        one for one in corrections.ids(ann_desk)
        if all(check.result is CheckResult.PASS for check in corrections.checks(ann_desk, one)[0])
    ][:4]  # fmt: skip
    named = [_digest(ann_desk, one) for one in fine]
    both, mended, disputed, refused = range(4)

    # Ann approves two, rejects none yet, and hands four to Bob and to Cyd.
    for number in (both, disputed):
        pipeline.decide(ann_desk, fine[number], Verdict.APPROVE, "follows-policy", "reads well", ann)
    chosen = [corrections.get(ann_desk, one).episode for one in fine]
    for name, desk in (("Bob", bob_desk), ("Cyd", cyd_desk)):
        path = tmp_path / f"to-{name}.packet"
        pipeline.make_packet(ann_desk, path, ann, to=name, chosen=chosen, why="please decide", due="2026-12-31")
        found = pipeline.join_packet(desk, path, name, keys)
        assert found.new["episodes"] == len(set(chosen))
        assert pipeline.verify_desk(desk) == []

    # Bob approves one as the second, amends one, and rejects one that Ann then approves of again, not knowing.
    pipeline.decide(bob_desk, _same(bob_desk, named[both]), Verdict.APPROVE, "follows-policy", "", bob)
    assert corrections.get(bob_desk, _same(bob_desk, named[both])).state is ReviewState.APPROVED
    amended = _same(bob_desk, named[mended])
    steps = [one.step for one in corrections.revision(bob_desk, amended).steps]
    steps[-1] = replace(steps[-1], content=f"{steps[-1].content} Thank you for waiting.")
    pipeline.amend(bob_desk, amended, steps, "Bob", "friendlier")
    contested = _same(bob_desk, named[refused])
    pipeline.decide(bob_desk, contested, Verdict.REJECT, "not-an-error", "the agent was right", bob)
    pipeline.decide(ann_desk, fine[refused], Verdict.APPROVE, "follows-policy", "", ann)

    # Cyd approves two.
    for number in (disputed, refused):
        pipeline.decide(cyd_desk, _same(cyd_desk, named[number]), Verdict.APPROVE, "follows-policy", "", cyd)

    # Both return; Bob's packet is merged twice, and the second time brings nothing.
    back = {}
    for name, desk, who in (("Bob", bob_desk, bob), ("Cyd", cyd_desk, cyd)):
        back[name] = tmp_path / f"from-{name}.packet"
        pipeline.answer_packet(desk, back[name], who)
    looked = pipeline.look_into_packet(ann_desk, back["Bob"], keys)
    first = pipeline.join_packet(ann_desk, back["Bob"], "Ann", keys)
    assert (looked.new, looked.conflicts) == (first.new, first.conflicts)
    size = ledger.size(ann_desk)
    assert not any(pipeline.join_packet(ann_desk, back["Bob"], "Ann", keys).new.values())
    assert ledger.size(ann_desk) == size
    pipeline.join_packet(ann_desk, back["Cyd"], "Ann", keys)

    # Four eyes across desks; the amendment waits for two; the contradiction waits for an approver.
    states = [corrections.get(ann_desk, one).state for one in fine]
    assert states == [ReviewState.APPROVED, ReviewState.AMENDED, ReviewState.APPROVED, ReviewState.ESCALATED]
    assert corrections.get(ann_desk, fine[mended]).revisions == 2
    (conflict,) = pipeline.packet_conflicts(ann_desk)
    assert conflict.kind == "decisions"
    assert conflict.correction == fine[refused]
    assert len(conflict.sides) == 3
    assert pipeline.verify_desk(ann_desk) == []

    # Cyd, an approver, gets both sides, ends it, and approves the amendment; so does Ann.
    again = tmp_path / "again.packet"
    pipeline.make_packet(ann_desk, again, ann, to="Cyd", chosen=chosen, why="you decide")
    found = pipeline.join_packet(cyd_desk, again, "Cyd")
    assert [one.name for one in found.strangers] == ["Bob"]  # whom Cyd has not met: his word waits for his key
    assert {one.what.split(" (")[0] for one in found.left_out} == {"the decision of Bob"}
    found = pipeline.join_packet(cyd_desk, again, "Cyd", keys)
    assert found.new["decisions"] == 2
    assert [one.kind for one in pipeline.packet_conflicts(cyd_desk)] == ["decisions"]
    pipeline.decide(
        cyd_desk, _same(cyd_desk, named[refused]), Verdict.REJECT, "not-an-error", "Bob is right: it had shipped", cyd
    )
    mended_name = _digest(ann_desk, fine[mended], 2)
    pipeline.decide(
        cyd_desk, _same(cyd_desk, mended_name, 2), Verdict.APPROVE, "warning-not-material", "only the tone", cyd
    )
    last = tmp_path / "last.packet"
    pipeline.answer_packet(cyd_desk, last, cyd)
    assert pipeline.join_packet(ann_desk, last, "Ann").conflicts == []
    pipeline.decide(ann_desk, fine[mended], Verdict.APPROVE, "warning-not-material", "only the tone", ann)
    states = [corrections.get(ann_desk, one).state for one in fine]
    assert states == [ReviewState.APPROVED, ReviewState.APPROVED, ReviewState.APPROVED, ReviewState.REJECTED]
    assert pipeline.verify_desk(ann_desk) == []

    # One bundle leaves, in which the approvals of all three stand, and an examiner's Python verifies it.
    bundle = pipeline.release(ann_desk, tmp_path, ann)
    assert pipeline.verify_bundle(bundle) == []
    trusted = tmp_path / "allowed_signers"
    trusted.write_text(
        "".join(
            f'"{one.auditor.name}" namespaces="dreamdesk-decision,dreamdesk-bundle" {one.auditor.public_key}\n'
            for one in (ann, bob, cyd)
        )
    )
    done = subprocess.run(
        [sys.executable, "-I", bundle / "verify.py", "--allowed-signers", trusted], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert {one.auditor for one in decisions.of_correction(ann_desk, fine[both])} == {"Ann", "Bob"}
    assert {one.desk for one in packets.witnesses(ann_desk)} == {
        ledger.desk_id(bob_desk), ledger.desk_id(cyd_desk),
    }  # fmt: skip
    assert pipeline.verify_desk(ann_desk) == []
    for desk in (ann_desk, bob_desk, cyd_desk):
        desk.close()

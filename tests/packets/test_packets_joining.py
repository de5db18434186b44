"""Joining is a set union: whichever desk first, however often, over whichever way, all come to hold the same."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from packet_desks import content, desk, prints, signer

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, episodes, ledger, packets, queue
from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import ReviewState, Role, Verdict
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category
from dreamdesk.review.identity import Signer
from dreamdesk.review.packets.consistency import Tree, continues

NAMES = ("Ann", "Bob", "Cyd")
ROLES = {"Ann": Role.APPROVER, "Bob": Role.REVIEWER, "Cyd": Role.APPROVER}
REASONS = {
    Verdict.APPROVE: "follows-policy", Verdict.REJECT: "not-an-error", Verdict.RETURN: "incomplete",
    Verdict.HOLD: "awaiting-information", Verdict.ESCALATE: "policy-unclear",
}  # fmt: skip


class Desks(NamedTuple):
    """Three desks that hold the same episodes, and their people."""

    folder: Path
    people: dict[str, Signer]


@pytest.fixture(scope="module")
def base(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Desks:
    """Ann's desk has two failures with corrections; Bob and Cyd got them in a packet; all know each other's keys."""
    folder = tmp_path_factory.mktemp("base")
    opened = {name: desk(folder, name, (name, ROLES[name])) for name in NAMES}
    people = {name: signer(db, name) for name, db in opened.items()}
    list(pipeline.import_paths(opened["Ann"], [samples / "data-processing"]))
    pipeline.prepare(opened["Ann"])
    for db in opened.values():
        pipeline.change_setting(db, "four_eyes", "on", "x")
        pipeline.change_setting(db, "blind_mark", "off", "x")
    fine = [one for one in queue.ids(opened["Ann"], queue.Tab.REVIEW) if _passes(opened["Ann"], one)][:2]
    assert len(fine) == 2
    for name in NAMES[1:]:
        first, back = folder / f"to-{name}.packet", folder / f"from-{name}.packet"
        pipeline.make_packet(opened["Ann"], first, people["Ann"], to=name, chosen=fine)
        pipeline.join_packet(opened[name], first, name, prints(*people.values()))
        pipeline.answer_packet(opened[name], back, people[name])
        pipeline.join_packet(opened["Ann"], back, "Ann", prints(*people.values()))
    for one, other in (("Bob", "Cyd"), ("Cyd", "Bob")):
        _hand_over(folder, opened[one], people[one], opened[other], other, prints(*people.values()))
    for db in opened.values():
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    return Desks(folder, people)


def _passes(db: Connection, episode: int) -> bool:
    rows = corrections.of_episode(db, episode)
    checks = [check for row in rows for check in corrections.checks(db, row.id)[0]]
    return bool(rows) and all(check.result is CheckResult.PASS for check in checks)


def _hand_over(
    folder: Path, here: Connection, who: Signer, there: Connection, to: str, known: list[str] | None = None
) -> pipeline.PacketFound:
    """Send all that one desk got or sent to another, and join it there."""
    shared = sorted({one for packet in packets.all_packets(here) for one in packet.episodes})
    path = folder / f"{ledger.size(here)}-{who.auditor.name}-{to}.packet"
    path.unlink(missing_ok=True)
    pipeline.make_packet(here, path, who, to=to, chosen=shared, kind=pipeline.PacketKind.EXCHANGE, recordings=False)
    return pipeline.join_packet(there, path, to, known or ())


def _copied(base: Desks, folder: Path) -> dict[str, Connection]:
    folder.mkdir()
    for name in NAMES:
        shutil.copy(base.folder / f"{name}.desk", folder / f"{name}.desk")
    return {name: open_desk(folder / f"{name}.desk") for name in NAMES}


def _do(db: Connection, who: Signer, what: str, number: int, words: str) -> None:
    """Do one thing at a desk; what its rules forbid is not done."""
    shared = sorted({one for packet in packets.all_packets(db) for one in packet.episodes})
    waiting = [row.id for episode in shared for row in corrections.of_episode(db, episode)]
    # The same number is the same correction at every desk, whatever its id is there.
    waiting.sort(key=lambda one: (corrections.revision(db, one, 1).digest(), one))
    correction = waiting[number % len(waiting)]
    episode = corrections.get(db, correction).episode
    try:
        if what == "amend":
            steps = [one.step for one in corrections.revision(db, correction).steps]
            spoken = [*steps[:-1], replace(steps[-1], content=f"{steps[-1].content} {words}")]
            pipeline.amend(db, correction, spoken, who.auditor.name, words)
        elif what == "mark":
            pipeline.mark(db, episode, who.auditor.name, None, Category.D0, hidden=False, note=words)
        elif what == "outcome":
            state = (OutcomeState.FAILED, OutcomeState.PARTIAL)[number % 2]
            pipeline.set_outcome(db, episode, state, words, who)
        else:
            verdict = Verdict(what)
            pipeline.decide(db, correction, verdict, REASONS[verdict], words, who)
    except UserError:
        pass


DEEDS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(
        ("approve", "approve", "approve", "reject", "hold", "return", "escalate", "amend", "mark", "outcome")
    ),
    st.integers(0, 3),
    st.sampled_from(("yes", "no", "perhaps")),
)
HANDINGS = st.permutations([(one, other) for one in NAMES for other in NAMES if one != other])


@settings(
    max_examples=int(os.environ.get("PACKET_SCHEDULES", "4")), phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.lists(st.one_of(DEEDS, DEEDS, DEEDS, st.permutations(NAMES)), min_size=3, max_size=12), HANDINGS, HANDINGS)
def test_three_desks_come_to_the_same_in_any_order(
    base: Desks, tmp_path_factory: pytest.TempPathFactory, schedule: list[object], once: list[tuple[str, str]],
    again: list[tuple[str, str]],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("schedule")
    opened = _copied(base, folder / "desks")

    def hand(one: str, other: str) -> pipeline.PacketFound:
        return _hand_over(folder, opened[one], base.people[one], opened[other], other)

    for step in schedule:
        if len(step) == 4:  # type: ignore[arg-type]
            name, what, number, words = step  # type: ignore[misc]
            _do(opened[name], base.people[name], what, number, words)
        else:
            hand(step[0], step[1])  # type: ignore[index]
    for one, other in (*once, *again):
        assert hand(one, other).left_out == []
    contents = [content(db) for db in opened.values()]
    assert contents[0] == contents[1] == contents[2]
    for db in opened.values():
        assert pipeline.verify_desk(db) == []
        for correction in corrections.ids(db):
            _approved_by_two(db, correction)
    assert not any(hand("Ann", "Bob").new.values())  # once more brings nothing
    for db in opened.values():
        db.close()
    shutil.rmtree(folder)


def _approved_by_two(db: Connection, correction: int) -> None:
    """No way leads to approved without two people, neither of them an author, who said so last."""
    row = corrections.get(db, correction)
    if row.state is ReviewState.APPROVED:
        authors = {corrections.revision(db, correction, number).author for number in range(1, row.revisions + 1)}
        made = decisions.of_correction(db, correction, row.revisions)
        assert len({one.auditor for one in made if one.verdict is Verdict.APPROVE} - authors) >= 2


@settings(max_examples=int(os.environ.get("PACKET_SCHEDULES", "4")), phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(st.lists(DEEDS, min_size=1, max_size=6))
def test_joining_is_the_same_both_ways_and_twice(
    base: Desks, tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    opened = _copied(base, folder / "desks")
    for name, what, number, words in deeds:
        _do(opened[name], base.people[name], what, number, words)
    ann, bob = opened["Ann"], opened["Bob"]
    shared = sorted({one for packet in packets.all_packets(bob) for one in packet.episodes})
    path = folder / "bob.packet"
    pipeline.make_packet(bob, path, base.people["Bob"], to="Ann", chosen=shared, kind=pipeline.PacketKind.EXCHANGE)
    _hand_over(folder, ann, base.people["Ann"], bob, "Bob")
    pipeline.join_packet(ann, path, "Ann")
    once, size = content(ann), ledger.size(ann)
    assert once == content(bob)
    assert not any(pipeline.join_packet(ann, path, "Ann").new.values())
    assert (content(ann), ledger.size(ann)) == (once, size)
    for db in opened.values():
        db.close()
    shutil.rmtree(folder)


# ------------------------------------------------------------------------------------------- ledgers and witnesses


def test_a_proof_holds_for_every_beginning_and_for_nothing_else() -> None:
    lines = [bytes([number]) * 3 for number in range(40)]
    for size in range(1, 41):
        tree = Tree(lines[:size])
        assert tree.root() == ledger.merkle_root(iter(lines[:size]))
        for before in range(1, size + 1):
            first = (before, ledger.merkle_root(iter(lines[:before])))
            proof = tree.proof(before)
            assert continues(first, (size, tree.root()), proof)
            assert not continues((before, hashlib.sha256(b"x").digest()), (size, tree.root()), proof)
            assert not continues(first, (size, hashlib.sha256(b"x").digest()), proof)
            assert not continues(first, (size, tree.root()), [*proof, tree.root()])
            if before < size:
                assert not continues(first, (size, tree.root()), proof[:-1])


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_a_changed_entry_has_no_proof(one: int, other: int, data: st.DataObject) -> None:
    before, size = sorted((one, other))
    lines = [str(number).encode() for number in range(size)]
    changed = data.draw(st.integers(0, before - 1))
    forged = Tree([b"forged" if number == changed else line for number, line in enumerate(lines)])
    seen = (before, ledger.merkle_root(iter(lines[:before])))
    assert not continues(seen, (size, forged.root()), forged.proof(before))


def test_a_desk_that_was_rolled_back_is_told_at_once(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    ann, bob = opened["Ann"], opened["Bob"]
    yesterday = tmp_path / "yesterday.desk"
    bob.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "desks" / "Bob.desk", yesterday)
    _do(bob, base.people["Bob"], "reject", 0, "no")
    _hand_over(tmp_path, bob, base.people["Bob"], ann, "Ann")
    older = open_desk(yesterday)
    for words in ("yes", "yes indeed", "so be it", "and again", "once more", "the last"):
        _do(older, base.people["Bob"], "mark", 0, words)  # longer than the true one by now
    before = ledger.head(ann)
    with pytest.raises(UserError, match="rolled back to an older copy, or rewritten"):
        _hand_over(tmp_path, older, base.people["Bob"], ann, "Ann")
    assert ledger.head(ann) == before


def test_packets_that_come_late_are_no_rollback(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    ann, bob = opened["Ann"], opened["Bob"]
    shared = sorted({one for packet in packets.all_packets(bob) for one in packet.episodes})
    paths = [tmp_path / f"{number}.packet" for number in range(3)]
    for number, path in enumerate(paths):
        _do(bob, base.people["Bob"], "mark", number, "here")
        pipeline.make_packet(bob, path, base.people["Bob"], to="Ann", chosen=shared, kind=pipeline.PacketKind.EXCHANGE)
    for path in (paths[2], paths[0], paths[1], paths[0]):
        pipeline.join_packet(ann, path, "Ann")
    assert pipeline.verify_desk(ann) == []
    seen = packets.witnesses(ann, ledger.desk_id(bob))
    assert len(seen) >= 3


# ------------------------------------------------------------------------------------------------------ conflicts


def test_two_decisions_that_did_not_know_each_other_wait_for_an_approver(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    _do(opened["Ann"], base.people["Ann"], "approve", 0, "fine")
    _do(opened["Bob"], base.people["Bob"], "reject", 0, "wrong")
    found = _hand_over(tmp_path, opened["Bob"], base.people["Bob"], opened["Ann"], "Ann")
    (conflict,) = [one for one in found.conflicts if one.kind == "decisions"]
    assert sorted(side.split(" ")[0] for side in conflict.sides) == ["Ann", "Bob"]
    assert conflict.correction is not None
    assert corrections.get(opened["Ann"], conflict.correction).state is ReviewState.ESCALATED
    assert [one.kind for one in pipeline.packet_conflicts(opened["Ann"])] == ["decisions"]
    assert pipeline.verify_desk(opened["Ann"]) == []
    # An approver decides with both before their eyes, and that ends it: here, and where the decision comes.
    pipeline.decide(
        opened["Ann"], conflict.correction, Verdict.REJECT, "not-an-error", "Bob is right", base.people["Ann"]
    )
    assert pipeline.packet_conflicts(opened["Ann"]) == []
    _hand_over(tmp_path, opened["Ann"], base.people["Ann"], opened["Cyd"], "Cyd")
    assert pipeline.packet_conflicts(opened["Cyd"]) == []
    assert content(opened["Ann"])["states"] == content(opened["Cyd"])["states"]


def test_two_amendments_stand_side_by_side_until_one_is_rejected(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    _do(opened["Ann"], base.people["Ann"], "amend", 0, "in my words")
    _do(opened["Bob"], base.people["Bob"], "amend", 0, "in mine")
    found = _hand_over(tmp_path, opened["Bob"], base.people["Bob"], opened["Ann"], "Ann")
    (conflict,) = found.conflicts
    assert conflict.kind == "amendments"
    assert "in my words" in conflict.sides[0]
    assert "in mine" in conflict.sides[1]
    db = opened["Ann"]
    assert conflict.episode is not None
    newest = max(row.id for row in corrections.of_episode(db, conflict.episode))
    pipeline.decide(db, newest, Verdict.REJECT, "duplicate", "the other one", base.people["Ann"])
    assert pipeline.packet_conflicts(db) == []


def test_two_words_on_an_outcome_are_both_kept(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    episode = {name: min(one for p in packets.all_packets(db) for one in p.episodes) for name, db in opened.items()}
    pipeline.set_outcome(opened["Ann"], episode["Ann"], OutcomeState.FAILED, "it failed", base.people["Ann"])
    pipeline.set_outcome(opened["Bob"], episode["Bob"], OutcomeState.PARTIAL, "only half", base.people["Bob"])
    found = _hand_over(tmp_path, opened["Bob"], base.people["Bob"], opened["Ann"], "Ann")
    assert [one.kind for one in found.conflicts] == ["outcomes"]
    assert episodes.outcome(opened["Ann"], episode["Ann"]).state is OutcomeState.PARTIAL
    pipeline.set_outcome(opened["Ann"], episode["Ann"], OutcomeState.FAILED, "all of it", base.people["Ann"])
    assert pipeline.packet_conflicts(opened["Ann"]) == []


def test_a_name_with_another_key_is_a_conflict_and_changes_nothing(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    other = desk(tmp_path, "other", ("Ann", Role.APPROVER), ("Dee", Role.REVIEWER))
    ann, dee = signer(other, "Ann"), signer(other, "Dee")
    path = tmp_path / "first.packet"
    shared = sorted({one for packet in packets.all_packets(opened["Bob"]) for one in packet.episodes})
    pipeline.make_packet(opened["Bob"], path, base.people["Bob"], to="Dee", chosen=shared)
    pipeline.change_setting(other, "blind_mark", "off", "x")
    pipeline.join_packet(other, path, "Dee", prints(base.people["Bob"]))
    for who in (ann, dee):
        _do(other, who, "reject", 0, "no")
        _do(other, who, "hold", 1, "no")
    found = _hand_over(tmp_path, other, dee, opened["Cyd"], "Cyd", prints(dee, ann))
    assert "key" in [one.kind for one in found.conflicts]
    assert len([one for one in found.left_out if "Ann" in one.what]) >= 1
    names = [one for one in pipeline.packet_conflicts(opened["Cyd"]) if one.kind == "key"]
    assert names[0].about == "Ann"
    assert pipeline.verify_desk(opened["Cyd"]) == []
    with pytest.raises(UserError, match="not theirs on this desk"):
        _hand_over(tmp_path, other, ann, opened["Cyd"], "Cyd", prints(ann))


def test_what_comes_after_its_key_was_revoked_counts_for_nothing(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    ann, bob, cyd = opened["Ann"], opened["Bob"], opened["Cyd"]
    _do(bob, base.people["Bob"], "approve", 0, "said before, or so the clock of Bob's laptop says")
    _hand_over(tmp_path, bob, base.people["Bob"], cyd, "Cyd")
    pipeline.revoke_key(ann, "Bob", "the laptop was stolen", "Ann")
    before = content(ann)
    with pytest.raises(UserError, match="was revoked on this desk"):
        _hand_over(tmp_path, bob, base.people["Bob"], ann, "Ann")
    found = _hand_over(tmp_path, cyd, base.people["Cyd"], ann, "Ann")
    assert any("came after its key was revoked" in one.why for one in found.left_out)
    assert content(ann)["decisions"] == before["decisions"]
    assert pipeline.verify_desk(ann) == []


def test_an_approval_after_the_training_ran_out_does_not_count_where_the_training_is_known(
    base: Desks, tmp_path: Path
) -> None:
    opened = _copied(base, tmp_path / "desks")
    ann, bob = opened["Ann"], opened["Bob"]
    pipeline.change_auditor(ann, "Bob", "no refresher", "Ann", trained_until="2024-06-30")
    _do(bob, base.people["Bob"], "approve", 0, "fine")
    _do(bob, base.people["Bob"], "reject", 1, "wrong")
    before = len(decisions.all_decisions(ann))
    found = _hand_over(tmp_path, bob, base.people["Bob"], ann, "Ann")
    (left_out,) = found.left_out
    assert "(approve)" in left_out.what
    assert "training of Bob ran out on 2024-06-30" in left_out.why
    assert len(decisions.all_decisions(ann)) == before + 1


def test_rules_that_differ_are_listed_and_not_taken_over(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    pipeline.change_setting(opened["Bob"], "waiver_second", "on", "x")
    _hand_over(tmp_path, opened["Bob"], base.people["Bob"], opened["Ann"], "Ann")
    (conflict,) = pipeline.packet_conflicts(opened["Ann"])
    assert conflict.kind == "rules"
    assert conflict.about == "the setting “waiver_second”"
    assert conflict.sides == ("here: off", "at Bob: on")


def test_a_blind_packet_tells_nothing_of_what_others_said(base: Desks, tmp_path: Path) -> None:
    opened = _copied(base, tmp_path / "desks")
    for what in ("approve", "mark", "outcome"):
        _do(opened["Ann"], base.people["Ann"], what, 0, "yes")
    shared = sorted({one for packet in packets.all_packets(opened["Ann"]) for one in packet.episodes})
    path = tmp_path / "blind.packet"
    pipeline.make_packet(opened["Ann"], path, base.people["Ann"], to="Bob", chosen=shared, blind=True)
    found = pipeline.join_packet(opened["Bob"], path, "Bob")
    assert not any(found.new.values())
    # What Bob then says, not knowing, is no contradiction where it is the same: four eyes are satisfied.
    _do(opened["Bob"], base.people["Bob"], "approve", 0, "yes")
    back = tmp_path / "back.packet"
    pipeline.answer_packet(opened["Bob"], back, base.people["Bob"])
    assert pipeline.join_packet(opened["Ann"], back, "Ann").conflicts == []
    assert ReviewState.APPROVED in {corrections.get(opened["Ann"], one).state for one in corrections.ids(opened["Ann"])}


# ------------------------------------------------------------------------- what packets brought, in the ledger and out


def _joined(base: Desks, folder: Path, why: str = "please") -> tuple[Connection, Connection]:
    opened = _copied(base, folder / "desks")
    _do(opened["Bob"], base.people["Bob"], "reject", 0, "no")
    shared = sorted({one for packet in packets.all_packets(opened["Bob"]) for one in packet.episodes})
    path = folder / "one.packet"
    pipeline.make_packet(
        opened["Bob"], path, base.people["Bob"], to="Ann", chosen=shared, why=why, kind=pipeline.PacketKind.EXCHANGE
    )
    pipeline.join_packet(opened["Ann"], path, "Ann")
    assert pipeline.verify_desk(opened["Ann"]) == []
    return opened["Ann"], opened["Bob"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE witness SET size = size + 1 WHERE size = (SELECT max(size) FROM witness)",
        "UPDATE witness SET root = x'00' WHERE size = (SELECT max(size) FROM witness)",
        "DELETE FROM witness WHERE size = (SELECT max(size) FROM witness)",
        "UPDATE packet SET person = 'Eve'",
        "UPDATE packet SET size = 1",
        "UPDATE packet SET head = CAST(replace(CAST(head AS TEXT), 'please', 'plainly') AS BLOB)",
        "UPDATE packet SET notes = '[1]'",
        "DELETE FROM packet WHERE rowid = (SELECT max(rowid) FROM packet)",
    ],
)
def test_what_is_changed_of_packets_and_witnesses_is_found(base: Desks, tmp_path: Path, statement: str) -> None:
    ann, _ = _joined(base, tmp_path)
    ann.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ann.close()
    stranger = sqlite3.connect(tmp_path / "desks" / "Ann.desk")
    triggers = stranger.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        stranger.execute(f"DROP TRIGGER {name}")
    stranger.execute(statement)
    for _, sql in triggers:
        stranger.execute(sql)
    stranger.commit()
    stranger.close()
    again = open_desk(tmp_path / "desks" / "Ann.desk")
    faults = pipeline.verify_desk(again)
    assert any("packet" in fault or "witnessed" in fault for fault in faults)
    again.close()


def test_a_decision_of_another_desk_that_is_moved_to_another_revision_is_found(base: Desks, tmp_path: Path) -> None:
    ann, _ = _joined(base, tmp_path)
    (there,) = {one.correction for _, one in decisions.all_decisions(ann)}
    other = next(one for one in corrections.ids(ann) if one != there)
    ann.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ann.close()
    stranger = sqlite3.connect(tmp_path / "desks" / "Ann.desk")
    triggers = stranger.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        stranger.execute(f"DROP TRIGGER {name}")
    stranger.execute("UPDATE decision SET correction = ?", (other,))
    for _, sql in triggers:
        stranger.execute(sql)
    stranger.commit()
    stranger.close()
    again = open_desk(tmp_path / "desks" / "Ann.desk")
    assert any("signed for another revision" in fault for fault in pipeline.verify_desk(again))
    again.close()


def test_a_person_is_erased_from_what_packets_said(base: Desks, tmp_path: Path) -> None:
    ann, bob = _joined(base, tmp_path, why="ask Zacharias Quillfeather about the refund")
    pipeline.erase(ann, ["Zacharias Quillfeather"], "asked for by the person", "Ann")
    ann.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Quillfeather" not in (tmp_path / "desks" / "Ann.desk").read_bytes()
    assert pipeline.verify_desk(ann) == []
    # What comes later from that desk is still known to continue what was witnessed.
    _hand_over(tmp_path, bob, base.people["Bob"], ann, "Ann")
    assert pipeline.verify_desk(ann) == []


def test_a_recording_of_which_words_were_erased_goes_on_by_its_digest(base: Desks, tmp_path: Path) -> None:
    ann = _copied(base, tmp_path / "desks")["Ann"]
    pipeline.erase(ann, ["mira_tolland"], "asked for by the person", "Ann")
    shared = sorted({one for packet in packets.all_packets(ann) for one in packet.episodes})
    path = tmp_path / "after.packet"
    pipeline.make_packet(ann, path, base.people["Ann"], to="Dan", chosen=shared)
    dan = desk(tmp_path, "Dan", ("Dan", Role.REVIEWER))
    pipeline.join_packet(dan, path, "Dan", prints(*base.people.values()))
    assert queue.counts(dan)[queue.Tab.ALL] == len(shared)
    assert pipeline.verify_desk(dan) == []
    dan.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"mira_tolland" not in (tmp_path / "Dan.desk").read_bytes()

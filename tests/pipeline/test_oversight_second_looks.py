"""Sampling plans on a desk, and second looks that know nothing of the first."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from oversight_desk import ADMIN, FIRST, PASSPHRASE, SECOND, THIRD, decide_all, fill, new_desk, signers

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import corrections, ledger, ledger_reading, queue, sampling
from dreamdesk.desk.database import Connection, open_desk, path_of, transaction
from dreamdesk.desk.ledger_reading import Filter
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.review.case import load
from dreamdesk.model.decision import ReviewState, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category
from dreamdesk.pipeline import oversight
from dreamdesk.pipeline import sampling as plans
from dreamdesk.review.identity import Signer
from dreamdesk.review.sampling import Outcome, Terms

TERMS = Terms("0.2", "0.95")
PART = "workflow-orchestration"
Desk = tuple[Connection, dict[str, Signer]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Signer]]:
    """Two desks: on "waiting" four corrections wait; on "planned" all are approved and drawn for a second look."""
    folder = tmp_path_factory.mktemp("looks")
    (folder / "waiting").mkdir()
    db = new_desk(folder / "waiting")
    keys = signers(db)
    fill(db, PART)
    db.close()
    shutil.copytree(folder / "waiting", folder / "planned")
    db = open_desk(folder / "planned" / "oversight.desk")
    decide_all(db, keys[FIRST])
    plans.make_plan(db, TERMS, keys[ADMIN])
    db.close()
    return folder, keys


@pytest.fixture
def copy(made: tuple[Path, dict[str, Signer]], tmp_path: Path) -> Callable[[str, str], Desk]:
    """Make a copy of the desk of the first name under the second."""

    def make(which: str, name: str) -> Desk:
        shutil.copytree(made[0] / which, tmp_path / name)
        return open_desk(tmp_path / name / "oversight.desk"), made[1]

    return make


@pytest.fixture
def planned(copy: Callable[[str, str], Desk]) -> Desk:
    """A copy of the desk with a plan."""
    return copy("planned", "planned")


def test_a_plan_is_drawn_recorded_and_repeatable(planned: Desk) -> None:
    db, _ = planned
    (plan,) = sampling.plans(db)
    assert plan.body["lot"]["size"] == 4
    assert len(plan.body["seed"]) == 64
    assert not plan.body["seed_given"]
    assert plan.body["lot"]["sha256"] == hashlib.sha256(plan.lot.encode()).hexdigest()
    order = sorted(plans.lot_of(plan), key=lambda item: hashlib.sha256(f"{plan.body['seed']} {item}".encode()).digest())
    assert [look.name for look in sampling.looks(db, plan.id)] == order[: len(sampling.looks(db, plan.id))]
    assert plans.result(db, plan.id).outcome is Outcome.OPEN
    assert pipeline.verify_desk(db) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sampling_plan SET lot = replace(lot, 'high', 'low')",
        "UPDATE sampling_plan SET body = replace(body, '0.2', '0.3')",
        """UPDATE sampling_plan SET body = json_set(body, '$.seed', 'another')""",
        "UPDATE second_look SET item = item || 'x' WHERE id = 1",
        "DELETE FROM second_look WHERE id = 1",
        "DELETE FROM sampling_plan",
    ],
)
def test_a_plan_cannot_be_changed_and_is_found_out_where_it_was(planned: Desk, change: str) -> None:
    db, _ = planned
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), transaction(db):
        db.execute(change)
    for trigger in ("sampling_plan_fixed", "sampling_plan_kept", "second_look_fixed", "second_look_kept"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute(change)
    assert plans.sampling_faults(db)


def test_a_lot_is_judged_once_and_a_seed_may_be_given(planned: Desk) -> None:
    db, keys = planned
    with pytest.raises(UserError, match="Nothing was decided since"):
        plans.make_plan(db, TERMS, keys[ADMIN])
    fill(db, "data-processing")
    decide_all(db, keys[FIRST])
    with pytest.raises(UserError, match="A seed is one word"):
        plans.make_plan(db, TERMS, keys[ADMIN], "a seed; DROP TABLE plan")
    second = sampling.plan(db, plans.make_plan(db, TERMS, keys[ADMIN], "20261125"))
    assert (second.body["seed"], second.body["seed_given"], second.body["lot"]["size"]) == ("20261125", True, 5)


def test_nobody_looks_twice_at_what_they_decided_or_wrote(planned: Desk) -> None:
    db, keys = planned
    assert sampling.waiting(db, FIRST) == ()
    own, other = sampling.waiting(db, SECOND), sampling.waiting(db, THIRD)
    assert {look.id for look in own} == {look.id for look in other}
    with pytest.raises(UserError, match="is not for anna"):
        plans.look_again(db, own[0].id, Verdict.APPROVE, "", "", keys[FIRST])
    with pytest.raises(UserError, match="is taken by one who decides"):
        plans.look_again(db, own[0].id, Verdict.APPROVE, "", "", keys[ADMIN])
    with pytest.raises(sqlite3.IntegrityError, match="another auditor"), transaction(db):
        db.execute(
            "INSERT INTO second_decision VALUES(?, 'approve', 'approve', '', '', ?, 1, x'', '', x'')",
            (own[0].id, FIRST),
        )


def test_a_hold_at_which_a_second_look_waits_is_not_counted_as_due(planned: Desk) -> None:
    db, keys = planned
    look = sampling.waiting(db, SECOND)[0]
    revision = corrections.revision(db, look.correction)
    steps = [made.step for made in revision.steps]
    pipeline.amend(db, look.correction, steps, FIRST, "Said otherwise.", "Say it otherwise.")
    pipeline.check(db, [look.correction])
    pipeline.decide(db, look.correction, Verdict.HOLD, "other", "Asked the desk.", keys[FIRST])
    counts = queue.counts(db, FIRST)
    assert (counts[Tab.HELD], counts[Tab.REVIEW]) == (1, 0)
    for auditor in ("", SECOND):
        assert queue.counts(db, auditor)[Tab.REVIEW] == len(queue.ids(db, Tab.REVIEW, auditor=auditor)) == 0


def test_each_auditor_has_an_order_of_their_own() -> None:
    from dreamdesk.model.canonical import sha256

    names = [f"item {number}" for number in range(30)]
    orders = [sorted(names, key=lambda name: sha256(f"{who} 1 {name}".encode())) for who in (SECOND, THIRD)]
    assert orders[0] != orders[1]
    assert names not in orders


def shown_to(db: Connection, auditor: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return all that command line, queue and window show to *auditor*, but for what differs between any two desks."""
    said = []
    for noun in ("decisions", "corrections", "candidates", "episodes", "checks"):
        words = ["list", noun, "--desk", str(path_of(db)), "--json", *(["--as", auditor] if auditor else [])]
        run(words)
        said.append(capsys.readouterr().out)
    run(["list", "entries", "--desk", str(path_of(db))] + (["--as", auditor] if auditor else []))
    said += [line.split("subject=")[1].split(" hash=")[0] for line in capsys.readouterr().out.splitlines()]
    for tab in Tab:
        rows = queue.rows(db, queue.ids(db, tab, auditor=auditor))
        said += [tab.value, *map(repr, queue.veiled(db, rows, auditor))]
    secret = [n for n in range(1, ledger.size(db) + 1) if "decision" in ledger_reading.detail(db, n).entry.type]  # type: ignore[union-attr]
    said += [str(ledger_reading.detail(db, n).body) for n in secret]  # type: ignore[union-attr]
    said.append(str(list(ledger_reading.find(db, Filter(words="approve")))))
    for correction in corrections.ids(db):
        said.append(repr(load(db, corrections.get(db, correction).episode, auditor)))
    return [*said, repr(sorted(queue.counts(db, auditor).items(), key=str))]


@pytest.mark.parametrize("auditor", ["", SECOND])
def test_what_is_shown_does_not_depend_on_what_was_decided(
    copy: Callable[[str, str], Desk], auditor: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two desks, on which the first auditor said the opposite of everything: to the second they look alike."""
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    seen = []
    for verdict, category, step in ((Verdict.APPROVE, Category.D3, 2), (Verdict.REJECT, Category.D5, 4)):
        db, keys = copy("waiting", verdict.value)
        for correction in corrections.ids(db):
            episode = corrections.get(db, correction).episode
            pipeline.mark(db, episode, FIRST, step, category, hidden=True, note=f"told by {verdict.value}")
        decide_all(db, keys[FIRST], verdict)
        plans.make_plan(db, Terms("0.2", "0.95", least=4), keys[ADMIN], "seed")
        assert len(sampling.looks(db)) == 4
        seen.append(shown_to(db, auditor, capsys))
    assert seen[0] == seen[1]
    assert FIRST not in "".join(seen[0][:4])
    assert any("covered until" in line for line in seen[0])


def test_the_first_auditor_and_the_administrator_still_see_it(
    planned: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = planned
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    for who in (FIRST, ADMIN):
        run(["list", "decisions", "--desk", str(path_of(db)), "--json", "--as", who])
        assert len(capsys.readouterr().out.splitlines()) == 4
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", "not the passphrase")
    assert run(["list", "decisions", "--desk", str(path_of(db)), "--as", FIRST]) == 2


def test_agreement_of_both_accepts_the_lot_and_the_bounds_come_with_their_n(planned: Desk) -> None:
    db, keys = planned
    for look in sampling.waiting(db, SECOND):
        taken = plans.look_again(db, look.id, Verdict.APPROVE, "", "", keys[SECOND])
        assert (taken.first, taken.second, taken.overturned) == (Verdict.APPROVE, Verdict.APPROVE, False)
    found = plans.result(db, 1)
    assert found.outcome is Outcome.ACCEPT
    assert (found.bad, found.bound.bad, found.bound.n) == (0, 0, found.plan.body["size"])
    assert found.bound.exact_upper is not None
    assert sampling.covered(db, "") == frozenset()
    assert all(corrections.get(db, look.correction).state is ReviewState.APPROVED for look in found.looks)
    assert pipeline.verify_desk(db) == []
    told = oversight.quality(db)
    assert told["sampling"]["plans"][0]["outcome"] == "accept"
    (decision,) = [one for one in told["agreement"]["coefficients"] if one["between"] == [FIRST, SECOND]]
    assert (decision["n"], decision["value"], decision["enough"]) == (len(found.looks), None, False)


def test_where_they_differ_a_third_decides(planned: Desk) -> None:
    db, keys = planned
    look = sampling.waiting(db, SECOND)[0]
    with pytest.raises(UserError, match="choose a reason"):
        plans.look_again(db, look.id, Verdict.REJECT, "", "", keys[SECOND])
    with pytest.raises(UserError, match="approve or reject"):
        plans.look_again(db, look.id, Verdict.HOLD, "needs-evidence", "", keys[SECOND])
    assert plans.look_again(db, look.id, Verdict.REJECT, "breaks-policy", "It skips.", keys[SECOND]).overturned
    assert corrections.get(db, look.correction).state is ReviewState.ESCALATED
    assert plans.result(db, 1).outcome is Outcome.REJECT
    for name in (FIRST, SECOND):
        why = pipeline.why_not(db, look.correction, Verdict.APPROVE, name, "warning-not-material", "x")
        assert "A third decides" in why
        with pytest.raises(UserError, match="A third decides"):
            pipeline.decide(db, look.correction, Verdict.REJECT, "breaks-policy", "x", keys[name])
    pipeline.decide(db, look.correction, Verdict.REJECT, "breaks-policy", "Ben is right.", keys[THIRD])
    assert corrections.get(db, look.correction).state is ReviewState.REJECTED
    assert pipeline.verify_desk(db) == []


def test_the_schema_asks_for_a_third_too(planned: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    db, keys = planned
    look = sampling.waiting(db, THIRD)[0]
    assert plans.look_again(db, look.id, Verdict.REJECT, "breaks-policy", "", keys[THIRD]).overturned
    monkeypatch.setattr(sampling, "parties", lambda *_: frozenset())
    with pytest.raises((sqlite3.IntegrityError, UserError), match="a third decides"):
        pipeline.decide(db, look.correction, Verdict.REJECT, "breaks-policy", "x", keys[THIRD])


def test_a_forged_second_look_is_found(planned: Desk) -> None:
    db, keys = planned
    look = sampling.waiting(db, SECOND)[0]
    plans.look_again(db, look.id, Verdict.REJECT, "breaks-policy", "", keys[SECOND])
    db.execute("DROP TRIGGER second_decision_fixed")
    for change in ("verdict = 'approve'", "first = 'reject'", "auditor = 'carla'"):
        db.execute("SAVEPOINT before")
        db.execute(f"UPDATE second_decision SET {change}")
        assert plans.sampling_faults(db), change
        db.execute("ROLLBACK TO before")
        db.execute("RELEASE before")
    assert plans.sampling_faults(db) == []

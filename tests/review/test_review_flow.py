"""Reservations, queues, holds that end, reason codes, the checklist, incidents and retention, on a real desk."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_review_schedules import CASES, template

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, incidents, ledger, queue, reservations, settings
from dreamdesk.desk.incidents import DAY, Kind
from dreamdesk.desk.queue import Tab
from dreamdesk.model.decision import ReviewState, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.review_rules import Retention, checklist_in, reasons_in
from dreamdesk.review.identity import Signer

WARNED = ("warning-not-material", "It stays out of what is learned.")
Desk = tuple[database.Connection, dict[str, Signer], int, int]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk, the keys of three auditors, and one episode with its correction."""
    source, keys, made = template()
    for name in ("a.desk", "a.desk.head"):
        shutil.copy(source / name, tmp_path)
    db = database.open_desk(tmp_path / "a.desk")
    correction, episode = next(iter(made.items()))
    yield db, keys, correction, episode
    assert pipeline.verify_desk(db) == []
    db.close()


def stage(db: database.Connection, episode: int) -> str:
    return queue.rows(db, [episode])[0].stage


def test_a_case_is_reserved_shown_renewed_taken_over_and_given_back(desk: Desk) -> None:
    db, keys, correction, episode = desk
    assert stage(db, episode) == "proposed"
    first = pipeline.reserve(db, correction, "Anna")
    assert pipeline.reserve(db, correction, "Anna").until >= first.until
    assert [entry.type for entry in ledger.page(db, 0, 2)].count(reservations.TAKEN) == 1
    assert (stage(db, episode), queue.rows(db, [episode])[0].reserved) == ("in review", "Anna")
    assert list(queue.ids(db, Tab.MINE, auditor="Anna")) == [episode]
    assert list(queue.ids(db, Tab.MINE, auditor="Bert")) == []
    with pytest.raises(UserError, match="Anna has this case in review until"):
        pipeline.reserve(db, correction, "Bert")
    with pytest.raises(UserError, match="Anna has this case"):
        pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Bert"])
    pipeline.reserve(db, correction, "Bert", "Anna is ill today.")
    newest = ledger.page(db, 0, 1)[0]
    assert (newest.type, newest.actor) == (reservations.TAKEN_OVER, "Bert")
    assert "from Anna: Anna is ill today." in newest.subject
    pipeline.give_back(db, correction, "Bert")
    assert reservations.of(db, correction) is None
    pipeline.reserve(db, correction, "Bert")
    pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Bert"])
    assert reservations.of(db, correction) is None


def test_a_reservation_that_nobody_renews_runs_out(desk: Desk) -> None:
    db, keys, correction, _ = desk
    pipeline.reserve(db, correction, "Anna")
    with database.transaction(db):
        db.execute("UPDATE reservation SET until = ?", (time.time_ns() - 1,))
    assert reservations.of(db, correction) is None
    pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Bert"])


def test_a_second_opinion_is_never_mine_if_i_approved_or_wrote(desk: Desk) -> None:
    db, keys, correction, episode = desk
    pipeline.change_setting(db, settings.FOUR_EYES, "on", "Anna")
    pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Anna"])
    assert stage(db, episode) == "approved once"
    tabs = {name: list(queue.ids(db, Tab.SECOND, auditor=name)) for name in ("Anna", "Bert", "Otto")}
    assert tabs == {"Anna": [], "Bert": [episode], "Otto": []}
    assert queue.counts(db, "Anna")[Tab.SECOND] == 0


def test_switching_four_eyes_moves_what_is_approved_once(desk: Desk) -> None:
    db, keys, correction, _ = desk
    pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Anna"])
    for value, state in (("on", ReviewState.SECOND), ("off", ReviewState.APPROVED)):
        pipeline.change_setting(db, settings.FOUR_EYES, value, "Anna")
        assert corrections.get(db, correction).state is state
        assert pipeline.verify_desk(db) == []


def test_a_hold_with_a_date_comes_back_on_that_day(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    db, keys, correction, episode = desk
    with pytest.raises(UserError, match="future"):
        pipeline.decide(db, correction, Verdict.HOLD, "other", "x", keys["Anna"], until=time.time_ns() - DAY)
    soon = time.time_ns() + 1_500_000_000
    decision = pipeline.decide(db, correction, Verdict.HOLD, "other", "Asked.", keys["Anna"], until=soon)
    assert f'"until":{soon},' in decision.statement.decode()
    assert list(queue.ids(db, Tab.HELD)) == [episode]
    assert queue.counts(db)[Tab.HELD] == 1
    assert episode not in queue.ids(db, Tab.REVIEW)
    time.sleep(2.6)
    assert list(queue.ids(db, Tab.HELD)) == []
    assert episode in queue.ids(db, Tab.REVIEW)
    assert (queue.counts(db)[Tab.HELD], queue.counts(db)[Tab.REVIEW]) == (0, CASES)


def test_reason_codes_are_added_renamed_retired_and_stay_readable(desk: Desk) -> None:
    db, keys, correction, _ = desk
    pipeline.add_reason(db, "fee-schedule", "The fee schedule says otherwise", [Verdict.REJECT], "Anna")
    pipeline.decide(db, correction, Verdict.REJECT, "fee-schedule", "See page 3.", keys["Anna"])
    pipeline.change_reason(db, "fee-schedule", "Anna", title="Against the fee schedule")
    pipeline.change_reason(db, "fee-schedule", "Anna", retired=True)
    pipeline.change_reason(db, "duplicate", "Anna", retired=True)
    known = {reason.code: reason for reason in pipeline.desk_reasons(db)}
    assert (known["fee-schedule"].title, known["fee-schedule"].retired) == ("Against the fee schedule", True)
    offered = {reason.code for reason in pipeline.desk_reasons(db, Verdict.REJECT)}
    assert not {"fee-schedule", "duplicate"} & offered
    for code, words in (("duplicate", "already"), ("Bad Code", "no reason code")):
        with pytest.raises(UserError, match=words):
            pipeline.add_reason(db, code, "x", [Verdict.HOLD], "Anna")
    with pytest.raises(UserError, match="stays"):
        pipeline.change_reason(db, "other", "Anna", retired=True)
    other = list(corrections.ids(db))[1]
    with pytest.raises(UserError, match="not a reason for"):
        pipeline.decide(db, other, Verdict.REJECT, "fee-schedule", "x", keys["Anna"])


def test_what_the_checklist_asks_for_is_ticked_and_signed(desk: Desk) -> None:
    db, keys, correction, _ = desk
    items = ("I read the policy “Refunds”", "The customer's data are out")
    pipeline.set_checklist(db, items, "Anna")
    with pytest.raises(UserError, match="customer's data"):
        pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Anna"], ticked=items[:1])
    decision = pipeline.decide(db, correction, Verdict.APPROVE, *WARNED, keys["Anna"], ticked=items)
    assert settings.get(db, settings.CHECKLIST) in decision.statement.decode()
    other = list(corrections.ids(db))[1]
    pipeline.decide(db, other, Verdict.REJECT, "other", "Nothing to tick.", keys["Anna"])


def test_an_incident_has_a_clock_and_is_closed_once_with_words(desk: Desk) -> None:
    db, keys, _, episode = desk
    with pytest.raises(UserError, match="what happened"):
        pipeline.open_incident(db, episode, Kind.SERIOUS, " ", keys["Anna"])
    one = pipeline.open_incident(db, episode, Kind.SERIOUS, "A refund went to a stranger.", keys["Anna"])
    assert one.deadline - one.opened == 15 * DAY
    assert (one.clock(one.opened + DAY), one.clock(one.deadline + 3 * DAY)) == ("14 days left", "3 days late")
    assert queue.rows(db, [episode])[0].incident == "14 days left"
    assert list(queue.ids(db, Tab.INCIDENT)) == [episode]
    with pytest.raises(UserError, match="open already"):
        pipeline.open_incident(db, episode, Kind.OTHER, "Again.", keys["Bert"], 3)
    for statement in (
        "DELETE FROM incident",
        "UPDATE incident SET deadline = deadline + 1",
        "UPDATE incident SET id = 9",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="incident"):
            db.execute(statement)
    pipeline.close_incident(db, one.id, "Reported to the authority.", keys["Bert"])
    with pytest.raises(UserError, match="closed already"):
        pipeline.close_incident(db, one.id, "Again.", keys["Bert"])
    assert list(queue.ids(db, Tab.INCIDENT)) == []


def test_an_incident_that_was_tampered_with_is_found(desk: Desk) -> None:
    db, keys, _, episode = desk
    pipeline.open_incident(db, episode, Kind.DEATH, "A dose was wrong.", keys["Anna"])
    (rule,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'incident_fixed'").fetchone()
    db.execute("DROP TRIGGER incident_fixed")
    db.execute("UPDATE incident SET deadline = deadline + 1")
    assert incidents.faults(db) == ["incident 1 is not the one in the ledger"]
    db.execute("UPDATE incident SET deadline = deadline - 1")
    db.execute(rule)


def test_nothing_is_purged_before_its_retention_ends(desk: Desk) -> None:
    db, *_ = desk
    pipeline.refuse_early_purge(db, time.time_ns())
    pipeline.change_setting(db, settings.RETENTION, " 6  broker-dealer records", "Anna")
    assert pipeline.retention(db) == Retention(6, "broker-dealer records")
    with pytest.raises(UserError, match="for 6 years"):
        pipeline.refuse_early_purge(db, time.time_ns())
    pipeline.refuse_early_purge(db, time.time_ns() - 7 * 366 * DAY)


@pytest.mark.parametrize("name", [settings.REASONS, settings.CHECKLIST, settings.RETENTION])
@pytest.mark.parametrize("value", ["[", "{}", '["a", 3]', "[[]]", "0", "101 years", '[{"code": "x"}]', "null"])
def test_settings_take_only_what_they_write(desk: Desk, name: str, value: str) -> None:
    db, *_ = desk
    before = settings.get(db, name)
    with pytest.raises(UserError):
        pipeline.change_setting(db, name, value, "Anna")
    assert settings.get(db, name) == before
    assert reasons_in("") == checklist_in("") == ()

"""Asking a model about error points from the window: what it takes first, then one by one or in batches, resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches_server import Batches
from messages_server import MessagesServer, Request, computed, status
from officer import Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import batches, judgements, listing, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.asking import AskModelDialog
from dreamdesk.gui.dialogs.judging import JudgeDialog, ResumeDialog
from dreamdesk.gui.widgets import Label

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path, desk: Path) -> Iterator[Officer]:
    made = Officer(qtbot, tmp_path)
    yield made
    made.close()


def switch_on(desk: Path, url: str) -> None:
    db = open_desk(desk)
    settings.put(db, settings.ENDPOINT_URL, url, "Ann")
    settings.put(db, settings.ENDPOINT_MODEL, "m", "Ann")
    settings.put(db, settings.MODEL_PRICES, "m=1/5", "Ann")
    db.close()


def abstaining(request: Request) -> Any:
    return {"reasoning": "", "abstain": True, "candidates": []}


def judged(desk: Path) -> list[int]:
    db = open_desk(desk, readonly=True)
    found = [row["id"] for row in listing.episodes(db) if judgements.latest(db, row["id"])]
    db.close()
    return found


def dialog_of(officer: Officer) -> JudgeDialog:
    officer.window.do("judge")
    dialog = officer.wait_dialog(JudgeDialog)
    assert isinstance(dialog, JudgeDialog)
    return dialog


def test_what_it_takes_is_said_before_anything_leaves(officer: Officer, desk: Path) -> None:
    with MessagesServer(computed(abstaining)) as server:
        switch_on(desk, server.url)
        officer.open(desk)
        officer.settle()
        dialog = dialog_of(officer)
        officer.until(lambda: dialog.go_button.isEnabled())
        first = dialog.budget.full_text()
        assert "At most 1 question, about" in first
        assert "By the desk's prices" in first
        assert "estimate" in first
        dialog.votes.setCurrentIndex(1)
        officer.until(lambda: "At most 3 questions" in dialog.budget.full_text() and dialog.go_button.isEnabled())
        dialog.scope.setCurrentIndex(1)
        officer.until(lambda: "6 episodes. At most 18 questions" in dialog.budget.full_text())
        dialog.way.setCurrentIndex(dialog.way.findData("shortlist"))
        officer.until(lambda: "one by one" in dialog.use.full_text())
        officer.until(lambda: dialog.go_button.isEnabled())
        dialog.reject()
        officer.settle()
        officer.window.do("dream")
        dreaming = officer.wait_dialog(AskModelDialog)
        officer.until(lambda: dreaming.go_button.isEnabled())
        assert "At most 1 question" in dreaming.budget.full_text()
        dreaming.reject()
        assert server.requests == []


def test_one_episode_is_judged_and_said(officer: Officer, desk: Path) -> None:
    with MessagesServer(computed(abstaining)) as server:
        switch_on(desk, server.url)
        officer.open(desk)
        officer.settle()
        dialog = dialog_of(officer)
        officer.until(lambda: dialog.go_button.isEnabled())
        heard: list[str] = []
        officer.window.asking.said.connect(heard.append)
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: heard == ["1 episode judged."])
        assert len(server.requests) == 1
    assert len(judged(desk)) == 1
    assert not officer.window.waiting.isVisible()


def test_flags_of_a_judgement_stand_in_the_error_section(officer: Officer, desk: Path) -> None:
    def inventing(request: Request) -> Any:
        fields = request.body["tools"][0]["input_schema"]["properties"]["candidates"]["items"]["properties"]
        step = fields["step"]["enum"][0]
        claim = {"step": step, "probability": 0.5, "category": "D1", "quote_step": step, "why": "It was rash."}
        words = next(
            line for line in request.body["messages"][0]["content"].split(f"[decision {step}]")[1].split("\n")[1:]
        )
        return {
            "reasoning": "",
            "abstain": False,
            "candidates": [{**claim, "quote": "<b>never</b>"}, {**claim, "quote": words[:20]}],
        }

    with MessagesServer(computed(inventing)) as server:
        switch_on(desk, server.url)
        officer.open(desk)
        officer.settle()
        dialog = dialog_of(officer)
        officer.until(lambda: dialog.go_button.isEnabled())
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: not officer.window.asking.busy())
    officer.settle()
    officer.window.do("reveal")
    officer.settle()
    shown = [label.full_text() for label in officer.window.review.side.error.findChildren(Label)]
    assert any("quoted words that do not stand there: “<b>never</b>”" in words for words in shown)
    assert any("first: It was rash." in words for words in shown)
    assert any("All at once" in words or "all at once, without the expected answer" in words for words in shown)


def test_a_model_that_fails_is_said_and_leaves_the_window_free(officer: Officer, desk: Path) -> None:
    with MessagesServer(status(400)) as server:
        switch_on(desk, server.url)
        officer.open(desk)
        officer.settle()
        dialog = dialog_of(officer)
        officer.until(lambda: dialog.go_button.isEnabled())
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: "answered 400" in officer.window.trouble.words.full_text())
    assert not officer.window.asking.busy()
    assert not officer.window.waiting.isVisible()


def test_without_a_model_nothing_can_be_asked(officer: Officer, desk: Path) -> None:
    officer.open(desk)
    officer.settle()
    dialog = dialog_of(officer)
    officer.until(lambda: "None is switched on" in dialog.model.full_text())
    assert not dialog.go_button.isEnabled()
    dialog.reject()


def test_a_batch_that_was_left_is_offered_at_opening_and_resumed_by_a_press(officer: Officer, desk: Path) -> None:
    api = Batches(lambda params: {"reasoning": "", "abstain": True, "candidates": []}, polls=100)
    with MessagesServer(api) as server:
        switch_on(desk, server.url)
        db = open_desk(desk)
        endpoint = pipeline.make_endpoint(db)
        job = pipeline.begin_batch(db, endpoint, "locate", None, way="all-at-once", votes=1)
        looks = iter([False] * 9)
        pipeline.resume_batch(db, endpoint, job, cancelled=lambda: next(looks, True), poll=0.0)
        db.close()
        api.polls = 0  # meanwhile all is answered
        asked = len(server.requests)
        officer.open(desk)
        officer.settle()
        strip = officer.window.waiting
        officer.until(strip.isVisible)
        assert "0 of 6 episodes are done" in strip.words.full_text()
        assert len(server.requests) == asked  # nothing by itself
        officer.window.do("resume-batch")
        dialog = officer.wait_dialog(ResumeDialog)
        assert len(server.requests) == asked
        heard: list[str] = []
        officer.window.asking.said.connect(heard.append)
        officer.until(dialog.key.hasFocus)
        officer.type("secret")
        officer.press(Qt.Key.Key_Return)
        officer.until(lambda: heard == ["6 of 6 episodes judged."])
        assert server.requests[-1].headers["authorization"] == "Bearer secret"
    assert set(api.paid.values()) == {1}
    assert len(judged(desk)) == 6
    assert not strip.isVisible()


def test_a_batch_is_begun_stopped_and_stays_to_be_resumed(officer: Officer, desk: Path) -> None:
    api = Batches(lambda params: {"reasoning": "", "abstain": True, "candidates": []}, polls=100)
    with MessagesServer(api) as server:
        switch_on(desk, server.url)
        officer.open(desk)
        officer.settle()
        dialog = dialog_of(officer)
        officer.until(lambda: dialog.go_button.isEnabled())
        dialog.scope.setCurrentIndex(1)
        dialog.batch.setChecked(True)
        officer.until(lambda: "6 episodes" in dialog.budget.full_text() and dialog.go_button.isEnabled())
        dialog.go_button.click()
        officer.until(lambda: len(api.made) == 1)
        officer.until(lambda: "waiting for 1 batch" in officer.window.waiting.words.full_text())
        officer.window.waiting.cancel.click()
        officer.until(lambda: "A batch was left" in officer.window.waiting.words.full_text())
        officer.settle()
    db = open_desk(desk, readonly=True)
    (job,) = batches.jobs(db, unfinished=True)
    assert (job.state, job.episodes, job.waiting) == (batches.RUNNING, 6, 1)
    db.close()
    officer.window.waiting.cancel.click()
    assert not officer.window.waiting.isVisible()


def test_prices_and_limits_are_settings_of_the_desk(officer: Officer, desk: Path) -> None:
    officer.open(desk)
    officer.settle()
    page = officer.change_settings(model_prices="m=cheap", token_limit="5000")
    officer.until(lambda: "is no price" in page.state.full_text())
    officer.change_settings(model_prices="m=1/5")
    db = open_desk(desk, readonly=True)
    assert (settings.get(db, settings.MODEL_PRICES), settings.get(db, settings.TOKEN_LIMIT)) == ("m=1/5", "5000")
    db.close()

"""The page Oversight as an overseer and a second auditor use it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, sampling, sealed
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.oversight.dialogs import OpenDialog, PlanDialog, SealDialog
from dreamdesk.gui.oversight.page import OversightPage
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import ReviewState, Role, Verdict

Desk = tuple[Path, dict[str, pipeline.Signer]]


@cache
def _made(folder: Path) -> Desk:
    desk = retail_desk(folder)
    db = open_desk(desk)
    for name in ("anna", "ben"):
        pipeline.add_auditor(db, name, Role.REVIEWER, PASSPHRASE)
    keys = {name: pipeline.unlock(db, name, PASSPHRASE) for name in ("anna", "ben")}
    for correction in corrections.ids(db):
        if all(check.result is not CheckResult.BLOCK for check in corrections.checks(db, correction)[0]):
            pipeline.decide(db, correction, Verdict.APPROVE, "warning-not-material", "read by anna", keys["anna"])
    db.close()
    return desk, keys


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk on which anna has approved everything."""
    return _made(tmp_path_factory.mktemp("oversight"))


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy of it."""
    for part in made[0].parent.glob(f"{made[0].name}*"):
        shutil.copy(part, tmp_path / part.name)
    return tmp_path / made[0].name, made[1]


def page_of(officer: Officer) -> OversightPage:
    page = officer.window.places["oversight"]
    assert isinstance(page, OversightPage)
    return page


def test_an_empty_desk_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "new.desk", new=True)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    assert officer.window.shown == "oversight"
    assert page.empty.isVisible()
    assert page.plan.hasFocus()
    assert not page.open_seal.isEnabled()
    officer.close()


def test_a_sample_is_drawn_and_a_second_look_taken_without_the_first_being_seen(
    qtbot: QtBot, tmp_path: Path, desk: Desk
) -> None:
    path, keys = desk
    officer = Officer(qtbot, tmp_path)
    officer.open(path)
    officer.window.identity._take(keys["anna"], None)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    page.plan.click()
    dialog = officer.wait_dialog(PlanDialog)
    assert isinstance(dialog, PlanDialog)
    officer.until(lambda: "in the lot" in dialog.sketch.full_text())
    dialog.go()
    officer.settle()
    rows = page.plans.texts()
    assert len(rows) == 1
    assert rows[0][-1] == "open"
    assert "No second look waits for anna" in page.waiting.full_text()
    assert not page.take.isEnabled()

    officer.window.identity._take(keys["ben"], None)
    officer.settle()
    assert page.take.isEnabled()
    officer.press(Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert page.take.hasFocus()
    page.take.click()
    officer.settle()
    assert officer.window.shown == "review"
    case = officer.window.review.case
    assert case is not None
    assert case.look is not None
    assert case.decisions == ()
    assert case.correction is not None
    assert case.correction.state is ReviewState.PROPOSED
    officer.press(Qt.Key.Key_V)
    section = officer.window.review.side.decision
    assert not section.history.isVisible()
    assert "without knowing what was decided" in section.meaning.full_text()
    shown = {verdict for verdict, button in section.buttons.items() if button.isEnabled()}
    assert shown == {Verdict.APPROVE, Verdict.REJECT}
    officer.press(Qt.Key.Key_A)
    db = open_desk(path)
    (taken,) = (look for look in sampling.looks(db) if look.second)
    assert (taken.auditor, taken.overturned) == ("ben", False)
    assert len(sampling.waiting(db, "ben")) == len(sampling.looks(db)) - 1
    db.close()
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    assert page.plans.texts()[0][3] == "1"
    assert "so far" in page.said.full_text()
    assert [row[0] for row in page.agreed.texts()][:1] == ["Second looks: approved or rejected"]
    assert page.agreed.texts()[0][3:5] == ("too few", "too few")
    officer.close()


def test_a_seal_tells_how_many_and_never_which(qtbot: QtBot, tmp_path: Path, desk: Desk) -> None:
    path, keys = desk
    officer = Officer(qtbot, tmp_path)
    officer.open(path)
    officer.window.identity._take(keys["anna"], None)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    page.seal.click()
    dialog = officer.wait_dialog(SealDialog)
    assert isinstance(dialog, SealDialog)
    dialog.number.setValue(2)
    dialog.among.setValue(4)
    dialog.go()
    officer.settle()
    assert "At most one of 4" in dialog.trouble()
    dialog.among.setValue(8)
    dialog.go()
    officer.settle()
    assert [row[1:] for row in page.seals.texts()] == [("2", "8", "0", "sealed", "not before it is opened")]
    db = open_desk(path)
    assert sealed.corrections(db) == frozenset()
    db.close()
    officer.close()


def test_indicators_come_with_their_rule_and_say_too_few(qtbot: QtBot, tmp_path: Path, desk: Desk) -> None:
    path, _ = desk
    officer = Officer(qtbot, tmp_path)
    officer.open(path)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    assert "Sign in" in page.waiting.full_text()
    words = page.rules.full_text()
    for name in ("Departs from the dream", "Faster than reading", "Brysbaert 2019", "Warnings waived", "Known-bad"):
        assert name in words
    assert "Nobody is ranked" in "".join(label.text() for label in page.findChildren(type(page.state)))
    officer.close()


def test_a_seal_is_not_opened_by_an_enter_alone(qtbot: QtBot, tmp_path: Path, desk: Desk) -> None:
    path, keys = desk
    db = open_desk(path)
    pipeline.seal(db, 1, 20, keys["anna"])
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(path)
    officer.press(Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    officer.until(page.open_seal.isEnabled)
    page.open_seal.click()
    dialog = officer.wait_dialog(OpenDialog)
    assert isinstance(dialog, OpenDialog)
    officer.until(dialog.seal.hasFocus)
    officer.press(Qt.Key.Key_Return)
    officer.bot.wait(100)
    assert dialog.isVisible()
    assert officer.dialog(SigningDialog) is None
    assert dialog.go_button is not None
    qtbot.keyClick(dialog.go_button, Qt.Key.Key_Space)
    officer.until(lambda: officer.dialog(SigningDialog) is not None)
    officer.close()

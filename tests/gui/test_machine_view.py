"""How good the machine is on a desk, and learning from it, with real key presses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from taught import WAITING, faults, stand, taught_desk

from dreamdesk.desk import learned, ledger
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.patterns.learning import LearnDialog
from dreamdesk.gui.patterns.page import PatternsPage
from dreamdesk.locate.learning import LEAST

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught_desk(tmp_path_factory.mktemp("machine"), "Ada Officer")


@pytest.fixture
def officer(qtbot: QtBot, built: Path, tmp_path: Path) -> Iterator[Officer]:
    shutil.copy(built, tmp_path / "taught.desk")
    made = Officer(qtbot, tmp_path)
    made.open(tmp_path / "taught.desk")
    yield made
    made.close()


def page(officer: Officer) -> PatternsPage:
    found = officer.window.places["patterns"]
    assert isinstance(found, PatternsPage)
    return found


def test_the_table_has_methods_and_baselines_with_intervals(officer: Officer) -> None:
    officer.press(Qt.Key.Key_I, CONTROL)
    machine = page(officer).machine
    assert machine.isVisible()
    assert f"{LEAST} confirmed labels" in machine.state.full_text()
    rows = {row[0]: row for row in machine.methods.texts()}
    assert "the desk, as shown" in rows
    assert rows["first decision"][1] == str(LEAST)
    assert "–" in rows["the desk, as shown"][2]
    assert rows["the desk, as shown"][10]  # calibration
    assert "–" in rows["random decision"][2]
    pairs = machine.pairs.texts()
    assert pairs[0][0].startswith("Ada Officer and ")
    assert int(pairs[0][1]) == LEAST + 1  # a blind mark counts whatever was decided
    officer.press(Qt.Key.Key_Escape)
    assert not machine.isVisible()
    assert officer.focus() is page(officer).table


def test_below_twenty_labels_it_says_too_few_and_without_any_what_makes_one(officer: Officer, tmp_path: Path) -> None:
    db = open_desk(tmp_path / "taught.desk")
    stand(db, "rejected", "id > 3 AND review = 'approved'")
    db.close()
    officer.press(Qt.Key.Key_I, CONTROL)
    machine = page(officer).machine
    assert {cell for row in machine.methods.texts() for cell in row[2:]} == {"too few"}
    other = tmp_path / "other"
    other.mkdir()
    officer.open(retail_desk(other))
    officer.press(Qt.Key.Key_I, CONTROL)
    assert "no confirmed label yet" in machine.state.full_text()
    assert not machine.methods.isVisible()


def test_weights_are_learned_and_taken_back_with_the_ledger_saying_so(officer: Officer, tmp_path: Path) -> None:
    officer.press(Qt.Key.Key_L, CONTROL)
    dialog = officer.wait_dialog(LearnDialog)
    assert isinstance(dialog, LearnDialog)
    assert dialog.go_button is not None
    officer.until(dialog.go_button.isEnabled)
    (row,) = dialog.table.texts()
    assert (row[0], row[1], row[-1]) == ("tau-bench", str(LEAST), "better")
    assert not dialog.shipped.isVisible()
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    assert f"{WAITING} undecided episodes located again" in dialog.state.full_text()
    db = open_desk(tmp_path / "taught.desk", readonly=True)
    assert learned.in_force(db)["tau-bench"].auditor == "Ada Officer"
    assert ledger.page(db, 0, 1)[0].type == learned.REFIT
    assert faults(db) == []
    dialog.accept()
    officer.settle()
    episode = max(row[0] for row in db.execute("SELECT id FROM episode"))
    db.close()
    officer.window.review.queue.show_episode(episode)
    officer.settle()
    assert officer.window.review.case is not None
    assert officer.window.review.case.weights.startswith("Weights: this desk's, refit ")
    assert officer.window.review.case.weights.endswith(f"{LEAST} labels.")
    officer.press(Qt.Key.Key_L, CONTROL)
    again = officer.wait_dialog(LearnDialog)
    assert isinstance(again, LearnDialog)
    officer.until(again.shipped.isVisible)
    again.shipped.click()
    officer.settle()
    assert "shipped weights are in use again" in again.state.full_text()
    db = open_desk(tmp_path / "taught.desk", readonly=True)
    assert learned.in_force(db) == {}
    db.close()


def test_closing_the_dialog_stops_the_study(officer: Officer) -> None:
    officer.press(Qt.Key.Key_L, CONTROL)
    dialog = officer.wait_dialog(LearnDialog)
    dialog.reject()
    officer.settle()
    assert officer.dialog(LearnDialog) is None
    assert not officer.window.trouble.isVisible()

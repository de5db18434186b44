"""The command palette, by real keys: actions and episodes by a few letters."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dreamdesk import actions
from dreamdesk.gui.palette.dialog import Palette
from dreamdesk.gui.palette.entries import commands, episode, matching

EVERY = [action.id for action in actions.ACTIONS]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("appr", "approve"), ("rel app", "release"), ("ledger", "page-ledger"), ("hash chain", "verify"),
     ("WRITE", "author"), ("second op", "second")],
)  # fmt: skip
def test_a_few_letters_mean_an_action(typed: str, first: str) -> None:
    assert matching(commands(EVERY), typed)[0].action == first


def test_nothing_typed_offers_everything_that_can_be_done_and_nothing_else() -> None:
    assert [entry.action for entry in matching(commands(["quit", "keys"]), " ")] == ["quit", "keys"]
    assert matching(commands(EVERY), "zebra") == []


def test_words_of_a_trace_are_one_plain_line() -> None:
    entry = episode(7, "a\n<b>\u202eb", "x\ty")
    assert "\n" not in entry.title
    assert "\u202e" not in entry.title
    assert episode(7, "", "x").title == "Episode 7"


def palette(officer: Officer) -> Palette:
    officer.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    officer.until(lambda: bool(officer.window.findChildren(Palette)))
    found = officer.window.findChildren(Palette)[-1]
    officer.until(lambda: found.isVisible())
    return found


def write(officer: Officer, found: Palette, text: str) -> None:
    officer.bot.keyClicks(found.field, text)
    officer.until(lambda: not officer.window.jobs.busy())
    QApplication.processEvents()


def test_enter_does_the_chosen_action(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(retail_desk(tmp_path))
    found = palette(officer)
    write(officer, found, "ledger")
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    officer.until(lambda: officer.window.shown == "ledger")
    officer.close()


def test_an_episode_is_found_by_number_by_heading_and_by_what_its_steps_say(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(retail_desk(tmp_path))
    ids = list(officer.window.review.queue.model.ids)
    officer.press(Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    found = palette(officer)
    write(officer, found, str(ids[-1]))
    officer.until(lambda: any(entry.episode == ids[-1] for entry in found.entries))
    while found.entries[found._table.currentIndex().row()].episode != ids[-1]:
        qtbot.keyClick(found.field, Qt.Key.Key_Down)
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    officer.settle()
    assert officer.window.shown == "review"
    assert officer.window.review.queue.current() == ids[-1]
    found = palette(officer)
    write(officer, found, "refund")
    officer.until(lambda: any(entry.episode is not None for entry in found.entries))
    assert any("refund" in f"{entry.title} {entry.detail}".lower() for entry in found.entries if entry.episode)
    qtbot.keyClick(found.field, Qt.Key.Key_Escape)
    officer.close()


def test_what_cannot_be_done_is_not_offered(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.settle()
    found = palette(officer)
    offered = {entry.action for entry in found.entries}
    assert "new" in offered
    assert not offered & {"approve", "release", "verify", "palette"}
    qtbot.keyClick(found.field, Qt.Key.Key_Escape)
    officer.close()

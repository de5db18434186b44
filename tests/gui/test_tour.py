"""The tour: offered once, gone through by keyboard, and it changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk.desk import ledger
from dreamdesk.desk.database import open_desk
from dreamdesk.gui import app
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.strip import OfferStrip
from dreamdesk.gui.tour.callout import Callout
from dreamdesk.gui.tour.stops import STOPS

PATIENCE_MS = 240_000
"""An import of four files in a process of its own, on a machine that others keep busy."""

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def offers(officer: Officer) -> list[OfferStrip]:
    officer.bot.wait(10)
    return officer.window.findChildren(OfferStrip)


def callout(officer: Officer) -> Callout | None:
    found = officer.window.findChildren(Callout)
    return found[0] if found else None


def test_it_is_offered_on_the_first_start_and_declined_for_good(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    app.begin(officer.window, None, [])
    (offer,) = offers(officer)
    assert officer.focus() not in (offer.take, offer.decline)
    QTest.mouseClick(offer.decline, Qt.MouseButton.LeftButton)
    assert offers(officer) == []
    officer.close()
    again = Officer(qtbot, tmp_path)
    app.begin(again.window, None, [])
    assert offers(again) == []
    again.close()


def test_on_the_first_start_it_makes_the_demonstration_desk(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    app.begin(officer.window, None, [])
    (offer,) = offers(officer)
    shutil.rmtree(officer.window.memory.folder(), ignore_errors=True)  # as before anything was remembered
    offer.take.click()
    assert officer.window.memory.folder().is_dir(), "the desk would be made before its folder"
    # What was read of the samples is reported as of any other traces; only then does it begin.
    qtbot.waitUntil(lambda: officer.dialog(ImportReportDialog) is not None, timeout=PATIENCE_MS)
    report = officer.wait_dialog(ImportReportDialog)
    officer.settle()
    assert callout(officer) is None
    QTest.keyClick(report, Qt.Key.Key_Return)
    officer.until(lambda: callout(officer) is not None)
    officer.settle()
    desk = officer.window.desk()
    assert desk is not None
    assert desk.parent == officer.window.memory.folder()
    assert officer.dialog() is None
    for number, stop in enumerate(STOPS):
        now = callout(officer)
        assert now is not None
        assert now.card.title.full_text() == stop.title
        assert now.rect().contains(now.card.geometry()), stop.title
        assert now.card.rect().height() >= now.card.heightForWidth(now.card.width())
        # Each part that is spoken of is there to be seen, and not below the card.
        assert now.hole().isEmpty() == (stop.part is None), stop.title
        if stop.part is not None and number < len(STOPS) - 1:
            covered = now.hole().intersected(now.card.geometry())
            assert covered.width() * covered.height() < now.hole().width() * now.hole().height() / 2, stop.title
        officer.press(Qt.Key.Key_Return)
    assert callout(officer) is None
    assert offers(officer) == []
    officer.close()


def test_it_changes_nothing_and_its_keys_reach_nothing_behind_it(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(retail_desk(tmp_path))
    desk = officer.window.desk()
    assert desk is not None

    def state() -> tuple[int, str]:
        db = open_desk(desk, readonly=True)
        size = ledger.head(db)
        db.close()
        return size

    before, place = state(), officer.window.review.queue.table.currentIndex().row()
    officer.window.do("tour")
    assert callout(officer) is not None
    for key in (
        Qt.Key.Key_A,
        Qt.Key.Key_R,
        Qt.Key.Key_J,
        Qt.Key.Key_V,
        Qt.Key.Key_M,
        Qt.Key.Key_Right,
        Qt.Key.Key_Left,
    ):
        officer.press(key)
    assert officer.dialog() is None
    assert officer.window.review.queue.table.currentIndex().row() == place
    for _ in range(4):
        officer.press(Qt.Key.Key_Tab)
        assert callout(officer).isAncestorOf(officer.focus())
    officer.press(Qt.Key.Key_Escape)
    assert callout(officer) is None
    assert state() == before
    officer.close()

"""What an officer sees and reaches by keyboard: nothing is cut or out of reach, and words stay words."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections
from dreamdesk.desk.database import open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.bundles.page import BundlesPage
from dreamdesk.gui.dialogs.desk_rules import DeskRulesDialog
from dreamdesk.gui.ledger.erasing import ErasingDialog
from dreamdesk.gui.ledger.page import LedgerPage
from dreamdesk.gui.widgets import Label
from dreamdesk.model.decision import Role, Verdict

EVIL = '<b>North</b><img src="file:///etc/passwd">\u202e'
LONG = "Before it, 5 of 30 attempts of this agent failed in this way; since then, none of 3, which is too few to tell. "
LOW = 768
"""Height of a small laptop's screen, in pixels."""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with a bundle for a hostile recipient, and a correction that went from hand to hand."""
    path = retail_desk(tmp_path)
    db = open_desk(path)
    pipeline.change_setting(db, "blind_mark", "off", "system")
    names = ("Anna Berg", "Bo Lind")
    for name in names:
        pipeline.add_auditor(db, name, Role.APPROVER, PASSPHRASE)
    anna, bo = (pipeline.unlock(db, name, PASSPHRASE) for name in names)
    first, *others = (
        number
        for number in corrections.ids(db)
        if not pipeline.why_not(db, number, Verdict.APPROVE, "Anna Berg", "follows-policy", EVIL)
    )
    pipeline.decide(db, first, Verdict.APPROVE, "follows-policy", EVIL, anna)
    pipeline.release(db, tmp_path / "out", anna, terms=pipeline.ReleaseTerms(recipient=EVIL))
    for signer in (anna, bo, anna, bo):
        pipeline.decide(db, others[0], Verdict.HOLD, "awaiting-information", LONG + EVIL, signer)
    db.close()
    return path


def plain(model: QAbstractItemModel, index: QModelIndex | QPersistentModelIndex) -> str:
    """Return what the tool tip of a cell reads once Qt has taken it for what it takes it for."""
    tip = QTextDocument()
    tip.setHtml(str(model.data(index, Qt.ItemDataRole.ToolTipRole)))
    assert "\ufffc" not in tip.toPlainText()  # what stands for a picture
    return tip.toPlainText()


def test_bundles_begin_on_the_list_and_cut_nothing(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    page = officer.window.places["bundles"]
    assert isinstance(page, BundlesPage)
    assert page.table.hasFocus()
    assert "<b>North</b><img src=" in plain(page.model, page.model.index(0, 3))
    page.effects.clear()
    for _ in range(3):
        page.effects.add(Label(LONG * 2, wrap=True))
    officer.settle()
    for label in page.effects.findChildren(Label):
        assert not label.wordWrap() or label.height() >= label.heightForWidth(label.width())
    officer.close()


def test_many_decisions_leave_room_to_read_the_error_point(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    side = officer.window.review.side
    before = 0
    for tab in (Tab.REVIEW, Tab.HELD):
        officer.window.review.queue.show_tab(tab)
        officer.settle()
        officer.window.review.queue.table.selectRow(0)
        officer.settle()
        before = before or side.reading.height()
    history = side.decision.history
    assert "Bo Lind put on hold it" in history.text()
    assert history.height() >= history.heightForWidth(history.width())
    assert side.reading.height() >= before - 3 * history.fontMetrics().lineSpacing()
    officer.close()


def test_subjects_in_the_ledger_are_told_in_full(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    page = officer.window.places["ledger"]
    assert isinstance(page, LedgerPage)
    told = [plain(page.model, page.model.index(row, 4)) for row in range(page.model.rowCount())]
    shown = [str(page.model.data(page.model.index(row, 4))) for row in range(page.model.rowCount())]
    assert told == shown
    assert any("put" in words or "hold" in words for words in told)
    officer.close()


def test_dialogs_begin_where_something_is_asked_and_fit_a_low_screen(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.do("rules")
    settings = officer.wait_dialog(DeskRulesDialog)
    officer.settle()
    assert settings.height() < LOW
    assert officer.focus().accessibleName() != "Cancel"
    officer.press(Qt.Key.Key_Escape)
    officer.window.do("erase")
    erasing = officer.wait_dialog(ErasingDialog)
    assert isinstance(erasing, ErasingDialog)
    officer.settle()
    assert erasing.words.hasFocus()
    officer.close()

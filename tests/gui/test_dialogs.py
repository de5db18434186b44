"""The dialogs: each says what is wrong, and does its one thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox, QPlainTextEdit, QScrollArea
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import auditors
from dreamdesk.desk.database import create, open_desk
from dreamdesk.gui.dialogs.amending import AmendDialog
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.dialogs.marking import MarkDialog
from dreamdesk.gui.dialogs.message import MARGINS, confirm, tell
from dreamdesk.gui.dialogs.reading import ReadingDialog
from dreamdesk.gui.dialogs.releasing import ReleaseDialog
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.overview.bars import Bars
from dreamdesk.gui.widgets import Label
from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.finding import Category
from dreamdesk.model.source import ImportReport, Skip

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

STEPS = (
    Step(9, Actor.AGENT, Kind.MESSAGE, "I am sorry.", 4),
    Step(10, Actor.AGENT, Kind.TOOL_CALL, '{"order": "W1"}', 4, tool="close", call_id="c"),
    Step(11, Actor.TOOL, Kind.TOOL_RESULT, "ok\u2028fine", 5, tool="close", call_id="c"),
)


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    create(tmp_path / "a.desk").close()
    made = Officer(qtbot, tmp_path)
    made.open(tmp_path / "a.desk")
    yield made
    made.close()


def amend(qtbot: QtBot) -> AmendDialog:
    dialog = AmendDialog("Amend", "", 9, 4, STEPS)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_nothing_changed_is_nothing_to_save(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    dialog.go()
    assert "Nothing was changed" in dialog.trouble()


def test_a_step_that_was_only_looked_at_stays_as_it_was(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    for row in range(3):
        dialog.list.setCurrentRow(row)
        dialog.tool.setText(dialog.tool.text() + " ")
    assert dialog.drafts() == STEPS


def test_broken_arguments_are_said_while_they_are_typed_and_not_saved(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    saved: list[object] = []
    dialog.saved.connect(lambda steps, note: saved.append(steps))
    dialog.list.setCurrentRow(1)
    dialog.text.setPlainText('{"order": ')
    assert "not JSON" in dialog.fault.full_text()
    dialog.list.setCurrentRow(0)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClick(dialog, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert "Step 10" in dialog.trouble()
    assert dialog.list.currentRow() == 1
    assert saved == []


def test_steps_are_added_below_and_removed(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    saved: list[tuple[Step, ...]] = []
    dialog.saved.connect(lambda steps, note: saved.append(steps))
    dialog.shape.setCurrentText("Tool call")
    dialog.add_step()
    dialog.tool.setText("look_up")
    dialog.list.setCurrentRow(3)
    dialog.remove_step()
    dialog.go()
    (steps,) = saved
    assert [step.tool for step in steps] == ["", "look_up", "close"]
    assert [step.index for step in steps] == [9, 10, 11]


def test_the_last_step_stays(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    for _ in range(5):
        dialog.remove_step()
    assert len(dialog.drafts()) == 1
    assert not dialog.remove_button.isEnabled()


def test_marking_answers_with_a_category(qtbot: QtBot) -> None:
    dialog = MarkDialog(STEPS[1], STEPS[1], Category.D5)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    marked: list[Category] = []
    dialog.marked.connect(lambda category, quote, note: marked.append(category))
    dialog.show()
    assert dialog.list.currentItem().text() == Category.D5.title
    dialog.list.setFocus()
    QTest.keyClick(dialog.list, Qt.Key.Key_Up)
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert marked == [Category.D4]


def test_an_auditor_is_added_and_signed_in(officer: Officer, tmp_path: Path) -> None:
    officer.window.do("signin")
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.name.setText("Ada Officer")
    dialog.new_passphrase.setText(PASSPHRASE)
    dialog.again.setText("something else")
    dialog.go()
    assert "differ" in dialog.trouble()
    dialog.again.setText(PASSPHRASE)
    dialog.go()
    officer.settle()
    assert officer.window.identity.name == "Ada Officer"
    assert "Ada Officer" in officer.window.status.auditor.full_text()
    db = open_desk(tmp_path / "a.desk", readonly=True)
    assert auditors.get(db, "Ada Officer").role is Role.APPROVER
    db.close()


def test_a_short_passphrase_is_refused_in_words(officer: Officer) -> None:
    officer.window.do("signin")
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.name.setText("Ada")
    for field in (dialog.new_passphrase, dialog.again):
        field.setText("short")
    dialog.go()
    officer.settle()
    assert "too short" in dialog.trouble()
    assert officer.window.identity.name == ""


def test_a_wrong_passphrase_leaves_the_key_locked(officer: Officer, tmp_path: Path) -> None:
    db = open_desk(tmp_path / "a.desk")
    pipeline.add_auditor(db, "Bo", Role.REVIEWER, PASSPHRASE)
    db.close()
    officer.window.do("signin")
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.passphrase.setText("not this one")
    dialog.go()
    officer.settle()
    assert "does not open" in dialog.trouble()
    dialog.passphrase.setText(PASSPHRASE)
    dialog.go()
    officer.settle()
    assert officer.window.identity.name == "Bo"


def test_closing_the_dialog_while_the_key_is_unlocked_is_harmless(officer: Officer) -> None:
    officer.window.do("signin")
    dialog = officer.wait_dialog(SigningDialog)
    assert isinstance(dialog, SigningDialog)
    dialog.name.setText("Ada")
    for field in (dialog.new_passphrase, dialog.again):
        field.setText(PASSPHRASE)
    dialog.go()
    dialog.reject()
    officer.settle()
    assert officer.window.identity.name == ""


def test_with_nothing_approved_there_is_nothing_to_release(officer: Officer) -> None:
    officer.window.do("release")
    dialog = officer.wait_dialog(ReleaseDialog)
    assert isinstance(dialog, ReleaseDialog)
    officer.settle()
    assert "Nothing is approved" in dialog.waiting.full_text()
    assert dialog.go_button is not None
    assert not dialog.go_button.isVisible()
    assert not dialog.folder.isVisible()
    assert dialog.findChild(Bars) is None, "no episode waits on an empty desk"


def test_with_nothing_approved_the_release_shows_what_waits_and_leads_there(officer: Officer, tmp_path: Path) -> None:
    officer.open(retail_desk(tmp_path))
    officer.window.do("page-ledger")
    officer.window.do("release")
    dialog = officer.wait_dialog(ReleaseDialog)
    officer.settle()
    bars = dialog.findChild(Bars)
    assert bars is not None
    assert bars.accessibleName().startswith("Episodes that wait: To review 4, ")
    assert dialog.height() < 400, "as high as what it says"
    officer.press(Qt.Key.Key_Space)
    assert officer.window.shown == "review"
    assert officer.dialog() is None


def test_the_import_report_lists_files_skips_and_notes(qtbot: QtBot) -> None:
    reports = [
        ImportReport("a.jsonl", "00", "tau-bench", 12, 5, 5, 1, 1, 174, skipped=(Skip("line 7", "<b>not JSON</b>"),)),
        ImportReport("b.txt", "", "", skipped=(Skip("b.txt", "the format is unknown"),), notes=("A note.",)),
        ImportReport("c.jsonl", "11", "tau-bench", 3, 3, known=True),
    ]
    dialog = ImportReportDialog(reports)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    tree = dialog.tree
    assert [tree.topLevelItem(row).text(1) for row in range(3)] == [
        "tau-bench",
        "not recognised",
        "on the desk already",
    ]
    assert tree.topLevelItem(0).child(0).text(0) == "line 7: <b>not JSON</b>"
    assert tree.topLevelItem(1).childCount() == 2
    assert tree.currentItem() is tree.topLevelItem(0), "what could not be read is where the eye falls"


def test_a_very_long_list_of_skips_is_cut_and_says_so(qtbot: QtBot) -> None:
    many = tuple(Skip(f"line {number}", "bad") for number in range(2500))
    dialog = ImportReportDialog([ImportReport("a", "00", "x", skipped=many)])
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    item = dialog.tree.topLevelItem(0)
    assert item.childCount() == 1001
    assert "1,500 more" in item.child(1000).text(0)
    assert item.text(8) == "2,500"


def test_an_editor_becomes_lower_before_anything_is_scrolled(qtbot: QtBot) -> None:
    dialog = Frame("Title")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    editor = QPlainTextEdit()
    dialog.body.addWidget(editor, 1)
    dialog.body.addWidget(Label("Words that are wrapped. " * 12, wrap=True))
    dialog.show()
    dialog.resize(500, dialog.height() - 60)
    qtbot.waitUntil(lambda: editor.height() < editor.sizeHint().height())
    assert not any(area.verticalScrollBar().isVisible() for area in dialog.findChildren(QScrollArea))


def test_reading_finds_words_and_goes_round(qtbot: QtBot) -> None:
    dialog = ReadingDialog("Policy", "first\nsecond line\nthird line\u202e", "second line")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    assert dialog.text.textCursor().selectedText() == "second line"
    assert "⟦U+202E⟧" in dialog.text.toPlainText()
    dialog.words.setText("line")
    at = dialog.text.textCursor().position()
    dialog.words.returnPressed.emit()
    assert dialog.text.textCursor().position() > at
    dialog.words.returnPressed.emit()
    assert dialog.text.textCursor().position() == at


def test_messages_are_plain_text(officer: Officer) -> None:
    box = tell(officer.window, "Title", "<img src=x> \u202e", "<b>details</b>", warning=True)
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert "⟦U+202E⟧" in box.informativeText()
    box.close()
    plain = tell(officer.window, "Title", "Words")
    words = [label for label in plain.findChildren(QLabel) if label.isVisible() and label.text()]
    assert {label.mapTo(plain, QPoint(0, 0)).x() for label in words} == {MARGINS[0]}, "as in every other dialog"
    plain.close()
    asked: list[bool] = []
    box = confirm(officer.window, "Title", "Really?", "Yes, do", lambda: asked.append(True))
    next(button for button in box.buttons() if button.text() == "Yes, do").click()
    assert asked == [True]


def test_verifying_says_what_it_found(officer: Officer) -> None:
    officer.window.do("verify")
    officer.settle()
    box = officer.wait_dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "The desk verifies"


def test_escape_throws_nothing_away_that_was_written(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    dialog.text.setPlainText("I am very sorry.")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    question = dialog.findChild(QMessageBox)
    assert question is not None
    assert dialog.isVisible()
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.drafts()[0].content == "I am very sorry."


def test_what_was_written_can_be_thrown_away(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    dialog.note.setText("Why")
    dialog.close_button.click()
    question = dialog.findChild(QMessageBox)
    assert question is not None
    next(button for button in question.buttons() if button.text() == "Throw away").click()
    assert not dialog.isVisible()


def test_escape_leaves_an_editor_in_which_nothing_was_written(qtbot: QtBot) -> None:
    dialog = amend(qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_escape_closes_the_strip_that_says_what_went_wrong(officer: Officer) -> None:
    strip = officer.window.trouble
    strip.say("The disk is full.")
    officer.press(Qt.Key.Key_Escape)
    assert strip.isHidden()


def test_signing_in_leaves_no_gap_for_the_page_that_adds_an_auditor(qtbot: QtBot, officer: Officer) -> None:
    known = Auditor("Ada", Role.APPROVER, "key")
    dialog = SigningDialog(officer.window.jobs, [known], "", "15")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    short = dialog.height()
    dialog.other.click()
    assert dialog.height() > short
    assert dialog.pages.height() >= dialog.pages.widget(1).minimumSizeHint().height()

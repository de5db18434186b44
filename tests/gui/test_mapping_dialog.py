"""The mapping assistant in the window, by real keys: from an unknown file to episodes on the desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from dreamdesk.desk import listing
from dreamdesk.desk.database import create, open_desk
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.mapping.dialog import MappingDialog
from dreamdesk.gui.mapping.fields import SHOWN, FieldRow
from dreamdesk.pipeline import mapping

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

ROWS = """conversation_id,sender,message,resolved
c-1,customer,"Hello, where is my order?",
c-1,bot,<b>Delivered</b>; I cannot help any further.,no
c-2,customer,Can I change my address?,
c-2,bot,"Yes: in the settings, under addresses.",yes
c-3,customer,only,three,too many
"""


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    create(tmp_path / "a.desk").close()
    made = Officer(qtbot, tmp_path)
    made.open(tmp_path / "a.desk")
    yield made
    made.close()


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat week 9.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def shown(officer: Officer, kind: type[QDialog]) -> QDialog:
    officer.until(lambda: any(isinstance(w, kind) and w.isVisible() for w in QApplication.topLevelWidgets()))
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


def assistant(officer: Officer, path: Path) -> MappingDialog:
    officer.window.map_fields(path)
    dialog = shown(officer, MappingDialog)
    assert isinstance(dialog, MappingDialog)
    officer.until(lambda: bool(dialog.fields.rows) or bool(dialog.trouble()))
    officer.settle()
    return dialog


def row(dialog: MappingDialog, path: str) -> FieldRow:
    return next(one for one in dialog.fields.rows if one.found.path == path)


def preview(dialog: MappingDialog) -> list[tuple[str, list[tuple[str, str, str]]]]:
    tree = dialog.preview.tree
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    return [
        (item.text(0), [(c.text(0), c.text(1), c.text(2)) for c in (item.child(k) for k in range(item.childCount()))])
        for item in items
    ]


def test_from_the_report_to_episodes_on_the_desk_by_keys_alone(officer: Officer, chat: Path) -> None:
    officer.window.import_paths([chat])
    report = shown(officer, ImportReportDialog)
    assert isinstance(report, ImportReportDialog)
    officer.settle()
    assert report.map_button.isVisible()
    report.map_button.setFocus()
    QTest.keyClick(report.map_button, Qt.Key.Key_Space)
    dialog = shown(officer, MappingDialog)
    assert isinstance(dialog, MappingDialog)
    officer.until(lambda: dialog.preview.tree.topLevelItemCount() > 0)
    assert dialog.focusWidget() is dialog.fields.rows[0].choice, "the keyboard is on the first field"
    dialog.name.setFocus()
    dialog.name.selectAll()
    QTest.keyClicks(dialog.name, "Shop chat")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    second = shown(officer, ImportReportDialog)
    assert isinstance(second, ImportReportDialog)
    officer.settle()
    item = second.tree.topLevelItem(0)
    assert item is not None
    assert item.text(1) == "mapping:Shop chat"
    assert not second.map_button.isVisible()
    assert officer.window.jobs.path is not None
    db = open_desk(officer.window.jobs.path, readonly=True)
    assert [episode["outcome"] for episode in listing.episodes(db)] == ["failed", "succeeded"]
    db.close()
    second.reject()
    officer.settle()


def test_the_preview_shows_what_would_stand_and_what_would_not(officer: Officer, chat: Path) -> None:
    dialog = assistant(officer, chat)
    lines = preview(dialog)
    assert lines[0][1][1] == ("agent", "message", "<b>Delivered</b>; I cannot help any further.")
    assert lines[-1][0] == "Could not be read (1)"
    assert "line 6: it has 5 fields where the table has 4" in lines[-1][1][0][0]
    dialog.reject()


def test_another_choice_changes_the_preview_and_another_meaning_too(officer: Officer, chat: Path) -> None:
    dialog = assistant(officer, chat)
    sender = row(dialog, "sender")
    assert sender.why.isVisible()
    sender.choice.setFocus()
    QTest.keyClick(sender.choice, Qt.Key.Key_Home)  # not read
    officer.settle()
    assert not sender.why.isVisible()
    assert {who for _, steps in preview(dialog)[:2] for who, _, _ in steps} == {"agent"}
    message = row(dialog, "message").choice
    message.setFocus()
    QTest.keyClick(message, Qt.Key.Key_Home)
    officer.settle()
    assert "no field is said to be the content" in dialog.preview.summary.full_text()
    assert dialog.go_button is not None
    assert not dialog.go_button.isEnabled()
    dialog.reject()


def test_a_meaning_of_a_value_can_be_changed(officer: Officer, chat: Path) -> None:
    dialog = assistant(officer, chat)
    sender = row(dialog, "sender")
    bot = next(c for c in sender.findChildren(type(sender.choice)) if c.accessibleName() == "“bot” means")
    bot.setFocus()
    QTest.keyClicks(bot, "tool")
    officer.settle()
    chosen = dialog.chosen()
    assert chosen is not None
    assert ("bot", "tool") in chosen.of(mapping.Role.ACTOR)[0].values
    assert preview(dialog)[0][1][1][:2] == ("tool", "result")
    dialog.reject()


def test_the_wheel_scrolls_the_list_and_changes_nothing(officer: Officer, chat: Path) -> None:
    dialog = assistant(officer, chat)
    choice = row(dialog, "sender").choice
    before = choice.currentIndex()
    choice.setFocus()
    event = QWheelEvent(
        QPointF(5, 5), QPointF(choice.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(choice, event)
    assert choice.currentIndex() == before
    dialog.reject()


def test_another_delimiter_and_no_header_read_the_file_again(officer: Officer, chat: Path) -> None:
    dialog = assistant(officer, chat)
    dialog.header.setFocus()
    QTest.keyClick(dialog.header, Qt.Key.Key_Space)
    officer.settle()
    assert {one.found.path for one in dialog.fields.rows} == {"column 1", "column 2", "column 3", "column 4"}
    dialog.reject()


def test_a_name_that_is_taken_is_refused_until_replacing_is_said(officer: Officer, chat: Path) -> None:
    assert officer.window.jobs.path is not None
    other = chat.with_name("o.jsonl")
    other.write_text('{"who": "user", "text": "A sentence of some length."}\n' * 3, encoding="utf-8")
    db = open_desk(officer.window.jobs.path)
    mapping.keep(db, chat.stem, mapping.look(other)[1].mapping, "Ann")
    db.close()
    dialog = assistant(officer, chat)
    assert dialog.replace.isVisible()
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    officer.until(lambda: bool(dialog.trouble()))
    assert "another mapping" in dialog.trouble()
    dialog.replace.setFocus()
    QTest.keyClick(dialog.replace, Qt.Key.Key_Space)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    report = shown(officer, ImportReportDialog)
    officer.settle()
    report.reject()
    officer.settle()


def test_what_is_no_table_is_said_in_the_dialog(officer: Officer, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all, this is prose.\n", encoding="utf-8")
    dialog = assistant(officer, path)
    assert "neither JSON nor a table" in dialog.trouble()
    assert dialog.go_button is not None
    assert not dialog.go_button.isEnabled()
    dialog.reject()


def test_a_thousand_columns_are_shown_in_part(officer: Officer, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"c{n}" for n in range(1000)]
    row_ = ["1"] * 1000
    path.write_text("who,text," + ",".join(names) + "\n" + "user,What is going on here?," + ",".join(row_) + "\n")
    dialog = assistant(officer, path)
    assert len(dialog.fields.rows) == SHOWN
    assert dialog.fields.rows[0].field() is not None
    dialog.reject()

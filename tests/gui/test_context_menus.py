"""Context menus and copying: with the right button, with the menu key, and what they act on."""

from __future__ import annotations

import pytest
from officer import Officer
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from dreamdesk.gui import context

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def right_click(officer: Officer, widget: QWidget, at: QPoint) -> QMenu:
    QTest.mouseClick(widget, Qt.MouseButton.RightButton, pos=at)
    QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)))
    officer.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def names(menu: QMenu) -> list[str]:
    return [action.objectName() for action in menu.actions() if not action.isSeparator()]


def test_on_the_timeline_the_menu_is_about_the_step_under_the_mouse(officer: Officer) -> None:
    timeline = officer.window.review.timeline
    menu = right_click(officer, timeline, timeline.place_rect("recorded", 2).center())
    assert timeline.selected == ("recorded", 2)
    assert names(menu) == [name for name in context.STEP if name]
    copy = next(action for action in menu.actions() if action.objectName() == "copy")
    menu.close()
    copy.trigger()
    case = officer.window.review.case
    assert case is not None
    assert QApplication.clipboard().text() == case.episode.steps[2].content


def test_in_the_comparison_it_is_about_the_cell_under_the_mouse(officer: Officer) -> None:
    view = officer.window.review.compare
    menu = right_click(officer, view.viewport(), view.accessible_rect(view.accessible_current()).center())
    assert view.selected is not None
    assert "copy" in names(menu)
    menu.close()


def test_in_the_queue_it_decides_on_the_row(officer: Officer) -> None:
    table = officer.window.review.queue.table
    row = table.visualRect(table.model().index(1, 0)).center()
    menu = right_click(officer, table.viewport(), row)
    officer.settle()
    assert table.currentIndex().row() == 1
    assert names(menu)[0] == "approve"
    menu.close()


def test_ctrl_c_copies_the_step_but_in_a_text_field_its_text(officer: Officer) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    officer.window.review.timeline.setFocus()
    officer.press(Qt.Key.Key_C, control)
    case = officer.window.review.case
    assert case is not None
    track, index = officer.window.review.timeline.selected
    assert track == "recorded"
    assert QApplication.clipboard().text() == case.episode.steps[index].content
    field = officer.window.bar.search
    field.setFocus()
    field.setText("lamp")
    field.selectAll()
    officer.press(Qt.Key.Key_C, control)
    assert QApplication.clipboard().text() == "lamp"

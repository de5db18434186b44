"""Rules are read after their dialog stands there: the first paint with the rows has room for each."""

from __future__ import annotations

from threading import Event

import pytest
from officer import Officer
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from dreamdesk.gui.dialogs.desk_rules import DeskRulesDialog
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.dialogs.review_rules import ReviewRulesDialog


class Watch(QObject):
    """Notes at each paint of a row how much higher it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.lacking: list[int] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(watched, QWidget):
            self.lacking.append(watched.minimumSizeHint().height() - watched.height())
        return False


def rows_of(dialog: Frame | None) -> list[QWidget]:
    if isinstance(dialog, DeskRulesDialog):
        return list(dialog.weights.values())
    return [line.title for line in dialog.lines.values()] if isinstance(dialog, ReviewRulesDialog) else []


@pytest.mark.parametrize(("action", "kind"), [("rules", DeskRulesDialog), ("review-rules", ReviewRulesDialog)])
def test_no_row_is_squeezed_in_the_first_paint(officer: Officer, action: str, kind: type[Frame]) -> None:
    watch = Watch()
    first: list[int] = []

    def paint_at_once() -> None:
        """Paint as a busy machine does: before Qt comes to lay out what the read has just brought."""
        dialog = officer.dialog(kind)
        for row in rows_of(dialog):
            row.installEventFilter(watch)
        if not first and dialog is not None:
            dialog.repaint()
            first.extend(watch.lacking)

    def is_on_screen() -> bool:
        dialog = officer.dialog(kind)
        return dialog is not None and dialog.windowHandle().isExposed()

    officer.window.jobs.idle.connect(paint_at_once)
    held = Event()
    for key in ("one", "two"):  # as many as are read at a time: the rows come when the dialog is on the screen
        officer.window.jobs.read(key, lambda db, task: held.wait(30), lambda found: None)
    officer.window.do(action)
    officer.until(is_on_screen)
    held.set()
    officer.until(lambda: bool(rows_of(officer.dialog(kind))))
    officer.settle()
    assert first, "the rows were not there when the dialog was painted for the first time"
    assert max(watch.lacking) <= 0

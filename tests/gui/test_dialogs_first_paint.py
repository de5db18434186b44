"""The desk's rules are read after their dialog stands there: the first paint with the rows has room for each."""

from __future__ import annotations

import pytest
from officer import Officer
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from dreamdesk.gui.dialogs.desk_rules import DeskRulesDialog
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


@pytest.mark.parametrize(("action", "kind"), [("rules", DeskRulesDialog), ("review-rules", ReviewRulesDialog)])
def test_no_row_is_squeezed_in_the_first_paint(
    officer: Officer, action: str, kind: type[DeskRulesDialog] | type[ReviewRulesDialog]
) -> None:
    watch = Watch()

    def rows() -> list[QWidget]:
        dialog = officer.dialog(kind)
        if isinstance(dialog, DeskRulesDialog):
            return list(dialog.weights.values())
        return [line.title for line in dialog.lines.values()] if isinstance(dialog, ReviewRulesDialog) else []

    def paint_at_once() -> None:
        """Paint as a busy machine does: before Qt comes to lay out what the read has just brought."""
        for row in rows():
            row.installEventFilter(watch)
        if (dialog := officer.dialog(kind)) is not None:
            dialog.repaint()

    officer.window.jobs.idle.connect(paint_at_once)
    officer.window.do(action)
    officer.until(lambda: bool(rows()) and bool(watch.lacking))
    officer.settle()
    assert max(watch.lacking) <= 0

"""Driving the window as a person does: real key presses and drops, and waiting for what they lead to."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk.database import create
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.window import Window

if TYPE_CHECKING:
    from dreamdesk.gui.settings.page import SettingsPage

SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples"
SUPPORT = SAMPLES / "customer-support" / "support-week44.jsonl"
WAIT_MS = 60_000
LONGEST_PAUSE_MS = 400
"""The longest that a control waits for more keys before it starts what they ask for."""
PASSPHRASE = "correct horse battery"


@cache
def _built() -> Path:
    """Return a desk with the support sample imported and prepared, made once for the whole test run."""
    desk = Path(mkdtemp(prefix="dreamdesk-")) / "retail.desk"
    db = create(desk)
    list(pipeline.import_paths(db, [SUPPORT]))
    pipeline.prepare(db)
    db.close()
    atexit.register(shutil.rmtree, desk.parent, ignore_errors=True)
    return desk


def retail_desk(folder: Path) -> Path:
    """Return a copy of its own of a desk on which six episodes wait for review."""
    for part in _built().parent.iterdir():
        shutil.copy(part, folder / part.name)
    return folder / "retail.desk"


class Officer:
    """A person at the window."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        self.bot = qtbot
        self.window = Window(Memory())
        self.window.resize(1280, 800)
        self.window.show()
        qtbot.waitExposed(self.window)

    def until(self, met: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.bot.waitUntil(met, timeout=WAIT_MS)

    def settle(self) -> None:
        """Wait until nothing runs any more, and nothing is about to."""
        for _ in range(3):  # what has just ended may start something in the next round of events
            self.bot.wait(10)
            self.until(self._quiet)
        if QApplication.activeWindow() is None:
            # A window manager would do this when a dialog is closed; the offscreen screen has none.
            self.window.activateWindow()
            # A key that is pressed before this has happened is lost, as on a busy machine.
            self.until(lambda: QApplication.activeWindow() is not None)

    def _quiet(self) -> bool:
        """Tell whether no job runs, and no control waits for more keys before it starts one."""
        return not (
            self.window.jobs.busy()
            or self.window.intake.busy()
            or any(
                timer.isActive() and timer.isSingleShot() and timer.interval() <= LONGEST_PAUSE_MS
                for widget in QApplication.topLevelWidgets()
                for timer in widget.findChildren(QTimer)
            )
        )

    def open(self, desk: Path, *, new: bool = False) -> None:
        """Open a desk."""
        self.window.open_desk(desk, new=new)
        self.settle()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key wherever the keyboard is."""
        QTest.keyClick(self.focus(), key, modifier)
        self.settle()

    def type(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        QTest.keyClicks(self.focus(), text)

    def focus(self) -> QWidget:
        """Return the widget that has the keyboard."""
        return (
            QApplication.activePopupWidget() or QApplication.focusWidget() or QApplication.activeWindow() or self.window
        )

    def dialog(self, kind: type[QDialog] = QDialog) -> QDialog | None:
        """Return the dialog of this kind that stands open."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, kind) and widget.isVisible() and not isinstance(widget, Window):
                return widget
        return None

    def wait_dialog(self, kind: type[QDialog]) -> QDialog:
        """Wait for a dialog of this kind."""
        self.until(lambda: self.dialog(kind) is not None)
        found = self.dialog(kind)
        assert found is not None
        return found

    def close_dialogs(self) -> None:
        """Close every dialog, those too that would ask first."""
        while (found := self.dialog()) is not None:
            found.reject()
            found.done(QDialog.DialogCode.Rejected)
            if isinstance(found, QMessageBox):
                found.close()
            self.bot.wait(10)

    def drop(self, paths: Sequence[Path]) -> None:
        """Drop files from the file manager on the window."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        actions, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        at = QPointF(400, 400)
        enter = QDragEnterEvent(at.toPoint(), actions, data, buttons, keys)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        QApplication.sendEvent(self.window, QDropEvent(at, actions, data, buttons, keys))

    def sign_in(self, name: str = "Ada Officer") -> None:
        """Add an auditor in the dialog that asks who signs."""
        from dreamdesk.gui.dialogs.signing import SigningDialog

        dialog = self.wait_dialog(SigningDialog)
        assert isinstance(dialog, SigningDialog)
        dialog.name.setFocus()
        self.type(name)
        for field in (dialog.new_passphrase, dialog.again):
            field.setFocus()
            self.type(PASSPHRASE)
        QTest.keyClick(dialog.again, Qt.Key.Key_Return)
        self.settle()

    def settings(self) -> SettingsPage:
        """Turn to the settings, and wait until those of the desk are shown."""
        from dreamdesk.gui.settings.page import SettingsPage

        self.window.do("page-settings")
        self.settle()
        page = self.window.places["settings"]
        assert isinstance(page, SettingsPage)
        return page

    def change_settings(self, **values: str) -> SettingsPage:
        """Change settings of the desk on their page, and save them."""
        page = self.settings()
        for name, value in values.items():
            page.desk.fields[name].put(value)
        QTest.keyClick(page.save, Qt.Key.Key_Space)
        self.settle()
        return page

    def choose_blind_mark(self, value: str) -> None:
        """Say in the desk's settings whether auditors mark before the desk's view, and go back to the review."""
        self.change_settings(blind_mark=value)
        self.window.do("page-review")
        self.settle()

    def close(self) -> None:
        """Leave."""
        self.close_dialogs()
        self.window.close()
        self.window.deleteLater()
        self.bot.wait(1)

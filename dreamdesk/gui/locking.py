"""The window locks when nobody has touched it for a while: what it shows is covered, and the key is forgotten."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QWidget

from dreamdesk import pipeline
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.widgets import Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line

_TOUCHES = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel)


class Idle(QObject):
    """Calls *then* when no key was pressed and no mouse moved in any window of the program for so many minutes.

    Only what the system sends to a window is looked at, not every event of every widget.
    """

    def __init__(self, then: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(then)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._watch)

    def start(self, minutes: float) -> None:
        """Begin to count; 0 stops."""
        if minutes:
            self._watch(QGuiApplication.focusWindow())
            self._timer.start(round(minutes * 60_000))
        else:
            self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin anew with whatever somebody does."""
        if event.type() in _TOUCHES and self._timer.isActive():
            self._timer.start()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)


class _Cover(QWidget):
    """Hides what the window shows."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("window"))


class LockDialog(Frame):
    """Covers *window* and every dialog until the passphrase of *name* was given. It cannot be closed, only the program.

    What was typed in the dialogs stays there.
    """

    def __init__(self, jobs: Jobs, name: str, take: Callable[[object], None], window: QMainWindow) -> None:
        super().__init__(
            t("Locked"),
            t(
                "{name} is at this desk. Enter your passphrase to go on; nothing that was typed is lost.",
                name=one_line(name, 60),
            ),
            t("Unlock"),
            window,
        )
        self._jobs, self._name, self._take = jobs, name, take
        self.setMinimumWidth(420)
        self._hidden = [w for w in QApplication.topLevelWidgets() if w.isVisible() and _belongs(w, window)]
        for widget in self._hidden:
            widget.hide()
        self._cover = _Cover(window)
        self._cover.setGeometry(window.rect())
        self._cover.show()
        self._cover.raise_()
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(t("Passphrase"))
        form = make_form()
        form.addRow(named(t("Passphrase")), self.passphrase)
        self.body.addLayout(form)
        self.body.addWidget(Label(t("The key was forgotten when this desk locked."), tone="muted", wrap=True))
        self.close_button.setText(t("Close the window"))
        self.close_button.clicked.disconnect()
        self.close_button.clicked.connect(window.close)
        window.installEventFilter(self)
        self.passphrase.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window at every size."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._cover.setGeometry(watched.rect())
        return False

    def reject(self) -> None:
        """Stay: neither Escape nor closing unlocks."""

    def go(self) -> None:
        """Unlock the key."""
        self.say("")
        self.set_busy(True)
        name, secret = self._name, self.passphrase.text()
        self.passphrase.clear()
        self._jobs.write("unlock", lambda db, task: pipeline.unlock(db, name, secret), self._opened, self._refused)

    def _opened(self, signer: object) -> None:
        self._cover.deleteLater()
        self.accept()
        for widget in self._hidden:
            widget.show()
        self._take(signer)

    def _refused(self, words: str) -> None:
        self.set_busy(False)
        self.say(words)
        self.passphrase.setFocus()


def _belongs(widget: QWidget, window: QMainWindow) -> bool:
    """Tell whether *widget* is a dialog of *window*."""
    above = widget.parentWidget()
    while above is not None and above is not window:
        above = above.parentWidget()
    return above is window and widget is not window

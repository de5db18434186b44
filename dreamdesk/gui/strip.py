"""The strip above the foot of the window: long work with its progress and a way to cancel it, or an error in words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from dreamdesk.gui import motion, theme
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import t
from dreamdesk.model.text import one_line

WHOLE = 1000
"""Steps of the bar; sizes in bytes do not fit Qt's 32 bits."""


class _Strip(QWidget):
    """A band in the soft colour of a tone, hidden until it is needed."""

    def __init__(self, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(14, 7, 14, 7)
        self.row.setSpacing(12)
        self.hide()
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(f"{self._tone}_soft"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))


class ProgressStrip(_Strip):
    """Long work.

    Signals:
        cancelled: The person wants it to stop.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("accent", parent)
        self.words = Label("", elide=True)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(260)
        self.bar.setTextVisible(False)
        self.cancel = Button(t("Cancel"))
        self.cancel.clicked.connect(self.cancelled)
        self.row.addWidget(self.words, 1)
        self.row.addWidget(self.bar)
        self.row.addWidget(self.cancel)

    def begin(self, words: str) -> None:
        """Show that work has begun whose length is not known yet."""
        self.words.setText(words)
        self.bar.setRange(0, 0)
        self.bar.setVisible(not motion.is_still())  # a bar without an end runs to and fro
        self.cancel.setEnabled(True)
        self.show()

    def progress(self, done: int, total: int, words: str) -> None:
        """Show how far it is."""
        if total > 0:
            self.bar.show()
            self.bar.setRange(0, WHOLE)
            self.bar.setValue(min(done * WHOLE // total, WHOLE))
        self.words.setText(one_line(words, 200))

    def end(self) -> None:
        """Put the strip away."""
        self.hide()


class AskingStrip(ProgressStrip):
    """Work that waits for a model; and, where such work was left, the offer to resume it.

    Signals:
        resumed: The person wants what was left to go on.
    """

    resumed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.resume = Button(t("Resume…"))
        self.resume.clicked.connect(self.resumed)
        self.resume.hide()
        self.row.insertWidget(2, self.resume)

    def begin(self, words: str) -> None:
        """Show that a model is being asked."""
        self.resume.hide()
        self.cancel.setText(t("Stop"))
        super().begin(words)

    def offer(self, words: str) -> None:
        """Show what was left, and the button that lets it go on."""
        self.words.setText(words)
        self.bar.hide()
        self.resume.show()
        self.cancel.setText(t("Not now"))
        self.cancel.setEnabled(True)
        self.show()


class OfferStrip(_Strip):
    """Something that is offered, and may be declined.

    Signals:
        taken: The person wants it.
        declined: The person does not.
    """

    taken = Signal()
    declined = Signal()

    def __init__(self, words: str, take: str, decline: str, parent: QWidget | None = None) -> None:
        super().__init__("accent", parent)
        self.take, self.decline = Button(take), Button(decline)
        self.take.clicked.connect(self.taken)
        self.decline.clicked.connect(self.declined)
        self.row.addWidget(Label(words, wrap=True), 1)
        self.row.addWidget(self.take)
        self.row.addWidget(self.decline)


class TroubleStrip(_Strip):
    """What went wrong, in words, until the person closes it, by its button or with Esc.

    Signals:
        spoke: It said something.
    """

    spoke = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("error", parent)
        self.words = Label("", tone="error", wrap=True)
        self.close_button = Button(t("Close"))
        self.close_button.clicked.connect(self.hide)
        # A shortcut of a hidden widget does nothing, so Esc means what it always does while there is no trouble.
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.hide)
        self.row.addWidget(self.words, 1)
        self.row.addWidget(self.close_button)

    def say(self, words: str) -> None:
        """Show *words*."""
        self.words.setText(words)
        self.show()
        self.spoke.emit(words)

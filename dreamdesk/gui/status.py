"""The line at the foot of the window: is anything sent out, which desk, which ledger head, who reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.widgets import Label, plain_tooltip
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection

SAID_MS = 8000
"""How long a sentence about what was done stays."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the foot of the window says of the desk."""

    name: str
    episodes: int
    entries: int
    head: str
    host: str
    today: int


def standing(db: Connection, name: str, auditor: str) -> Standing:
    """Read what the foot of the window says, in a job."""
    # The desk is imported here because the foot is drawn before anything is read.
    from dreamdesk.desk import decisions, episodes, ledger, settings

    entries, head = ledger.head(db)
    return Standing(
        name=name,
        episodes=episodes.count(db),
        entries=entries,
        head=head,
        host=settings.get(db, settings.ENDPOINT_HOST),
        today=decisions.today(db, auditor) if auditor else 0,
    )


class Dot(QWidget):
    """A small light: green while nothing can leave this machine, amber while one host is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = "ok"
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def set_tone(self, tone: str) -> None:
        """Change the colour."""
        self._tone = tone
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._tone))
        painter.drawEllipse(QRectF(1, 1, 8, 8))


class StatusLine(QWidget):
    """The foot of the window.

    Signals:
        spoke: It said something.
    """

    spoke = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(30)
        self._dot = Dot()
        self.net = Label(t("Offline"), tone="ok")
        self.desk = Label(t("No desk is open"), tone="muted", elide=True)
        self.only_read = Label(t("Read only"), tone="warn")
        self.only_read.hide()
        self.chain = Label("", tone="muted", elide=True)
        self.said = Label("", elide=True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.auditor = Label("", tone="muted", elide=True)
        self.today = Label("", tone="muted", elide=True)
        for words in (self.desk, self.chain, self.auditor, self.today):  # cut on a small screen, never wider than it
            words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(6)
        row.addWidget(self._dot)
        row.addWidget(self.net)
        for widget in (self.desk, self.only_read, self.chain):
            row.addSpacing(14)
            row.addWidget(widget)
        row.addWidget(self.said, 1)
        for widget in (self.auditor, self.today):
            row.addSpacing(14)
            row.addWidget(widget)
        self._fade = QTimer(self, singleShot=True, interval=SAID_MS)
        self._fade.timeout.connect(lambda: self.said.setText(""))

    def show_standing(self, standing: Standing) -> None:
        """Show what was read from the desk."""
        self._dot.set_tone("warn" if standing.host else "ok")
        self.net.set_tone("warn" if standing.host else "ok")
        self.net.setText(t("Open to {host}", host=one_line(standing.host, 60)) if standing.host else t("Offline"))
        self.desk.setText(f"{one_line(standing.name, 60)} · {counted(standing.episodes, 'episode')}")
        short = f"{standing.head[:4]}…{standing.head[-4:]}" if standing.entries else t("empty")
        self.chain.setText(t("Ledger {entries:,} · {short}", entries=standing.entries, short=short))
        self.today.setText(t("{today:,} decided today", today=standing.today))

    def show_only_read(self, why: str) -> None:
        """Show that the desk can only be read, and *why*; "" where it can be written."""
        self.only_read.setVisible(bool(why))
        self.only_read.setToolTip(plain_tooltip(why))
        self.only_read.setAccessibleDescription(why)

    def show_auditor(self, name: str) -> None:
        """Show who reviews."""
        self.auditor.setText(t("Reviewing as {name}", name=one_line(name, 60)) if name else t("Not signed in"))
        self.today.setVisible(bool(name))

    def say(self, words: str) -> None:
        """Show a sentence about what was done, for a while."""
        self.said.setText(words)
        self._fade.start()
        self.spoke.emit(words)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("line"))

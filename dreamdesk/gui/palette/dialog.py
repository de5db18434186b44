"""The palette on the screen: a field, and under it what the typed words mean."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dreamdesk.desk import queue, search
from dreamdesk.desk.database import Connection
from dreamdesk.desk.queue import Row, Tab
from dreamdesk.gui import theme
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.palette.entries import Entry, commands, episode, matching
from dreamdesk.gui.widgets import EmptyState, keycap_size, paint_keycap
from dreamdesk.gui.widgets.row_table import RowTable
from dreamdesk.language import t

_ROW = 46
_SHOWN = 9
_EPISODES = 20
"""So many episodes are offered; whoever looks for more uses the search field of the queue."""
_ENTRY = int(Qt.ItemDataRole.UserRole)

Index = QModelIndex | QPersistentModelIndex


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        """Show other entries."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        entry = self.entries[index.row()]
        if role == _ENTRY:
            return entry
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.title}, {entry.group}. {entry.detail}"
        return None


class _Delegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(_ENTRY)
        area, chosen = QRect(option.rect), bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(area, theme.color("accent_soft" if chosen else "panel"))
        if chosen:
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), theme.color("accent"))
        line = area.adjusted(14, 6, -14, -6)
        right = line.right()
        if entry.keys:
            keys = QKeySequence(entry.keys).toString(QKeySequence.SequenceFormat.NativeText)
            size = keycap_size(keys)
            right -= int(size.width()) + 12
            at = QPointF(line.right() - size.width(), area.center().y() - size.height() / 2)
            paint_keycap(painter, at, keys, theme.color("muted"), theme.color("edge"))
        bold, plain = theme.font(weight=QFont.Weight.DemiBold), theme.font(theme.current().small)
        metrics = QFontMetrics(plain)
        group = metrics.horizontalAdvance(entry.group)
        half = line.height() // 2
        for font, tone, words, top, room in (
            (bold, "text", entry.title, line.top(), right - line.left() - group - 14),
            (plain, "muted", entry.detail, line.top() + half, right - line.left() - group - 14),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(tone))
            shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(line.left(), top, room, half), int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.setPen(theme.color("faint"))
        painter.drawText(
            QRect(right - group, line.top(), group + 1, line.height()), int(Qt.AlignmentFlag.AlignVCenter), entry.group
        )
        painter.restore()


class _Field(QLineEdit):
    """Passes the keys that walk through the list on to it."""

    KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)

    def __init__(self, table: RowTable) -> None:
        super().__init__()
        self._table = table

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in self.KEYS:
            self._table.keyPressEvent(event)
        else:
            super().keyPressEvent(event)


class Palette(QDialog):
    """Finds an action or an episode by a few letters. Enter takes the chosen one, Esc leaves.

    Signals:
        taken: The `Entry` that the person took; the palette is closed by then.
    """

    taken = Signal(object)

    def __init__(self, jobs: Jobs, enabled: Collection[str], auditor: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(t("Command palette"))
        self._jobs, self._auditor, self._commands = jobs, auditor, commands(enabled)
        self._entries = _Model(self)
        self._table = RowTable(t("What the palette found"), _ROW)
        self._table.setModel(self._entries)
        self._table.paint_with(_Delegate())
        self._table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._table.clicked.connect(lambda index: self._take())
        self.field = _Field(self._table)
        self.field.setPlaceholderText(t("What do you want to do, or which episode?"))
        self.field.setAccessibleName(t("Command palette"))
        self.field.textChanged.connect(self._find)
        self.field.returnPressed.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.field)
        self._nothing = EmptyState(
            t("Nothing found"), t("No action that can be done now, and no episode, is meant by this.")
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(self._table)
        self._stack.addWidget(self._nothing)
        column.addLayout(self._stack)
        room = parent.size() if parent is not None else QSize(620, 64 + _SHOWN * _ROW)
        self.setFixedSize(min(620, room.width() - 20), min(64 + _SHOWN * _ROW, max(64 + 3 * _ROW, room.height() - 80)))
        self._find("")

    def open(self) -> None:
        """Show the palette under the middle of the head of its window."""
        parent = self.parentWidget()
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().topLeft())
            self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 60)
        super().open()
        self.field.setFocus()

    @property
    def entries(self) -> list[Entry]:
        """What is offered at present."""
        return self._entries.entries

    def _find(self, text: str) -> None:
        """Offer what *text* means: actions at once, episodes as soon as the desk has answered."""
        self._offer(matching(self._commands, text))
        if text.strip() and self._jobs.path is not None:
            self._jobs.read("palette", _episodes_of(text.strip(), self._auditor), self._add)

    def _add(self, answer: tuple[str, list[Row]]) -> None:
        """Offer the episodes found after the actions, if the same words still stand in the field."""
        if answer[0] != self.field.text().strip():
            return
        found = [episode(row.episode, row.title, row.found or row.agent or row.source) for row in answer[1]]
        chosen = self._table.currentIndex().row()
        self._offer([*(entry for entry in self.entries if entry.episode is None), *found], max(0, chosen))

    def _offer(self, entries: list[Entry], chosen: int = 0) -> None:
        self._entries.set_entries(entries)
        self._stack.setCurrentWidget(self._table if entries else self._nothing)
        self._table.setCurrentIndex(self._entries.index(min(chosen, len(entries) - 1), 0))

    def _take(self) -> None:
        row = self._table.currentIndex().row()
        if 0 <= row < len(self.entries):
            entry = self.entries[row]
            self.close()
            self.taken.emit(entry)


def _episodes_of(text: str, auditor: str) -> Callable[[Connection, Task], tuple[str, list[Row]]]:
    """Return the job that finds the episodes *text* means: by number, by heading, or by the words of a step."""

    def work(db: Connection, task: Task) -> tuple[str, list[Row]]:
        steps = search.episodes(db, text)
        found = list(queue.ids(db, Tab.ALL, text, auditor, steps)[:_EPISODES])
        number = text.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 12 and int(number) in queue.ids(db, Tab.ALL):
            found = [int(number), *(one for one in found if one != int(number))]
        return text, queue.with_hits(db, queue.rows(db, found), text, steps)

    return work

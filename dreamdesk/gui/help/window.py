"""The window of the help: contents and search on the left, the page on the right. It stays beside the work."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dreamdesk.gui.help.guides import Chapter, guides
from dreamdesk.gui.help.reader import FOLDER, Reader
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import spoken, t

SIZE = (1160, 800)
CONTENTS_WIDTH = 320


class HelpWindow(QDialog):
    """Shows the guides. One is open at a time, whatever window it was asked from: `show_help`."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle(t("Help – DreamDesk"))
        self.resize(QSize(*SIZE).boundedTo(self.screen().availableSize()))
        self._guides = guides(FOLDER, spoken())
        self._past: list[Chapter] = []
        self.chapter = self._guides.chapters[0]
        self.search = QLineEdit()
        self.search.setPlaceholderText(t("Find in the help…"))
        self.search.setAccessibleName(t("Find in the help"))
        self.search.setClearButtonEnabled(True)
        self.contents = QTreeWidget()
        self.contents.setAccessibleName(t("Contents"))
        self.contents.setHeaderHidden(True)
        self.contents.setIndentation(14)
        self.contents.setStyleSheet("QTreeView::item { padding: 4px 2px; }")
        self.none = Label(t("No page has all of these words. Try fewer, or one alone."), tone="muted", wrap=True)
        self.back = Button(t("Back"))
        self.page = Reader()
        self._lay_out()
        self.search.textChanged.connect(self._list)
        self.search.returnPressed.connect(self.page.setFocus)
        self.contents.currentItemChanged.connect(self._chosen)
        self.page.linked.connect(self._follow)
        self.back.clicked.connect(self.go_back)
        QShortcut(QKeySequence.StandardKey.Find, self, self._to_search)
        QShortcut(QKeySequence.StandardKey.Back, self, self.go_back)
        self._list("")

    def _lay_out(self) -> None:
        """Set contents and page beside one another."""
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(12, 12, 6, 12)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addWidget(self.back)
        column.addLayout(head)
        column.addWidget(self.none)
        column.addWidget(self.contents, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(side)
        split.addWidget(self.page)
        split.setStretchFactor(1, 1)
        split.setSizes([CONTENTS_WIDTH, SIZE[0] - CONTENTS_WIDTH])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)

    def show_about(self, names: list[str]) -> None:
        """Show the chapter on the first of *names* (pages and classes of dialogs) that has one."""
        self.search.clear()
        self.show_chapter(self._guides.about(names))
        self.page.setFocus()

    def show_chapter(self, chapter: Chapter, anchor: str = "") -> None:
        """Show *chapter*, from the heading that *anchor* names."""
        if chapter != self.chapter:
            self._past.append(self.chapter)
        self._show(chapter, anchor)

    def go_back(self) -> None:
        """Show the page that was shown before."""
        if self._past:
            self._show(self._past.pop())

    def _show(self, chapter: Chapter, anchor: str = "") -> None:
        self.chapter = chapter
        self.back.setEnabled(bool(self._past))
        self.page.show_page(chapter.text, anchor, tuple(self.search.text().split()))
        for item in self._items():
            if item.data(0, Qt.ItemDataRole.UserRole) == chapter:
                self.contents.blockSignals(True)
                self.contents.setCurrentItem(item)
                self.contents.blockSignals(False)

    def _items(self) -> list[QTreeWidgetItem]:
        """Return every line of the contents."""
        found = self.contents.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
        return list(found)

    def _list(self, words: str) -> None:
        """List the contents or, where words are looked for, the pages that have them; the best of these is shown."""
        self.contents.blockSignals(True)
        self.contents.clear()
        found = self._guides.find(words)
        self.contents.setRootIsDecorated(not words.strip())
        for one in found:
            self._line(f"{one.chapter.title}\n{one.snippet}", one.chapter, None)
        parent: QTreeWidgetItem | None = None
        for chapter in self._guides.chapters if not words.strip() else ():
            opening = chapter == self._guides.opening(chapter.guide)
            item = self._line(chapter.title, chapter, None if opening else parent)
            parent = item if opening else parent
        self.contents.expandAll()
        self.contents.blockSignals(False)
        self.none.setVisible(bool(words.strip()) and not found)
        self._show(found[0].chapter if found else self.chapter)

    def _line(self, words: str, chapter: Chapter, parent: QTreeWidgetItem | None) -> QTreeWidgetItem:
        item = QTreeWidgetItem([words])
        item.setData(0, Qt.ItemDataRole.UserRole, chapter)
        if parent is None:
            self.contents.addTopLevelItem(item)
        else:
            parent.addChild(item)
        return item

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.show_chapter(item.data(0, Qt.ItemDataRole.UserRole))

    def _follow(self, target: str) -> None:
        """Follow a link of ours to another page; there are no others."""
        chapter = self._guides.linked(target, self.chapter)
        if chapter is not None:
            self.search.clear()
            self.show_chapter(chapter, target.partition("#")[2])

    def _to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()


_open: list[HelpWindow] = []


def show_help(names: list[str]) -> HelpWindow:
    """Show the help on the first of *names* that has a chapter, in the window that is open or in a new one."""
    if not _open:
        made = HelpWindow()
        made.destroyed.connect(_open.clear)
        _open.append(made)
    shown = _open[0]
    shown.show_about(names)
    shown.show()
    shown.raise_()
    shown.activateWindow()
    return shown

"""One page of the help on the screen. It shows our own files only: no link opens by itself, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.help.guides import in_language
from dreamdesk.gui.help.slugs import slug
from dreamdesk.language import spoken, t

FOLDER = theme.RESOURCES / "help"
PICTURE = re.compile(r"pictures/([a-z][a-z0-9-]*)-light\.png")
COLUMN = 780
"""Pixels that a line of text may be wide."""
MARGIN = 28
PICTURE_IN_TEXT = "\ufffc"
"""What stands in a document's text for a picture."""
MARKDOWN = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class Reader(QTextBrowser):
    """Shows Markdown in the theme's fonts and colours.

    Signals:
        linked: A link was chosen; where it leads.
    """

    linked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(t("Help"))
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setObjectName("help")
        self.anchorClicked.connect(lambda url: self.linked.emit(url.toString()))
        theme.changed.connect(self._render)
        self._markdown = ""
        self._words: tuple[str, ...] = ()
        self._lit: list[int] = []
        self._kept: QTextDocument | None = None

    def show_page(self, markdown: str, anchor: str = "", words: tuple[str, ...] = ()) -> None:
        """Show a page, from the heading that *anchor* names, or from the first of *words*, which light up."""
        self._markdown, self._words = markdown, words
        self._render()
        self.verticalScrollBar().setValue(0)
        headings = (block for block in self._blocks() if block.blockFormat().headingLevel() > 0)
        at = next((block for block in headings if slug(block.text()) == anchor), None) if anchor else None
        if at is not None:
            top = self.document().documentLayout().blockBoundingRect(at).top()
            self.verticalScrollBar().setValue(round(top) - 8)
        elif self._lit:
            cursor = self.textCursor()
            cursor.setPosition(self._lit[0])
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def loadResource(self, kind: int, name: QUrl | str) -> QImage | None:
        """Return a picture of ours in the window's language and theme, as wide as fits; nothing for any other name."""
        match = PICTURE.fullmatch(QUrl(name).toString())
        if kind != QTextDocument.ResourceType.ImageResource.value or match is None:
            return None
        variant = "dark" if theme.current().dark else "light"
        image = QImage(str(in_language(FOLDER, spoken(), f"pictures/{match[1]}-{variant}.png")))
        ratio = self.devicePixelRatioF()
        wide = round(max(self._column(), 100) * ratio)
        if image.width() > wide:
            image = image.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(ratio)
        return image

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the column readable, and the pictures within it."""
        side = max(MARGIN, (self.width() - COLUMN) // 2)
        self.setViewportMargins(side, 14, max(side - 10, MARGIN), 14)
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            at = self.verticalScrollBar().value()
            self._render()
            self.verticalScrollBar().setValue(at)

    def _column(self) -> int:
        return self.viewport().width() - 2 * round(self.document().documentMargin())

    def _render(self) -> None:
        """Set the page anew: the column is another, or the theme."""
        document = QTextDocument(self)  # in one that was cleared, the look of its first line lives on
        before, self._kept = self._kept, document
        self.setDocument(document)
        if before is not None:
            before.deleteLater()
        document.setDefaultFont(theme.font())
        document.setMarkdown(self._markdown, MARKDOWN)
        self.moveCursor(QTextCursor.MoveOperation.Start)  # a browser that is shown scrolls to its cursor
        tables = [frame for frame in document.rootFrame().childFrames() if isinstance(frame, QTextTable)]
        for table in tables:
            _mend_head(table)
        for block in list(self._blocks()):
            _dress_block(block)
        for table in tables:
            _dress_table(table)
        self._light_up()

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    def _light_up(self) -> None:
        """Mark the words that were looked for."""
        marked, self._lit = [], []
        for word in self._words:
            cursor = self.document().find(word)
            while not cursor.isNull():
                lit = QTextEdit.ExtraSelection()
                lit.cursor = QTextCursor(cursor)
                lit.format.setBackground(theme.color("warn_soft"))
                lit.format.setForeground(theme.color("warn_text"))
                marked.append(lit)
                self._lit.append(cursor.selectionStart())
                cursor = self.document().find(word, cursor)
        self._lit.sort()
        self.setExtraSelections(marked)


def _dress_block(block: QTextBlock) -> None:
    """Give one paragraph, heading, picture or line of code its look."""
    layout = block.blockFormat()
    if level := layout.headingLevel():
        look = QTextCharFormat()
        look.setFont(theme.font(theme.current().title + (6, 4, 0)[min(level, 3) - 1], weight=QFont.Weight.DemiBold))
        _all_of(block).mergeCharFormat(look)
        layout.setTopMargin((2, 2, 20)[min(level, 3) - 1])
        layout.setBottomMargin(8)
    elif layout.hasProperty(QTextFormat.Property.BlockCodeFence):
        look = QTextCharFormat()
        look.setFont(theme.font(theme.current().size - 1, mono=True))
        _all_of(block).mergeCharFormat(look)
        layout.setBackground(theme.color("raised"))
        layout.setNonBreakableLines(False)
        last = not block.next().blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
        layout.setTopMargin(0)
        layout.setBottomMargin(12 if last else 0)
    else:
        _dress_inline_code(block)
        if block.text() != PICTURE_IN_TEXT:
            layout.setLineHeight(138, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        in_cell = QTextCursor(block).currentTable() is not None
        layout.setTopMargin(0)
        layout.setBottomMargin(0 if in_cell else 4 if block.textList() is not None else 10)
    QTextCursor(block).setBlockFormat(layout)


def _all_of(block: QTextBlock) -> QTextCursor:
    """Return a selection of the text of *block*."""
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + block.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _dress_inline_code(block: QTextBlock) -> None:
    """Set words in backticks in the monospaced font, on a field of their own."""
    look = QTextCharFormat()
    look.setFont(theme.font(theme.current().size - 1, mono=True))
    look.setBackground(theme.color("raised"))
    spans = []
    walk = block.begin()
    while not walk.atEnd():
        fragment = walk.fragment()
        if fragment.charFormat().fontFixedPitch():
            spans.append((fragment.position(), fragment.length()))
        walk += 1
    for position, length in spans:
        cursor = QTextCursor(block.document())
        cursor.setPosition(position)
        cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


def _mend_head(table: QTextTable) -> None:
    """Take away the empty line with which Qt begins a table behind an example, and which has the bold of the head."""
    head = table.cellAt(0, 0)
    cursor = head.firstCursorPosition()
    if not cursor.block().text() and cursor.block().next().position() <= head.lastPosition():
        cursor.deleteChar()
        bold = QTextCharFormat()
        bold.setFontWeight(QFont.Weight.Bold)
        _all_of(cursor.block()).mergeCharFormat(bold)


def _dress_table(table: QTextTable) -> None:
    """Draw a table with hairlines and room in its cells."""
    layout = table.format()
    layout.setBorder(1)
    layout.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    layout.setBorderBrush(theme.color("line"))
    layout.setBorderCollapse(True)
    layout.setCellPadding(6)
    layout.setTopMargin(4)
    layout.setBottomMargin(12)
    layout.clearColumnWidthConstraints()
    table.setFormat(layout)

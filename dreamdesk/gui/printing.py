"""Pages of our own making on paper: in the printer's dialog, or as a PDF that any program can show."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QWidget

from dreamdesk.gui import theme
from dreamdesk.language import t
from dreamdesk.model.errors import UserError

_DOTS = 96
"""Pixels of a page's text to an inch, as style sheets count them."""
_FOOT = 32
"""Height of the line below a page that holds its number, in such pixels."""
_MARGINS = QMarginsF(18, 16, 18, 16)


class Page(QTextDocument):
    """A page that fetches nothing: no image, no style, no file, whatever its text names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.setDefaultFont(theme.font())
        self.setHtml(html.replace("<ins>", "<u>").replace("</ins>", "</u>"))  # which Qt does not know; text has no tags
        self._wrap()

    def _wrap(self) -> None:
        """Let preformatted lines be broken: on paper, what stands beyond the margin is lost."""
        cursor, block = QTextCursor(self), self.begin()
        while block.isValid():
            form = block.blockFormat()
            if form.nonBreakableLines():
                form.setNonBreakableLines(False)
                cursor.setPosition(block.position())
                cursor.setBlockFormat(form)
            block = block.next()

    def print_on(self, device: QPdfWriter | QPrinter) -> None:
        """Print it on pages of *device*, or those that its dialog asked for, a pixel of its text as 1/96 inch.

        Qt's own printing takes a font of so many pixels for as many dots of the printer, which nobody can read.
        """
        inches = device.pageLayout().paintRect(QPageLayout.Unit.Inch)
        wide, high = inches.width() * _DOTS, inches.height() * _DOTS
        self.setDocumentMargin(0)
        self.setPageSize(QSizeF(wide, high - _FOOT))
        chosen = range(self.pageCount())
        if isinstance(device, QPrinter) and device.printRange() == QPrinter.PrintRange.PageRange:
            chosen = chosen[max(device.fromPage(), 1) - 1 : device.toPage() or None]
        if not chosen:
            return
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)
        painter = QPainter(device)
        painter.scale(device.width() / wide, device.height() / high)
        painter.setFont(self.defaultFont())
        foot, right = QRectF(0, high - _FOOT, wide, _FOOT), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        for number in chosen:
            if number > chosen.start:
                device.newPage()
            painter.setPen(Qt.GlobalColor.darkGray)
            painter.drawText(foot, int(right), f"{number + 1} / {self.pageCount()}")
            painter.save()
            painter.translate(0, -number * self.pageSize().height())
            context.clip = QRectF(0, number * self.pageSize().height(), wide, self.pageSize().height())
            painter.setClipRect(context.clip)
            self.documentLayout().draw(painter, context)
            painter.restore()
        painter.end()

    def loadResource(self, kind: int, name: QUrl | str) -> QImage:
        """Give an image without content: Qt would fetch the file itself if it were given nothing."""
        return QImage()


def ask(parent: QWidget, html: str) -> QPrintDialog:
    """Show the printer's dialog, and print the page that *html* describes when it is accepted."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageMargins(_MARGINS, QPageLayout.Unit.Millimeter)
    dialog = QPrintDialog(printer, parent)
    dialog.accepted.connect(lambda: Page(html).print_on(printer))
    QDialog.open(dialog)
    return dialog


def pdf(html: str, title: str) -> bytes:
    """Return the page that *html* describes as a PDF of A4 pages; any thread may ask."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("DreamDesk")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(_MARGINS, QPageLayout.Unit.Millimeter)
    Page(html).print_on(writer)
    del writer  # which ends the file
    return bytes(buffer.data().data())


def keep(path: Path, html: str, title: str) -> None:
    """Write the page that *html* describes to *path*, whole or not at all: as HTML by its ending, else as a PDF.

    Raises:
        UserError: it cannot be written there.
    """
    data = html.encode() if path.suffix.lower() in (".html", ".htm") else pdf(html, title)
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(
            t("{path}: the page cannot be written ({strerror}).", path=path, strerror=error.strerror or error)
        ) from error

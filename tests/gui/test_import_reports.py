"""Import reports in the window: reachable for any source later, saved as PDF and HTML, printed; text stays text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import QUrl
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication

from dreamdesk.gui import printing
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.model.errors import UserError

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_the_reports_of_all_sources_are_shown_and_saved(officer: Officer, tmp_path: Path) -> None:
    officer.window.do("reports")
    dialog = officer.wait_dialog(ImportReportDialog)
    assert isinstance(dialog, ImportReportDialog)
    assert dialog.tree.topLevelItemCount() >= 1
    dialog.keep(tmp_path / "reports.pdf")
    dialog.keep(tmp_path / "reports.html")
    officer.settle()
    assert (tmp_path / "reports.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "reports.html").read_text() == dialog.html()
    dialog.keep(tmp_path / "nowhere" / "reports.pdf")
    officer.until(lambda: "cannot be written" in dialog.trouble())
    assert not list(tmp_path.glob(".*.new"))
    dialog.print_out()
    printer = officer.wait_dialog(QPrintDialog)
    printer.reject()
    officer.close_dialogs()


def test_a_page_fetches_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { color: red }")
    page = printing.Page(f"<p>words</p><img src='{tmp_path}/a.css'>")
    assert "words" in page.toPlainText()
    kind = QTextDocument.ResourceType.StyleSheetResource
    assert page.resource(int(kind.value), QUrl.fromLocalFile(str(tmp_path / "a.css"))).isNull()
    with pytest.raises(UserError, match="cannot be written"):
        printing.keep(tmp_path / "no" / "a.html", "<p>words</p>", "")


def test_what_is_printed_is_as_large_as_on_the_screen(qapp: QApplication) -> None:
    """A pixel is 1/96 inch: 150 lines of 13 pixels need several pages of A4, and not a corner of one."""
    data = printing.pdf("".join(f"<p>line {number}</p>" for number in range(150)), "")
    assert 3 <= len(re.findall(rb"/Type /Page\b", data)) <= 8


@pytest.mark.parametrize(("first", "last", "pages"), [(2, 3, 2), (3, 3, 1), (2, 99, None), (90, 99, 0)])
def test_of_a_range_of_pages_no_other_is_printed(
    tmp_path: Path, qapp: QApplication, first: int, last: int, pages: int | None
) -> None:
    html = "".join(f"<p>line {number}</p>" for number in range(150))
    whole = len(re.findall(rb"/Type /Page\b", printing.pdf(html, "")))
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageMargins(printing._MARGINS, QPageLayout.Unit.Millimeter)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    printer.setFromTo(first, last)
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printing.Page(html).print_on(printer)
    if pages == 0:
        assert not (tmp_path / "out.pdf").exists()
        return
    printed = (tmp_path / "out.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", printed)) == (whole - first + 1 if pages is None else pages)


def test_a_page_never_fetches_an_image_that_its_text_names(tmp_path: Path, qapp: QApplication) -> None:
    marked = QImage(40, 40, QImage.Format.Format_RGB32)
    marked.fill(QColor("magenta"))
    marked.save(str(tmp_path / "m.png"))
    page = printing.Page(f'<p>a</p><img src="file://{tmp_path}/m.png" width="40" height="40"><p>b</p>')
    picture = QImage(300, 300, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    page.drawContents(painter)
    painter.end()
    assert not any(picture.pixelColor(x, y) == QColor("magenta") for x in range(300) for y in range(300))

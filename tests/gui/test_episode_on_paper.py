"""The episode that is shown goes to paper or into a file, whole, and as the auditor may see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dreamdesk.gui import printing

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_it_is_saved_where_and_as_what_is_chosen(officer: Officer, tmp_path: Path) -> None:
    assert officer.window.review.case is not None
    for name, begins in (("a.pdf", b"%PDF"), ("b.html", b"<!DOCTYPE html>")):
        save(officer, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begins)
        assert name in officer.window.status.said.full_text()
    page = (tmp_path / "b.html").read_text()
    assert officer.window.review.is_shown() == ("Error point" in page)
    save(officer, tmp_path / "none" / "c.pdf")
    assert "cannot be written" in officer.window.status.said.full_text()


def save(officer: Officer, place: Path) -> None:
    """Choose a place in the dialog."""
    officer.window.do("save-episode")
    dialog = officer.wait_dialog(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(place))
    dialog.reject()
    officer.settle()


def test_it_is_printed(officer: Officer, tmp_path: Path) -> None:
    officer.window.do("print-episode")
    dialog = officer.wait_dialog(QPrintDialog)
    assert isinstance(dialog, QPrintDialog)
    printer = dialog.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    dialog.accepted.emit(printer)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
    dialog.reject()


def test_long_lines_of_a_step_are_broken_on_paper(qtbot: QtBot) -> None:
    page = printing.Page(f"<pre>{'word ' * 400}</pre><p>short</p>")
    page.setTextWidth(300)
    assert page.idealWidth() <= 300
    assert page.firstBlock().layout().lineCount() > 20

"""Choosing files: a new desk, an existing one, traces, a folder. Nothing waits for these dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from dreamdesk.language import t

DESKS = t("DreamDesk desks (*.desk)")


def new_desk(parent: QWidget, name: str, then: Callable[[Path], None], otherwise: Callable[[], None]) -> None:
    """Ask where a new desk shall be, *name* among the documents suggested; *otherwise* is called on Cancel."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog = QFileDialog(parent, t("New desk"), str(folder / f"{name}.desk"), DESKS)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("desk")
    # A desk is never overwritten: making one refuses a path that exists, in words.
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.rejected.connect(otherwise)
    dialog.open()


def desk(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for a desk that exists."""
    dialog = QFileDialog(parent, t("Open desk"), "", DESKS)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def traces(parent: QWidget, then: Callable[[list[Path]], None]) -> None:
    """Ask for trace files."""
    _several(parent, t("Import traces"), QFileDialog.FileMode.ExistingFiles, then)


def unknown(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for one file of unknown format."""
    dialog = QFileDialog(
        parent,
        t("Map an unknown file"),
        "",
        t("JSON and tables (*.json *.jsonl *.ndjson *.csv *.tsv *.txt);;All files (*)"),
    )
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def folder(parent: QWidget, then: Callable[[list[Path]], None]) -> None:
    """Ask for a folder of trace files."""
    _several(parent, t("Import folder"), QFileDialog.FileMode.Directory, then)


def packet(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for a packet of another desk."""
    dialog = QFileDialog(parent, t("Open a packet"), "", t("Packets (*.packet);;All files (*)"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def copy_of_desk(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for the backup that shall be put back."""
    dialog = QFileDialog(parent, t("Choose the backup that is put back"), "", DESKS)
    dialog.setNameFilters([DESKS, t("All files (*)")])
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def place_of_desk(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask which desk a backup takes the place of; it may be gone."""
    dialog = QFileDialog(parent, t("Choose the desk that the backup takes the place of"), "", DESKS)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("desk")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # it is never written over without a copy of it
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def backup(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for the folder that a backup goes to."""
    dialog = QFileDialog(parent, t("Back up into this folder"), "")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def files_folder(parent: QWidget, then: Callable[[Path], None]) -> None:
    """Ask for the folder that embedded files go to."""
    dialog = QFileDialog(parent, t("Save embedded files into this folder"), "")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def page(parent: QWidget, name: str, then: Callable[[Path], None]) -> None:
    """Ask where a page shall be kept, *name* among the documents suggested: as PDF, or as HTML."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    dialog = QFileDialog(parent, t("Save as"), str(folder / f"{name}.pdf"), t("PDF (*.pdf);;HTML (*.html)"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("pdf")
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix("html" if "html" in chosen else "pdf"))
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.open()


def _several(parent: QWidget, title: str, mode: QFileDialog.FileMode, then: Callable[[list[Path]], None]) -> None:
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(mode)
    dialog.filesSelected.connect(lambda names: then([Path(name) for name in names]))
    dialog.open()

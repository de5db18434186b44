"""Defects are shown once, as plain text, and printed always."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk.gui import crash
from dreamdesk.gui.crash import CrashReporter
from dreamdesk.gui.dialogs.crash_reports import CrashReportsDialog


def fail(words: str) -> None:
    raise RuntimeError(words)


def report(reporter: CrashReporter, words: str) -> None:
    try:
        fail(words)
    except RuntimeError:
        kind, error, trace = sys.exc_info()
        assert kind is not None
        assert error is not None
        reporter.report(kind, error, trace)


def test_the_same_defect_is_shown_once_and_printed_each_time(qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    reporter = CrashReporter()
    for _ in range(21):
        report(reporter, "<b>boom</b>")
    qtbot.waitUntil(lambda: reporter.dialog() is not None)
    box = reporter.dialog()
    assert box is not None
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert "<b>boom</b>" in box.informativeText()
    assert "RuntimeError" in box.detailedText()
    assert capsys.readouterr().err.count("RuntimeError: <b>boom</b>") == 21
    box.close()
    qtbot.waitUntil(lambda: reporter.dialog() is None)
    report(reporter, "<b>boom</b>")
    qtbot.wait(50)
    assert reporter.dialog() is None


def test_while_a_dialog_is_open_another_defect_does_not_open_one(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    reporter = CrashReporter()
    report(reporter, "first")
    qtbot.waitUntil(lambda: reporter.dialog() is not None)
    try:
        sys.exit(3)
    except SystemExit as error:
        reporter.report(type(error), error, error.__traceback__)
    qtbot.wait(50)
    box = reporter.dialog()
    assert box is not None
    assert "first" in box.informativeText()
    assert "SystemExit" in capsys.readouterr().err
    box.close()


def test_a_defect_leaves_a_report_that_says_what_is_in_it(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "crashes"
    reporter = CrashReporter(folder=folder)
    report(reporter, "boom")
    qtbot.waitUntil(lambda: reporter.dialog() is not None)
    box = reporter.dialog()
    assert box is not None
    (path,) = crash.reports(folder)
    assert str(path) in box.informativeText()
    assert "Nothing was sent" in box.informativeText()
    assert "may quote words from a trace" in box.informativeText()
    words = path.read_text(encoding="utf-8")
    assert words == box.detailedText()
    assert words.startswith("DreamDesk ")
    assert "RuntimeError: boom" in words
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    box.close()


def test_where_no_report_can_be_written_the_dialog_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    reporter = CrashReporter(folder=tmp_path / "file" / "below")
    report(reporter, "boom")
    qtbot.waitUntil(lambda: reporter.dialog() is not None)
    box = reporter.dialog()
    assert box is not None
    assert "No report of it could be written" in box.informativeText()
    box.close()


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    for number in range(crash.KEPT + 3):
        assert crash.write(tmp_path, str(number)) is not None
    kept = crash.reports(tmp_path)
    assert len(kept) == crash.KEPT
    assert kept[0].read_text() == str(crash.KEPT + 2)


def test_a_program_that_falls_leaves_a_report_for_the_next_start(tmp_path: Path) -> None:
    code = f"""
        import faulthandler
        from pathlib import Path
        from dreamdesk.gui.crash import FallWatch
        watch = FallWatch(Path({str(tmp_path)!r}))
        watch.begin()
        faulthandler._sigabrt()
    """
    fell = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=False, timeout=60)
    assert fell.returncode != 0
    watch = crash.FallWatch(tmp_path)
    assert watch.fallen()
    (path,) = crash.reports(tmp_path)
    assert "Fatal Python error: Aborted" in path.read_text()
    assert not watch.fallen()
    watch.begin()
    watch.end()
    assert list(tmp_path.iterdir()) == [path]


def test_reports_are_read_and_deleted_in_their_dialog(qtbot: QtBot, tmp_path: Path) -> None:
    for words in ("older", "newer\u202e"):
        crash.write(tmp_path, words)
    dialog = CrashReportsDialog(tmp_path)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    assert dialog.text.toPlainText() == "newer⟦U+202E⟧"
    assert dialog.path.full_text() == str(crash.reports(tmp_path)[0])
    dialog.delete.click()
    assert dialog.text.toPlainText() == "older"
    dialog.delete.click()
    assert crash.reports(tmp_path) == []
    assert not dialog.delete.isEnabled()

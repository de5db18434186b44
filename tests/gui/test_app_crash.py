"""Defects are shown once, as plain text, and printed always."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk.gui.crash import CrashReporter


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

"""Text of strangers on the review page: shown letter for letter, never markup, never hidden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from officer import SUPPORT, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QLabel, QListWidget, QPlainTextEdit
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk.database import create
from dreamdesk.gui.dialogs.reading import ReadingDialog

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

EVIL = '<img src="file:///etc/passwd"><b>&amp;</b>\u202eevil\u200b'


def poisoned(value: object) -> object:
    """Return a record with hostile characters in front of every text."""
    if isinstance(value, dict):
        return {name: poisoned(item) if name not in ("type", "role", "id") else item for name, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return f"{EVIL} {value}" if isinstance(value, str) and " " in value else value


@pytest.mark.parametrize("line", [0, 2])
def test_hostile_words_are_only_words(qtbot: QtBot, tmp_path: Path, line: int) -> None:
    record = json.loads(SUPPORT.read_text(encoding="utf-8").splitlines()[line])
    (tmp_path / "evil.jsonl").write_text(json.dumps(poisoned(record)) + "\n", encoding="utf-8")
    desk = tmp_path / "evil.desk"
    db = create(desk)
    reports = list(pipeline.import_paths(db, [tmp_path / "evil.jsonl"]))
    pipeline.prepare(db)
    db.close()
    assert reports[0].episodes == 1
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    page = officer.window.review
    officer.window.review.queue.land()
    officer.settle()
    officer.press(Qt.Key.Key_V)
    assert page.case is not None
    shown = [label for label in officer.window.findChildren(QLabel) if label.text()]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    assert not any(mark in label.text() for label in shown for mark in ("\u202e", "\u200b"))
    assert any("⟦U+202E⟧" in label.text() for label in shown)
    officer.window.grab()
    officer.press(Qt.Key.Key_P)
    dialog = officer.dialog(ReadingDialog)
    if isinstance(dialog, ReadingDialog):
        assert "\u202e" not in dialog.text.toPlainText()
    officer.close()


@pytest.mark.parametrize("action", ["read", "attempts", "history", "filter"])
def test_hostile_words_are_only_words_in_what_opens_beside_the_case(qtbot: QtBot, tmp_path: Path, action: str) -> None:
    records = [json.loads(line) for line in SUPPORT.read_text(encoding="utf-8").splitlines()[:4]]
    written = "".join(json.dumps(poisoned(record)) + "\n" for record in records)
    (tmp_path / "evil.jsonl").write_text(written, encoding="utf-8")
    db = create(tmp_path / "evil.desk")
    list(pipeline.import_paths(db, [tmp_path / "evil.jsonl"]))
    pipeline.prepare(db)
    db.close()
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "evil.desk")
    officer.window.do("reveal")
    officer.settle()
    before = set(tmp_path.rglob("*"))
    officer.window.do(action)
    dialog = officer.wait_dialog(QDialog)
    officer.settle()
    assert not dialog.grab().isNull()
    shown = [label for label in dialog.findChildren(QLabel) if label.text()]
    assert shown
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in shown)
    texts = [label.text() for label in shown]
    texts += [text.toPlainText() for text in dialog.findChildren(QPlainTextEdit)]
    texts += [box.text() for box in dialog.findChildren(QCheckBox)]
    texts += [rows.item(row).text() for rows in dialog.findChildren(QListWidget) for row in range(rows.count())]
    assert not any(mark in text for text in texts for mark in ("\u202e", "\u200b"))
    assert set(tmp_path.rglob("*")) == before
    officer.close()

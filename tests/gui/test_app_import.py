"""Importing: a process of its own whose lines are understood, whose failure is said, and which can be ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import SUPPORT, Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import episodes
from dreamdesk.desk.database import create, open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.importing import ImportProcess, command, report
from dreamdesk.model.source import ImportReport, Skip

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    create(tmp_path / "a.desk").close()
    made = Officer(qtbot, tmp_path)
    made.open(tmp_path / "a.desk")
    yield made
    made.close()


def test_a_frozen_program_calls_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command([Path("a b.jsonl")], Path("x.desk"))[1][:2] == ["-m", "dreamdesk"]
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert command([Path("a b.jsonl")], Path("x.desk"))[1][:2] == ["import", "a b.jsonl"]


def test_a_report_line_becomes_a_report() -> None:
    line = {"source": "a", "format": "tau-bench", "episodes": 2, "skipped": [{"place": "1", "reason": "bad"}]}
    assert report(line) == ImportReport("a", "", "tau-bench", 2, skipped=(Skip("1", "bad"),))
    with pytest.raises(KeyError):
        report({})


def test_an_import_reports_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    create(tmp_path / "a.desk").close()
    process = ImportProcess([SUPPORT], tmp_path / "a.desk")
    with qtbot.waitSignal(process.finished, timeout=60_000) as ended:
        process.start()
    (reports,) = ended.args
    assert reports[0].source == SUPPORT.name
    assert reports[0].failed > 0
    db = open_desk(tmp_path / "a.desk", readonly=True)
    assert episodes.count(db) == reports[0].episodes
    db.close()


def test_an_import_that_cannot_be_says_why(qtbot: QtBot, tmp_path: Path) -> None:
    process = ImportProcess([tmp_path / "none.jsonl"], tmp_path / "missing" / "a.desk")
    with qtbot.waitSignal(process.failed, timeout=60_000) as ended:
        process.start()
    words, reports = ended.args
    assert words.strip()
    assert "Traceback" not in words
    assert reports == ()


def test_a_cancelled_import_leaves_the_desk_whole(qtbot: QtBot, tmp_path: Path) -> None:
    line = SUPPORT.read_text(encoding="utf-8").splitlines()[0]
    big = tmp_path / "big.jsonl"
    with big.open("w", encoding="utf-8") as file:
        for number in range(4000):
            record = json.loads(line)
            file.write(json.dumps({**record, "id": f"S-{number}"}) + "\n")
    create(tmp_path / "a.desk").close()
    process = ImportProcess([big], tmp_path / "a.desk")
    with qtbot.waitSignal(process.progressed, timeout=60_000):
        process.start()
    with qtbot.waitSignal(process.cancelled, timeout=60_000):
        process.cancel()
    db = open_desk(tmp_path / "a.desk", readonly=True)
    assert episodes.count(db) in (0, 4000)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_a_dropped_file_is_imported_and_the_window_lands_on_the_worst_failure(officer: Officer) -> None:
    officer.drop([SUPPORT])
    dialog = officer.wait_dialog(ImportReportDialog)
    assert isinstance(dialog, ImportReportDialog)
    officer.settle()
    officer.press(Qt.Key.Key_Return)
    page = officer.window.review
    assert page.queue.pills.current() is Tab.REVIEW
    assert page.case is not None
    assert page.case.number == page.queue.model.ids[0]
    assert officer.focus() is page.queue.table


def test_a_second_import_waits_for_the_first(officer: Officer) -> None:
    officer.window.import_paths([SUPPORT])
    officer.window.import_paths([SUPPORT])
    assert "running already" in officer.window.trouble.words.full_text()
    officer.wait_dialog(ImportReportDialog)
    officer.settle()


def test_a_file_that_is_no_trace_is_reported_and_nothing_else_happens(officer: Officer, tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text("Shall I compare thee to a summer's day?")
    officer.drop([tmp_path / "poem.txt"])
    officer.until(lambda: officer.dialog() is not None or officer.window.trouble.isVisible())
    officer.settle()
    dialog = officer.dialog(ImportReportDialog)
    said = officer.window.trouble.words.full_text()
    if isinstance(dialog, ImportReportDialog):
        said += dialog.tree.topLevelItem(0).child(0).text(0)
    assert "poem.txt" in said
    officer.close_dialogs()
    officer.settle()
    assert officer.window.review.empty.isVisible()


def test_a_dropped_desk_is_opened(officer: Officer, tmp_path: Path) -> None:
    create(tmp_path / "b.desk").close()
    officer.drop([tmp_path / "b.desk"])
    officer.settle()
    assert officer.window.jobs.path == tmp_path / "b.desk"
    assert "b.desk" in officer.window.windowTitle()


def test_closing_the_window_ends_an_import(qtbot: QtBot, tmp_path: Path) -> None:
    create(tmp_path / "a.desk").close()
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "a.desk")
    officer.window.import_paths([SUPPORT] * 3)
    qtbot.wait(150)
    officer.close()
    db = open_desk(tmp_path / "a.desk", readonly=True)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_what_was_imported_elsewhere_is_prepared_on_request(officer: Officer, tmp_path: Path) -> None:
    db = open_desk(tmp_path / "a.desk")
    list(pipeline.import_paths(db, [SUPPORT]))
    db.close()
    officer.press(Qt.Key.Key_F8)
    officer.settle()
    assert officer.window.review.queue.pills.current() is Tab.REVIEW
    assert len(officer.window.review.queue.model.ids) > 0
    assert not officer.window.progress.isVisible()


def test_a_preparation_can_be_cancelled(officer: Officer, tmp_path: Path) -> None:
    db = open_desk(tmp_path / "a.desk")
    list(pipeline.import_paths(db, [SUPPORT]))
    db.close()
    officer.window.do("prepare")
    assert officer.window.progress.isVisible()
    officer.window.progress.cancel.click()
    officer.settle()
    assert not officer.window.progress.isVisible()
    assert not officer.window.intake.busy()

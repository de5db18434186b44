"""The page of bundles: what left, verified at a click, signed by the next person, called back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from officer import Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, releases, settings
from dreamdesk.desk.database import create, open_desk
from dreamdesk.gui.bundles.dialogs import ReasonDialog, ReportDialog
from dreamdesk.gui.bundles.page import BundlesPage
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.model.decision import ReviewState, Role, Verdict

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
WORDS = "long enough"


def page_of(officer: Officer) -> BundlesPage:
    page = officer.window.findChild(BundlesPage)
    assert page is not None
    return page


def said(page: BundlesPage) -> list[str]:
    return [label.full_text() for label in page.verdict.findChildren(Label) if not label.isHidden()]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with one bundle that left and one draft that waits for a second signature."""
    path = tmp_path / "a.desk"
    db = create(path)
    list(pipeline.import_paths(db, [SAMPLES / "customer-support"]))
    pipeline.prepare(db)
    for name, role in (("Anna Berg", Role.REVIEWER), ("Bo Lind", Role.APPROVER)):
        pipeline.add_auditor(db, name, role, WORDS)
    anna, approved = pipeline.unlock(db, "Anna Berg", WORDS), []
    for number in corrections.ids(db):
        if not pipeline.why_not(db, number, Verdict.APPROVE, "Anna Berg", "follows-policy", "Read."):
            pipeline.decide(db, number, Verdict.APPROVE, "follows-policy", "Read.", anna)
            approved.append(number)
        if len(approved) == 2:
            break
    terms = pipeline.ReleaseTerms(recipient="<b>Team North</b>", only=frozenset(approved[:1]))
    pipeline.release(db, tmp_path / "out", anna, terms=terms)
    pipeline.change_setting(db, settings.RELEASE_SIGNATURES, "2", "Anna Berg")
    pipeline.release(db, tmp_path / "out", anna)
    db.close()
    return path


def test_an_empty_desk_says_what_will_stand_there(qtbot: QtBot, tmp_path: Path) -> None:
    create(tmp_path / "e.desk").close()
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "e.desk")
    officer.press(Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    assert page.empty.isVisible()
    assert not page.table.isVisible()
    assert [button.text() for button in page.findChildren(Button) if button.isVisible()] == [
        "Find what left…", "Release…",
    ]  # fmt: skip
    officer.close()


def test_bundles_are_verified_read_signed_and_recalled(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    page = page_of(officer)
    model = page.model
    assert [model.data(model.index(row, 5)) for row in range(model.rowCount())] == ["Draft, 1 of 2 signed", "Released"]
    assert model.data(model.index(1, 3)) == "<b>Team North</b>"

    page.table.selectRow(1)
    page.buttons["verify"].click()
    officer.settle()
    assert len(said(page)) > 6
    assert all(line.startswith("✓") for line in said(page)[1:])
    page.buttons["report"].click()
    report = officer.wait_dialog(ReportDialog)
    assert isinstance(report, ReportDialog)
    assert "Evidence by clause" in report.text.toPlainText()
    report.close()

    db = open_desk(desk, readonly=True)
    signer = pipeline.unlock(db, "Bo Lind", WORDS)
    db.close()
    officer.window.identity._take(signer, None)  # the passphrase is typed in the tests of the signing dialog
    page.table.selectRow(0)
    page.sign_chosen()
    officer.settle()
    assert [model.data(model.index(row, 5)) for row in range(model.rowCount())] == ["Released", "Released"]

    page.table.selectRow(1)
    page.buttons["recall"].click()
    dialog = officer.wait_dialog(ReasonDialog)
    assert isinstance(dialog, ReasonDialog)
    assert dialog.go_button is not None
    assert not dialog.go_button.isEnabled()
    dialog.reason.setText("It pays twice.")
    dialog.go_button.click()
    officer.settle()
    assert model.data(model.index(1, 5)) == "Recalled"
    db = open_desk(desk, readonly=True)
    (recall,) = releases.recalls(db)
    assert b"It pays twice." in recall.notice
    assert corrections.get(db, releases.get(db, 1).corrections[0]).state is ReviewState.RECALLED
    assert pipeline.verify_desk(db) == []
    db.close()
    assert list((tmp_path / "out").glob("*.recall.json.sig"))
    officer.close()


def test_what_became_of_a_recall_is_told_though_its_dialog_was_closed(qtbot: QtBot, tmp_path: Path, desk: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.turn_to("bundles")
    officer.settle()
    page, told = page_of(officer), []
    page.said.connect(told.append)
    with closing(open_desk(desk)) as db:
        officer.window.identity._take(pipeline.unlock(db, "Bo Lind", WORDS), None)
    page.table.selectRow(1)
    page.buttons["recall"].click()
    dialog = officer.wait_dialog(ReasonDialog)
    assert isinstance(dialog, ReasonDialog)
    dialog.reason.setText("It pays twice.")
    dialog.go()
    dialog.reject()
    officer.settle()
    (words,) = told
    assert "Recalled. The notice is" in words
    officer.close()

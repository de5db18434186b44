"""What the window says is kept in one place, and nothing that ends takes the keyboard from who is writing."""

from __future__ import annotations

import pytest
from officer import SUPPORT, Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from dreamdesk.gui import motion
from dreamdesk.gui.dialogs.import_report import ImportReportDialog
from dreamdesk.gui.dialogs.messages import MessagesDialog
from dreamdesk.gui.job_strip import JobStrip
from dreamdesk.gui.notices import KEPT
from dreamdesk.gui.strip import OfferStrip, ProgressStrip

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def offers(officer: Officer) -> list[OfferStrip]:
    return [strip for strip in officer.window.findChildren(OfferStrip) if strip.isVisible()]


def test_what_was_said_is_listed_newest_first_and_as_it_reads(officer: Officer) -> None:
    officer.window.status.say("One thing was done")
    officer.window.trouble.say("The disk\u202e is full.")
    officer.window.status.say("")
    officer.window.do("messages")
    dialog = officer.wait_dialog(MessagesDialog)
    assert isinstance(dialog, MessagesDialog)
    first, second = dialog.text.toPlainText().splitlines()[:2]
    assert first.endswith("Trouble: The disk⟦U+202E⟧ is full.")
    assert second.endswith("One thing was done")
    for number in range(KEPT + 5):
        officer.window.status.say(str(number))
    assert len(officer.window.notices.all) == KEPT


def test_a_verification_that_ends_opens_nothing_over_a_comment_that_is_written(officer: Officer) -> None:
    officer.window.do("reveal")
    officer.settle()
    comment = officer.window.review.side.decision.comment
    comment.setFocus()
    officer.type("I was about to")
    officer.window.do("verify")
    officer.settle()
    assert officer.dialog() is None
    assert comment.hasFocus()
    (offer,) = offers(officer)
    assert officer.window.notices.all[0].words == "The desk verifies"
    offer.take.click()
    assert officer.dialog(QMessageBox) is not None
    assert offers(officer) == []


def test_an_import_that_ends_moves_nobody_who_is_writing(officer: Officer) -> None:
    officer.window.do("reveal")
    officer.settle()
    shown = officer.window.review.queue.current()
    comment = officer.window.review.side.decision.comment
    comment.setFocus()
    officer.type("Wait")
    officer.window.import_paths([SUPPORT])
    officer.until(lambda: bool(offers(officer)))
    officer.settle()
    assert officer.dialog(ImportReportDialog) is None
    assert comment.hasFocus()
    assert officer.window.review.queue.current() == shown
    offers(officer)[0].decline.click()
    assert officer.window.intake.report is None
    assert offers(officer) == []


def test_guardrails_that_run_again_show_how_far_they_are_and_can_be_stopped(officer: Officer) -> None:
    strip = officer.window.background
    seen: list[str] = []
    cancelled: list[bool] = []

    def work(db: object, task: object) -> None:
        task.progress(1, 2, "correction 1")  # type: ignore[attr-defined]
        while not task.cancelled():  # type: ignore[attr-defined]
            pass
        cancelled.append(True)

    officer.window.jobs.write("check", work, lambda nothing: None)
    officer.until(strip.isVisible)
    seen.append(strip.words.full_text())
    strip.cancel.click()
    officer.settle()
    assert seen == ["Guardrails: correction 1"]
    assert cancelled == [True]
    assert not strip.isVisible()
    assert isinstance(strip, JobStrip)


def test_nothing_runs_to_and_fro_where_motion_is_reduced(qtbot: QtBot, qapp: QApplication) -> None:
    strip = ProgressStrip()
    qtbot.addWidget(strip)
    motion.keep_still(True)
    strip.begin("Working …")
    assert not strip.bar.isVisible()
    assert qapp.styleHints().cursorFlashTime() == 0
    assert not qapp.isEffectEnabled(Qt.UIEffect.UI_AnimateMenu)
    strip.progress(1, 2, "half")
    assert strip.bar.isVisible()
    motion.keep_still(False)
    strip.begin("Working …")
    assert strip.bar.isVisible()
    assert qapp.styleHints().cursorFlashTime() > 0

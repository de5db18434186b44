"""The keyboard in dialogs: Tab goes as the eye does, and Enter does nothing at once that cannot be taken back."""

from __future__ import annotations

from officer import Officer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.ledger.erasing import ErasingDialog
from dreamdesk.gui.oversight.dialogs import PlanDialog
from dreamdesk.gui.oversight.page import OversightPage
from dreamdesk.gui.widgets import Button


def erasing(officer: Officer) -> ErasingDialog:
    officer.window.do("erase")
    dialog = officer.wait_dialog(ErasingDialog)
    assert isinstance(dialog, ErasingDialog)
    return dialog


def test_tab_reaches_the_buttons_from_left_to_right(qtbot: QtBot) -> None:
    dialog = Frame("Buttons", go="Save")
    qtbot.addWidget(dialog)
    for place, name in enumerate(("Print", "Compare")):
        dialog.buttons.insertWidget(place, Button(name))
    dialog.show()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    reached = []
    for _ in range(4):
        focus = QApplication.focusWidget()
        assert isinstance(focus, Button)
        reached.append(focus.text())
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    start = reached.index("Print")
    assert reached[start:] + reached[:start] == ["Print", "Compare", "Cancel", "Save"]


def test_enter_leads_to_the_button_that_draws_a_sample_and_acts_only_there(officer: Officer) -> None:
    officer.window.turn_to("oversight")
    officer.settle()
    page = officer.window.places["oversight"]
    assert isinstance(page, OversightPage)
    page.plan.click()
    dialog = officer.wait_dialog(PlanDialog)
    assert isinstance(dialog, PlanDialog)
    officer.settle()
    dialog.seed.setFocus()
    officer.press(Qt.Key.Key_Return)
    assert dialog.go_button is not None
    assert dialog.go_button.hasFocus()
    assert officer.dialog(SigningDialog) is None
    officer.press(Qt.Key.Key_Return)
    assert officer.dialog(SigningDialog) is not None


def test_enter_in_the_reason_of_an_erasure_erases_nothing(officer: Officer) -> None:
    dialog = erasing(officer)
    dialog.words.setPlainText("Atlas")
    dialog.look.click()
    assert dialog.go_button is not None
    officer.until(dialog.go_button.isEnabled)
    dialog.reason.setFocus()
    officer.type("asked for")
    officer.press(Qt.Key.Key_Return)
    assert dialog.go_button.hasFocus()
    assert officer.dialog(SigningDialog) is None


def test_after_an_erasure_that_failed_what_would_go_is_shown_anew(officer: Officer) -> None:
    dialog = erasing(officer)
    dialog.words.setPlainText("Atlas")
    dialog.look.click()
    assert dialog.go_button is not None
    officer.until(dialog.go_button.isEnabled)
    dialog.found.clear()
    dialog._erase("Ada Officer")  # without a reason
    assert not dialog.go_button.isEnabled()
    officer.settle()
    assert "Say why" in dialog.trouble()
    assert "Atlas" in dialog.found.toPlainText()
    assert dialog.go_button.isEnabled()
    dialog._failed("The desk is away.")
    assert not dialog.go_button.isEnabled()

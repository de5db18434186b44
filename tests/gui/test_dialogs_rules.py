"""The rules of the desk in the window: guardrails weighed, policies added and withdrawn, all in the ledger."""

from __future__ import annotations

from pathlib import Path

from officer import Officer
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from dreamdesk import pipeline
from dreamdesk.desk import ledger, policies, settings
from dreamdesk.desk.database import open_desk
from dreamdesk.gui.dialogs.desk_rules import DeskRulesDialog
from dreamdesk.model.check import Strictness


def rules(officer: Officer) -> DeskRulesDialog:
    officer.window.menus.actions["rules"].trigger()
    dialog = officer.wait_dialog(DeskRulesDialog)
    assert isinstance(dialog, DeskRulesDialog)
    officer.until(lambda: bool(dialog.weights))
    return dialog


def test_a_guardrail_is_made_stricter_and_the_checks_follow(officer: Officer, tmp_path: Path) -> None:
    dialog = rules(officer)
    box = dialog.weights["simulated-results"]
    box.setCurrentIndex(box.findData(Strictness.BLOCK.value))
    dialog.second.setChecked(True)
    assert dialog.go_button is not None
    dialog.go_button.click()
    officer.sign_in()
    officer.until(lambda: officer.dialog(DeskRulesDialog) is None)
    db = open_desk(tmp_path / "retail.desk", readonly=True)
    assert settings.strictness(db) == {"simulated-results": Strictness.BLOCK}
    assert settings.get(db, settings.WAIVER_SECOND) == "on"
    assert pipeline.stale(db) == []
    assert [(e.actor, e.subject) for e in ledger.page(db, 0, 2)] == [
        ("Ada Officer", "waiver_second: off → on"),
        ("Ada Officer", "guard.simulated-results: normal → block"),
    ]
    assert pipeline.verify_desk(db) == []
    db.close()


def test_the_structure_cannot_be_softened(officer: Officer) -> None:
    dialog = rules(officer)
    words = [dialog.weights["structure"].itemText(i) for i in range(dialog.weights["structure"].count())]
    assert words == ["as written", "warnings block"]
    officer.close_dialogs()


def test_a_policy_is_added_shown_on_the_case_and_withdrawn(officer: Officer, tmp_path: Path) -> None:
    book = tmp_path / "Refund rules.md"
    book.write_text("- Never refund <b>shipping fees</b>.\n- A refund must not exceed $100.\n")
    dialog = rules(officer)
    dialog.add_policy(book)
    officer.sign_in()
    db = open_desk(tmp_path / "retail.desk", readonly=True)
    officer.until(lambda: bool(policies.in_force(db)))
    officer.settle()
    assert [p.name for p in policies.in_force(db)] == ["Refund rules"]
    dialog.add_policy(book)
    officer.until(lambda: "in force already" in dialog.trouble())
    officer.close_dialogs()
    officer.press(Qt.Key.Key_P)
    assert "Never refund <b>shipping fees</b>." in officer.window.review.case.episode.policy  # type: ignore[union-attr]
    officer.close_dialogs()
    dialog = rules(officer)
    officer.until(lambda: dialog.findChild(type(dialog.add), "") is not None)
    button = next(b for b in dialog.findChildren(type(dialog.add)) if b.accessibleName() == "Withdraw Refund rules")
    button.click()
    officer.until(lambda: policies.in_force(db) == [])
    officer.settle()
    assert pipeline.verify_desk(db) == []
    db.close()
    officer.close_dialogs()


def test_the_wheel_scrolls_the_guardrails_and_changes_none(officer: Officer) -> None:
    dialog = rules(officer)
    before = dialog.chosen()
    for box in dialog.weights.values():
        middle = QPointF(box.rect().center())
        down, none = QPoint(0, -120), Qt.MouseButton.NoButton
        phase, modifiers = Qt.ScrollPhase.NoScrollPhase, Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(middle, box.mapToGlobal(middle), QPoint(), down, none, modifiers, phase, False)
        QApplication.sendEvent(box, event)
    assert dialog.chosen() == before

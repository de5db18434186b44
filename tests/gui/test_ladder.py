"""The verification ladder with real keys: each rung says what it rests on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.gui.review.ladder import Ladder
from dreamdesk.model.check import Check, CheckResult, Level

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CHECKS = (
    Check("structure", "Structure", CheckResult.PASS),
    Check("recorded-tools", "Tools", CheckResult.PASS),
    Check("simulated-results", "Results", CheckResult.WARN, "The result at step 3 is simulated."),
)


def test_it_begins_at_what_is_reached_and_the_keys_go_along_the_rungs(qtbot: QtBot) -> None:
    ladder = Ladder(pipeline.rungs(Level.V1, CHECKS))
    qtbot.addWidget(ladder)
    ladder.show()
    ladder.rungs.setFocus()
    assert ladder.words.full_text() == "V1 reached: Every tool call is known and fits its schema."
    assert ladder.rungs.accessibleDescription() == ladder.words.full_text()
    qtbot.keyClick(ladder.rungs, Qt.Key.Key_Right)
    assert ladder.words.full_text() == "V2 not reached: The result at step 3 is simulated."
    assert ladder.rungs.accessibleDescription() == ladder.words.full_text()
    for _ in range(9):
        qtbot.keyClick(ladder.rungs, Qt.Key.Key_Right)
    assert ladder.words.full_text() == "V6 not reached: No person has decided yet."
    qtbot.keyClick(ladder.rungs, Qt.Key.Key_Left)
    assert ladder.words.full_text().startswith("V5 not reached: No environment fits this episode")
    for level in ("V0", "V3", "V6"):
        assert f"{level} {'reached' if level == 'V0' else 'not reached'}" in ladder.rungs.accessibleName()


def test_the_mouse_chooses_a_rung(qtbot: QtBot) -> None:
    ladder = Ladder(pipeline.rungs(Level.NONE, ()))
    qtbot.addWidget(ladder)
    ladder.resize(350, 80)
    ladder.show()
    where = ladder.rungs.rect().center()
    qtbot.mouseClick(ladder.rungs, Qt.MouseButton.LeftButton, pos=where)
    assert ladder.words.full_text().startswith("V3 not reached")

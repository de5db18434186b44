"""Filtering and sorting the queue by key."""

from __future__ import annotations

import pytest
from officer import Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk.desk.narrowing import Narrowing, Sort
from dreamdesk.gui.review.narrowing import NarrowDialog, in_words
from dreamdesk.model.episode import OutcomeState

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def asked(officer: Officer) -> NarrowDialog:
    officer.press(Qt.Key.Key_F, KEYS)
    dialog = officer.wait_dialog(NarrowDialog)
    assert isinstance(dialog, NarrowDialog)
    return dialog


def test_an_officer_sorts_filters_and_takes_the_filter_away(officer: Officer) -> None:
    queue = officer.window.review.queue
    before = list(queue.model.ids)
    dialog = asked(officer)
    dialog.sort.setFocus()
    officer.press(Qt.Key.Key_Down)
    officer.press(Qt.Key.Key_Return)
    assert list(queue.model.ids) == sorted(before, reverse=True)
    assert queue.bar.words.full_text() == "Newest import first"
    dialog = asked(officer)
    assert dialog.sort.currentIndex() == 1
    dialog.outcomes["succeeded"].setFocus()
    officer.press(Qt.Key.Key_Space)
    officer.press(Qt.Key.Key_Return)
    assert list(queue.model.ids) == []
    assert queue.nothing[0] == "Nothing fits the filter"
    assert queue.bar.words.full_text() == "Newest import first · succeeded"
    dialog = asked(officer)
    assert dialog.outcomes["succeeded"].isChecked()
    dialog.reset.setFocus()
    officer.press(Qt.Key.Key_Space)
    assert list(queue.model.ids) == before


def test_an_episode_that_is_asked_for_is_shown_whatever_the_filter(officer: Officer) -> None:
    queue = officer.window.review.queue
    wanted = queue.model.ids[-1]
    queue.narrow(Narrowing(Sort.OLDEST, outcomes=frozenset({OutcomeState.SUCCEEDED})))
    officer.settle()
    queue.show_episode(wanted)
    officer.settle()
    assert queue.current() == wanted
    assert queue.narrowing == Narrowing(Sort.OLDEST)


def test_names_of_agents_are_plain_words(qtbot: QtBot) -> None:
    dialog = NarrowDialog(Narrowing(agents=frozenset({"gone"})), [("<b>a & b</b>\u202e", 3)])
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    assert [box.text() for box in dialog.agents.values()] == ["gone", "<b>a && b</b>⟦U+202E⟧  3"]
    assert in_words(Narrowing(agents=frozenset({"x\ny"}))) == "Worst first · x y"

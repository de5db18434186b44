"""Right-to-left text keeps its place between what surrounds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextLayout, QTextOption
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dreamdesk.gui import bidi, theme
from dreamdesk.gui.bidi import FSI, PDI, isolated
from dreamdesk.gui.compare.cell import Cell, Mark
from dreamdesk.gui.widgets import Label

PEACE, WORLD = "שלום", "עולם"
mixed = st.text(st.sampled_from(list('ab"\\,: \n') + list("אבש") + ["م", "😀"]), max_size=40)


@given(mixed, st.sampled_from(["text", "json", "call"]))
def test_nothing_is_lost_and_every_position_is_known(text: str, language: str) -> None:
    made = isolated(text, language)
    assert bidi.plain(made.text) == text
    assert all(made.text[made.position(at)] == letter for at, letter in enumerate(text))
    assert made.text.count(FSI) == made.text.count(PDI)


@given(st.text(st.characters(max_codepoint=0x400)))
def test_other_text_stays_as_it_is(text: str) -> None:
    assert isolated(text).text == bidi.facts(text) == text


def place(text: str, word: str) -> float:
    """Return where the inside of *word* stands on a line of *text* that reads from left to right."""
    layout = QTextLayout(text, theme.font())
    option = QTextOption()
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    at = text.index(word)
    return float(line.cursorToX(at + (len(word) > 1))[0])


def test_the_members_of_a_list_stand_in_their_order(qapp: QApplication) -> None:
    raw = f'["{PEACE}", "{WORLD}"]'
    assert place(raw, WORLD) < place(raw, PEACE)  # what Unicode does without isolates
    shown = isolated(raw, "json").text
    assert place(shown, PEACE) < place(shown, WORLD)


def test_the_stop_of_a_sentence_stands_at_its_end(qapp: QApplication) -> None:
    raw = f"{PEACE} {WORLD}."
    assert place(raw, ".") > place(raw, PEACE)
    shown = isolated(raw).text
    assert place(shown, ".") < place(shown, WORLD) < place(shown, PEACE)


def test_a_line_of_facts_keeps_its_order(qtbot: QtBot) -> None:
    label = Label(f"{PEACE} · {WORLD} · 3 steps")
    qtbot.addWidget(label)
    assert not label.text().isascii()
    assert label.full_text() == f"{PEACE} · {WORLD} · 3 steps"
    assert place(label.text(), PEACE) < place(label.text(), WORLD) < place(label.text(), "steps")
    assert label.text().startswith("\u200e")


@pytest.mark.parametrize("language", ["text", "json"])
def test_marks_stand_on_the_words_that_they_mark(language: str, qapp: QApplication) -> None:
    text = f'"{PEACE}", "b": "{WORLD} 😀 end"'
    cell = Cell(None, text, language, [Mark((text.index("end"), text.index("end") + 3), "error")], "", 600)
    (field, _), *_ = cell._fields
    assert field.width() > 10
    assert len(cell._fields) == 1

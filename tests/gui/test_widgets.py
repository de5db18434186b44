"""The small widgets: plain text whatever comes, and what they show is what they were told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk.gui import theme
from dreamdesk.gui.patterns.text_table import TextTable
from dreamdesk.gui.widgets import (
    Button,
    Chip,
    EmptyState,
    KeyHint,
    Label,
    Meter,
    MiniTrack,
    Section,
    paint_minitrack,
    plain_tooltip,
)
from dreamdesk.gui.widgets.label import LONGEST_WORD

HOSTILE = ["<b>bold</b>", '<img src="file:///etc/passwd">', "&lt;i&gt;", "a\u202eb", '{"a": "<table>"}', "x\x00y", ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_never_interprets_what_it_shows(text: str, qtbot: QtBot) -> None:
    label = Label(text)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.full_text() == text
    for letter in ("\u202e", "\x00"):
        assert letter not in label.text()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_tooltip_holds_no_markup_but_ours(text: str) -> None:
    shown = plain_tooltip(text)
    inside = shown.removeprefix('<qt><p style="white-space:pre-wrap">').removesuffix("</p></qt>")
    assert "<" not in inside
    assert "\u202e" not in inside


def test_an_elided_label_shrinks_and_tells_the_rest_in_its_tooltip(qtbot: QtBot) -> None:
    label = Label("a rather long line that does not fit", elide=True)
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert "does not fit" in label.toolTip()
    label.resize(900, 20)
    qtbot.waitUntil(lambda: label.toolTip() == "")


def test_a_word_that_cannot_be_broken_does_not_widen_a_wrapped_label(qtbot: QtBot) -> None:
    label = Label(f"No source found for “{'x' * 900}”", wrap=True)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() <= LONGEST_WORD
    assert label.heightForWidth(300) > label.fontMetrics().height()


def test_a_label_takes_the_colour_of_its_tone(qtbot: QtBot) -> None:
    label = Label("██████", tone="muted")
    qtbot.addWidget(label)
    label.resize(120, 30)
    label.set_tone("error")
    image = label.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.load("dark").error_text in colors


def test_a_chip_reveals_hidden_letters_and_refuses_unknown_tones(qtbot: QtBot) -> None:
    chip = Chip("dre\u200bamed", "accent")
    qtbot.addWidget(chip)
    assert chip.text == "dre⟦U+200B⟧amed"
    assert chip.accessibleName() == chip.text
    with pytest.raises(ValueError, match="pink"):
        chip.set("x", "pink")
    narrow = chip.sizeHint().width()
    chip.set("x")
    assert chip.sizeHint().width() < narrow
    assert chip.tone == "accent"


@pytest.mark.parametrize("kind", ["primary", "danger", "plain"])
def test_a_button_is_pressed_by_mouse_and_keyboard(kind: str, qtbot: QtBot) -> None:
    button = Button("Approve", kind, "A")
    qtbot.addWidget(button)
    button.show()
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert len(pressed) == 2
    assert "A" in button.accessibleDescription()
    button.setEnabled(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(pressed) == 2
    assert not button.grab().isNull()


def test_a_primary_button_is_green_and_a_disabled_one_is_not(qtbot: QtBot) -> None:
    button = Button("Approve", "primary")
    qtbot.addWidget(button)
    button.resize(200, 40)
    assert button.grab().toImage().pixelColor(12, 20) == theme.color("ok")
    button.setEnabled(False)
    assert button.grab().toImage().pixelColor(12, 20) == theme.color("panel")


def test_a_button_with_a_keycap_is_wider(qtbot: QtBot) -> None:
    with_key, without = Button("Amend", key="E"), Button("Amend")
    qtbot.addWidget(with_key)
    qtbot.addWidget(without)
    assert with_key.sizeHint().width() > without.sizeHint().width()


def test_an_unknown_kind_of_button_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="huge"):
        Button("x", "huge")


@pytest.mark.parametrize(("given", "kept"), [(0.4, 0.4), (-1.0, 0.0), (7.0, 1.0)])
def test_a_meter_keeps_within_its_trough(given: float, kept: float, qtbot: QtBot) -> None:
    meter = Meter(given)
    qtbot.addWidget(meter)
    meter.resize(100, 14)
    assert meter.value == kept
    image = meter.grab().toImage()
    assert (image.pixelColor(50, 7) == theme.color("error")) == (kept > 0.5)


def _paint(count: int, error: int | None, width: int = 200) -> QImage:
    image = QImage(width, 12, QImage.Format.Format_RGB32)
    image.fill(theme.color("panel"))
    painter = QPainter(image)
    paint_minitrack(painter, QRect(0, 0, width, 12), count, error, theme.current())
    painter.end()
    return image


@pytest.mark.parametrize(("count", "error"), [(1, 0), (18, 9), (18, 17), (1_000, 0), (100_000, 99_999), (100_000, 37)])
def test_the_error_stands_out_in_the_mini_track_whatever_the_length(count: int, error: int, qtbot: QtBot) -> None:
    image = _paint(count, error)
    red = [x for x in range(200) if image.pixelColor(x, 5) == theme.color("error")]
    assert red
    assert abs(sum(red) / len(red) - (error + 0.5) / count * 200) <= 12


@pytest.mark.parametrize(("count", "error"), [(0, None), (5, None), (5, 9), (5, -1)])
def test_a_mini_track_without_a_valid_error_has_no_red(count: int, error: int | None, qtbot: QtBot) -> None:
    image = _paint(count, error)
    assert all(image.pixelColor(x, 5) != theme.color("error") for x in range(200))


def test_the_mini_track_widget_says_what_it_shows(qtbot: QtBot) -> None:
    track = MiniTrack(18, 9)
    qtbot.addWidget(track)
    assert track.accessibleName() == "18 steps, error point at step 9"
    assert not track.grab().isNull()


def test_a_section_is_emptied_and_filled(qtbot: QtBot) -> None:
    section = Section("Error point", Label("one"), KeyHint("M"))
    qtbot.addWidget(section)
    assert section.body.count() == 2
    section.clear()
    assert section.body.count() == 0
    section.add(Label("two"))
    assert section.body.count() == 1
    section.set_heading("Policy")
    assert section.accessibleName() == "Policy"


def test_an_empty_state_offers_what_to_do(qtbot: QtBot) -> None:
    page = EmptyState("No episodes yet", "Drop a trace file here.", "Import", "I")
    qtbot.addWidget(page)
    page.show()
    assert page.button is not None
    with qtbot.waitSignal(page.activated):
        qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert EmptyState("Nothing", "").button is None


def test_all_widgets_paint_in_all_themes(qapp, qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    column = QVBoxLayout(box)
    for widget in (Label("x"), Chip("x", "ok"), KeyHint("K"), Meter(0.5), MiniTrack(9, 4), Button("Go", "danger", "G")):
        column.addWidget(widget)
    grounds = set()
    for name in theme.NAMES:
        theme.apply(qapp, theme.load(name))
        grounds.add(QColor(box.grab().toImage().pixelColor(2, 2)).name())
    assert len(grounds) == 3


def test_a_table_wider_than_its_room_shows_its_last_row_above_the_bar(qtbot: QtBot) -> None:
    table = TextTable("Plans", ("Plan", "Drawn", "Bad"), (200, 200))
    qtbot.addWidget(table)
    table.show_rows([("one", "1", "2")])
    table.resize(900, table.height())
    table.show()
    QApplication.processEvents()
    assert not table.horizontalScrollBar().isVisible()
    alone = table.height()
    table.resize(300, table.height())
    QApplication.processEvents()
    assert table.horizontalScrollBar().isVisible()
    assert table.visualRect(table.model().index(0, 0)).bottom() <= table.viewport().rect().bottom()
    table.resize(900, table.height())
    QApplication.processEvents()
    assert table.height() == alone

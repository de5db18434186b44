"""The help: opened where one stands, searched, read by keyboard; it shows files of ours and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument, QTextTable
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk import language
from dreamdesk.gui import theme
from dreamdesk.gui.help.reader import FOLDER, Reader
from dreamdesk.gui.help.window import HelpWindow, show_help

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

IMAGE = QTextDocument.ResourceType.ImageResource.value
FORMAT = QImage.Format.Format_RGB32


@pytest.fixture
def german() -> Iterator[None]:
    language.choose("de")
    yield
    language.choose("en")


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[HelpWindow]:
    window = show_help(["review"])
    qtbot.waitExposed(window)
    yield window
    window.close()
    qtbot.wait(1)


def test_f1_says_what_the_page_is_about_in_one_window(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(retail_desk(tmp_path))
    officer.press(Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    officer.press(Qt.Key.Key_F1)
    first = officer.wait_dialog(HelpWindow)
    assert isinstance(first, HelpWindow)
    assert first.chapter.title == "The ledger"
    assert "## " not in first.page.toPlainText()
    officer.window.do("page-memory")
    officer.window.do("help")
    assert officer.dialog(HelpWindow) is first
    assert first.chapter.title.startswith("Memory")
    QTest.keyClick(first, Qt.Key.Key_Escape)
    officer.until(lambda: officer.dialog(HelpWindow) is None)

    # And in a dialog, about the dialog, while that stays open.
    officer.window.do("release")
    dialog = officer.wait_dialog(type(officer.dialog()))
    QTest.keyClick(dialog, Qt.Key.Key_F1)
    helped = officer.wait_dialog(HelpWindow)
    assert isinstance(helped, HelpWindow)
    assert helped.chapter.title == "Release what was approved"
    assert dialog.isVisible()
    officer.close()


def test_words_are_found_lit_and_led_to_by_keyboard(shown: HelpWindow) -> None:
    shown.search.setFocus()
    QTest.keyClicks(shown.search, "hardware key")
    assert shown.chapter.title == "Keys"
    lit = [selection.cursor.selectedText().casefold() for selection in shown.page.extraSelections()]
    assert {"hardware", "key"} <= set(lit)
    count = shown.contents.topLevelItemCount()
    assert 0 < count < 10
    QTest.keyClick(shown.contents, Qt.Key.Key_Down)
    assert shown.chapter.title != "Keys" or count == 1
    QTest.keyClicks(shown.search, " zebra")
    assert shown.none.isVisible()
    shown.search.clear()
    assert not shown.none.isVisible()
    assert shown.contents.topLevelItemCount() == 4


def test_a_link_leads_to_its_chapter_and_back(shown: HelpWindow) -> None:
    shown.page.anchorClicked.emit(QUrl("examiner.md#what-proves-what"))
    assert (shown.chapter.guide, shown.chapter.title) == ("examiner", "What proves what")
    shown.go_back()
    assert shown.chapter.title == "Weigh the evidence"
    for elsewhere in ("https://example.com/", "file:///etc/passwd", "../../README.md", "officer.md#no-such-heading"):
        shown.page.anchorClicked.emit(QUrl(elsewhere))
        assert shown.chapter.title == "Weigh the evidence"


def test_only_our_pictures_are_loaded_and_markup_is_text(qtbot: QtBot, tmp_path: Path) -> None:
    reader = Reader()
    qtbot.addWidget(reader)
    reader.resize(900, 600)
    picture = next((FOLDER / "pictures").glob("*-light.png")).name
    assert not reader.loadResource(IMAGE, QUrl(f"pictures/{picture}")).isNull()
    for other in (
        f"file://{FOLDER}/pictures/{picture}",
        f"pictures/../pictures/{picture}",
        "pictures/../../icons/key.svg",
        "https://example.com/pictures/a-light.png",
        "/etc/passwd",
    ):
        assert reader.loadResource(IMAGE, QUrl(other)) is None
    assert reader.loadResource(QTextDocument.ResourceType.HtmlResource.value, QUrl(f"pictures/{picture}")) is None
    reader.show_page("# A\n\n<img src='pictures/x.png'> <b>bold</b>\n")
    assert "<b>bold</b>" in reader.toPlainText()


def test_a_table_behind_an_example_begins_with_its_head(qtbot: QtBot) -> None:
    reader = Reader()
    qtbot.addWidget(reader)
    for example in ("", "```\ncode\n```\n\n"):
        reader.show_page(f"# A\n\n{example}| role | may |\n|---|---|\n| reader | look |\n")
        (table,) = [frame for frame in reader.document().rootFrame().childFrames() if isinstance(frame, QTextTable)]
        heads = [table.cellAt(0, column).firstCursorPosition().block() for column in (0, 1)]
        assert [head.text() for head in heads] == ["role", "may"]
        assert len({head.begin().fragment().charFormat().fontWeight() for head in heads}) == 1


def test_a_window_in_german_shows_german_guides_and_pictures(qtbot: QtBot, german: None) -> None:
    window = show_help(["ledger"])
    qtbot.waitExposed(window)
    assert window.chapter.title == "Das Protokoll"
    window.page.anchorClicked.emit(QUrl("examiner.md#was-was-beweist"))
    assert (window.chapter.guide, window.chapter.title) == ("examiner", "Was was beweist")
    picture = window.page.loadResource(IMAGE, QUrl("pictures/signing-light.png"))
    drawn = QImage(str(FOLDER / "de" / "pictures" / f"signing-{'dark' if theme.current().dark else 'light'}.png"))
    assert picture is not None
    if picture.width() < drawn.width():
        drawn = drawn.scaledToWidth(picture.width(), Qt.TransformationMode.SmoothTransformation)
    assert picture.convertToFormat(FORMAT) == drawn.convertToFormat(FORMAT)
    for chapter in window._guides.chapters:
        window.show_chapter(chapter)
        assert window.page.horizontalScrollBar().maximum() == 0, chapter.title
    window.close()
    qtbot.wait(1)


def test_a_chapter_is_shown_from_its_head(qtbot: QtBot, shown: HelpWindow) -> None:
    qtbot.waitUntil(lambda: shown.page.verticalScrollBar().maximum() > 0)
    assert shown.page.verticalScrollBar().value() == 0


def test_every_chapter_fits_its_column(shown: HelpWindow) -> None:
    for chapter in shown._guides.chapters:
        shown.show_chapter(chapter)
        assert shown.page.horizontalScrollBar().maximum() == 0, chapter.title

"""The themes: complete, legible, and really on the screen."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from dreamdesk.gui import theme
from dreamdesk.gui.theme import NAMES, Theme
from dreamdesk.gui.widgets import icon


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_words_can_be_read_in_every_theme(name: str) -> None:
    look = theme.load(name)
    least = 7.0 if name == "high-contrast" else 4.5
    pairs = [(ink, ground) for ink in ("text", "muted", "faint") for ground in ("panel", "window", "raised")]
    pairs += [("text", f"{tone}_soft") for tone in ("accent", "error", "ok", "warn", "tool")]
    for tone in ("accent", "error", "ok", "warn", "tool"):
        pairs += [(f"{tone}_text", "panel"), (f"{tone}_text", f"{tone}_soft")]
    pairs += [("on_fill", "ok"), ("on_fill", "error"), ("text", "agent"), ("text", "user")]
    for ink, ground in pairs:
        ratio = _contrast(getattr(look, ink), getattr(look, ground))
        assert ratio >= (4.5 if "on_fill" in ink else least), f"{name}: {ink} on {ground} is {ratio:.2f}"


@pytest.mark.parametrize("name", NAMES)
def test_lines_that_must_be_seen_are_seen(name: str) -> None:
    look = theme.load(name)
    for token in ("accent", "error", "ok", "warn", "tool", "focus", "edge"):
        assert _contrast(getattr(look, token), look.panel) >= 3.0, token


def test_an_unknown_theme_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="sepia"):
        theme.load("sepia")


def test_applying_a_theme_changes_palette_style_and_what_is_painted(qapp: QApplication, qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    field.resize(120, 30)
    with qtbot.waitSignal(theme.changed):
        theme.apply(qapp, theme.load("light"))
    light = field.grab().toImage().pixelColor(60, 15)
    assert theme.current().name == "light"
    assert qapp.palette().color(QPalette.ColorRole.WindowText) == QColor(theme.load("light").text)
    theme.apply(qapp, theme.load("dark"))
    dark = field.grab().toImage().pixelColor(60, 15)
    assert light == QColor(theme.load("light").panel)
    assert dark == QColor(theme.load("dark").panel)


@pytest.mark.parametrize("name", NAMES)
def test_the_style_sheet_has_no_token_left_and_its_images_exist(name: str) -> None:
    sheet = theme.stylesheet(theme.load(name))
    assert "$" not in sheet
    images = re.findall(r'url\("([^"]+)"\)', sheet)
    assert images
    for image in images:
        assert theme.RESOURCES.joinpath(image).is_file()


def test_color_and_mix_follow_the_theme_in_force() -> None:
    assert theme.color("error") == QColor(theme.load("dark").error)
    assert theme.mix("text", "panel", 1.0) == theme.color("text")
    assert theme.mix("text", "panel", 0.0) == theme.color("panel")


def test_tokens_are_colours() -> None:
    for name in NAMES:
        look: Theme = theme.load(name)
        for field, value in vars(look).items():
            if isinstance(value, str) and value.startswith("#"):
                assert re.fullmatch(r"#[0-9a-f]{6}", value), field


@pytest.mark.parametrize("path", sorted((theme.RESOURCES / "icons").glob("*.svg")), ids=lambda p: p.stem)
def test_every_icon_paints_something(path, qapp: QApplication) -> None:
    image = icon(path.stem, "text", 24).pixmap(24, 24).toImage()
    assert any(image.pixelColor(x, y).alpha() > 100 for x in range(24) for y in range(24))


def test_an_icon_takes_the_colour_of_its_token(qapp: QApplication) -> None:
    image = icon("check", "ok", 48).pixmap(48, 48).toImage()
    strong = {
        image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
    }
    assert theme.load("dark").ok in strong

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


TONES = ("accent", "error", "ok", "warn", "tool")
INKS = ("text", "muted", "faint", *(f"{tone}_text" for tone in TONES))
GROUNDS = ("window", "panel", "raised", *(f"{tone}_soft" for tone in TONES))
MIXED = (
    ("faint", "agent", "panel", 0.45),
    ("faint", "user", "panel", 0.45),
    ("faint", "tool_soft", "panel", 0.45),
    ("accent_text", "accent_soft", "panel", 0.5),
    ("muted", "accent_soft", "panel", 0.5),
    ("on_fill", "text", "ok", 0.25),
    ("text", "raised", "panel", 1.0),
    *(("text", tone, f"{tone}_soft", 0.16) for tone in ("error", "ok", "accent")),
)
"""Words on what painters mix: dimmed steps of the timeline, the strip of a family, hovered buttons, changed words."""


@pytest.mark.parametrize("name", NAMES)
def test_every_word_can_be_read_on_every_ground(name: str, qapp: QApplication) -> None:
    """WCAG 2.2, 1.4.3 (AA): at least 4.5:1; 1.4.6 (AAA), 7:1, in high contrast."""
    theme.apply(qapp, theme.load(name))
    least = 7.0 if name == "high-contrast" else 4.5
    pairs = [(ink, ground) for ink in INKS for ground in GROUNDS]
    pairs += [("text", "user"), ("text", "agent"), ("tool_text", "user")]
    pairs += [("on_fill", tone) for tone in ("accent", "error", "ok")]
    found = {f"{ink} on {ground}": _contrast(_name(ink), _name(ground)) for ink, ground in pairs}
    for ink, over, under, share in MIXED:
        found[f"{ink} on {share} {over} over {under}"] = _contrast(_name(ink), theme.mix(over, under, share).name())
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_line_that_must_be_seen_is_seen_on_every_ground(name: str) -> None:
    """WCAG 2.2, 1.4.11: outlines of what is pressed or typed into, and of what has the keyboard, at least 3:1."""
    look = theme.load(name)
    seen = {
        f"{token} on {ground}": _contrast(getattr(look, token), getattr(look, ground))
        for token in (*TONES, "focus", "edge")
        for ground in ("panel", "window", "raised", "accent_soft")
    }
    assert {pair: round(ratio, 2) for pair, ratio in seen.items() if ratio < 3.0} == {}


def test_no_theme_has_a_colour_that_this_test_does_not_know() -> None:
    colours = {field for field, value in vars(theme.load("dark")).items() if str(value).startswith("#")}
    assert colours == {*INKS, *GROUNDS, *TONES, "focus", "edge", "line", "user", "agent", "on_fill"}


def _name(token: str) -> str:
    return theme.color(token).name()


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

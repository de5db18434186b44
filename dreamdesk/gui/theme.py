"""The look: colour and font tokens from ``resources/themes``, as a palette, a style sheet and painters' colours.

Qt's own dark mode does nothing on several platforms, so the palettes are ours: Fusion style, every colour role set.
Nothing else in the program names a colour or a font.
"""

from __future__ import annotations

import dataclasses
import json
import string
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

RESOURCES = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[2])) / "resources"
NAMES = ("dark", "light", "high-contrast")


@dataclass(frozen=True)
class Theme:
    """The tokens of one look.

    Colours are ``#rrggbb``. Each tone (accent, error, ok, warn, tool) comes three times: plain for lines and fills,
    ``_soft`` for backgrounds, ``_text`` for words on a panel or on the soft background (at least 4.5:1). Lengths and
    font sizes are in device-independent pixels.

    Attributes:
        window: Behind everything; *panel*: cards and side bars; *raised*: fields, hovered and chosen things.
        line: Hairlines between parts; *edge*: outlines that must be seen.
        text, muted, faint: Words in falling importance.
        user, agent: Fill of the timeline's boxes in those lanes.
        on_fill: Words on a button filled with a tone.
        focus: Outline of whatever has the keyboard.
    """

    name: str
    dark: bool
    window: str
    panel: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_soft: str
    accent_text: str
    error: str
    error_soft: str
    error_text: str
    ok: str
    ok_soft: str
    ok_text: str
    warn: str
    warn_soft: str
    warn_text: str
    tool: str
    tool_soft: str
    tool_text: str
    user: str
    agent: str
    on_fill: str
    focus: str
    spacing: int = 8
    radius: int = 6
    size: int = 13
    small: int = 11
    section: int = 15
    title: int = 17
    ui_font: str = "Inter"
    mono_font: str = "JetBrains Mono"


class _Notifier(QObject):
    changed = Signal()


_notifier = _Notifier()
changed = _notifier.changed
"""Emitted after another theme was applied: ``theme.changed.connect(self.update)``."""

_current: list[Theme] = []


@cache
def load(name: str) -> Theme:
    """Return the theme *name*: "dark", "light" or "high-contrast".

    Raises:
        ValueError: there is no such theme.
    """
    if name not in NAMES:
        raise ValueError(f"no theme is called {name!r}; there are {', '.join(NAMES)}")
    return Theme(**json.loads((RESOURCES / "themes" / f"{name}.json").read_text(encoding="utf-8")))


def current() -> Theme:
    """Return the theme in force; the dark one until `apply` was called."""
    return _current[0] if _current else load("dark")


def color(token: str) -> QColor:
    """Return the colour of *token*, such as "muted" or "error_soft", in the theme in force."""
    return QColor(getattr(current(), token))


def mix(over: str, under: str, share: float) -> QColor:
    """Return the colour that *share* (0 to 1) of token *over* laid on token *under* gives."""
    return QColor(_mixed(getattr(current(), over), getattr(current(), under), share))


def font(size: int | None = None, *, weight: QFont.Weight = QFont.Weight.Normal, mono: bool = False) -> QFont:
    """Return the interface font, or the *mono* one for trace text, *size* pixels high (the theme's size by default)."""
    theme = current()
    return QFont(_font(theme.mono_font if mono else theme.ui_font, size or theme.size, weight, mono))


@lru_cache(maxsize=1_024)
def _mixed(over: str, under: str, share: float) -> QColor:
    """Return *share* of the colour *over* on the colour *under*: painters ask for the same few in every frame."""
    top, base = QColor(over), QColor(under)
    return QColor.fromRgbF(
        top.redF() * share + base.redF() * (1 - share),
        top.greenF() * share + base.greenF() * (1 - share),
        top.blueF() * share + base.blueF() * (1 - share),
    )


@cache
def _font(family: str, size: int, weight: QFont.Weight, mono: bool) -> QFont:
    """Return the font that `font` gives copies of: they share what Qt looked up for it, which is slow."""
    made = QFont(_families(family, mono))
    made.setStyleHint(QFont.StyleHint.Monospace if mono else QFont.StyleHint.SansSerif)
    made.setPixelSize(size)
    made.setWeight(weight)
    return made


def apply(app: QApplication, theme: Theme) -> None:
    """Dress *app* in *theme*: fonts, Fusion style, palette and style sheet. Emits `changed`."""
    _current[:] = [theme]
    _register_fonts()
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if theme.dark else Qt.ColorScheme.Light)
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setFont(font())
    app.setStyleSheet(stylesheet(theme))
    changed.emit()


def stylesheet(theme: Theme) -> str:
    """Return ``resources/themes/desk.qss`` with the tokens of *theme* filled in."""
    template = string.Template((RESOURCES / "themes" / "desk.qss").read_text(encoding="utf-8"))
    tokens = {field.name: getattr(theme, field.name) for field in dataclasses.fields(theme)}
    return template.substitute(tokens, icons=(RESOURCES / "icons").as_posix(), mode="dark" if theme.dark else "light")


@cache
def _register_fonts() -> None:
    """Make the fonts in ``resources/fonts`` known to Qt; where there are none, the system's stand in."""
    for path in sorted((RESOURCES / "fonts").glob("**/*.[to]tf")):
        QFontDatabase.addApplicationFont(str(path))


@cache
def _families(family: str, mono: bool) -> list[str]:
    """Return *family* and the system's font that stands in for it."""
    _register_fonts()
    kind = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
    return [family, QFontDatabase.systemFont(kind).family()]


def _palette(theme: Theme) -> QPalette:
    """Return a palette with every role that Fusion paints with."""
    role = QPalette.ColorRole
    palette = QPalette()
    for name, token in {
        role.Window: theme.panel,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.Highlight: theme.accent_soft,
        role.HighlightedText: theme.text,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint,
        role.Link: theme.accent_text,
        role.LinkVisited: theme.accent_text,
        role.Accent: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.edge,
        role.Shadow: theme.window,
    }.items():
        palette.setColor(name, QColor(token))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(theme.faint))
    return palette

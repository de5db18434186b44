"""Which theme is worn: dark, light, high contrast, or the one that the system has."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from dreamdesk.gui import theme
from dreamdesk.gui.memory import THEMES


def following(name: str) -> str:
    """Return the theme after *name*, in a circle."""
    return THEMES[(THEMES.index(name) + 1) % len(THEMES)] if name in THEMES else THEMES[0]


def dress(app: QApplication, name: str) -> None:
    """Dress *app* in the theme *name*; "system" is dark where the system asks for it or does not say, else light.

    Where the system asks for more contrast, it is that.
    """
    if name == "system":
        hints = app.styleHints()
        hints.unsetColorScheme()
        name = "light" if hints.colorScheme() is Qt.ColorScheme.Light else "dark"
        if hints.accessibility().contrastPreference() is Qt.ContrastPreference.HighContrast:
            name = "high-contrast"
    theme.apply(app, theme.load(name))

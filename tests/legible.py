"""Whether texts on the screen can be read: none is cut, none lies over another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

NARROW = 2
"""Pixels by which a font's width may differ from what is asked for it."""


def cut(widget: QWidget) -> str:
    """Return why the text of *widget* cannot be read whole, or "". One that shortens itself shows it in a tool tip."""
    if isinstance(widget, QLabel) and widget.text() and not widget.property("elided"):
        if getattr(widget, "_elide", False):
            full = widget.fontMetrics().horizontalAdvance(widget.text()) <= widget.contentsRect().width()
            return "" if full or widget.toolTip() else "it is shortened and no tool tip says what it said"
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            return "" if widget.height() >= needed - NARROW else f"{widget.height()} of {needed} pixels high"
        wide = widget.sizeHint().width()
        return "" if widget.width() >= wide - NARROW else f"{widget.width()} of {wide} pixels wide"
    if isinstance(widget, QAbstractButton) and widget.text() and not isinstance(widget, QComboBox):
        room = widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, widget.text())
        if room.width() > widget.width() + NARROW and not widget.toolTip():
            return f"{widget.width()} of {room.width()} pixels wide"
    return ""


def crossed(page: QWidget) -> list[str]:
    """Return which texts lie one over the other: neighbours in the same parent whose rectangles cross."""
    found = []
    shown = [label for label in page.findChildren(QLabel) if label.isVisible() and label.text()]
    for number, label in enumerate(shown):
        for other in shown[number + 1 :]:
            if other.parentWidget() is label.parentWidget():
                common = label.geometry().intersected(other.geometry())
                if common.width() > NARROW and common.height() > NARROW:
                    found.append(f"{label.text()[:40]!r} lies over {other.text()[:40]!r}")
    return found

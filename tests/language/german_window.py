"""Opens every page and many dialogs in German and prints, as JSON, what is cut or still in English.

It runs in a process of its own, because the language of a window is chosen before the window is imported.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from legible import crossed, cut
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from dreamdesk import language
from dreamdesk.gui import speech
from dreamdesk.gui.memory import Memory

DIALOGS = (
    "reports", "packet-make", "conflicts", "outside", "erase", "rules", "auditors", "review-rules", "signin", "mark",
    "outcome", "incident", "author", "amend", "history", "attempts", "keys", "palette", "import-memory", "filter",
    "messages", "read", "machine", "learn", "restore", "about", "help", "tour",
)  # fmt: skip
PATIENCE_S = 60
SLACK = 2
"""Pixels that a measured text may be wider than its place, for rounding."""


def faults_of(top: QWidget, where: str) -> list[str]:
    """Return what of *top* is cut, and what has a translation and is shown in English."""
    known = language.translations("de")
    found = [f"{where}: {words}" for words in crossed(top)]
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty() or isinstance(widget.window(), QFileDialog):
            continue
        if why := cut(widget):
            found.append(f"{where}: {widget.text()[:70]!r}: {why}")  # type: ignore[attr-defined]
        text = ""
        needed, room = 0, widget.width()
        if isinstance(widget, QLabel):
            text = widget.text()
            if not widget.wordWrap() and not getattr(widget, "_elide", False):
                needed = widget.sizeHint().width()
        elif isinstance(widget, QAbstractButton):
            text, needed = widget.text(), widget.minimumSizeHint().width()
        elif isinstance(widget, QLineEdit):
            text = "" if widget.text() else widget.placeholderText()
            needed = widget.fontMetrics().horizontalAdvance(text) + 12 if text else 0
        elif isinstance(widget, QComboBox):
            text = widget.currentText()
        elif isinstance(widget, QTabBar):
            needed = sum(widget.tabRect(tab).width() for tab in range(widget.count()))
        elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
            for section in range(widget.count()):
                if widget.sectionSize(section) + SLACK < widget.sectionSizeHint(section) and widget.model() is not None:
                    name = widget.model().headerData(section, Qt.Orientation.Horizontal)
                    found.append(f"{where}: the column “{name}” is cut")
        if text and needed > room + SLACK:
            found.append(f"{where}: “{text[:70]}” needs {needed} and has {room} pixels")
        for words in {text, widget.accessibleName(), widget.toolTip()}:
            if " " in words and known.get(words, words) != words and words not in known.values():
                found.append(f"{where}: “{words[:70]}” is in English")
    return found


def main(desk: Path, settings: Path) -> None:
    """Look at the window on *desk*; preferences lie in *settings*."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(settings))
    memory = Memory()
    memory.set_tour_offered()
    speech.begin(memory)
    from dreamdesk.gui import looks
    from dreamdesk.gui.places import PLACES
    from dreamdesk.gui.window import Window

    app = QApplication([])
    speech.teach(app)
    looks.dress(app, "dark")
    window = Window(memory)
    window.resize(1280, 800)
    window.show()
    window.open_desk(desk)

    def settle() -> None:
        begun = quiet = time.monotonic()
        while time.monotonic() < quiet + 0.15:
            app.processEvents()
            if window.jobs.busy() or window.intake.busy():
                quiet = time.monotonic()
            assert time.monotonic() < begun + PATIENCE_S, "the window does not come to rest"
            time.sleep(0.002)

    settle()
    found = []
    for place in PLACES:
        window.turn_to(place.name)
        settle()
        found += faults_of(window, place.name)
    window.turn_to("review")
    settle()
    for action in DIALOGS:
        if not window.menus.actions[action].isEnabled():
            continue
        window.do(action)
        settle()
        open_ones = [top for top in app.topLevelWidgets() if isinstance(top, QDialog) and top.isVisible()]
        for top in open_ones or [window]:
            found += faults_of(top, action)
            if isinstance(top, QDialog):
                top.done(QDialog.DialogCode.Rejected)
        settle()
    menus = [menu.title() for menu in window.menus.menus.values()]
    told = {"language": language.spoken(), "menus": menus, "faults": found}
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Every place in three themes at two sizes: no text is cut, no region is left empty, and what cannot be seen is told.

DREAMDESK_PICTURES=FOLDER keeps the pictures, to be looked at.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from every_view import pages
from legible import crossed, cut
from officer import PASSPHRASE, SAMPLES, Officer, retail_desk
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections
from dreamdesk.desk.database import open_desk
from dreamdesk.gui import looks
from dreamdesk.model.decision import Role, Verdict

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

THEMES = ("dark", "light", "high-contrast")
SIZES = ((1280, 800), (1600, 1000))
TILE = 40
"""Side of the squares, in pixels, of which each is empty when all of it is one colour."""
EMPTY_AT_MOST = 0.8
"""The share of empty squares that a page may have: margins, lines between texts, the rest of a short list."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk in the middle of its work: decided and waiting corrections, a bundle, marks, two auditors, memory."""
    folder = tmp_path_factory.mktemp("places")
    path = retail_desk(folder)
    db = open_desk(path)
    pipeline.change_setting(db, "blind_mark", "off", "system")
    for name in ("Ada Officer", "Bo Lind"):
        pipeline.add_auditor(db, name, Role.APPROVER, PASSPHRASE)
    ada = pipeline.unlock(db, "Ada Officer", PASSPHRASE)
    able = [
        number
        for number in corrections.ids(db)
        if not pipeline.why_not(db, number, Verdict.APPROVE, "Ada Officer", "follows-policy", "As the policy says.")
    ]
    pipeline.decide(db, able[0], Verdict.APPROVE, "follows-policy", "As the policy says.", ada)
    pipeline.release(db, folder / "out", ada, terms=pipeline.ReleaseTerms(recipient="Training team"))
    memory = SAMPLES / "memory"
    pipeline.import_memory(db, memory / "week44", memory / "week45")
    db.close()
    return path


def emptiness(image: QImage) -> float:
    """Return the share of squares that are all of one colour."""
    columns, rows = image.width() // TILE, image.height() // TILE
    empty = 0
    for row in range(rows):
        for column in range(columns):
            tile = image.copy(column * TILE, row * TILE, TILE, TILE).convertToFormat(QImage.Format.Format_RGB32)
            bits = bytes(tile.constBits())
            empty += bits == bits[:4] * (TILE * TILE)
    return empty / (columns * rows)


def colours(image: QImage) -> int:
    """Return how many colours there are in a small copy of the picture."""
    small = image.scaled(QSize(160, 100))
    return len(Counter(small.pixel(x, y) for x in range(160) for y in range(100)))


@pytest.mark.parametrize("theme", THEMES)
def test_every_place_can_be_read(qtbot: QtBot, qapp: QApplication, tmp_path: Path, desk: Path, theme: str) -> None:
    kept = os.environ.get("DREAMDESK_PICTURES")
    looks.dress(qapp, theme)
    officer = Officer(qtbot, tmp_path)
    window = officer.window
    officer.open(desk)
    window.do("reveal")
    officer.settle()
    wrong: list[str] = []
    for size in SIZES:
        window.resize(*size)
        for name in pages(officer):
            where = f"{name}, {theme}, {size[0]} x {size[1]}"
            image = window.grab().toImage()
            if kept:
                Path(kept).mkdir(parents=True, exist_ok=True)
                image.save(str(Path(kept, f"{name}-{theme}-{size[0]}.png")))
            page = window.pages.currentWidget()
            for widget in [one for one in window.findChildren(QWidget) if one.isVisible()]:
                if why := cut(widget):
                    wrong.append(f"{where}: {type(widget).__name__} {_text(widget)!r}: {why}")
            wrong += [f"{where}: {words}" for words in crossed(page)]
            if (share := emptiness(image)) > EMPTY_AT_MOST:
                wrong.append(f"{where}: {share:.0%} of it is empty")
            if colours(image) < 8:
                wrong.append(f"{where}: hardly anything is painted")
    officer.close()
    assert wrong == [], "\n".join(wrong)


def _text(widget: QWidget) -> str:
    assert isinstance(widget, QLabel | QAbstractButton)
    return widget.text()[:60]

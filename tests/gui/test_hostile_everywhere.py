"""A trace with markup, links, pictures, bidi and terminal escapes in every text: plain text in every view and dialog.

The proof is what happens: a picture in a colour that no theme has is painted nowhere, a server that stands by for
whoever follows a link hears nothing, and no text widget, model or tool tip holds a character that cannot be seen.
One part of the texts walks through the window here; `DREAMDESK_HOSTILE_PARTS=6` lets all of them.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from every_view import walk
from hostile_texts import hostile_texts
from officer import PASSPHRASE, SUPPORT, Officer
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex
from PySide6.QtGui import QColor, QImage, Qt, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections
from dreamdesk.desk.database import create
from dreamdesk.gui.bidi import FSI, PDI, has_right_to_left, plain
from dreamdesk.gui.going import take
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.text import reveal

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PARTS = 6
"""Into so many the texts are dealt: each place holds all of one part, so that a window need not be walked for each."""
SIGNAL = QColor(1, 254, 77)
KEPT = {"type", "role", "id", "reward"}
"""What the reader of the format needs as it is."""


class Listener:
    """Counts who connects to a port of this machine."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


class Poison:
    """What is put in front of texts: all of *texts*, each time beginning with another: some places show little."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._turns = count()

    def __call__(self) -> str:
        first = next(self._turns) % len(self.texts)
        return " ".join((*self.texts[first:], *self.texts[:first]))

    def put(self, value: object) -> object:
        """Return a record with poison in front of every text that has more than one word."""
        if isinstance(value, dict):
            return {name: item if name in KEPT else self.put(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.put(item) for item in value]
        return f"{self()} {value}" if isinstance(value, str) and " " in value else value


@pytest.fixture(params=range(int(os.environ.get("DREAMDESK_HOSTILE_PARTS", "1"))))
def evil(request: pytest.FixtureRequest, tmp_path: Path, listener: Listener) -> Poison:
    """Words that would draw a picture, follow a link, turn a line round or colour a terminal, were they believed."""
    picture = QImage(300, 300, QImage.Format.Format_RGB32)
    picture.fill(SIGNAL)
    path = tmp_path / "picture.png"
    assert picture.save(str(path))
    far = f"http://127.0.0.1:{listener.port}"
    everything = (
        f'<img src="{path.as_uri()}"><img src="{far}/a.png"><a href="{far}">x</a>![y]({far}/b.png)'
        f'<link rel="stylesheet" href="{far}/c.css"><b>&amp;</b>\u202eevil\u200b\x1b[31m\x1b]8;;{far}\x07'
    )
    return Poison([everything, *hostile_texts(path.as_uri(), far)[request.param :: PARTS]])


@pytest.fixture
def desk(tmp_path: Path, evil: Poison) -> Path:
    """A desk of poisoned episodes, beside others; poisoned policy and decisions, a bundle for a poisoned recipient."""
    lines = [json.loads(line) for line in SUPPORT.read_text(encoding="utf-8").splitlines()]
    traces = tmp_path / "evil.jsonl"
    traces.write_text("".join(json.dumps(evil.put(line)) + "\n" for line in lines), encoding="utf-8")
    policy = tmp_path / "policy.md"
    policy.write_text(f"# {evil()}\n\n{evil()} must be asked first.\n", encoding="utf-8")
    db = create(tmp_path / "evil.desk")
    list(pipeline.import_paths(db, [traces, SUPPORT]))
    pipeline.change_setting(db, "blind_mark", "off", "system")
    pipeline.add_auditor(db, "Ada", Role.APPROVER, PASSPHRASE)
    ada = pipeline.unlock(db, "Ada", PASSPHRASE)
    pipeline.add_policy(db, policy, "Rules", "", ada)
    pipeline.prepare(db)
    able = [
        number
        for number in corrections.ids(db)
        if not pipeline.why_not(db, number, Verdict.APPROVE, "Ada", "follows-policy", evil())
    ]
    pipeline.decide(db, able[0], Verdict.APPROVE, "follows-policy", evil(), ada)
    pipeline.decide(db, able[1], Verdict.HOLD, "awaiting-information", evil(), ada)
    pipeline.release(db, tmp_path / "out", ada, terms=pipeline.ReleaseTerms(recipient=evil(), change=evil()))
    db.close()
    return tmp_path / "evil.desk"


def texts_of(widget: QWidget) -> Iterator[str]:
    """Yield what *widget* shows, as Qt will understand it."""
    if isinstance(widget, QLabel):
        rich = widget.textFormat() == Qt.TextFormat.RichText or (
            widget.textFormat() == Qt.TextFormat.AutoText and Qt.mightBeRichText(widget.text())
        )
        yield as_rich(widget.text()) if rich else widget.text()
    elif isinstance(widget, QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QPlainTextEdit | QTextEdit):
        yield widget.toPlainText()
        assert "\ufffc" not in widget.toPlainText()  # what stands for a picture
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from cells(widget.model())
    if widget.toolTip():
        yield as_rich(widget.toolTip())
    yield widget.accessibleName()
    yield widget.windowTitle()


def cells(model: QAbstractItemModel) -> Iterator[str]:
    for row in range(min(model.rowCount(QModelIndex()), 60)):
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
        for column in range(columns):
            index = model.index(row, column)
            yield str(model.data(index, Qt.ItemDataRole.DisplayRole) or "")
            tip = model.data(index, Qt.ItemDataRole.ToolTipRole)
            yield as_rich(tip) if isinstance(tip, str) and tip else ""


def as_rich(text: str) -> str:
    """Return what is left of *text* when Qt takes it for markup, if it would."""
    if not Qt.mightBeRichText(text):
        return text
    document = QTextDocument()
    document.setHtml(text)
    shown = document.toPlainText()
    assert "\ufffc" not in shown, text
    return shown


def painted(image: QImage) -> bool:
    """Is there the colour of the picture anywhere? Looked at every eighth pixel both ways: the picture has 300."""
    wanted = SIGNAL.rgb()
    return any(image.pixel(x, y) == wanted for y in range(0, image.height(), 8) for x in range(0, image.width(), 8))


def test_hostile_text_is_only_text_in_every_view(
    qtbot: QtBot,
    tmp_path: Path,
    desk: Path,
    evil: Poison,
    listener: Listener,
    survived: Callable[[str, Mapping[str, int]], None],
) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    take(officer.window, 1)  # a poisoned one
    officer.settle()
    for step in ("reveal", "other-1", "quote"):
        officer.window.do(step)
        officer.settle()
    said: list[str] = []
    wrong: list[str] = []

    def visit(name: str, shown: QWidget) -> None:
        if painted(shown.grab().toImage()):
            wrong.append(f"{name}: the picture was painted")
        for widget in [shown, *shown.findChildren(QWidget)]:
            for text in map(without_isolates, texts_of(widget)):
                said.append(text)
                if reveal(text) != text.replace("\r\n", "\n"):
                    wrong.append(f"{name}: {type(widget).__name__} holds a hidden character: {text[:80]!r}")

    seen = walk(officer, visit)
    officer.close()
    assert wrong == []
    assert listener.calls == 0
    assert {"review", "ledger", "bundles", "policy", "history", "reports", "release"} <= set(seen)
    # They were there to be seen, letter for letter: many places begin with one of them, and each is in some place.
    shown = [line(reveal(text))[:60] for text in evil.texts]
    everything = [line(text) for text in said]
    assert sum(any(one in text for one in shown) for text in everything) > 20
    assert [one for one in shown if not any(one in text for text in everything)] == []
    survived("hostile texts in every view", {"texts": len(evil.texts), "views": len(seen)})


def without_isolates(text: str) -> str:
    """Return *text* without what `gui.bidi` puts around right-to-left words, and nowhere else."""
    if not has_right_to_left(text) or text.count(FSI) != text.count(PDI):
        return text
    return plain(text).removeprefix("\u200e")


def line(text: str) -> str:
    """Return *text* on one line, as some places show it."""
    return " ".join(text.split())

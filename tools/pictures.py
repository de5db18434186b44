"""The pictures of the README and of the help: the program on its demonstration desk, offscreen, dark and light.

python tools/pictures.py [--language en|de] [--out FOLDER] [--only NAME]... [--theme dark|light]

What is on them is the program as it is: the desk is made of resources/samples, worked on as people would, and each
page and dialog is opened as an action opens it. Written are PNG files of few colours, NAME-dark.png and NAME-light.png.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dreamdesk import language

os.environ["QT_QPA_PLATFORM"] = "offscreen"
SPEAKS = argparse.ArgumentParser(add_help=False)
SPEAKS.add_argument("--language", choices=language.LANGUAGES, default="en", help="of the window")
language.choose(SPEAKS.parse_known_args()[0].language)  # before the window is imported, as at every start

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QSettings, Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, search
from dreamdesk.gui import looks, speech
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.tour.callout import Callout
from dreamdesk.gui.tour.tour import SAMPLES, TRACES
from dreamdesk.gui.window import Window
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Role, Verdict

HELP = Path(__file__).resolve().parents[1] / "resources" / "help"
SIZE = (1280, 800)
THEMES = ("dark", "light")
COLOURS = 96
PATIENCE_S = 120
QUIET_PASSES = 80
"""So many times all events are worked off with nothing running: a layout waits for some rounds, timers for a while."""
PASSPHRASE = "correct horse battery"
ADA, BEN = "Ada Lindqvist", "Ben Okafor"


def work_on(desk: Path, folder: Path) -> None:
    """Make the demonstration desk and leave it as after a morning of two people's work."""
    with closing(database.create(desk)) as db:
        list(pipeline.import_paths(db, TRACES))
        pipeline.import_memory(db, SAMPLES / "memory" / "week44", SAMPLES / "memory" / "week45")
        for name, role in ((ADA, Role.APPROVER), (BEN, Role.REVIEWER)):
            pipeline.add_auditor(db, name, role, PASSPHRASE)
        ada, ben = (pipeline.unlock(db, name, PASSPHRASE) for name in (ADA, BEN))
        pipeline.prepare(db)
        search.index(db)
        clean = [n for n in corrections.ids(db) if _passes(db, n)]
        for number in clean[:4]:
            pipeline.reveal(db, corrections.get(db, number).episode, ADA)
            pipeline.decide(db, number, Verdict.APPROVE, "follows-policy", "Read in full, with the policy.", ada)
        for number, verdict, why in (
            (clean[4], Verdict.REJECT, "The correction skips the question that the policy asks for."),
            (clean[5], Verdict.ESCALATE, "Two clauses of the policy contradict each other here."),
        ):
            pipeline.reveal(db, corrections.get(db, number).episode, BEN)
            pipeline.decide(db, number, verdict, pipeline.reasons(verdict)[0].code, why, ben)
        pipeline.make_plan(db, pipeline.Terms(share=0.3), ada, seed="morning")
        pipeline.release(db, folder / "released", ada)
        pipeline.decide(db, clean[6], Verdict.APPROVE, "follows-policy", "Read in full.", ada)


def _passes(db: database.Connection, number: int) -> bool:
    checks, _ = corrections.checks(db, number)
    return bool(checks) and all(check.result is CheckResult.PASS for check in checks)


class Studio:
    """A window on the desk, and what puts something on it."""

    def __init__(self, app: QApplication, desk: Path, folder: Path) -> None:
        self.app = app
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        self.folder = folder
        self.window = Window(Memory())
        self.window.resize(*SIZE)
        self.window.show()
        self.window.open_desk(desk)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing runs any more."""
        deadline, quiet = time.monotonic() + PATIENCE_S, 0
        while quiet < QUIET_PASSES:
            self.app.processEvents()
            quiet = 0 if self.window.jobs.busy() or self.window.intake.busy() else quiet + 1
            if time.monotonic() > deadline:
                raise TimeoutError("the window does not come to rest")
            time.sleep(0.005)

    def do(self, *actions: str) -> None:
        """Do some actions, one after the other."""
        for name in actions:
            self.window.do(name)
            self.settle()

    def dialog(self) -> QWidget:
        """Return the dialog that stands open."""
        return next(w for w in self.app.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())

    def clear(self) -> None:
        """Close every dialog."""
        for widget in self.app.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.done(QDialog.DialogCode.Rejected)
        for callout in self.window.findChildren(Callout):
            callout.left.emit()
        self.settle()

    def case(self, title: str) -> None:
        """Show the case whose title begins so, with nothing told yet."""
        self.do("page-review")
        self.window.bar.search.setText(title)
        self.settle()
        self.window.bar.search.clear()
        self.settle()


def _page(name: str) -> Callable[[Studio], QWidget]:
    def show(studio: Studio) -> QWidget:
        studio.do(f"page-{name}")
        return studio.window

    return show


def _dialog(*actions: str) -> Callable[[Studio], QWidget]:
    def show(studio: Studio) -> QWidget:
        studio.do(*actions)
        return studio.dialog()

    return show


def _blind(studio: Studio) -> QWidget:
    studio.case("Warranty claim")
    studio.window.review.show_step(9)
    studio.settle()
    return studio.window


def _review(studio: Studio) -> QWidget:
    studio.case("Warranty claim")
    if not studio.window.review.is_shown():
        studio.do("reveal")
    studio.do("error")
    return studio.window


def _tour(studio: Studio) -> QWidget:
    studio.do("tour")
    callout = studio.window.findChildren(Callout)[0]
    for _ in range(3):
        callout.moved.emit(1)
    studio.settle()
    return studio.window


def _sign_in(studio: Studio) -> None:
    """Let the first auditor sign in, as she does in the morning."""
    studio.do("signin")
    dialog = studio.dialog()
    assert isinstance(dialog, SigningDialog)
    dialog.auditor.setCurrentIndex(dialog.auditor.findData(ADA))
    dialog.passphrase.setText(PASSPHRASE)
    dialog.go()
    studio.settle()


PICTURES: dict[str, Callable[[Studio], QWidget]] = {
    "signing": _dialog("signin"),
    "blind": _blind,
    "review": _review,
    "mark": _dialog("page-review", "mark"),
    "amend": _dialog("page-review", "amend"),
    **{name: _page(name) for name in ("overview", "patterns", "memory", "ledger", "bundles", "oversight", "settings")},
    "import": _dialog("reports"),
    "release": _dialog("release"),
    "rules": _dialog("rules"),
    "auditors": _dialog("auditors"),
    "palette": _dialog("palette"),
    "tour": _tour,
}
"""Each picture, and what brings it on the screen; the first one comes before anybody has signed in."""


def save(widget: QWidget, path: Path) -> None:
    """Write what *widget* shows, with few colours."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.ReadWrite)
    widget.grab().save(buffer, "PNG")  # type: ignore[call-overload]
    image = Image.open(io.BytesIO(bytes(buffer.data().data()))).convert("RGB")
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path.parent.mkdir(parents=True, exist_ok=True)
    few.save(path, optimize=True)


def take(app: QApplication, out: Path, wanted: list[str], themes: list[str]) -> None:
    """Take the *wanted* pictures in each of *themes*, on a desk of its own that nobody has looked at yet."""
    for theme in themes:
        with tempfile.TemporaryDirectory(prefix="audit-") as place:
            folder = Path(place)
            desk = folder / "demonstration.desk"
            work_on(desk, folder)
            looks.dress(app, theme)
            studio = Studio(app, desk, folder)
            for name, show in PICTURES.items():
                if name != "signing" and not studio.window.identity.name:
                    _sign_in(studio)
                if name in wanted:
                    save(show(studio), out / f"{name}-{theme}.png")
                    studio.clear()
            studio.window.close()


def main() -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, parents=[SPEAKS]
    )
    own = HELP if language.spoken() == "en" else HELP / language.spoken()
    parser.add_argument("--out", type=Path, default=own / "pictures")
    parser.add_argument("--only", action="append", choices=PICTURES, help="may be given several times")
    parser.add_argument("--theme", action="append", choices=THEMES, help="one of them alone")
    given = parser.parse_args()
    app = QApplication([])
    app.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    speech.teach(app)
    take(app, given.out, given.only or list(PICTURES), given.theme or list(THEMES))
    sizes = [path.stat().st_size for path in given.out.glob("*.png")]
    print(f"{len(sizes)} pictures, {sum(sizes) / 1e6:.1f} MB, in {given.out}")


if __name__ == "__main__":
    main()

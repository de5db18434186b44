"""The window: bar, pages, strips and foot, and what each action does.

Importing the pages costs more than drawing the frame around them, so the frame is on the screen first, and what
`furnishing` puts into it is fetched then: that is why imports stand inside functions here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QMainWindow, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from dreamdesk.gui import choosing
from dreamdesk.gui.fetching import FIRST, LATER, Fetching
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.menus import Menus
from dreamdesk.gui.notices import Notices, is_free
from dreamdesk.gui.places import PLACES, TABS
from dreamdesk.gui.room import Pages, Room
from dreamdesk.gui.status import StatusLine
from dreamdesk.gui.strip import AskingStrip, ProgressStrip, TroubleStrip
from dreamdesk.gui.topbar import TopBar
from dreamdesk.gui.undoing import Undo
from dreamdesk.language import t

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection
    from dreamdesk.gui.asking import Asking
    from dreamdesk.gui.identity import Identity
    from dreamdesk.gui.intake import Intake
    from dreamdesk.gui.job_strip import JobStrip
    from dreamdesk.gui.jobs import Jobs, Task
    from dreamdesk.gui.ledger.page import LedgerPage
    from dreamdesk.gui.places import Page
    from dreamdesk.gui.places import Pages as Places
    from dreamdesk.gui.review.case import Case
    from dreamdesk.gui.review.deciding import Deciding
    from dreamdesk.gui.review.page import ReviewPage
    from dreamdesk.gui.status import Standing
    from dreamdesk.gui.verifying import Verifying
    from dreamdesk.gui.welcome import Welcome

SIZE = (1600, 1000)


class Window(QMainWindow):
    """A window of the program. Without *furnish* only its frame is made; `furnish` does the rest later.

    Signals:
        another: One more window is wanted, on this desk (its path, or None).
        closing: The window goes away.
        painted: It was painted for the first time.
    """

    another = Signal(object)
    closing = Signal()
    painted = Signal()

    bar: TopBar
    jobs: Jobs
    identity: Identity
    places: Places
    welcome: Welcome
    review: ReviewPage
    ledger: LedgerPage
    intake: Intake
    background: JobStrip
    asking: Asking
    undoing: Undo
    verifying: Verifying
    deciding: Deciding

    def __init__(self, memory: Memory, *, furnish: bool = True) -> None:
        super().__init__()
        self.setWindowTitle("DreamDesk")
        self.setAcceptDrops(True)
        self.memory = memory
        self.bar = TopBar(tuple(place.title for place in PLACES))
        self.progress, self.checking = ProgressStrip(), ProgressStrip()
        self.waiting = AskingStrip()
        self.trouble = TroubleStrip()
        self.status = StatusLine()
        self.undoing = Undo(self)
        self.undoing.said.connect(self.status.say)
        self._furnished = False
        self._parts = self._furnish()
        self._then: Callable[[], None] = lambda: None
        self._fetching = Fetching(FIRST, self)
        self._painted = False
        self._after_opening: list[Path] = []
        self._lay_out()
        self.bar.pageChosen.connect(lambda tab: self.turn_to(PLACES[tab].name))
        self.notices = Notices(memory, self.offers, self)
        self.status.spoke.connect(self.notices.note)
        self.trouble.spoke.connect(lambda words: self.notices.note(words, trouble=True))
        self.menus = Menus(self, self.do)
        self._recent = self.menus.menus["File"].addMenu(t("Recent desks"))
        self.menus.menus["File"].insertMenu(self.menus.actions["import"], self._recent)
        self.fill_recent()
        if not self.restoreGeometry(memory.geometry("window")):
            self.resize(*SIZE)
        if furnish:
            self.furnish()

    def furnish(self) -> None:
        """Make at once what is not there yet of the review and of what works behind the pages.

        Other pages are made when they are first turned to.
        """
        if not self._furnished:
            self._fetching.wait()
            for _ in self._parts:
                pass

    def furnish_in_parts(self, then: Callable[[], None]) -> None:
        """Make it in small parts, between which mouse and keyboard are heard; at the end call *then*.

        Whoever asks for something before gets it after all of this: it calls `furnish`, which does the rest at once.
        """
        self._then = then
        self._fetching.finished.connect(self._go_on)
        self._fetching.start()

    def fetch_pages(self) -> None:
        """Fetch what the other pages need, so that turning to one does not take long."""
        from dreamdesk import pipeline

        self._fetching = Fetching(LATER, self, pipeline.guardrails)  # which the settings list, a module each
        self._fetching.start()

    def _go_on(self) -> None:
        for _ in self._parts:
            QTimer.singleShot(1, self, self._go_on)  # with 0 Qt does the next part before it looks at the keyboard
            return

    def _furnish(self) -> Iterator[None]:
        from dreamdesk.gui.furnishing import parts

        yield from parts(self)
        self._furnished = True
        self.fill_recent()
        self.show_identity()
        self.pages.setCurrentWidget(self.welcome)
        if self.welcome.button is not None and not self._searching():
            self.welcome.button.setFocus()
        self._then()

    def _searching(self) -> bool:
        """Tell whether somebody has begun to type into the search, and must not be moved away from it."""
        return self.focusWidget() is self.bar.search and bool(self.bar.search.text())

    def take_up(self, page: Page | QWidget) -> None:
        """Put a new page among the others."""
        self.pages.addWidget(cast("QWidget", page))
        self.refuse_drops(cast("QWidget", page))

    def refuse_drops(self, part: QWidget) -> None:
        """Let no field of *part* take what is dropped on it: it is meant for the desk, as everywhere."""
        for editor in part.findChildren(QWidget):
            if isinstance(editor, QLineEdit | QPlainTextEdit | QTextEdit):
                editor.setAcceptDrops(False)

    def _lay_out(self) -> None:
        """Stack bar, pages, strips and foot."""
        self.pages = Pages()
        self.pages.addWidget(QWidget())  # shown until it is known what is to be shown
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(Room(self.pages), 1)
        self.offers, self.strips = QVBoxLayout(), QVBoxLayout()
        column.addLayout(self.offers)
        for part in (self.trouble, self.progress, self.checking, self.waiting):
            self.strips.addWidget(part)
        column.addLayout(self.strips)
        column.addWidget(self.status)
        self.setCentralWidget(centre)

    # Desks.

    def open_desk(self, path: Path, import_paths: Sequence[Path] = (), *, new: bool = False) -> None:
        """Open the desk at *path*, made anew if *new*, then import *import_paths*."""
        self.furnish()
        if self.intake.busy():
            self.trouble.say(t("An import is running. Wait for its end, or cancel it, before another desk is opened."))
            return
        self._keep_place()
        path = path.absolute()
        self._after_opening = list(import_paths)
        self.jobs.open(path, new=new, done=lambda why: self._opened(path, why), failed=self.trouble.say)

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import files and folders, into a new desk where none is open."""
        if self.jobs.path is not None:
            self.intake.start(paths, self.jobs.path)
        elif paths:
            self._after_opening = list(paths)
            self.ask_new(paths[0].stem or "traces")

    def map_fields(self, path: Path) -> None:
        """Open the assistant for a file of unknown format, and import it with the mapping that comes of it."""
        from dreamdesk.gui.mapping.dialog import MappingDialog
        from dreamdesk.pipeline.mapping import PREFIX

        desk = self.jobs.path
        if desk is None:
            return
        busy = t("An import is running. Wait for its end, then save again.")
        dialog = MappingDialog(self.jobs, path, self.identity.name, lambda: busy if self.intake.busy() else "", self)
        dialog.saved.connect(lambda name: self.intake.start([path], desk, f"{PREFIX}{name}"))
        dialog.open()

    def refresh(self) -> None:
        """Read everything again from the desk."""
        path, auditor = self.jobs.path, self.identity.name
        if path is None:
            return
        self.review.reload()
        if self.shown not in ("", "review"):
            self.places[self.shown].reload()

        from dreamdesk.gui.status import standing

        def work(db: Connection, task: Task) -> Standing:
            return standing(db, path.name, auditor)

        self.jobs.read("status", work, self.status.show_standing)

    def _opened(self, path: Path, only_read: str = "") -> None:
        """Show the desk that was opened; *only_read* says why it can only be read, if it can."""
        self.jobs.path = path
        self.jobs.only_read = bool(only_read)
        self.status.show_only_read(only_read)
        self.menus.writable = not only_read
        self.memory.opened(path)
        self.fill_recent()
        self.trouble.hide()
        if only_read:
            self.trouble.say(only_read)
        self.identity.forget()
        self.asking.forget()
        for page in self.places.values():
            page.forget()
        self.setWindowTitle(t("{path} – DreamDesk", path=path.name))
        place, tab, episode = self.memory.place(path)
        self.turn_to("review")
        self.menus.enable(desk=True, episode=False, correction=False)
        if episode is not None:
            self.review.queue.go_back(tab, episode)
        self.refresh()
        if not self._searching():
            self.review.queue.table.setFocus()
        if place in TABS:
            self.turn_to(place)
        self.verifying.at_opening(writable=not only_read)
        self.asking.look()
        if self._after_opening:
            paths, self._after_opening = self._after_opening, []
            self.intake.start(paths, path)

    def desk(self) -> Path | None:
        """Return the desk that is open, or None."""
        return self.jobs.path if self._furnished else None

    def _keep_place(self) -> None:
        """Remember where the desk is left, to open it there again."""
        if (path := self.desk()) is not None and not self.review.queue.text:
            queue = self.review.queue
            self.memory.left(path, self.shown, queue.pills.current().name, queue.current())

    def fill_recent(self) -> None:
        """List the desks opened last."""
        self._recent.clear()
        for path in self.memory.recent():
            action = QAction(str(path).replace("&", "&&"), self._recent)
            action.triggered.connect(lambda checked=False, path=path: self.open_desk(path))
            self._recent.addAction(action)
        self._recent.setEnabled(not self._recent.isEmpty())
        if self._furnished:
            self.welcome.show_recent(self.memory.recent())

    # What the actions do.

    def do(self, name: str) -> None:
        """Do what the action *name* says."""
        from dreamdesk.gui.doings import DOINGS

        self.furnish()
        if name in DOINGS:
            DOINGS[name](self)
        else:
            self.deciding.do(name)

    def ask_new(self, name: str = "audit") -> None:
        """Ask where a new desk shall be, and make it."""

        def make(path: Path) -> None:
            self.open_desk(path, self._after_opening, new=True)

        choosing.new_desk(self, name, make, self._after_opening.clear)

    @property
    def shown(self) -> str:
        """The name of the page on the screen, "" for the welcome."""
        current = self.pages.currentWidget()
        return next((name for name, page in self.places.items() if cast("QWidget", page) is current), "")

    def turn_to(self, name: str) -> None:
        """Show a page; the welcome where no desk is open."""
        self.furnish()
        page = self.places[name]
        there = self.jobs.path is not None or PLACES[TABS[name]].always
        self.pages.setCurrentWidget(cast("QWidget", page) if there else self.welcome)
        self.bar.tabs[TABS[name if there else "review"]].setChecked(True)
        if there and name != "review":
            page.reload()
            page.take_keyboard()
        self.case_shown(self.review.case)

    def land(self) -> None:
        """Show the worst failure, unless the person is writing something, or reading something else that opened."""
        if not is_free():
            return
        self.turn_to("review")
        self.review.queue.land()
        self.review.queue.table.setFocus()

    # What the window shows of others.

    def case_shown(self, case: Case | None) -> None:
        """Enable what can be done with the case on the screen."""
        here = case is not None and self.shown == "review"
        has = here and case is not None and case.correction is not None
        self.menus.enable(desk=self.jobs.path is not None, episode=here, correction=has)

    def show_identity(self) -> None:
        """Show who reviews; what they may see and do depends on it."""
        self.status.show_auditor(self.identity.name)
        self.review.queue.set_auditor(self.identity.name)
        self.review.show_again()
        self.refresh()

    # Qt's own.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # Not from inside the drop: the program that the files come from waits for it to end.
        QTimer.singleShot(0, self, lambda: self._take_in(paths))

    def _take_in(self, paths: list[Path]) -> None:
        """Open a desk or a packet that was dropped, import anything else."""
        from dreamdesk.gui.desk_doings import open_packet
        from dreamdesk.gui.doings import import_memory

        self.furnish()
        if len(paths) == 1 and paths[0].suffix == ".desk" and paths[0].is_file():
            self.open_desk(paths[0])
        elif len(paths) == 1 and paths[0].suffix == ".packet" and paths[0].is_file():
            open_packet(self, paths[0])
        elif paths and self.shown == "memory":
            import_memory(self, paths)
        elif paths:
            self.import_paths(paths)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102
        self.memory.set_geometry("window", self.saveGeometry())
        self._keep_place()
        self.closing.emit()
        self._parts = iter(())
        self._fetching.requestInterruption()
        self._fetching.wait()
        if self._furnished:
            self.intake.stop()
            self.jobs.stop()
        super().closeEvent(event)

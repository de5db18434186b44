"""The window: bar, pages, strips and foot, and what each action does.

Importing the pages costs more than drawing the frame around them, so the frame is on the screen first and `furnish`
then fetches them: that is why imports stand inside functions here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from dreamdesk import __version__
from dreamdesk.gui import choosing, looks
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.menus import Menus
from dreamdesk.gui.status import StatusLine
from dreamdesk.gui.strip import ProgressStrip, TroubleStrip
from dreamdesk.gui.topbar import TopBar

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection
    from dreamdesk.gui.identity import Identity
    from dreamdesk.gui.intake import Intake
    from dreamdesk.gui.jobs import Jobs, Task
    from dreamdesk.gui.ledger.page import LedgerPage
    from dreamdesk.gui.review.case import Case
    from dreamdesk.gui.review.deciding import Deciding
    from dreamdesk.gui.review.page import ReviewPage
    from dreamdesk.gui.status import Standing
    from dreamdesk.gui.verifying import Verifying
    from dreamdesk.gui.widgets import EmptyState

WELCOME, REVIEW, LEDGER = range(3)
SIZE = (1600, 1000)


class Window(QMainWindow):
    """The one window of the program. Without *furnish* only its frame is made; `furnish` does the rest later."""

    jobs: Jobs
    identity: Identity
    welcome: EmptyState
    review: ReviewPage
    ledger: LedgerPage
    intake: Intake
    verifying: Verifying
    deciding: Deciding

    def __init__(self, memory: Memory, *, furnish: bool = True) -> None:
        super().__init__()
        self.setWindowTitle("DreamDesk")
        self.setAcceptDrops(True)
        self.memory = memory
        self.bar = TopBar(("Review", "Ledger"))
        self.progress = ProgressStrip()
        self.trouble = TroubleStrip()
        self.status = StatusLine()
        self._furnished = False
        self._after_opening: list[Path] = []
        self._lay_out()
        self.menus = Menus(self, self.do)
        self._recent = self.menus.menus["File"].addMenu("Recent desks")
        self.menus.menus["File"].insertMenu(self.menus.actions["import"], self._recent)
        self.menus.actions["blind"].setChecked(memory.blind())
        self._fill_recent()
        if not self.restoreGeometry(memory.geometry("window")):
            self.resize(*SIZE)
        if furnish:
            self.furnish()

    def furnish(self) -> None:
        """Make the pages and what works behind them; once."""
        if self._furnished:
            return
        self._furnished = True
        from dreamdesk.gui.identity import Identity
        from dreamdesk.gui.intake import Intake
        from dreamdesk.gui.jobs import Jobs
        from dreamdesk.gui.ledger.page import LedgerPage
        from dreamdesk.gui.review.deciding import Deciding
        from dreamdesk.gui.review.page import ReviewPage
        from dreamdesk.gui.verifying import Verifying
        from dreamdesk.gui.widgets import EmptyState

        self.jobs = Jobs(self)
        self.identity = Identity(self.jobs, self.memory, self)
        self.welcome = EmptyState(
            "Open a desk to begin",
            "A desk is one file with your traces, decisions and ledger. Press Ctrl+Shift+O to open one that you have, "
            "or drop trace files here to begin a new one.",
            "New desk",
            "Ctrl+N",
        )
        self.review = ReviewPage(self.jobs, self.identity)
        self.ledger = LedgerPage(self.jobs)
        self.intake = Intake(self.jobs, self.progress, self)
        self.verifying = Verifying(self.jobs, self.progress, self)
        self.deciding = Deciding(self.review, self.jobs, self.identity)
        for page in (self.welcome, self.review, self.ledger):
            self.pages.addWidget(page)
        self.review.queue.set_blind(self.memory.blind())
        self._connect()
        self._show_identity()
        if self.welcome.button is not None:
            self.welcome.button.setFocus()

    def _lay_out(self) -> None:
        """Stack bar, pages, strips and foot."""
        self.pages = QStackedWidget()
        self.pages.setObjectName("pages")
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.pages, 1)
        for part in (self.trouble, self.progress, self.status):
            column.addWidget(part)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        """Tie the parts together."""
        from dreamdesk.desk.queue import Tab

        self.welcome.activated.connect(lambda: self.do("new"))
        self.bar.pageChosen.connect(lambda page: self._turn_to(REVIEW + page))
        self.bar.search.textChanged.connect(self.review.queue.search)
        self.bar.search.left.connect(self.review.queue.table.setFocus)
        self.review.queue.counted.connect(lambda counts: self.bar.tabs[0].set_count(counts[Tab.REVIEW]))
        self.review.queue.table.activated.connect(lambda index: self.review.timeline.setFocus())
        self.review.shown.connect(self._case_shown)
        self.ledger.verify.clicked.connect(lambda: self.do("verify"))
        self.deciding.said.connect(self.status.say)
        self.identity.changed.connect(self._show_identity)
        self.jobs.trouble.connect(self.trouble.say)
        self.jobs.changed.connect(self.refresh)
        self.verifying.found.connect(self.ledger.set_verified)
        self.verifying.trouble.connect(self.trouble.say)
        self.intake.trouble.connect(self.trouble.say)
        self.intake.said.connect(self.status.say)
        self.intake.changed.connect(self.refresh)
        self.intake.ready.connect(self._land)

    # Desks.

    def open_desk(self, path: Path, import_paths: Sequence[Path] = (), *, new: bool = False) -> None:
        """Open the desk at *path*, made anew if *new*, then import *import_paths*."""
        if self.intake.busy():
            self.trouble.say("An import is running. Wait for its end, or cancel it, before another desk is opened.")
            return
        path = path.absolute()
        self._after_opening = list(import_paths)
        self.jobs.open(path, new=new, done=lambda nothing: self._opened(path), failed=self.trouble.say)

    def import_paths(self, paths: Sequence[Path]) -> None:
        """Import files and folders, into a new desk where none is open."""
        if self.jobs.path is not None:
            self.intake.start(paths, self.jobs.path)
        elif paths:
            self._after_opening = list(paths)
            self._ask_new(paths[0].stem or "traces")

    def refresh(self) -> None:
        """Read everything again from the desk."""
        path, auditor = self.jobs.path, self.identity.name
        if path is None:
            return
        self.review.queue.reload()
        if self.pages.currentIndex() == LEDGER:
            self.ledger.reload()

        from dreamdesk.gui.status import standing

        def work(db: Connection, task: Task) -> Standing:
            return standing(db, path.name, auditor)

        self.jobs.read("status", work, self.status.show_standing)

    def _opened(self, path: Path) -> None:
        """Show the desk that was opened."""
        self.jobs.path = path
        self.memory.opened(path)
        self._fill_recent()
        self.trouble.hide()
        self.identity.forget()
        self.ledger.forget()
        self.setWindowTitle(f"{path.name} – DreamDesk")
        self._turn_to(REVIEW)
        self.menus.enable(desk=True, episode=False, correction=False)
        self.review.queue.model.unveiled.clear()
        self.refresh()
        self.review.queue.table.setFocus()
        if self._after_opening:
            paths, self._after_opening = self._after_opening, []
            self.intake.start(paths, path)

    def _fill_recent(self) -> None:
        """List the desks opened last."""
        self._recent.clear()
        for path in self.memory.recent():
            action = QAction(str(path).replace("&", "&&"), self._recent)
            action.triggered.connect(lambda checked=False, path=path: self.open_desk(path))
            self._recent.addAction(action)
        self._recent.setEnabled(not self._recent.isEmpty())

    def _ask_new(self, name: str = "audit") -> None:
        """Ask where a new desk shall be, and make it."""

        def make(path: Path) -> None:
            self.open_desk(path, self._after_opening, new=True)

        choosing.new_desk(self, name, make, self._after_opening.clear)

    # What the actions do.

    def do(self, name: str) -> None:
        """Do what the action *name* says."""
        self.furnish()
        queue = self.review.queue
        doings: dict[str, Callable[[], object]] = {
            "new": self._ask_new,
            "open": lambda: choosing.desk(self, self.open_desk),
            "import": lambda: choosing.traces(self, self.import_paths),
            "import-folder": lambda: choosing.folder(self, self.import_paths),
            "release": self._release,
            "settings": self._settings,
            "dream": self._dream,
            "verify": self.verifying.start,
            "quit": self.close,
            "prepare": self.intake.prepare,
            "signin": lambda: self.identity.ask(),
            "next": lambda: queue.go(1),
            "previous": lambda: queue.go(-1),
            "search": self._search,
            "next-tab": lambda: queue.show_tab(queue.pills.neighbour(1)),
            "previous-tab": lambda: queue.show_tab(queue.pills.neighbour(-1)),
            "quote": self.review.next_quote,
            "error": self.review.show_error,
            "queue": queue.table.setFocus,
            "timeline": self.review.timeline.setFocus,
            "comment": self.review.side.decision.comment.setFocus,
            "page-review": lambda: self._turn_to(REVIEW if self.jobs.path is not None else WELCOME),
            "page-ledger": lambda: self._turn_to(LEDGER),
            "theme": self._change_theme,
            "blind": self._change_blind,
            "refresh": self._sort_anew,
            "fullscreen": lambda: self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen),
            "keys": self._show_keys,
            "about": self._about,
        }
        if name in doings:
            doings[name]()
        else:
            self.deciding.do(name)

    def _turn_to(self, page: int) -> None:
        """Show a page."""
        if self.jobs.path is None:
            page = WELCOME
        self.pages.setCurrentIndex(page)
        self.bar.tabs[1 if page == LEDGER else 0].setChecked(True)
        if page == LEDGER:
            self.ledger.reload()
            self.ledger.table.setFocus()
        self._case_shown(self.review.case)

    def _sort_anew(self) -> None:
        self.review.queue.sort_anew()
        self.refresh()

    def _search(self) -> None:
        self._turn_to(REVIEW)
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    def _land(self) -> None:
        """Show the worst failure."""
        self._turn_to(REVIEW)
        self.review.queue.land()
        self.review.queue.table.setFocus()

    def _settings(self) -> None:
        from dreamdesk.gui.dialogs.desk_settings import DeskSettingsDialog

        DeskSettingsDialog(self.jobs, self.identity, self).open()

    def _dream(self) -> None:
        from dreamdesk.gui.dialogs.asking import AskModelDialog

        if self.review.case is not None:
            AskModelDialog(self.jobs, self.review.case.number, self).open()

    def _release(self) -> None:
        from dreamdesk.gui.dialogs.releasing import ReleaseDialog

        assert self.jobs.path is not None
        ReleaseDialog(self.jobs, self.identity, self.jobs.path.parent, self).open()

    def _change_theme(self) -> None:
        name = looks.following(self.memory.theme())
        self.memory.set_theme(name)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        looks.dress(application, name)
        self.status.say(f"Theme: {name}")

    def _change_blind(self) -> None:
        blind = self.menus.actions["blind"].isChecked()
        self.memory.set_blind(blind)
        self.review.queue.set_blind(blind)
        self.refresh()

    def _show_keys(self) -> None:
        from dreamdesk.gui.dialogs.keys import KeysDialog

        KeysDialog(self).open()

    def _about(self) -> None:
        from dreamdesk.gui.dialogs.message import tell

        where = f"\n\nThis desk: {self.jobs.path}" if self.jobs.path is not None else ""
        words = "The desk where people decide what a self-improving AI agent may learn. Apache License 2.0."
        tell(self, f"DreamDesk {__version__}", words + where)

    # What the window shows of others.

    def _case_shown(self, case: Case | None) -> None:
        """Enable what can be done with the case on the screen."""
        here = case is not None and self.pages.currentIndex() == REVIEW
        has = here and case is not None and case.correction is not None
        self.menus.enable(desk=self.jobs.path is not None, episode=here, correction=has)

    def _show_identity(self) -> None:
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
        """Open a desk that was dropped, import anything else."""
        self.furnish()
        if len(paths) == 1 and paths[0].suffix == ".desk" and paths[0].is_file():
            self.open_desk(paths[0])
        elif paths:
            self.import_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102
        self.memory.set_geometry("window", self.saveGeometry())
        if self._furnished:
            self.intake.stop()
            self.jobs.stop()
        super().closeEvent(event)

"""Every action by its key, as a person presses it, and what comes of it. An action that is not in the table fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from dreamdesk import actions
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import theme
from dreamdesk.gui.dialogs.signing import SigningDialog
from dreamdesk.gui.tour.callout import Callout

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

Came = Callable[[Officer], bool]
"""What must hold some time after the key was pressed."""


def opens(title: str) -> Came:
    """A dialog with this title, or a title that begins so."""

    def came(officer: Officer) -> bool:
        found = officer.dialog()
        return found is not None and found.windowTitle().startswith(title)

    return came


def signs(officer: Officer) -> bool:
    """Who signs is asked first, because nobody has signed in."""
    return officer.dialog(SigningDialog) is not None


def signs_or_asks(officer: Officer) -> bool:
    """Who signs is asked or, where a guardrail warns, first the reason for an approval all the same."""
    return signs(officer) or officer.window.review.side.decision.reason.hasFocus()


def asks_why(officer: Officer) -> bool:
    """The reasons are offered."""
    return isinstance(QApplication.activePopupWidget(), QMenu)


def goes(page: str) -> Came:
    """Another page is shown."""
    return lambda officer: officer.window.shown == page


def says(words: str) -> Came:
    """The foot of the window says so."""
    return lambda officer: words in officer.window.status.said.full_text()


def has_keyboard(name: str) -> Came:
    """A widget of this class has the keyboard."""
    return lambda officer: type(QApplication.focusWidget()).__name__ == name


def at_step(index: int) -> Came:
    """The timeline is at this step, and was not before (see `ready`)."""
    return lambda officer: officer.window.review.timeline.selected == ("recorded", index)


def candidate(number: int) -> Came:
    """The timeline is at the candidate of this rank, 0 for the one that stands."""

    def came(officer: Officer) -> bool:
        case = officer.window.review.case
        assert case is not None
        return officer.window.review.timeline.selected[1] == case.candidates[number].step

    return came


def episode(place: int) -> Came:
    """The queue is at this place."""
    return lambda officer: officer.window.review.queue.table.currentIndex().row() == place


def listed(name: str) -> Came:
    """The queue shows this list."""
    return lambda officer: officer.window.review.queue.pills.current().name == name


def copied(officer: Officer) -> bool:
    case = officer.window.review.case
    assert case is not None
    return QApplication.clipboard().text() == case.episode.steps[START].content


START = 3
"""The step and the place in the queue at which every action begins."""
PLACE = 1
PATIENCE_MS = 15_000

EFFECTS: dict[str, Came] = {
    "new": opens("New desk"),
    "open": opens("Open desk"),
    "new-window": lambda officer: officer.window.property("another") is True,
    "import": opens("Import traces"),
    "import-folder": opens("Import folder"),
    "map": opens("Map an unknown file"),
    "import-memory": opens("Import memory"),
    "print-episode": opens("Print"),
    "save-episode": opens("Save as"),
    "backup": opens("Back up"),
    "restore": opens("Choose the backup"),
    "outside": opens("Recorded outside the desk"),
    "erase": opens("Erase"),
    "auditors": opens("Auditors and keys"),
    "lock": says("Nobody is signed in"),
    "review-rules": opens("Rules of the review"),
    "incident": signs,
    "take-over": signs,
    "reports": opens("Import reports"),
    "packet-make": opens("Make a packet"),
    "packet-open": opens("Open a packet"),
    "conflicts": opens("Work with other desks"),
    "release": opens("Release"),
    "verify": opens("The desk verifies"),
    "page-settings": goes("settings"),
    "undo": says("Nothing to undo"),
    "rules": opens("Guardrails and policies"),
    "quit": lambda officer: not officer.window.isVisible(),
    "reveal": lambda officer: officer.window.review.is_shown(),
    "mark": opens(f"Step {START} "),
    "unmarkable": signs,
    "not-agent": signs,
    "outcome": signs,
    "approve": signs_or_asks,
    "reject": asks_why,
    "amend": signs,
    "second": asks_why,
    "return": asks_why,
    "hold": asks_why,
    "author": signs,
    "copy": copied,
    "prepare": says("."),
    "asked": says("."),
    "check": says("Every check is current"),
    "judge": opens("Ask a model"),
    "resume-batch": says("No batch was left behind"),
    "dream": opens("Dream with a model"),
    "learn": opens("Learn from this desk"),
    "signin": signs,
    "next": episode(PLACE + 1),
    "previous": episode(PLACE - 1),
    "palette": opens("Command palette"),
    "search": has_keyboard("SearchField"),
    "filter": opens("Filter and sort"),
    "next-tab": listed("SECOND"),
    "previous-tab": listed("ALL"),
    "quote": lambda officer: officer.window.review.timeline.selected[1] != START,
    "error": candidate(0),
    "family": says("No other episode of this family"),
    **{f"other-{rank}": candidate(rank) for rank in range(1, 5)},
    "policy": opens("Policy"),
    "queue": has_keyboard("QueueTable"),
    "timeline": has_keyboard("TimelineView"),
    "comment": has_keyboard("_Comment"),
    **{f"page-{name}": goes(name) for name in ("overview", "patterns", "memory", "ledger", "bundles", "oversight")},
    "page-review": goes("review"),
    "machine": goes("patterns"),
    "attempts": opens("Attempts at the same task"),
    "read": opens("Read a step"),
    "history": opens("History of episode"),
    "changes": says("Only what differs"),
    "time-scale": says("no times"),
    "theme": lambda officer: theme.current().name == "light",
    "messages": opens("Messages"),
    "refresh": lambda officer: officer.window.property("refreshed") is True,
    "fullscreen": lambda officer: officer.window.isFullScreen(),
    "help": opens("Help"),
    "keys": opens("Keys"),
    "tour": lambda officer: bool(officer.window.findChildren(Callout)),
    "about": opens("DreamDesk"),
}


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    made = Officer(qtbot, tmp_path)
    made.window.memory.set_theme("dark")
    made.open(retail_desk(tmp_path))
    yield made
    made.window.showNormal()
    made.close()


def ready(officer: Officer, action: str) -> None:
    """Stand at the second episode and its step `START`, the desk's view shown unless that is what is asked for."""
    window = officer.window
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    for callout in window.findChildren(Callout):
        callout.left.emit()
    officer.bot.wait(50)  # a dialog that is closed in the moment in which it comes up keeps the keyboard
    officer.close_dialogs()
    window.activateWindow()
    officer.until(lambda: QApplication.activeWindow() is window)
    queue = window.review.queue
    page = "patterns" if action == "page-review" else "review"
    if (window.shown, queue.pills.current(), queue.table.currentIndex().row()) != (page, Tab.REVIEW, PLACE):
        window.turn_to(page)
        queue.show_tab(Tab.REVIEW)
        officer.settle()
        queue._choose(PLACE)
        officer.settle()
    (window.review.timeline if action in ("queue", "search") else queue.table).setFocus()
    if action != "reveal" and not window.review.is_shown():
        window.do("reveal")
        officer.settle()
    window.review.show_step(START)
    window.status.say("")


def press(officer: Officer, action: actions.Action) -> None:
    """Press the first key of *action* where the keyboard is; one without a key is chosen in its menu."""
    if action.keys:
        combination = QKeySequence(action.keys[0])[0]
        QTest.keyClick(officer.focus(), combination.key(), combination.keyboardModifiers())
    else:
        officer.window.menus.actions[action.id].trigger()


def test_every_action_does_what_it_says(officer: Officer) -> None:
    window = officer.window
    window.another.connect(lambda desk: window.setProperty("another", True))
    missing = []
    order = sorted(actions.ACTIONS, key=lambda action: (action.id == "quit", action.id != "reveal"))
    for action in order:
        assert action.id in EFFECTS, f"the action {action.id} is not in the table of this test"
        ready(officer, action.id)
        if action.id == "refresh":
            window.review.queue.counted.connect(lambda counts: window.setProperty("refreshed", True))
        if not window.menus.actions[action.id].isEnabled():
            missing.append(f"{action.id}: not enabled")
            continue
        press(officer, action)
        try:
            officer.bot.waitUntil(lambda action=action: EFFECTS[action.id](officer), timeout=PATIENCE_MS)
        except Exception as error:  # every action is tried, then all that did nothing are told
            missing.append(f"{action.id}: {error}; the foot says {window.status.said.full_text()!r}")
        if window.isFullScreen():
            window.showNormal()
    assert missing == []


def test_the_table_names_no_action_that_is_gone() -> None:
    assert set(EFFECTS) == {action.id for action in actions.ACTIONS}

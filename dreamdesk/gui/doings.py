"""What each action does, by its id in `actions.py`.

Those on a case are `review.deciding.Deciding`'s, those on the whole desk stand in `desk_doings`.
Dialogs are imported when they are asked for: the window must be on the screen first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from dreamdesk import __version__
from dreamdesk.gui import choosing, desk_doings, looks
from dreamdesk.gui.going import show_episode, take
from dreamdesk.gui.places import PLACES
from dreamdesk.gui.review import on_paper
from dreamdesk.language import t

if TYPE_CHECKING:
    from dreamdesk.gui.memory_desk.page import MemoryPage
    from dreamdesk.gui.patterns.page import PatternsPage
    from dreamdesk.gui.window import Window


def _dream(window: Window) -> None:
    from dreamdesk.gui.dialogs.asking import AskModelDialog

    if window.review.case is not None:
        AskModelDialog(window.jobs, window.review.case.number, window).open()


def import_memory(window: Window, paths: Sequence[Path] = ()) -> None:
    """Ask which two states of a memory are compared, and show what they differ in."""
    from dreamdesk.gui.memory_desk.importing import ImportMemoryDialog

    def show(identity: int) -> None:
        window.turn_to("memory")
        window.status.say(t("Change set {identity}: decide path by path.", identity=identity))

    dialog = ImportMemoryDialog(window.jobs, paths, window)
    dialog.imported.connect(show)
    dialog.open()


def _queue(window: Window) -> None:
    if window.shown != "review":
        window.turn_to("review")
    window.review.queue.table.setFocus()


def _list(window: Window, by: int) -> None:
    """Show the list beside the one on the screen; from another page, come to the queue first."""
    if window.shown == "review":
        window.review.queue.show_tab(window.review.queue.pills.neighbour(by))
    else:
        _queue(window)


def _go(window: Window, step: int) -> None:
    """Go down or up the list of what is to be decided on the page that is shown."""
    if window.shown == "memory":
        cast("MemoryPage", window.places["memory"]).list.go(step)
    elif window.shown == "review":
        window.review.queue.go(step)


def _next_of_family(window: Window) -> None:
    member = window.review.strip.member
    if member is not None and member.following is not None:
        take(window, member.following)
    else:
        window.status.say(t("No other episode of this family waits for a decision."))


def _judge(window: Window) -> None:
    if window.review.case is not None:
        window.asking.open(window.review.case.number)


def _search(window: Window) -> None:
    window.turn_to("review")
    window.bar.search.setFocus()
    window.bar.search.selectAll()


def _filter(window: Window) -> None:
    """Ask how the queue is filtered and sorted."""
    window.turn_to("review")
    window.review.queue.ask_narrowing()


def _refresh(window: Window) -> None:
    window.review.queue.sort_anew()
    window.refresh()


def _full_screen(window: Window) -> None:
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)


def _copy(window: Window) -> None:
    """Put the chosen step on the clipboard, and say so."""
    if window.review.compare.selected is not None:
        window.review.compare.copy()
        window.status.say(t("The step is on the clipboard, as it was recorded"))


def _lock(window: Window) -> None:
    if window.identity.name:
        window.identity.lock()
    else:
        window.status.say(t("Nobody is signed in, so there is no key to forget"))


def _resume_batch(window: Window) -> None:
    if window.asking.left is not None:
        window.asking.ask_to_resume()
    else:
        window.status.say(t("No batch was left behind"))


def _find_anything(window: Window) -> None:
    """Find an action or an episode by a few letters."""
    from dreamdesk.gui.palette.dialog import Palette
    from dreamdesk.gui.palette.entries import Entry

    def take(entry: Entry) -> None:
        if entry.episode is not None:
            show_episode(window, entry.episode)
        else:
            window.menus.actions[entry.action].trigger()

    palette = Palette(window.jobs, window.menus.enabled(), window.identity.name, window)
    palette.taken.connect(take)
    palette.open()


def _change_scale(window: Window) -> None:
    """Let the timeline's columns be as wide as the steps lasted, or all alike."""
    timeline = window.review.timeline
    if timeline.toggle_time():
        window.status.say(t("The columns are as wide as the steps lasted"))
    else:
        window.status.say(t("One column for each step") if timeline.tells_time else t("This recording tells no times"))


def show_attempts(window: Window, chosen: int | None = None, step: int | None = None) -> None:
    """Show the episode beside another attempt at its task: *chosen*, at its *step*, or the first that succeeded."""
    from dreamdesk.gui.attempts.dialog import AttemptsDialog

    case, knows = window.review.case, window.review.is_shown()
    if case is not None:
        dialog = AttemptsDialog(window.jobs, case.number, window.identity.name, chosen, step, window, knows=knows)
        dialog.episodeWanted.connect(lambda episode: show_episode(window, episode))
        dialog.open()


def read_step(window: Window) -> None:
    """Show the chosen step in full; the timeline follows where its reader goes."""
    from dreamdesk.gui.reader.dialog import StepReader

    case, place = window.review.case, window.review.timeline.selected
    if case is not None and case.episode.steps:
        reader = StepReader(window.jobs, case, place, window)
        reader.moved.connect(lambda place: window.review.show_step(place[1], track=place[0]))
        reader.open()


def _history(window: Window) -> None:
    """Show what was done with the episode."""
    from dreamdesk.gui.history.dialog import HistoryDialog

    case, knows = window.review.case, window.review.is_shown()
    if case is not None:
        HistoryDialog(window.jobs, case.number, window.identity.name, window, knows=knows).open()


def _only_differences(window: Window) -> None:
    """Let runs of steps that are alike be one line each, or show every step again."""
    compare = window.review.compare
    compare.show_only_differences(not compare.only_differences)
    window.status.say(t("Only what differs is shown") if compare.only_differences else t("Every step is shown"))


def _open_another(window: Window) -> None:
    window.another.emit(window.desk())


def _change_theme(window: Window) -> None:
    before = window.memory.theme()
    name = looks.following(before)

    def wear(name: str) -> None:
        window.memory.set_theme(name)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        looks.dress(application, name)
        window.refresh()

    wear(name)
    window.undoing.remember(t("theme"), lambda: wear(before))
    window.status.say(t("Theme: {name}", name=name))


def _messages(window: Window) -> None:
    from dreamdesk.gui.dialogs.messages import MessagesDialog

    MessagesDialog(window.notices.all, window).open()


def _show_keys(window: Window) -> None:
    from dreamdesk.gui.dialogs.keys import KeysDialog

    KeysDialog(window).open()


def _help(window: Window) -> None:
    from dreamdesk.gui.help.window import show_help

    show_help([window.shown])


def _tour(window: Window) -> None:
    from dreamdesk.gui.tour.tour import take_tour

    take_tour(window)


def _about(window: Window) -> None:
    from dreamdesk.gui.dialogs.message import tell

    where = t("\n\nThis desk: {path}", path=window.jobs.path) if window.jobs.path is not None else ""
    words = t("The desk where people decide what a self-improving AI agent may learn. Apache License 2.0.")
    tell(window, t("DreamDesk {version}", version=__version__), words + where)


def _turning_to(name: str) -> Callable[[Window], None]:
    return lambda window: window.turn_to(name)


def _patterns(window: Window) -> PatternsPage:
    return cast("PatternsPage", window.places["patterns"])


def _show_machine(window: Window) -> None:
    window.turn_to("patterns")
    _patterns(window).show_machine()


def _turning_to_other(number: int) -> Callable[[Window], None]:
    return lambda window: window.review.show_other(number)


DOINGS: dict[str, Callable[[Window], object]] = {
    "new": lambda window: window.ask_new(),
    "open": lambda window: choosing.desk(window, window.open_desk),
    "import": lambda window: choosing.traces(window, window.import_paths),
    "map": lambda window: choosing.unknown(window, window.map_fields),
    "import-folder": lambda window: choosing.folder(window, window.import_paths),
    "import-memory": import_memory,
    "release": desk_doings.release,
    "packet-make": desk_doings.make_packet,
    "packet-open": lambda window: choosing.packet(window, lambda path: desk_doings.open_packet(window, path)),
    "conflicts": desk_doings.conflicts,
    "reports": desk_doings.reports,
    "print-episode": on_paper.print_out,
    "save-episode": on_paper.save,
    "undo": lambda window: window.undoing.undo(),
    "rules": desk_doings.rules,
    "auditors": desk_doings.auditors,
    "lock": _lock,
    "review-rules": desk_doings.review_rules,
    "check": desk_doings.check,
    "dream": _dream,
    "judge": _judge,
    "resume-batch": _resume_batch,
    "backup": desk_doings.back_up,
    "restore": desk_doings.restore,
    "outside": desk_doings.outside,
    "erase": desk_doings.erase,
    "verify": lambda window: window.verifying.start(),
    "new-window": _open_another,
    "quit": lambda window: window.close(),
    "prepare": lambda window: window.intake.prepare(),
    "signin": lambda window: window.identity.ask(),
    "next": lambda window: _go(window, 1),
    "previous": lambda window: _go(window, -1),
    "copy": _copy,
    "palette": _find_anything,
    "search": _search,
    "filter": _filter,
    "next-tab": lambda window: _list(window, 1),
    "previous-tab": lambda window: _list(window, -1),
    "quote": lambda window: window.review.next_quote(),
    "error": lambda window: window.review.show_error(),
    "learn": lambda window: _patterns(window).open_learning(),
    "machine": _show_machine,
    "family": _next_of_family,
    **{f"other-{number}": _turning_to_other(number) for number in range(1, 5)},
    "queue": _queue,
    "timeline": lambda window: window.review.timeline.setFocus(),
    "comment": lambda window: window.review.side.decision.comment.setFocus(),
    **{f"page-{place.name}": _turning_to(place.name) for place in PLACES},
    "attempts": show_attempts,
    "history": _history,
    "read": read_step,
    "changes": _only_differences,
    "time-scale": _change_scale,
    "theme": _change_theme,
    "messages": _messages,
    "refresh": _refresh,
    "fullscreen": _full_screen,
    "help": _help,
    "keys": _show_keys,
    "tour": _tour,
    "about": _about,
}

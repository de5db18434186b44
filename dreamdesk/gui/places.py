"""The pages of the window, in the order of their tabs: a page is one line here and one action in `actions.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dreamdesk.language import t

if TYPE_CHECKING:
    from dreamdesk.gui.window import Window


class Page(Protocol):
    """What the window asks of a page, which is a widget."""

    def reload(self) -> None:
        """Read again what is shown: the page was turned to, or the desk has changed."""
        ...

    def forget(self) -> None:
        """Another desk is opened: drop what is known of the one before."""
        ...

    def take_keyboard(self) -> None:
        """Put the keyboard where work on the page begins."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """One page: its tab, and how it is made when it is first turned to. Its action is ``page-`` and *name*.

    *always*: it can be turned to while no desk is open.
    """

    name: str
    title: str
    make: Callable[[Window], Page]
    always: bool = False


def _review(window: Window) -> Page:
    from dreamdesk.gui.doings import show_attempts
    from dreamdesk.gui.review.page import ReviewPage

    page = ReviewPage(window.jobs, window.identity, window.pages)
    page.side.error.attemptWanted.connect(lambda episode, step: show_attempts(window, episode, step))
    page.importWanted.connect(lambda: window.do("import"))
    return page


def _patterns(window: Window) -> Page:
    from dreamdesk.gui.going import take
    from dreamdesk.gui.patterns.page import PatternsPage

    page = PatternsPage(window.jobs, window.identity, window.pages)
    page.episodeWanted.connect(lambda episode: take(window, episode))
    return page


def _memory(window: Window) -> Page:
    from dreamdesk.gui.going import take_step
    from dreamdesk.gui.memory_desk.page import MemoryPage

    page = MemoryPage(window.jobs, window.identity, window.pages)
    page.sourceWanted.connect(lambda found: take_step(window, found.episode, found.step, found.quote))
    page.importWanted.connect(lambda: window.do("import-memory"))
    page.said.connect(window.status.say)
    return page


def _ledger(window: Window) -> Page:
    from dreamdesk.gui.ledger.page import LedgerPage

    return LedgerPage(window.jobs, window.pages)


def _bundles(window: Window) -> Page:
    from dreamdesk.gui.bundles.page import BundlesPage

    page = BundlesPage(window.jobs, window.identity, window.pages)
    page.releaseWanted.connect(lambda: window.do("release"))
    page.said.connect(window.status.say)
    return page


def _oversight(window: Window) -> Page:
    from dreamdesk.gui.going import show_episode
    from dreamdesk.gui.oversight.page import OversightPage

    page = OversightPage(window.jobs, window.identity, window.pages)
    page.lookWanted.connect(lambda episode: show_episode(window, episode))
    return page


def _overview(window: Window) -> Page:
    from dreamdesk.gui.overview.page import OverviewPage

    page = OverviewPage(window.jobs, window.identity, window.pages)
    page.wanted.connect(window.do)
    return page


def _settings(window: Window) -> Page:
    from dreamdesk.gui.settings.page import SettingsPage

    page = SettingsPage(window.jobs, window.identity, window.memory, window.undoing, window.do, window, window.pages)
    page.desk.saved.connect(lambda count: window.status.say(t("Saved in the desk and its ledger")))
    page.desk.ruleChanged.connect(lambda: window.intake.prepare())
    page.program.recentChanged.connect(window.fill_recent)
    return page


PLACES = (
    Place("overview", t("Overview"), _overview),
    Place("review", t("Review"), _review),
    Place("patterns", t("Patterns"), _patterns),
    Place("memory", t("Memory"), _memory),
    Place("ledger", t("Ledger"), _ledger),
    Place("bundles", t("Bundles"), _bundles),
    Place("oversight", t("Oversight"), _oversight),
    Place("settings", t("Settings"), _settings, always=True),
)

TABS = {place.name: number for number, place in enumerate(PLACES)}
"""The number of each page's tab."""


class Pages(dict[str, Page]):
    """The pages of *window* by name. One is made when it is first asked for, and then handed to *show*."""

    def __init__(self, window: Window, show: Callable[[Page], None]) -> None:
        super().__init__()
        self._window, self._show = window, show

    def __missing__(self, name: str) -> Page:
        self[name] = page = PLACES[TABS[name]].make(self._window)
        self._show(page)
        return page

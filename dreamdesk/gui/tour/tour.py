"""Going through the stops; and, on the first start of all, offering to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from dreamdesk.gui import theme
from dreamdesk.gui.strip import OfferStrip
from dreamdesk.gui.tour.callout import Callout
from dreamdesk.gui.tour.stops import STOPS
from dreamdesk.language import t

if TYPE_CHECKING:
    from dreamdesk.gui.window import Window

SAMPLES = theme.RESOURCES / "samples"
TRACES = (
    SAMPLES / "customer-support" / "support-week44.jsonl",
    SAMPLES / "data-processing" / "ledger-entry-runs.json",
    SAMPLES / "workflow-orchestration" / "handoff-review.json",
    SAMPLES / "workflow-orchestration" / "router-spans.otlp.jsonl",
)
"""The invented traces of which the demonstration desk is made."""


class Tour(QObject):
    """A tour that is under way in *window*. It ends by itself with the last stop."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._before = window.focusWidget()
        self.at = 0
        self.callout = Callout(window)
        self.callout.moved.connect(self._move)
        self.callout.left.connect(self.end)
        self._show()

    def end(self) -> None:
        """Take the shade away, and give the keyboard back."""
        self.callout.hide()
        self.callout.deleteLater()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self.deleteLater()

    def _move(self, by: int) -> None:
        self.at += by
        if self.at >= len(STOPS):
            self.end()
        else:
            self._show()

    def _show(self) -> None:
        stop = STOPS[self.at]
        if stop.part is not None:
            self._window.turn_to("review")
        part = stop.part(self._window) if stop.part is not None else None
        last = self.at == len(STOPS) - 1
        place = t("{number} of {count}", number=self.at + 1, count=len(STOPS))
        self.callout.tell(stop.title, stop.words, place, part, first=self.at == 0, last=last)


def take_tour(window: Window) -> None:
    """Begin the tour on the desk that is open, once it shows a case; without one, on the demonstration desk."""
    window.memory.set_tour_offered()
    if window.desk() is None:
        demonstration = window.memory.folder() / "demonstration.desk"
        fresh = not demonstration.exists()
        with suppress(OSError):  # where there can be no folder, opening the desk says so
            demonstration.parent.mkdir(parents=True, exist_ok=True)
        window.open_desk(demonstration, TRACES if fresh else (), new=fresh)
        _at_first_case(window, demonstration.absolute(), lambda: _begin(window))
    else:
        _begin(window)


def _begin(window: Window) -> None:
    window.turn_to("review")
    if not window.findChildren(Callout):
        Tour(window)


def _at_first_case(window: Window, desk: Path, act: Callable[[], None]) -> None:
    """Call *act*, once, when a case of *desk* with its correction is shown, and nothing is imported or reported.

    Who opens another desk before that does not want it any more.
    """

    def look() -> None:
        case, other = window.review.case, window.desk() not in (None, desk)
        resting = not window.intake.busy() and window.intake.report is None
        ready = resting and case is not None and case.correction is not None
        if other or ready:
            window.review.shown.disconnect(look)
            window.intake.ready.disconnect(look)
        if ready and not other:
            act()

    window.review.shown.connect(look)
    window.intake.ready.connect(look)


def offer(window: Window) -> None:
    """Offer the tour, in a strip below the bar that takes no keyboard; the answer, whatever it is, holds for good."""
    strip = OfferStrip(
        t("New here? A tour of two minutes shows what is where, on invented traces."),
        t("Take the tour"),
        t("No, thank you"),
    )
    window.offers.addWidget(strip)
    strip.show()

    def answered() -> None:
        window.memory.set_tour_offered()
        strip.hide()
        strip.deleteLater()

    strip.taken.connect(answered)
    strip.taken.connect(lambda: take_tour(window))
    strip.declined.connect(answered)

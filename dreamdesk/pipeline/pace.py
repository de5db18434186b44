"""How far long work is, how fast it goes and how long it will take, in words that the window and a terminal show."""

from __future__ import annotations

import time

from dreamdesk.pipeline.common import Progress

_INTERVAL = 0.05  # seconds between two reports: more often nobody can see
_SETTLED = 1.5  # seconds before which a rate says nothing


class Pace:
    """Reports progress at most 20 times a second.

    *total* is the whole of the work, in bytes where *megabytes* is set; then the rate is told too.
    """

    def __init__(self, progress: Progress | None, total: int, *, megabytes: bool = False) -> None:
        self.total = total
        self._progress, self._megabytes = progress, megabytes
        self._begun = self._told = time.monotonic()

    def tell(self, done: int, what: str) -> None:
        """Report that *done* of the total is done; *what* says what is being done."""
        now = time.monotonic()
        if self._progress and (now - self._told >= _INTERVAL or done >= self.total):
            self._told = now
            words = self._words(done, now - self._begun)
            self._progress(min(done, self.total), self.total, f"{what}: {words}" if words else what)

    def _words(self, done: int, seconds: float) -> str:
        if seconds < _SETTLED or not 0 < done < self.total:
            return ""
        rate = done / seconds
        left = duration((self.total - done) / rate)
        return f"{rate / 1e6:,.1f} MB/s, {left} left" if self._megabytes else f"{left} left"


def duration(seconds: float) -> str:
    """Return "about 20 s", "about 3 min", "about 2 h", coarse as a forecast is."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s"
    return f"about {round(seconds / 60)} min" if seconds < 5400 else f"about {round(seconds / 3600)} h"

"""One line of a check of a bundle: what was looked at, and whether it was sound."""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.gui.widgets import Label
from dreamdesk.language import t

SIGNED_BY = "The list is signed by "
NOBODY = "nobody"


class Checked(Label):
    """Ticks *what* `release.verify.steps` says that it checked, or crosses it where there are *faults*."""

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        super().__init__(f"{'✗' if faults else '✓'} {_said(what)}", tone="error" if faults else "ok", wrap=True)


def _said(what: str) -> str:
    """Return *what* in the language of the window; names of people stay as they are."""
    names = what.removeprefix(SIGNED_BY)
    if names == what:
        return t(what)
    return t(SIGNED_BY) + (t(NOBODY) if names == NOBODY else names)

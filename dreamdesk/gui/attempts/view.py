"""The comparison of two attempts as a widget."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk.gui.attempts.align import AttemptSheet
from dreamdesk.gui.compare.cards import Title
from dreamdesk.gui.compare.pairing import PairView
from dreamdesk.gui.compare.sheet import DREAMED, RECORDED, Place
from dreamdesk.language import t

NOTHING = (t("No other attempt"), t("Choose one in the list, if there is one."))


class AttemptsView(PairView):
    """Two attempts side by side, the chosen episode left."""

    sides = (t("this attempt"), t("the other attempt"))

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Two attempts at the same task"), NOTHING, parent)

    def show_attempts(self, sheet: AttemptSheet, headings: tuple[Title, Title]) -> None:
        """Show *sheet* under *headings*, at the place where the two attempts part."""
        self.show_sheet(sheet, headings, _parting(sheet))

    def show_parting(self) -> None:
        """Bring the place where the two attempts part into sight."""
        sheet = self._window.sheet
        if isinstance(sheet, AttemptSheet) and (place := _parting(sheet)) is not None:
            self.scroll_to(*place)


def _parting(sheet: AttemptSheet) -> Place | None:
    if sheet.parting is None:
        return None
    mine, theirs = sheet.parting
    return (DREAMED, theirs or 0) if mine is None else (RECORDED, mine)

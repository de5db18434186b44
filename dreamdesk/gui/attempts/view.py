"""The comparison of two attempts as a widget: the comparison of the review page with other headings."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk.gui.attempts.align import AttemptSheet
from dreamdesk.gui.compare.cards import Title
from dreamdesk.gui.compare.sheet import DREAMED, RECORDED
from dreamdesk.gui.compare.view import CompareView

NOTHING = ("No other attempt", "Choose one in the list, if there is one.")


class AttemptsView(CompareView):
    """Two attempts side by side, the chosen episode left. All keys are those of `CompareView`."""

    sides = ("this attempt", "the other attempt")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headings = Title("This attempt"), Title("The other attempt")
        self._shown = False
        self.setAccessibleName("Two attempts at the same task")

    def show_attempts(self, sheet: AttemptSheet, headings: tuple[Title, Title]) -> None:
        """Show *sheet* under *headings*, at the place where the two attempts part."""
        self._headings, self._shown = headings, True
        self._show(sheet, None)
        self.show_parting()

    def show_parting(self) -> None:
        """Bring the place where the two attempts part into sight."""
        sheet = self._window.sheet
        if isinstance(sheet, AttemptSheet) and sheet.parting is not None:
            mine, theirs = sheet.parting
            place = (DREAMED, theirs or 0) if mine is None else (RECORDED, mine)
            self.scroll_to(*place)
            self._window.lead_up_to(sheet.row_of(place) or 0)
            self._follow()

    def _titles(self) -> tuple[Title, Title]:
        return self._headings

    def _nothing(self) -> tuple[str, str] | None:
        return None if self._shown else NOTHING

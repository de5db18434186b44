"""The comparison of any two paths as a widget: the one of the review page under headings of the caller's."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk.gui.compare.cards import Title
from dreamdesk.gui.compare.sheet import Place, Sheet
from dreamdesk.gui.compare.view import CompareView


class PairView(CompareView):
    """Two paths side by side. All keys are those of `CompareView`; until a sheet is shown, *empty* says what to do."""

    def __init__(self, name: str, empty: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty
        self._headings: tuple[Title, Title] | None = None
        self.setAccessibleName(name)

    def show_sheet(self, sheet: Sheet, headings: tuple[Title, Title], place: Place | None = None) -> None:
        """Show *sheet* under *headings*, at *place* if that is given."""
        self._headings = headings
        self._show(sheet, None)
        if place is not None:
            self.scroll_to(*place)
            self._window.lead_up_to(sheet.row_of(place) or 0)
            self._follow()

    def _titles(self) -> tuple[Title, Title]:
        return self._headings or (Title(""), Title(""))

    def _nothing(self) -> tuple[str, str] | None:
        return self._empty if self._headings is None else None

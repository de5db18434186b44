"""The preferences of the program on this computer. They hold at once, are undone with one key, and concern no desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from dreamdesk.gui import crash, looks, motion
from dreamdesk.gui.dialogs.crash_reports import CrashReportsDialog
from dreamdesk.gui.memory import CALL, REOPEN, SCALES, STILL, Memory
from dreamdesk.gui.settings.fields import OFF, ON, Field, Pick, Switch, widget_of
from dreamdesk.gui.settings.row import SettingRow
from dreamdesk.gui.undoing import Undo
from dreamdesk.gui.widgets import Button
from dreamdesk.language import LANGUAGES, counted, numeral, t

THEMES = (
    ("system", t("As the system has it")),
    ("dark", t("Dark")),
    ("light", t("Light")),
    ("high-contrast", t("High contrast")),
)
NEXT_START = t("Holds from the next start of DreamDesk on.")


class ProgramSettings(QObject):
    """The rows.

    Signals:
        recentChanged: The list of desks opened last is another.
    """

    recentChanged = Signal()

    def __init__(self, memory: Memory, undo: Undo, window: QWidget) -> None:
        super().__init__(window)
        self._memory, self._undo, self._window = memory, undo, window
        self._began_at, self._spoken = memory.scale(), memory.language()
        self._puts: list[Callable[[], None]] = []
        self.theme = Pick(t("Theme"), THEMES)
        self.scale = Pick(t("Size"), tuple((str(percent), numeral(percent / 100, ".0%")) for percent in SCALES))
        self.language = Pick(t("Language"), (("system", t("As the system has it")), *LANGUAGES.items()))
        self.still = Switch(t("Keep still"))
        self.reopen = Switch(t("Open it again"))
        self.call = Switch(t("Call me"))
        self.forget = Button(t("Forget them"))
        self.folder = Button(t("Open the folder"))
        self.reports = Button(t("Show them…"))
        self.sections: tuple[tuple[str, tuple[SettingRow, ...]], ...] = (
            (t("Look"), self._looks()),
            (t("Start and work"), self._work()),
        )
        self._keep(self.theme, t("theme"), memory.theme, memory.set_theme, self._wear)
        self._keep(
            self.scale, t("size"), lambda: str(memory.scale()), lambda value: memory.set_scale(int(value)), self._say
        )
        for field, name, words in (
            (self.still, STILL, t("reduced motion")),
            (self.reopen, REOPEN, t("last desk")),
            (self.call, CALL, t("when long work ends")),
        ):
            self._keep(field, words, *self._switch(name), self._apply)
        self.forget.clicked.connect(self._forget)
        self.folder.clicked.connect(self._open_folder)
        self.reports.clicked.connect(lambda: CrashReportsDialog(memory.crashes(), window).open())
        self.reload()

    def _looks(self) -> tuple[SettingRow, ...]:
        self._language = self._row(
            self.language,
            t("Language"),
            t("What DreamDesk speaks. What the desk records stays in English: it is evidence, and signed."),
            other=" ".join(LANGUAGES.values()),
        )
        self._size = self._row(
            self.scale,
            t("Size of everything"),
            t("How large text, buttons and pictures are, up to twice the usual size."),
            other=t("font zoom scale percent large print"),
        )
        return (
            self._row(
                self.theme,
                t("Theme"),
                t("The colours of the window. High contrast has lines and words that stand out most."),
                other=" ".join(words for _, words in THEMES),
            ),
            self._size,
            self._language,
            self._row(
                self.still,
                t("Reduced motion"),
                t("Nothing on the screen moves by itself: no blinking, no running bars, no sliding menus."),
                other=t("animation blink"),
            ),
        )

    def _work(self) -> tuple[SettingRow, ...]:
        self._recent = SettingRow(
            t("Desks opened last"), t("They stand in the menu File and on the first page. The desks stay."), self.forget
        )
        self._crashes = SettingRow(
            t("Crash reports"),
            t(
                "When DreamDesk has a defect, it writes a report on this computer. Nothing is sent. A report may quote "
                "words from a trace: read it before you hand it on."
            ),
            self._buttons(self.reports, self.folder),
            other=t("defect error problem log"),
        )
        return (
            self._row(
                self.reopen,
                t("Last desk"),
                t("Open the desk that was open last when DreamDesk starts, where you left it."),
            ),
            self._recent,
            self._row(
                self.call,
                t("When long work ends"),
                t(
                    "Mark the window in the task bar when work ends while you are in another program. Nothing "
                    "ever takes the keyboard from you."
                ),
                other=t("notification notify alert attention"),
            ),
            self._crashes,
        )

    def reload(self) -> None:
        """Say how many desks and reports there are; another window may have changed them, and the preferences too."""
        for put in self._puts:
            put()
        desks, reports = len(self._memory.recent()), len(crash.reports(self._memory.crashes()))
        self._recent.note(t("{desks} remembered.", desks=counted(desks, "desk")))
        self.forget.setEnabled(bool(desks))
        self._crashes.note(t("{reports} kept.", reports=counted(reports, "report")))
        self.reports.setEnabled(bool(reports))
        self.folder.setEnabled(bool(reports))

    def _row(self, field: Field, title: str, sentence: str, *, other: str = "") -> SettingRow:
        return SettingRow(title, sentence, widget_of(field), other=other)

    def _buttons(self, *buttons: Button) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        for button in buttons:
            column.addWidget(button)
        return holder

    def _keep(
        self, field: Field, name: str, get: Callable[[], str], put: Callable[[str], None], then: Callable[[], None]
    ) -> None:
        """Let *field* show a preference and keep what it is changed to, with the way back."""
        field.put(get())
        self._puts.append(lambda: field.put(get()))

        def edited() -> None:
            before, after = get(), field.value()
            if before == after:
                return
            put(after)
            then()

            def back() -> None:
                put(before)
                field.put(before)
                then()

            self._undo.remember(name, back)

        field.edited.connect(edited)

    def _switch(self, name: str) -> tuple[Callable[[], str], Callable[[str], None]]:
        memory = self._memory
        return lambda: ON if memory.is_on(name) else OFF, lambda value: memory.switch(name, value == ON)

    def _wear(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        looks.dress(application, self._memory.theme())

    def _say(self) -> None:
        for row, now, then in (
            (self._size, self._began_at, self._memory.scale()),
            (self._language, self._spoken, self._memory.language()),
        ):
            row.note(NEXT_START if now != then else "")

    def _apply(self) -> None:
        motion.keep_still(self._memory.is_on(STILL))

    def _forget(self) -> None:
        """Forget the desks, with the way back."""
        desks = self._memory.recent()

        def let_be(wanted: list[Path]) -> None:
            self._memory.set_recent(wanted)
            self.reload()
            self.recentChanged.emit()

        let_be([])
        self._undo.remember(t("desks forgotten"), lambda: let_be(desks))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._memory.crashes())))

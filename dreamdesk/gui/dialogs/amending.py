"""Writing a correction: the steps from the error point on, each a plain text that can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dreamdesk.gui import theme
from dreamdesk.gui.compare.pretty import is_json, pretty
from dreamdesk.gui.dialogs.drafts import SHAPES, Shape, fault, finished, new_step, shape_of
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.dialogs.message import confirm
from dreamdesk.gui.dialogs.tool_help import ToolHelp
from dreamdesk.gui.review.parts import SIGNS
from dreamdesk.gui.widgets import Button, Label
from dreamdesk.language import inside, t, told
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.episode import Actor, Kind, Step, ToolSchema
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

ROW_HEIGHT = 28
PAUSE_MS = 400
"""Rest after the last key before the guardrails are asked."""
MOST_LAID_OUT = 200_000
"""Characters up to which arguments are laid out on lines of their own."""
MOST_TOLD = 4
"""Objections that are told while somebody types; the panel shows all once the revision is saved."""


class AmendDialog(Frame):
    """Edits *steps*, the path that begins at index *start* in turn *turn*. *tools* are those that may be called.

    Alt+Up and Alt+Down move the current step.

    Signals:
        saved: (the steps as a tuple, the note, the lesson), after every step passed its checks. The dialog stays open
            until `stored` or `refused` is called, so that nothing written is lost.
        edited: (the steps as a tuple, the lesson), a moment after the last key, when every step passed its checks: the
            guardrails may be asked, and `show_checks` told what they say.
    """

    saved = Signal(object, str, str)
    edited = Signal(object, str)

    def __init__(
        self,
        title: str,
        explanation: str,
        start: int,
        turn: int,
        steps: Sequence[Step],
        lesson: str = "",
        parent: QWidget | None = None,
        tools: Mapping[str, ToolSchema] | None = None,
    ) -> None:
        super().__init__(title, explanation, t("Save revision"), parent)
        self._tools = tools or {}
        self.resize(1000, 640)
        self.close_button.setShortcut(QKeySequence())
        self._start = start
        self._turn = turn
        self._drafts = list(steps)
        self._original = tuple(steps)
        self._agent = next((step.agent for step in steps if step.actor is Actor.AGENT), "")
        self._row = -1
        self._content = self._shown = ""
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self._list_side())
        split.addWidget(self._editor_side())
        split.setSizes([320, 680])
        split.setChildrenCollapsible(False)
        self.body.addWidget(split, 1)
        self.note = QLineEdit()
        self.note.setPlaceholderText(t("Why this version exists…"))
        self.note.setAccessibleName(t("Note"))
        self.lesson = QLineEdit(lesson)
        self.lesson.setPlaceholderText(t("The lesson: what to do the next time, in one sentence…"))
        self.lesson.setAccessibleName(t("Lesson"))
        self.lesson.setCursorPosition(0)
        self._lesson = lesson
        form = make_form()
        form.addRow(named(t("Lesson")), self.lesson)
        form.addRow(named(t("Note")), self.note)
        self.body.addLayout(form)
        self.checks = Label("", tone="muted", role="small", wrap=True)
        self.body.addWidget(self.checks)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.lesson.textChanged.connect(lambda words: self._pause.start())
        QShortcut(QKeySequence("Ctrl+S"), self, self.go)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.go)
        QShortcut(QKeySequence("Alt+Up"), self, lambda: self.move_step(-1))
        QShortcut(QKeySequence("Alt+Down"), self, lambda: self.move_step(1))
        self._fill(0)
        self.text.setFocus()

    def _list_side(self) -> QWidget:
        """Return the list of steps with what adds to it and takes from it."""
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 8, 0)
        self.list = QListWidget()
        self.list.setAccessibleName(t("Steps of the correction"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._edit)
        column.addWidget(self.list, 1)
        self.shape = QComboBox()
        self.shape.setAccessibleName(t("What to add"))
        for shape in SHAPES:
            self.shape.addItem(t(shape.title))
        row = QHBoxLayout()
        row.addWidget(self.shape, 1)
        self.add_button = Button(t("Add below"))
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self.add_step)
        row.addWidget(self.add_button)
        column.addLayout(row)
        self.up_button, self.down_button = Button(t("Move up"), key="Alt ↑"), Button(t("Move down"), key="Alt ↓")
        row = QHBoxLayout()
        for button, by in ((self.up_button, -1), (self.down_button, 1)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda checked=False, by=by: self.move_step(by))
            row.addWidget(button)
        column.addLayout(row)
        self.remove_button = Button(t("Remove step"))
        self.remove_button.setAutoDefault(False)
        self.remove_button.clicked.connect(self.remove_step)
        column.addWidget(self.remove_button)
        return side

    def _editor_side(self) -> QWidget:
        """Return the editor of one step."""
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        self.heading = Label("", role="strong")
        self.tool = QLineEdit()
        self.tool.setPlaceholderText(t("Name of the tool"))
        self.tool.setAccessibleName(t("Name of the tool"))
        self.tool.textChanged.connect(self._typed)
        names = QCompleter(sorted(self._tools), self.tool)
        names.setFilterMode(Qt.MatchFlag.MatchContains)
        names.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.tool.setCompleter(names)
        self.help = ToolHelp(self._tools)
        self.help.filled.connect(self._replace)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(t("Text of the step"))
        self.text.setFont(theme.font(mono=True))
        self.text.setTabChangesFocus(True)
        self.text.textChanged.connect(self._typed)
        self.fault = Label("", tone="warn", wrap=True)
        column.addWidget(self.heading)
        column.addWidget(self.tool)
        column.addWidget(self.help)
        column.addWidget(self.text, 1)
        column.addWidget(self.fault)
        return side

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Say what the guardrails would say of what stands in the editor now."""
        objections = [check for check in checks if check.result is not CheckResult.PASS]
        grave = any(check.result is CheckResult.BLOCK for check in objections)
        told = [f"{SIGNS[c.result][0]} {t(c.title)}: {c.detail}" for c in sorted(objections, key=_gravest)]
        self.checks.setText("\n".join(told[:MOST_TOLD]) if told else t("✓ No guardrail objects to what stands here."))
        self.checks.set_tone("error" if grave else "warn" if told else "ok")

    def _ask(self) -> None:
        """Have the guardrails asked, unless a step is not finished yet, which its own line says."""
        try:
            steps = finished(self._drafts, self._start, self._turn)
        except UserError:
            self.checks.setText("")
            return
        self.edited.emit(steps, self.lesson.text().strip())

    def drafts(self) -> tuple[Step, ...]:
        """Return the steps as they stand in the editor."""
        return tuple(self._drafts)

    def add_step(self) -> None:
        """Add an empty step of the chosen shape below the current one."""
        shape: Shape = SHAPES[self.shape.currentIndex()]
        place = self._row + 1
        self._drafts.insert(place, new_step(shape, self._agent))
        self._fill(place)
        (self.text if self.tool.isHidden() else self.tool).setFocus()

    def move_step(self, by: int) -> None:
        """Let the current step change places with the one above (*by* -1) or below (*by* 1), if there is one."""
        place = self._row + by
        if 0 <= place < len(self._drafts):
            self._drafts[self._row], self._drafts[place] = self._drafts[place], self._drafts[self._row]
            self._fill(place)

    def remove_step(self) -> None:
        """Take the current step away; the last one stays."""
        if len(self._drafts) > 1:
            del self._drafts[self._row]
            self._fill(min(self._row, len(self._drafts) - 1))

    def go(self) -> None:
        """Save, if every step can be saved."""
        try:
            steps = finished(self._drafts, self._start, self._turn)
        except UserError as error:
            self.list.setCurrentRow(next((i for i, draft in enumerate(self._drafts) if fault(draft)), 0))
            self.fault.setText("")
            self.say(told(error))
            return
        if tuple(self._drafts) == self._original and self.lesson.text() == self._lesson:
            self.say(t("Nothing was changed yet."))
            return
        self.set_busy(True)
        self.saved.emit(steps, self.note.text().strip(), self.lesson.text().strip())

    def reject(self) -> None:
        """Close; what was written is thrown away only if the officer says so."""
        untouched = tuple(self._drafts) == self._original and self.lesson.text() == self._lesson
        if untouched and not self.note.text().strip():
            super().reject()
        else:
            words = t("What you wrote here is not saved.")
            confirm(self, t("Throw your changes away?"), words, t("Throw away"), self._leave)

    def _leave(self) -> None:
        self.done(QDialog.DialogCode.Rejected)

    def refused(self, words: str) -> None:
        """Say why nothing was saved; what was written stays."""
        self.set_busy(False)
        self.say(words)

    def stored(self, number: int) -> None:
        """Close: what was written is on the desk, as number *number*."""
        self.accept()

    def _fill(self, row: int) -> None:
        """List the steps anew and edit the one at *row*."""
        self.list.blockSignals(True)
        self.list.clear()
        for place in range(len(self._drafts)):
            self.list.addItem(self._line(place))
            self.list.item(place).setSizeHint(QSize(0, ROW_HEIGHT))
        self.list.blockSignals(False)
        self.remove_button.setEnabled(len(self._drafts) > 1)
        self.list.setCurrentRow(row)
        self._edit(row)

    def _line(self, place: int) -> str:
        """Return how the step at *place* is listed."""
        step = self._drafts[place]
        words = one_line(f"{step.tool} {step.content}" if step.tool else step.content, 80)
        return f"{self._start + place}′  {t(shape_of(step).title)}: {words}"

    def _edit(self, row: int) -> None:
        """Edit the step at *row*."""
        if not 0 <= row < len(self._drafts):
            return
        self._row = row
        step = self._drafts[row]
        self.heading.setText(t("Step {start}′ · {step}", start=self._start + row, step=inside(shape_of(step).title)))
        for editor in (self.tool, self.text):
            editor.blockSignals(True)
        self.tool.setText(step.tool)
        self.text.setPlainText(_readable(step))
        self._content, self._shown = step.content, self.text.toPlainText()
        for editor in (self.tool, self.text):
            editor.blockSignals(False)
        self.up_button.setEnabled(row > 0)
        self.down_button.setEnabled(row + 1 < len(self._drafts))
        self.tool.setVisible(shape_of(step).title in ("Tool call", "Tool result"))
        self.text.setPlaceholderText(
            t("Arguments as a JSON object") if shape_of(step).title == "Tool call" else t("Text")
        )
        self._check()

    def _replace(self, content: str) -> None:
        """Let *content* stand in the editor; Ctrl+Z brings back what stood there."""
        cursor = QTextCursor(self.text.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(content)
        self.text.setFocus()

    def _typed(self) -> None:
        """Take in what was typed."""
        step = self._drafts[self._row]
        text = self.text.toPlainText()
        # Qt's editor turns some line separators into line feeds; a step that was not touched keeps its own.
        content = self._content if text == self._shown else text
        self._drafts[self._row] = replace(step, content=content, tool=self.tool.text().strip())
        self.list.item(self._row).setText(self._line(self._row))
        self._check()

    def _check(self) -> None:
        """Say what the current step still lacks."""
        self.say("")
        step = self._drafts[self._row]
        self.fault.setText(fault(step))
        self.help.show_call(step.tool if step.kind is Kind.TOOL_CALL else "", step.content)
        self._pause.start()


def _readable(step: Step) -> str:
    """Return the content of *step* as it is edited: the arguments of a call on lines of their own."""
    if step.kind is not Kind.TOOL_CALL or not is_json(step.content):
        return step.content
    laid, used = pretty(step.content, MOST_LAID_OUT)
    return laid if used == len(step.content) and len(laid) < MOST_LAID_OUT else step.content  # which may cut its end


def _gravest(check: Check) -> int:
    return [CheckResult.BLOCK, CheckResult.WARN, CheckResult.PASS].index(check.result)

"""The officer's decision: a reason, a comment, the verdicts, and the sentence that is signed with each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dreamdesk import actions, pipeline
from dreamdesk.gui.flow import FlowLayout
from dreamdesk.gui.review.case import Case
from dreamdesk.gui.review.second_look import WORDS
from dreamdesk.gui.widgets import Button, Chip, Label, Section
from dreamdesk.gui.widgets.label import plain_tooltip
from dreamdesk.language import day, t
from dreamdesk.model.check import CheckResult, Level
from dreamdesk.model.decision import Decision, Reason, ReviewState, Verdict
from dreamdesk.model.text import one_line, reveal

ASK_DELAY_MS = 150
"""How long the officer must stop typing before the rules are asked again."""

COMMENT_HEIGHT = 52
"""Two lines, in pixels."""

KEY_LETTERS = 19
"""Of a fingerprint, so many letters are shown beside a decision."""

DONE = {
    Verdict.APPROVE: t("approved"),
    Verdict.REJECT: t("rejected"),
    Verdict.AMEND: t("amended"),
    Verdict.RETURN: t("returned"),
    Verdict.ESCALATE: t("asked for a second opinion"),
    Verdict.HOLD: t("put on hold"),
}
SUMMARY = (
    (CheckResult.BLOCK, "error", t("✕ {} block")),
    (CheckResult.WARN, "warn", t("! {} to explain")),
    (CheckResult.PASS, "ok", t("✓ {} passed")),
)
BUTTONS = (
    (Verdict.APPROVE, "approve", t("Approve"), "primary"),
    (Verdict.REJECT, "reject", t("Reject"), "danger"),
    (Verdict.AMEND, "amend", t("Amend"), "plain"),
    (Verdict.ESCALATE, "second", t("Second opinion"), "plain"),
    (Verdict.RETURN, "return", t("Return"), "plain"),
    (Verdict.HOLD, "hold", t("Hold"), "plain"),
)


class _Comment(QPlainTextEdit):
    """The comment; Esc leaves it.

    Signals:
        left: Esc was pressed.
    """

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class DecisionSection(Section):
    """Where the officer decides.

    Signals:
        decided: (verdict, reason code, comment), when the rules allow it.
        asked: (reason code, comment): ask the rules again; the answer comes to `set_obstacles`.
        actionWanted: Id of an action whose button was pressed: "amend" or "author".
        left: The keyboard leaves the comment.
    """

    decided = Signal(object, str, str)
    asked = Signal(str, str)
    actionWanted = Signal(str)
    left = Signal()

    def __init__(
        self, parent: QWidget | None = None, buttons: Sequence[tuple[Verdict, str, str, str]] = BUTTONS
    ) -> None:
        super().__init__(t("Your decision"), parent=parent)
        self._offered = buttons
        self._obstacles: dict[Verdict, str] = {}
        self._ready = False
        self._look = False
        self._subject = (-1, 0, 0)
        self.history = Label("", tone="muted", wrap=True)
        self.note = Label("", tone="muted", wrap=True)
        self.author = Button(t("Write a correction"), "primary", actions.get("author").keys[0])
        self.author.clicked.connect(lambda: self.actionWanted.emit("author"))
        self.reason = QComboBox()
        self.reason.setAccessibleName(t("Reason"))
        self.reason.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reason.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reason.setMinimumContentsLength(12)
        self.reason.installEventFilter(self)
        self._reasons: tuple[Reason, ...] = ()
        self.comment = _Comment()
        self.comment.setAccessibleName(t("Comment for the record"))
        self.comment.setPlaceholderText(t("Comment for the record…"))
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(COMMENT_HEIGHT)
        self.comment.left.connect(self.left)
        self._ticks = QVBoxLayout()
        self._ticks.setSpacing(4)
        self.ticks: list[QCheckBox] = []
        self.until = QLineEdit()
        self.until.setAccessibleName(t("Day on which a hold ends"))
        self.until.setPlaceholderText(t("A hold ends on… (2027-01-31, or never)"))
        self.meaning = Label("", tone="muted", role="small", wrap=True)
        self.buttons: dict[Verdict, Button] = {}
        grid = QGridLayout()
        grid.setSpacing(8)
        for place, (verdict, action, words, kind) in enumerate(buttons):
            button = Button(words, kind, actions.get(action).keys[0])
            button.clicked.connect(lambda checked=False, verdict=verdict: self.give(verdict))
            button.installEventFilter(self)
            grid.addWidget(button, place // 2, place % 2)
            self.buttons[verdict] = button
        verification = QWidget()
        self._verification = FlowLayout(verification)
        for widget in (verification, self.history, self.note, self.reason, self.comment):
            self.add(widget)
        self.body.insertWidget(3, self.author)
        self.body.addLayout(self._ticks)
        self.add(self.until)
        self.body.addLayout(grid)
        self.add(self.meaning)
        self._delay = QTimer(self, singleShot=True, interval=ASK_DELAY_MS)
        self._delay.timeout.connect(self._ask)
        self.reason.currentIndexChanged.connect(self._ask)
        self.comment.textChanged.connect(self._delay.start)
        self.until.textChanged.connect(self._delay.start)
        self.offer(pipeline.reasons(), ())
        self._mean(Verdict.APPROVE)

    def offer(self, reasons: Sequence[Reason], checklist: Sequence[str]) -> None:
        """Offer the reason codes in use and the checklist of the desk; nothing changes where they are there already."""
        if tuple(reasons) != self._reasons:
            self._reasons = tuple(reasons)
            self.reason.blockSignals(True)
            self.reason.clear()
            self.reason.addItem(t("Reason…"), "")
            for reason in reasons:
                if not reason.retired:
                    self.reason.addItem(t(reason.title), reason.code)
            self.reason.blockSignals(False)
        if [box.text() for box in self.ticks] != [_plain(item) for item in checklist]:
            for box in self.ticks:
                box.deleteLater()
            self.ticks = [QCheckBox(_plain(item)) for item in checklist]
            for box, item in zip(self.ticks, checklist, strict=True):
                box.setProperty("item", item)
                box.setAccessibleName(item)
                box.toggled.connect(self._ask)
                self._ticks.addWidget(box)

    def ticked(self) -> tuple[str, ...]:
        """Return the items of the checklist that are ticked."""
        return tuple(str(box.property("item")) for box in self.ticks if box.isChecked())

    def ends(self) -> int | None:
        """Return when a hold ends, in nanoseconds since 1970 UTC; None for no day, 0 where what was typed is none."""
        if not (text := self.until.text().strip()):
            return None
        day = QDateTime.fromString(text, Qt.DateFormat.ISODate)
        return max(0, day.toSecsSinceEpoch()) * 1_000_000_000 if day.isValid() else 0

    def _fitting(self, verdict: Verdict) -> tuple[Reason, ...]:
        return tuple(reason for reason in self._reasons if verdict in reason.verdicts and not reason.retired)

    def show_case(self, case: Case, *, shown: bool) -> None:
        """Begin a decision on *case*; it can be given once the correction is *shown*."""
        self.offer(case.reasons, case.checklist)
        subject = (case.number, case.revision.number if case.revision else 0, len(case.decisions))
        if subject != self._subject:
            # The same case read again, after a mark for instance, keeps what was typed.
            self._subject = subject
            self._clear()
        self.history.setText("\n".join(said(decision) for decision in case.decisions[-3:]))
        blocks = [pipeline.signature_block(decision) for decision in case.decisions[-3:]]
        self.history.setToolTip(plain_tooltip("\n".join(f"{block.name}: {block.key}" for block in blocks)))
        self.history.setVisible(shown and bool(case.decisions))
        self._ready = shown and case.revision is not None
        self._show_verification(case if self._ready else None)
        uncorrected = shown and case.revision is None
        self.author.setVisible(uncorrected)
        for part in (self.reason, self.comment, self.until, self.meaning, *self.ticks, *self.buttons.values()):
            part.setVisible(not uncorrected)
        for widget in (self.reason, self.comment, self.until, *self.ticks):
            widget.setEnabled(self._ready)
        self._obstacles = {}
        self._look = case.look is not None
        self._mean(Verdict.APPROVE)
        for button in self.buttons.values():
            button.setEnabled(False)
        if not shown:
            self._say(case.ask_first)
        elif case.revision is None:
            self._say(t("There is no correction to decide on yet."))
        else:
            self._say(WORDS if case.look else "")
            released = case.correction is not None and case.correction.state is ReviewState.RELEASED
            self.buttons[Verdict.AMEND].setEnabled(not released and case.look is None)
            self._ask()

    def set_obstacles(self, obstacles: dict[Verdict, str]) -> None:
        """Enable what the rules allow and say why the rest is not."""
        if not self._ready:
            return
        self._obstacles = obstacles
        for verdict in obstacles:
            self.buttons[verdict].setEnabled(not obstacles[verdict])
        words: dict[str, list[str]] = {}
        for verdict, _, name, _ in self._offered:
            if why := obstacles.get(verdict, ""):
                words.setdefault(why, []).append(name)
        if self._look:
            self._say(WORDS)
            return
        everything = len(words) == 1 and len(obstacles) == sum(len(names) for names in words.values())
        self._say("\n".join(why if everything else f"{', '.join(names)}: {why}" for why, names in words.items()))

    def give(self, verdict: Verdict) -> None:
        """Give *verdict*, asking for a reason where one is needed; where the rules forbid it, say so."""
        if verdict is Verdict.AMEND:
            self.actionWanted.emit("amend")
            return
        if not self._ready or (why := self._obstacles.get(verdict, "")):
            if self._ready:
                self._say(why)
                (self.comment if self.reason.currentIndex() else self.reason).setFocus()
            return
        code = str(self.reason.currentData())
        fit = self._fitting(verdict)
        if (not code and verdict is Verdict.APPROVE) or any(reason.code == code for reason in fit):
            self.decided.emit(verdict, code, self.comment.toPlainText().strip())
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for reason in fit:
            chosen = menu.addAction(t(reason.title))
            chosen.triggered.connect(lambda checked=False, code=reason.code: self._give_because(verdict, code))
        menu.setActiveAction(menu.actions()[0])
        button = self.buttons[verdict]
        menu.popup(button.mapToGlobal(QPoint(0, button.height() + 2)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102
        if watched is self.reason:
            # Scrolling the panel must not change the reason that the mouse happens to pass over.
            if event.type() == QEvent.Type.Wheel and not self.reason.hasFocus():
                event.ignore()
                return True
        elif event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            for verdict, button in self.buttons.items():
                if button is watched:
                    self._mean(verdict)
        return super().eventFilter(watched, event)

    def _show_verification(self, case: Case | None) -> None:
        """Sum up the guardrails where the decision is made, however far their list is scrolled away."""
        self._verification.clear()
        for answer, tone, words in SUMMARY:
            if case is not None and (number := sum(check.result is answer for check in case.checks)):
                self._verification.addWidget(Chip(words.format(number), tone))
        if case is not None and case.level is not Level.NONE:
            self._verification.addWidget(Chip(case.level.name, "muted"))

    def _clear(self) -> None:
        """Take back reason and comment, without asking the rules."""
        for widget in (self.reason, self.comment, self.until, *self.ticks):
            widget.blockSignals(True)
        self.reason.setCurrentIndex(0)
        self.comment.clear()
        self.until.clear()
        for box in self.ticks:
            box.setChecked(False)
        for widget in (self.reason, self.comment, self.until, *self.ticks):
            widget.blockSignals(False)

    def _give_because(self, verdict: Verdict, code: str) -> None:
        """Take the reason that was chosen from the menu, and decide if it needs nothing more."""
        self.reason.setCurrentIndex(self.reason.findData(code))
        if code == "other" and not self.comment.toPlainText().strip():
            self.comment.setFocus()
            return
        self.decided.emit(verdict, code, self.comment.toPlainText().strip())

    def _ask(self) -> None:
        """Ask the rules what may be said with this reason and comment."""
        if self._ready:
            self.asked.emit(str(self.reason.currentData()), self.comment.toPlainText().strip())

    def _say(self, words: str) -> None:
        """Show *words* about what cannot be done, or nothing."""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    def _mean(self, verdict: Verdict) -> None:
        """Show the sentence that is signed with *verdict*."""
        words = pipeline.second_look_meaning(verdict) if self._look else pipeline.meaning(verdict)
        self.meaning.setText(t("You sign: “{words}”", words=words) if words else "")


def _plain(text: str) -> str:
    """Return *text* as a check box shows it: hidden characters written out, and no letter of it a shortcut."""
    return reveal(text).replace("&", "&&")


def said(decision: Decision) -> str:
    """Return one decision in words, and below it its signature block: role, meaning and key."""
    when, block = datetime.fromtimestamp(decision.at / 1e9, UTC), pipeline.signature_block(decision)
    comment = f": {one_line(decision.comment)}" if decision.comment else ""
    void = t(" It is void: the key was revoked.") if block.void else ""
    # A fingerprint in full is wider than the panel; it stands in the tooltip and in the ledger.
    key = f"{one_line(block.key)[:KEY_LETTERS]}…"
    signed = (
        t("\nSigned as {role}, {key}: “{meaning}”", role=one_line(block.role), key=key, meaning=one_line(block.meaning))
        if block.key
        else ""
    )
    return t(
        "{auditor} {done} it, {day} {when:%H:%M} UTC{comment}{signed}{void}",
        auditor=decision.auditor,
        done=DONE[decision.verdict],
        day=day(decision.at),
        when=when,
        comment=comment,
        signed=signed,
        void=void,
    )

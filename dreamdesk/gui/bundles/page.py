"""What left the desk: when, to whom, signed by whom, with what effect; what is still to be signed, or called back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from dreamdesk import actions, pipeline
from dreamdesk.desk.database import Connection
from dreamdesk.gui.bundles.checked import Checked
from dreamdesk.gui.bundles.dialogs import ReasonDialog, ReportDialog
from dreamdesk.gui.bundles.table import BundleModel, bundle_table, holds, state_of
from dreamdesk.gui.bundles.tracing import TraceDialog
from dreamdesk.gui.dialogs.frame import closing
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Button, EmptyState, Label, Section, page_head
from dreamdesk.language import counted, t

MOST_FAULTS = 5
"""Faults that are shown of each part of a check."""


class BundlesPage(QWidget):
    """The list, and beside it what is known of the chosen bundle and what can be done with it.

    Signals:
        releaseWanted: the button that releases was pressed.
        said: something for the status line.
    """

    releaseWanted = Signal()
    said = Signal(str)

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._identity = identity
        self._checked: dict[str, list[tuple[str, list[str]]]] = {}
        self._landing = False
        self.model = BundleModel(self)
        self.table = bundle_table(self.model)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._show_chosen())
        self.state = Label("", tone="muted")
        self.release = Button(t("Release…"), "primary", key=actions.get("release").keys[0])
        self.release.clicked.connect(self.releaseWanted)
        layout, head = page_head(self, t("Bundles"), self.state)
        self.look = Button(t("Find what left…"))
        self.look.clicked.connect(self.ask_what_left)
        head.addWidget(self.look, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.release, 0, Qt.AlignmentFlag.AlignVCenter)
        self.empty = EmptyState(
            t("Nothing has left this desk"),
            t(
                "Approve corrections, then release them: a bundle holds the training data, every decision and "
                "signature, and a report for whoever examines it."
            ),
        )
        self.detail = self._make_detail()
        split = QSplitter()
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setCollapsible(1, False)
        split.setSizes([860, 400])
        listed, holder = QWidget(), QWidget()
        indented = QHBoxLayout(listed)
        indented.setContentsMargins(10, 0, 0, 0)
        indented.addWidget(split)
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(listed)
        layout.addWidget(holder, 1)

    def _make_detail(self) -> QScrollArea:
        self.name = Label("", role="title", wrap=True)
        self.facts = QVBoxLayout()
        facts = QWidget()
        facts.setLayout(self.facts)
        self.facts.setContentsMargins(0, 0, 0, 0)
        self.facts.setSpacing(2)
        self.verdict = Section(t("Verified"))
        self.effects = Section(t("Effect"))
        self.buttons = {
            "verify": Button(t("Verify now")),
            "report": Button(t("Read the report")),
            "open": Button(t("Open folder")),
            "sign": Button(t("Sign the draft"), "primary"),
            "withdraw": Button(t("Withdraw…")),
            "recall": Button(t("Recall…")),
        }
        doings = {
            "verify": self.verify_chosen,
            "report": self._read_report,
            "open": self._open_folder,
            "sign": self.sign_chosen,
            "withdraw": self._ask_withdraw,
            "recall": self._ask_recall,
        }
        for name, button in self.buttons.items():
            button.clicked.connect(doings[name])
        about = Section(t("Bundle"), self.name, facts)
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        for pair in (("verify", "report"), ("open", "recall"), ("sign", "withdraw")):
            row = QHBoxLayout()
            for name in pair:
                row.addWidget(self.buttons[name], 1)
            column.addLayout(row)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (about, Section(t("What to do"), rows), self.verdict, self.effects):
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)  # else long lines are cut
            layout.addWidget(part)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMinimumWidth(320)
        area.setAccessibleName(t("The chosen bundle"))
        return area

    def reload(self) -> None:
        """Read the list again."""
        if self._jobs.path is None:
            self._show([])
            return
        self._jobs.read("bundles", lambda db, task: pipeline.overview(db), self._show)

    def ask_what_left(self) -> TraceDialog:
        """Look for a source, a person or a text in all that left."""
        dialog = TraceDialog(self._jobs, self)
        dialog.open()
        return dialog

    def forget(self) -> None:
        """Another desk is opened."""
        self._checked.clear()
        self.model.show_rows(())

    def take_keyboard(self) -> None:
        """Put the keyboard on the list, or on the button where there is none."""
        self._landing = True
        (self.table if self.model.rows else self.release).setFocus()

    def chosen(self) -> pipeline.ShownBundle | None:
        """Return the bundle that is chosen in the list."""
        row = self.table.currentIndex().row()
        return self.model.rows[row] if 0 <= row < len(self.model.rows) else None

    def _show(self, rows: list[pipeline.ShownBundle]) -> None:
        before = self.chosen()
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(1 if rows else 0)
        waiting = sum(shown.draft is not None for shown in rows)
        told = counted(len(rows) - waiting, "bundle") + (
            t(", {waiting} to be signed", waiting=counted(waiting, "draft")) if waiting else ""
        )
        self.state.setText(told if rows else t("What was released, and to whom, will stand here."))
        if rows:
            names = [shown.folder for shown in rows]
            self.table.selectRow(names.index(before.folder) if before and before.folder in names else 0)
            self._show_chosen()
        if self._landing and self.release.hasFocus():  # what the keyboard is for was not read yet
            self.take_keyboard()
        self._landing = False

    def _show_chosen(self) -> None:
        shown = self.chosen()
        if shown is None:
            return
        state, _ = state_of(shown)
        digest = shown.release.digest if shown.release else shown.draft.digest if shown.draft else ""
        facts = {
            t("State"): state,
            t("Holds"): holds(shown),
            t("Recipient"): shown.recipient or t("not said"),
            t("Signed by"): ", ".join(shown.signers) or t("nobody yet"),
            t("Folder"): str(shown.folder) + ("" if shown.there else t(" (not there any more)")),
            t("Digest of the list"): digest[:16] + "…",
        }
        self.name.setText(shown.name)
        while (item := self.facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for name, value in facts.items():
            self.facts.addWidget(Label(f"{name}: {value}", wrap=True))
        self._show_check(self._checked.get(str(shown.folder)))
        self.effects.clear()
        for words in shown.effects or (t("Nothing is known of its effect yet."),):
            self.effects.add(Label(words, tone="muted", wrap=True))
        is_draft = shown.draft is not None
        for name in ("verify", "report", "open"):
            self.buttons[name].setEnabled(shown.there)
        for name in ("sign", "withdraw"):
            self.buttons[name].setVisible(is_draft)
        self.buttons["sign"].setEnabled(shown.there)
        self.buttons["recall"].setVisible(not is_draft)
        self.buttons["recall"].setEnabled(not is_draft and shown.recalled < shown.corrections)

    def _show_check(self, lines: list[tuple[str, list[str]]] | None) -> None:
        if lines is None:
            self._say_verdict(t("Not verified since this window was opened."), "muted")
            return
        self.verdict.clear()
        for what, faults in lines:
            self.verdict.add(Checked(what, faults))
            for fault in faults[:MOST_FAULTS]:
                self.verdict.add(Label(fault, tone="muted", wrap=True))

    def _say_verdict(self, words: str, tone: str) -> None:
        self.verdict.clear()
        self.verdict.add(Label(words, tone=tone, wrap=True))

    def verify_chosen(self) -> None:
        """Check the chosen bundle or draft now."""
        if (shown := self.chosen()) is None:
            return
        key, draft = str(shown.folder), shown.draft is not None
        self._say_verdict(t("Verifying…"), "muted")

        def done(lines: list[tuple[str, list[str]]]) -> None:
            self._checked[key] = lines
            self._show_chosen()

        self._jobs.read(
            "verify-bundle", lambda db, task: pipeline.check_steps(shown.folder, draft=draft), done, self._failed
        )

    def _read_report(self) -> None:
        if (shown := self.chosen()) is not None:
            self._jobs.read(
                "bundle-report",
                lambda db, task: pipeline.report_text(shown.folder),
                lambda text: ReportDialog(shown, text, self._jobs, self.window()).open(),
                self._failed,
            )

    def _open_folder(self) -> None:
        if (shown := self.chosen()) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(shown.folder)))

    def sign_chosen(self) -> None:
        """Sign the chosen draft; the last signature makes a bundle of it."""
        if (shown := self.chosen()) is None or shown.draft is None:
            return

        def sign(signer: Any) -> None:
            def done(signed: pipeline.Signed) -> None:
                words = t("All have signed: the bundle is released.") if signed.released else t("Signed.")
                self.said.emit(
                    t(
                        "{words} {signed} of {required}: {names}.",
                        words=words,
                        signed=len(signed.people),
                        required=signed.required,
                        names=", ".join(signed.people),
                    )
                )
                self.reload()

            self._jobs.write(
                "sign-draft", lambda db, task: pipeline.sign_draft(db, shown.folder, signer), done, self._failed
            )

        self._identity.ensure(sign)

    def _ask_withdraw(self) -> None:
        if (shown := self.chosen()) is None or (draft := shown.draft) is None:
            return
        dialog = ReasonDialog(
            t("Withdraw the draft"),
            t(
                "Its folder is taken away, and what is in it may be released in another bundle. The ledger keeps "
                "the reason."
            ),
            t("Withdraw"),
            self.window(),
        )

        def withdraw(signer: Any, reason: str) -> None:
            def work(db: Connection, task: Task) -> None:
                pipeline.withdraw_draft(db, draft, signer, reason)

            self._jobs.write("withdraw", work, lambda _: self._settled(close, t("Withdrawn.")), dialog.failed)

        close = closing(dialog)

        dialog.given.connect(lambda reason: self._identity.ensure(lambda signer: withdraw(signer, reason)))
        dialog.open()

    def _ask_recall(self) -> None:
        if (shown := self.chosen()) is None or (release := shown.release) is None:
            return
        dialog = ReasonDialog(
            t("Recall {shown}", shown=shown.name),
            t(
                "Writes a signed notice beside the bundle that lists the lines not to be trained on, for "
                "{recipient}. What is in the bundle becomes recalled, and the next bundle says so.",
                recipient=shown.recipient or t("the recipient"),
            ),
            t("Sign and recall"),
            self.window(),
        )

        def recall(signer: Any, reason: str) -> None:
            def work(db: Connection, task: Task) -> Any:
                return pipeline.recall_release(db, release.id, reason, signer)

            def done(notice: Any) -> None:
                self._settled(
                    close,
                    t("Recalled. The notice is {notice}; send it to the recipient with its .sig.", notice=notice),
                )

            self._jobs.write("recall", work, done, dialog.failed)

        close = closing(dialog)

        dialog.given.connect(lambda reason: self._identity.ensure(lambda signer: recall(signer, reason)))
        dialog.open()

    def _settled(self, close: Callable[[], None], words: str) -> None:
        close()
        self.said.emit(words)
        self.reload()

    def _failed(self, words: str) -> None:
        self._say_verdict(words, "error")

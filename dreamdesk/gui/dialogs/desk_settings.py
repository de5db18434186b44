"""The desk's own settings, the ones an examiner cares for: four eyes, blind marks, what a model may be asked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QWidget

from dreamdesk import pipeline
from dreamdesk.desk import rules, settings
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame, make_form, named
from dreamdesk.gui.dialogs.outcome_rule import RuleField
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.widgets import Choice, Label
from dreamdesk.language import t

BLIND_WORDS = {
    settings.OFF: t("Off: the desk's view is shown at once"),
    settings.OPTIONAL: t("Optional: hidden until you mark, or look with V"),
    settings.REQUIRED: t("Required: hidden until you mark"),
}
"""Whether an auditor marks the error point before the desk shows its own."""


PERSONAL_WORDS = {
    "told": t("is told before a release"),
    "resolved": t("keeps a release back until there is a reason"),
}
"""What personal data in what leaves does; secrets always keep a release back."""


class DeskSettingsDialog(Frame):
    """Shows and changes the settings that are kept in the desk; each change is an entry of the ledger.

    Signals:
        ruleChanged: Scores mean something else now: other episodes may have failed.
    """

    ruleChanged = Signal()

    def __init__(self, jobs: Jobs, identity: Identity, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Desk settings"), t("They belong to this desk, and the ledger records each change."), t("Save"), parent
        )
        self._jobs = jobs
        self._identity = identity
        self._signed = False
        self.setMinimumWidth(640)
        self.four_eyes = QCheckBox(t("Two different auditors must approve, neither of them the author"))
        self.blind = Choice(t("Blind mark"))
        for value, words in BLIND_WORDS.items():
            self.blind.addItem(words, value)
        self.again = Choice(t("Passphrase again"))
        for value in settings.CHOICES[settings.LOCK_AFTER]:
            words = (
                t("At each signature")
                if value == settings.EACH
                else t("After {value} minutes without a touch; it locks", value=value)
            )
            self.again.addItem(words, value)
        self.signatures = Choice(t("People who must sign a bundle"))
        for many in settings.CHOICES[settings.RELEASE_SIGNATURES]:
            self.signatures.addItem(
                t("is signed by one person") if many == "1" else t("is signed by {many} people", many=many), many
            )
        self.personal = Choice(t("Personal data in what leaves"))
        for value, words in PERSONAL_WORDS.items():
            self.personal.addItem(words, value)
        self.rule = RuleField(jobs)
        self.url = _line(t("Address"), "http://localhost:11434")
        self.model = _line(t("Model"), t("as the server knows it"))
        self.host = _line(t("Opened host"), t("none: nothing leaves this computer"))
        self.redact = QCheckBox(t("A model gets marks in place of secrets and personal data"))
        self.prices = _line(t("Model prices"), t("name=in/out per million tokens; several parted by semicolons"))
        self.tokens = _line(t("Token limit"), t("tokens of one run, after which it stops; empty for none"))
        self.cost = _line(t("Cost limit"), t("the same in money, by the prices above; empty for none"))
        self.environments = _line(t("Environments of others"), t("none: only those that come with the program"))
        page = QWidget()
        form = make_form(page)
        form.setContentsMargins(0, 0, 10, 0)
        for box in (self.four_eyes, self.redact):
            box.setFixedHeight(self.url.sizeHint().height())
        form.addRow(named(t("Four eyes")), self.four_eyes)
        form.addRow(named(t("Blind mark")), self.blind)
        form.addRow(named(t("Passphrase again")), self.again)
        form.addRow(named(t("A bundle")), self.signatures)
        form.addRow(named(t("Personal data")), self.personal)
        form.addRow(named(t("Scores")), self.rule)
        form.addRow(named(t("Model address")), self.url)
        form.addRow(named(t("Model name")), self.model)
        form.addRow(named(t("Opened host")), self.host)
        form.addRow(named(t("Redaction")), self.redact)
        form.addRow(named(t("Model prices")), self.prices)
        form.addRow(named(t("Token limit")), self.tokens)
        form.addRow(named(t("Cost limit")), self.cost)
        form.addRow(named(t("Environments")), self.environments)
        area = QScrollArea()  # the buttons stay in reach on a low screen
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setMinimumHeight(500)
        area.setWidget(page)
        self.body.addWidget(area, 1)
        self.body.addWidget(
            Label(
                t(
                    "A model is asked only when you say so, and only on this computer, unless you name the one host "
                    "beyond it that may be reached. The environments of others that you name run as programs on this "
                    "computer."
                ),
                tone="muted",
                wrap=True,
            )
        )
        self.set_busy(True)
        jobs.read("settings", _read, self._show, self.say)

    def _show(self, found: tuple[dict[str, str], bool]) -> None:
        """Fill in what the desk holds."""
        values, self._signed = found
        self.four_eyes.setChecked(values[settings.FOUR_EYES] == "on")
        self.blind.setCurrentIndex(self.blind.findData(values[settings.BLIND_MARK]))
        self.again.setCurrentIndex(self.again.findData(values[settings.LOCK_AFTER]))
        self.signatures.setCurrentIndex(self.signatures.findData(values[settings.RELEASE_SIGNATURES]))
        self.personal.setCurrentIndex(self.personal.findData(values[settings.PERSONAL_DATA]))
        self.rule.show_rule(values[settings.OUTCOME_RULE])
        self.url.setText(values[settings.ENDPOINT_URL])
        self.model.setText(values[settings.ENDPOINT_MODEL])
        self.host.setText(values[settings.ENDPOINT_HOST])
        self.redact.setChecked(values[settings.REDACT] == "on")
        self.prices.setText(values[settings.MODEL_PRICES])
        self.tokens.setText(values[settings.TOKEN_LIMIT])
        self.cost.setText(values[settings.COST_LIMIT])
        self.environments.setText(values[settings.ENVIRONMENTS])
        self.set_busy(False)
        self.four_eyes.setFocus()

    def go(self) -> None:
        """Save what was changed; where the desk has an administrator, with an administrator's key."""
        if self._signed:
            self._identity.ensure(self._save)
        else:
            self._save(self._identity.by)

    def _save(self, by: pipeline.By) -> None:
        wanted = {
            settings.FOUR_EYES: "on" if self.four_eyes.isChecked() else "off",
            settings.BLIND_MARK: str(self.blind.currentData()),
            settings.LOCK_AFTER: str(self.again.currentData()),
            settings.RELEASE_SIGNATURES: str(self.signatures.currentData()),
            settings.PERSONAL_DATA: str(self.personal.currentData()),
            settings.OUTCOME_RULE: self.rule.text(),
            settings.ENDPOINT_URL: self.url.text().strip(),
            settings.ENDPOINT_MODEL: self.model.text().strip(),
            settings.ENDPOINT_HOST: self.host.text().strip(),
            settings.REDACT: "on" if self.redact.isChecked() else "off",
            settings.MODEL_PRICES: self.prices.text().strip(),
            settings.TOKEN_LIMIT: self.tokens.text().strip(),
            settings.COST_LIMIT: self.cost.text().strip(),
            settings.ENVIRONMENTS: self.environments.text().strip(),
        }
        self.say("")
        self.set_busy(True)

        def work(db: Connection, task: Task) -> bool:
            if wanted[settings.ENDPOINT_URL]:
                # Refuses an address that is none, or that leads to a host which is not the opened one.
                pipeline.Endpoint(
                    wanted[settings.ENDPOINT_URL],
                    wanted[settings.ENDPOINT_MODEL],
                    allow_host=wanted[settings.ENDPOINT_HOST],
                )
            changed = [name for name, value in wanted.items() if settings.get(db, name) != value]
            for name in changed:
                pipeline.change_setting(db, name, wanted[name], by)
            return settings.OUTCOME_RULE in changed

        self._jobs.write("settings", work, self._saved, self._refused)

    def _saved(self, rule_changed: bool) -> None:
        self.accept()
        self._identity.set_rule(str(self.again.currentData()))
        if rule_changed:
            self.ruleChanged.emit()

    def _refused(self, words: str) -> None:
        self.set_busy(False)
        self.say(words)


def _read(db: Connection, task: Task) -> tuple[dict[str, str], bool]:
    """Return the settings, and whether only an administrator's key changes them."""
    return {name: settings.get(db, name) for name in settings.DEFAULTS}, bool(rules.administrators(db))


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    return line

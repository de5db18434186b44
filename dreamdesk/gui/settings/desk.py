"""The settings of the desk: nothing is changed before it is saved, and then the ledger records each change.

Where the desk has an administrator, only an administrator's key changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dreamdesk import pipeline
from dreamdesk.desk import auditors, policies, rules, settings
from dreamdesk.desk.database import Connection
from dreamdesk.desk.settings import Changed
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.settings import catalogue
from dreamdesk.gui.settings.catalogue import Known
from dreamdesk.gui.settings.fields import Field, Line, Pick, Scores, Switch, widget_of
from dreamdesk.gui.settings.row import SettingRow
from dreamdesk.gui.widgets import Button
from dreamdesk.language import counted, day, t
from dreamdesk.model.text import one_line


@dataclass(frozen=True, slots=True)
class Held:
    """What the desk holds: the values, how each came to be, who the administrators are, and its own rules in words."""

    values: dict[str, str]
    changes: dict[str, Changed]
    administrators: tuple[str, ...]
    rules: dict[str, str]


class DeskSettings(QObject):
    """The rows, and what of them is changed on the screen and not saved yet.

    Signals:
        shown: The desk's values were read and are shown.
        edited: Something is changed on the screen, or no longer.
        saved: What was changed is in the desk; how many settings.
        refused: Why nothing was changed, in words.
        ruleChanged: Scores mean something else now: other episodes may have failed.
    """

    shown = Signal()
    edited = Signal()
    saved = Signal(int)
    refused = Signal(str)
    ruleChanged = Signal()

    def __init__(self, jobs: Jobs, identity: Identity, do: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._identity = jobs, identity
        self._held = Held({}, {}, (), {})
        self._showing = self._saving = False
        self.fields: dict[str, Field] = {}
        self._rows: dict[str, SettingRow] = {}
        own = tuple(t(guardrail.title) for guardrail in pipeline.guardrails())
        self.sections: tuple[tuple[str, tuple[SettingRow, ...]], ...] = (
            (
                t("Review"),
                (
                    *map(self._row, catalogue.review()),
                    self._lead(
                        do,
                        "review-rules",
                        t("Checklist and reason codes"),
                        t("What is ticked before an approval, and in which words a verdict is given."),
                    ),
                    self._lead(
                        do,
                        "rules",
                        t("Guardrails and policies"),
                        t("How much each guardrail weighs on this desk, and which policies bind the agents."),
                        " ".join(own),
                    ),
                ),
            ),
            (
                t("People and keys"),
                (
                    *map(self._row, catalogue.keys()),
                    self._lead(
                        do,
                        "auditors",
                        t("Auditors and keys"),
                        t("Who may do what here, with which key; roles and training."),
                    ),
                ),
            ),
            (t("Release and records"), tuple(map(self._row, catalogue.release()))),
            (t("Models"), tuple(map(self._row, catalogue.model()))),
        )

    def _row(self, known: Known) -> SettingRow:
        field: Field
        if known.name == settings.OUTCOME_RULE:
            field = Scores(self._jobs)
        elif known.choices and known.choices[0][0] == "on":
            field = Switch(known.choices[0][1])
        elif known.choices:
            field = Pick(known.title, known.choices)
        else:
            field = Line(known.placeholder)
        field.edited.connect(self._edited)
        self.fields[known.name] = field
        other = " ".join((known.name, *(words for _, words in known.choices)))
        row = SettingRow(
            known.title, known.sentence, widget_of(field), other=other, below=known.name == settings.OUTCOME_RULE
        )
        self._rows[known.name] = row
        return row

    def _lead(self, do: Callable[[str], None], action: str, title: str, sentence: str, other: str = "") -> SettingRow:
        """Return a row that leads to a dialog of its own, which the action of this name opens."""
        button = Button(t("Change…"))
        button.clicked.connect(lambda: do(action))
        button.setAccessibleName(t("{title}: change", title=title))
        row = SettingRow(title, sentence, button, other=other)
        self._rows[action] = row
        return row

    def reload(self) -> None:
        """Read what the desk holds; what was edited and not saved stays as it is on the screen."""
        if self._jobs.path is not None:
            self._jobs.read("settings", _read, self._show, self.refused.emit)

    def forget(self) -> None:
        """Another desk is opened."""
        self._held = Held({}, {}, (), {})
        self.edited.emit()

    def changed(self) -> dict[str, str]:
        """Return what is changed on the screen and not saved, by name."""
        values = self._held.values
        return {name: field.value() for name, field in self.fields.items() if values and field.value() != values[name]}

    def discard(self) -> None:
        """Show what the desk holds again."""
        self._fill(self.fields)
        self.edited.emit()

    def save(self) -> None:
        """Save what was changed; where the desk has an administrator, with an administrator's key."""
        if self._held.administrators:
            self._identity.ensure(self._save)
        else:
            self._save(self._identity.by)

    def who(self) -> str:
        """Return who may change the settings of the desk, in a sentence."""
        if not self._held.values:
            return ""
        if names := ", ".join(one_line(name, 60) for name in self._held.administrators):
            return t(
                "Only an administrator changes them, with a key: {names}. The ledger records each change, signed.",
                names=names,
            )
        return t(
            "Whoever works at this desk may change them, because it has no administrator yet. The ledger records each "
            "change, and that nobody signed it."
        )

    def _show(self, held: Held) -> None:
        pending = self.changed()
        self._held = held
        self._fill(name for name in self.fields if name not in pending)
        for name, row in self._rows.items():
            row.note(held.rules[name] if name in held.rules else _since(held.changes.get(name)))
        self.shown.emit()

    def _fill(self, names: Iterable[str]) -> None:
        self._showing = True
        for name in names:
            self.fields[name].put(self._held.values[name])
        self._showing = False

    def _edited(self) -> None:
        if not self._showing:
            self.edited.emit()

    def _save(self, by: pipeline.By) -> None:
        if self._saving or not (wanted := self.changed()):
            return
        self._saving = True
        after = {**self._held.values, **wanted}

        def work(db: Connection, task: Task) -> None:
            if after[settings.ENDPOINT_URL]:
                # Refuses an address that is none, or that leads to a host which is not the opened one.
                pipeline.Endpoint(
                    after[settings.ENDPOINT_URL],
                    after[settings.ENDPOINT_MODEL],
                    allow_host=after[settings.ENDPOINT_HOST],
                )
            for name, value in wanted.items():
                pipeline.change_setting(db, name, value, by)

        def done(nothing: None) -> None:
            self._saving = False
            self._held = Held(after, self._held.changes, self._held.administrators, self._held.rules)
            self._identity.set_rule(after[settings.LOCK_AFTER])
            self.saved.emit(len(wanted))
            self.reload()
            if settings.OUTCOME_RULE in wanted:
                self.ruleChanged.emit()

        def failed(words: str) -> None:
            self._saving = False
            self.refused.emit(words)
            self.reload()

        self._jobs.write("settings", work, done, failed)


def _read(db: Connection, task: Task) -> Held:
    values = {name: settings.get(db, name) for name in settings.DEFAULTS}
    chosen, bound = len(settings.strictness(db)), len(policies.in_force(db))
    own = {
        "rules": t(
            "{guardrails} weighed otherwise than written; policies in force: {bound:,}.",
            guardrails=counted(chosen, "guardrail"),
            bound=bound,
        ),
        "review-rules": t("{items} to tick before an approval.", items=counted(len(pipeline.checklist(db)), "item")),
        "auditors": t("{auditors} on this desk.", auditors=counted(len(auditors.all_auditors(db)), "auditor")),
    }
    return Held(values, settings.last_changes(db), tuple(rules.administrators(db)), own)


def _since(changed: Changed | None) -> str:
    if changed is None:
        return t("As it came.")
    when, who = day(changed.at), one_line(changed.by, 60)
    if changed.signed:
        return t("Since {when}, by {who}, signed (entry {entry:,}).", when=when, who=who, entry=changed.entry)
    return t("Since {when}, by {who}, not signed (entry {entry:,}).", when=when, who=who, entry=changed.entry)

"""Settings that matter to an examiner; each change is an entry of the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from os.path import isabs

from dreamdesk.desk import ledger, outcomes, prices, rules
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model import review_rules
from dreamdesk.model.check import Strictness
from dreamdesk.model.errors import UserError
from dreamdesk.model.outcome import Rule
from dreamdesk.model.ruling import SIGNATURE

FOUR_EYES = "four_eyes"
"""On: two different auditors must approve, and none of them may be the author."""
WAIVER_SECOND = "waiver_second"
"""On: an approval in spite of a warning needs a second auditor's, even where four eyes are not asked for otherwise."""
ENDPOINT_URL = "endpoint_url"
ENDPOINT_MODEL = "endpoint_model"
ENDPOINT_HOST = "endpoint_host"
"""The one host beyond this machine that the officer opened for dreaming; "" keeps the desk offline."""
OUTCOME_RULE = "outcome_rule"
"""From which score on an episode failed or succeeded, as `Rule` writes it."""

GUARD = "guard."
"""With the id of a guardrail behind it, the setting that says how much its objections weigh here."""

BLIND_MARK = "blind_mark"
"""Whether an auditor marks the error point before the desk's view of it is shown. Off: everything is shown at once.
Optional: it is hidden until the auditor marks, or looks at it all the same, which the ledger records. Required: only a
mark shows it."""
OFF, OPTIONAL, REQUIRED = "off", "optional", "required"

MODEL_PRICES = "model_prices"
"""What models cost, as `dreamdesk.desk.prices` reads it; "" as long as nobody has said."""
TOKEN_LIMIT = "token_limit"  # noqa: S105
"""Tokens, in and out together, after which one run that asks a model stops; "" for no limit."""
REDACT = "redact"
"""On: secrets and personal data in what is sent to a model are replaced by marks, and put back into its answer."""
COST_LIMIT = "cost_limit"
"""The same as an amount of money in the currency of the prices; "" for no limit."""

LOCK_AFTER = "lock_after"
"""When an auditor enters the passphrase again: at each signature, or after so many minutes in which nobody touched the
window, which then locks."""
EACH = "each"
IDLE_MINUTES = 15
"""After how many minutes the window locks where the passphrase is asked for at each signature."""

ENVIRONMENTS = "environments"
"""Environments of others that may run on this desk, by name, with commas between; "" for our own only."""

HEAD_FOLDERS = "head_folders"
"""Folders where the head of the ledger is repeated too, with | between: a stick, a share of the compliance office."""

RELEASE_SIGNATURES = "release_signatures"
"""How many people must sign a bundle before it is one, from 1 to 9."""
PERSONAL_DATA = "release_personal_data"
"""Told: personal data in what leaves is listed beforehand. Resolved: nothing leaves before somebody took it out, or
said why it may leave. For secrets this always holds."""

REASONS = "reasons"
CHECKLIST = "checklist"
"""Reason codes of the desk's own, and what is ticked before an approval; as `model.review_rules` writes them."""
RETENTION = "retention"
"""For how many years nothing is purged, and what class of records this is: ``6 trading desk``; "" for no rule."""

DEFAULTS = {
    RELEASE_SIGNATURES: "1",
    PERSONAL_DATA: "told",
    HEAD_FOLDERS: "",
    FOUR_EYES: "off",
    WAIVER_SECOND: "off",
    BLIND_MARK: OPTIONAL,
    OUTCOME_RULE: str(Rule()),
    ENDPOINT_URL: "",
    ENDPOINT_MODEL: "",
    ENDPOINT_HOST: "",
    MODEL_PRICES: "",
    TOKEN_LIMIT: "",
    COST_LIMIT: "",
    REDACT: "off",
    LOCK_AFTER: str(IDLE_MINUTES),
    ENVIRONMENTS: "",
    REASONS: "",
    CHECKLIST: "",
    RETENTION: "",
}
CHOICES = {
    **dict.fromkeys((FOUR_EYES, WAIVER_SECOND, REDACT), ("on", "off")),
    BLIND_MARK: (OFF, OPTIONAL, REQUIRED),
    RELEASE_SIGNATURES: tuple("123456789"),
    PERSONAL_DATA: ("told", "resolved"),
    LOCK_AFTER: (EACH, "5", "15", "30", "60"),
}
"""The settings that can have only certain values."""

_SPELT: dict[str, Callable[[str], str]] = {
    REASONS: lambda value: review_rules.reasons_out(review_rules.reasons_in(value)),
    CHECKLIST: lambda value: review_rules.checklist_out(review_rules.checklist_in(value)),
    RETENTION: lambda value: str(review_rules.Retention.parse(value) or ""),
}
"""How the settings that have a form of their own are written down."""


def get(db: Connection, name: str) -> str:
    """Return the value of setting *name*, or its default."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else default(name)


def default(name: str) -> str:
    """Return the value that setting *name* has where nobody changed it.

    Raises:
        KeyError: there is no such setting.
    """
    return Strictness.NORMAL.value if name.startswith(GUARD) else DEFAULTS[name]


def changed(db: Connection) -> dict[str, str]:
    """Return the settings that were ever changed, and their values."""
    return {str(name): str(value) for name, value in db.execute("SELECT name, value FROM setting ORDER BY name")}


@dataclass(frozen=True, slots=True)
class Changed:
    """How a setting got the value that it has.

    Attributes:
        at: When, in nanoseconds since 1970 UTC.
        by: Who changed it, as the ledger has it.
        signed: Whether a key proved that.
        entry: The number of the ledger's entry.
    """

    at: int
    by: str
    signed: bool
    entry: int


def last_changes(db: Connection) -> dict[str, Changed]:
    """Return how each setting that was ever changed got its value, by name, from the ledger."""
    rows = db.execute(
        f"SELECT seq, line, body FROM entry JOIN entry_body USING(seq) WHERE {ledger.KIND} = ? ORDER BY seq",  # noqa: S608
        ("setting-changed",),
    )
    found: dict[str, Changed] = {}
    for seq, line, body in rows:
        entry, said = json.loads(line), json.loads(body)
        found[str(said["name"])] = Changed(int(entry["at"]), str(entry["actor"]), bool(said.get(SIGNATURE)), seq)
    return found


def strictness(db: Connection) -> dict[str, Strictness]:
    """Return what this desk chose for its guardrails, by id; those left as they are written are not named."""
    chosen = {name.removeprefix(GUARD): value for name, value in changed(db).items() if name.startswith(GUARD)}
    return {name: Strictness(value) for name, value in chosen.items() if value != Strictness.NORMAL}


def put(db: Connection, name: str, value: str, by: rules.By) -> None:
    """Set *name* to *value* and say so in the ledger, with the signature of *by* where that is a key.

    Raises:
        UserError: the setting cannot have that value, or *by* may not change it (`rules.check`).
    """
    default(name)
    if name == OUTCOME_RULE:
        value = str(Rule.parse(value))
    if name in CHOICES and value not in CHOICES[name]:
        allowed = " or ".join(CHOICES[name])
        raise UserError(f"The setting {name} is {allowed}, and not {value!r}; nothing was changed.")
    if name.startswith(GUARD) and value not in set(Strictness):
        raise UserError(
            f"The setting {name} is one of {', '.join(Strictness)}, and not {value!r}; nothing was changed."
        )
    if name == HEAD_FOLDERS and (bad := next((f for f in value.split("|") if f.strip() and not isabs(f.strip())), "")):
        raise UserError(f"{bad.strip()}: name the folder with its whole path; nothing was changed.")
    if name in (MODEL_PRICES, TOKEN_LIMIT, COST_LIMIT):
        prices.check(name, value)
    if name in _SPELT:
        value = _SPELT[name](value)
    with transaction(db):
        before = get(db, name)
        db.execute(
            "INSERT INTO setting VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", (name, value)
        )
        rules.enter(
            db,
            by,
            "setting-changed",
            {
                "subject": f"{name}: {before or '(none)'} → {value or '(none)'}",
                "name": name,
                "from": before,
                "to": value,
            },
        )
        if name == OUTCOME_RULE:
            outcomes.derive(db, Rule.parse(value))


def environments(value: str) -> list[str]:
    """Return the names that a value of the setting "environments" holds."""
    return list(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


def outcome_rule(db: Connection) -> Rule:
    """Return the rule for scores that holds on this desk."""
    return Rule.parse(get(db, OUTCOME_RULE))

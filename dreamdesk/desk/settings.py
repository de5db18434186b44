"""Settings that matter to an examiner; each change is an entry of the ledger."""

from __future__ import annotations

from dreamdesk.desk import ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.errors import UserError

FOUR_EYES = "four_eyes"
"""On: two different auditors must approve, and none of them may be the author."""
ENDPOINT_URL = "endpoint_url"
ENDPOINT_MODEL = "endpoint_model"
ENDPOINT_HOST = "endpoint_host"
"""The one host beyond this machine that the officer opened for dreaming; "" keeps the desk offline."""

DEFAULTS = {FOUR_EYES: "off", ENDPOINT_URL: "", ENDPOINT_MODEL: "", ENDPOINT_HOST: ""}


def get(db: Connection, name: str) -> str:
    """Return the value of setting *name*, or its default."""
    row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else DEFAULTS[name]


def put(db: Connection, name: str, value: str, actor: str) -> None:
    """Set *name* to *value* and say so in the ledger.

    Raises:
        UserError: the setting cannot have that value.
    """
    if name not in DEFAULTS:
        raise KeyError(name)
    if name == FOUR_EYES and value not in ("on", "off"):
        raise UserError(f"The setting {FOUR_EYES} is on or off, and not {value!r}; nothing was changed.")
    with transaction(db):
        before = get(db, name)
        db.execute(
            "INSERT INTO setting VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = excluded.value", (name, value)
        )
        ledger.append(
            db,
            actor,
            "setting-changed",
            {
                "subject": f"{name}: {before or '(none)'} → {value or '(none)'}",
                "name": name,
                "from": before,
                "to": value,
            },
        )

"""What every stage of the pipeline shares: progress, cancelling, and the file that repeats the ledger's head."""

from __future__ import annotations

from collections.abc import Callable

from dreamdesk.desk import heads, rules, settings
from dreamdesk.desk.database import Connection

Progress = Callable[[int, int, str], None]
"""Called with what is done, out of how much, and a word for it."""

Cancelled = Callable[[], bool]
"""Asked between pieces of work; after True nothing more is begun."""

PROGRAM = "DreamDesk"
"""The actor of ledger entries that no person caused."""


def write_head(db: Connection) -> None:
    """Repeat the ledger's head outside the desk, wherever that can be done now (`heads.at_opening` tells where not)."""
    heads.write(db)


def may_change_rules(db: Connection, by: rules.By) -> None:
    """Return if *by*, a name or an unlocked key, may change the rules of the desk.

    Each change asks this itself, by `desk.rules.enter`; ask it to say early what would be refused.

    Raises:
        UserError: the desk has an administrator, and *by* is not the unlocked key of one.
    """
    rules.check(db, by)


def change_setting(db: Connection, name: str, value: str, by: rules.By) -> None:
    """Set *name* to *value*, say so in the ledger, signed where *by* is a key, and repeat its head.

    Raises:
        UserError: the setting cannot have that value, or *by* may not change the rules.
    """
    settings.put(db, name, value, by)
    write_head(db)

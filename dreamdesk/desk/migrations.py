"""Migrations: how a desk gets its tables, and how an older desk gets newer ones. Each runs in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from dreamdesk.desk import schema

if TYPE_CHECKING:
    from sqlite_utils import Database


NAMES = {1_000: "tables"}
"""Names under which desks recorded a migration, where it is not the number of its version."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring *db* to the current schema, one version after the other; what was already applied stays as it is.

    sqlite-utils is imported here, not with the module, because opening a current desk does not need it.
    """
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("dreamdesk")
    for version, script in schema.SCRIPTS.items():
        migrations(name=NAMES.get(version, str(version)))(_bringing(version, script))
    migrations.apply(Database(db))


def _bringing(version: int, script: str) -> Callable[[Database], None]:
    """Return the migration that runs *script* and says which version the desk has now: both or neither."""

    def bring(target: Database) -> None:
        for statement in _statements(script):
            target.execute(statement)
        target.execute(f"PRAGMA user_version={version}")

    return bring


def _statements(script: str) -> list[str]:
    """Split *script* into complete statements (``executescript`` would commit the migration's transaction)."""
    found, pending = [], ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return [statement for statement in found if statement != ";"]

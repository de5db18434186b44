"""Migrations: how a desk gets its tables, and how an older desk gets newer ones. Each runs in one transaction."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from dreamdesk.desk import schema

if TYPE_CHECKING:
    from sqlite_utils import Database


def migrate(db: sqlite3.Connection) -> None:
    """Bring *db* to the current schema; what was already applied stays as it is.

    sqlite-utils is imported here, not with the module, because opening a current desk does not need it.
    """
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("dreamdesk")

    @migrations()
    def tables(target: Database) -> None:
        for statement in _statements(schema.TABLES):
            target.execute(statement)

    migrations.apply(Database(db))
    db.execute(f"PRAGMA user_version={schema.VERSION}")


def _statements(script: str) -> list[str]:
    """Split *script* into complete statements (``executescript`` would commit the migration's transaction)."""
    found, pending = [], ""
    for part in script.split(";"):
        pending += part + ";"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return [statement for statement in found if statement != ";"]

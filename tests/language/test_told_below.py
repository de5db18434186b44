"""What lower layers say of a desk that cannot be opened, and of an unknown format, is said in German, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dreamdesk import language
from dreamdesk.desk import schema
from dreamdesk.desk.database import create, open_desk
from dreamdesk.desk.inspection import ReadOnlyDesk
from dreamdesk.language import told
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import mapping


@pytest.fixture
def german() -> Iterator[None]:
    language.choose("de")
    yield
    language.choose("en")


def said(path: Path) -> tuple[str, str]:
    """What is raised when *path* is opened, as the command line and as the window say it."""
    with pytest.raises(UserError) as refused:
        open_desk(path)
    return str(refused.value), told(refused.value)


@pytest.mark.usefixtures("german")
def test_why_a_desk_cannot_be_opened(tmp_path: Path) -> None:
    absent, other, newer = (tmp_path / f"{name}.desk" for name in ("absent", "other", "newer"))
    other.write_bytes(b"{}")
    create(newer).close()
    with closing(sqlite3.connect(newer)) as db:
        db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    assert said(absent) == (f"{absent}: there is no such desk.", f"{absent}: Diesen Desk gibt es nicht.")
    assert said(other)[1].startswith(f"{other}: Das ist kein Desk von DreamDesk")
    english, german = said(newer)
    assert english.startswith(f"{newer}: this desk was made by a newer DreamDesk (its tables are version ")
    assert german.startswith(f"{newer}: Dieser Desk wurde mit einem neueren DreamDesk angelegt")
    with pytest.raises(ReadOnlyDesk):
        open_desk(newer)


@pytest.mark.usefixtures("german")
def test_why_a_field_is_proposed(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    rows = [f"{case},{who},Was in Fall {case} gesagt wurde." for case in range(1, 9) for who in ("user", "agent")]
    file.write_text("\n".join(["case_id,role,text", *rows]) + "\n", encoding="utf-8")
    _, proposal = mapping.look(file)
    why = {found.path: found.why for found in proposal.fields}
    assert why["case_id"] == "Das Feld heißt „case_id“, und seine 8 Werte kehren in 16 Datensätzen wieder."
    assert why["role"] == "100\N{NO-BREAK SPACE}% seiner Werte nennen, wer handelt: „user“, „agent“."

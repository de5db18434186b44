"""Erasure: every column is known, words are found in every form, and nothing of them is left in the file."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.desk import database
from dreamdesk.desk.erasable import TABLES
from dreamdesk.desk.erasure import MARK, Words
from dreamdesk.model.errors import UserError


def test_every_column_that_can_hold_words_is_known(tmp_path: Path) -> None:
    """Who adds a column says in `erasable.TABLES` whether words of people can stand in it."""
    with closing(database.create(tmp_path / "a.desk")) as db:
        rows = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'step_search%'")
        there = {
            name: {row[1] for row in db.execute(f"PRAGMA table_info('{name}')") if row[2] in ("TEXT", "BLOB", "")}
            for (name,) in rows.fetchall()
        }
    assert {name: set(columns) for name, columns in TABLES.items()} == there


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Müller-Ångström",
        "zoë müller-ångström",
        "ZOË MÜLLER-ÅNGSTRÖM",
        "Zoe\u0308 Mu\u0308ller-A\u030angstro\u0308m",
        "Zoë\nMüller-Ångström",
        json.dumps({"name": "Zoë Müller-Ångström"}),
        json.dumps({"name": "Zoë Müller-Ångström"}, ensure_ascii=False),
        json.dumps({"arguments": json.dumps({"name": "Zoë\nMüller-Ångström"})}),
    ],
)
def test_words_are_found_in_every_form(text: str) -> None:
    words = Words(["Zoë  Müller-Ångström"])
    assert words.count(text) == 1
    assert MARK in words.erase(text)
    assert words.count(words.erase(text)) == 0
    covered = words.cover(text.encode())
    assert len(covered) == len(text.encode())


@given(st.text(min_size=3).filter(lambda text: len(" ".join(text.split())) >= 3 and text.isprintable()))
def test_what_is_in_json_is_found_and_the_json_stays_whole(text: str) -> None:
    words = Words([text])
    for value in (f"a {text} b", json.dumps([text, {"x": f"<{text}>"}]), json.dumps([text], ensure_ascii=False)):
        assert words.count(value)
    erased = json.loads(words.erase(json.dumps({"x": f"a {text} b"})))
    assert words.count(json.dumps(erased)) == words.count(MARK)


def test_words_that_the_desk_cut_go_too() -> None:
    words = Words(["Mr. Vmtepnb of Lyon"])
    assert (
        words.erase_parts('[[8,"Vmtepnb, as I said"], [9, "of LYON"]]')
        == f'[[8,"{MARK}, as I said"], [9, "of {MARK}"]]'
    )


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(UserError, match="too short"):
        Words(["Jo "])

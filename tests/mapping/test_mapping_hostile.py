"""Mappings against files that nobody meant well with: nothing crashes, nothing is lost in silence."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mapping_logs as logs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.mapping import paths, table, times
from dreamdesk.intake.mapping.applying import apply
from dreamdesk.intake.mapping.mapped import MappedReader
from dreamdesk.intake.mapping.mapping import (
    MEANINGS,
    TEXTS,
    Container,
    Dialect,
    Field,
    Mapping,
    Role,
    Unit,
    from_json,
    from_text,
    to_text,
)
from dreamdesk.intake.mapping.proposal import propose
from dreamdesk.intake.mapping.sample import inside, take
from dreamdesk.intake.reader import Log, Trace
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode
from dreamdesk.model.errors import UserError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**13) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
NAME = st.sampled_from(
    ["role", "content", "text", "id", "session", "ts", "tool", "args", "reward", "steps", "x.y", "", "a[0]"]
)
RECORD = st.dictionaries(NAME, VALUE, max_size=7)


def read(path: Path) -> tuple[list[Episode], Log]:
    sample = take(path)
    mapping, log = propose(sample).mapping, Log()
    if not mapping.fields:
        return [], log
    return list(apply(mapping, inside(sample.records, mapping.records, log), log)), log


@given(st.lists(RECORD | VALUE, min_size=1, max_size=12))
@settings(max_examples=120)
def test_no_json_crashes_the_proposal_or_the_reading(values: list[Json]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "any.jsonl")
        path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
        with suppress(UserError):  # said in words; anything else would be a defect
            read(path)


@given(
    st.binary(max_size=400)
    | st.lists(st.lists(TEXT, min_size=1, max_size=5), max_size=8).map(
        lambda rows: "\n".join(";".join(row) for row in rows).encode()
    )
)
@settings(max_examples=120)
def test_no_table_crashes_the_proposal_or_the_reading(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "any.csv")
        path.write_bytes(data)
        with suppress(UserError):  # said in words; anything else would be a defect
            read(path)


@given(
    st.lists(
        st.tuples(st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(["user", "bot", "?", ""]), TEXT, TEXT),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=120)
def test_every_character_of_a_mapped_text_comes_through(rows: list[tuple[str, str, str, str]]) -> None:
    mapping = Mapping(
        Container.JSON,
        Unit.STEP,
        (
            Field("c", Role.EPISODE),
            Field("who", Role.ACTOR, (("bot", "agent"), ("user", "user"))),
            Field("text", Role.CONTENT),
            Field("out", Role.RESULT),
        ),
    )
    with TemporaryDirectory() as folder:
        path = logs.write(
            Path(folder), "a.jsonl", [dict(zip(("c", "who", "text", "out"), row, strict=True)) for row in rows]
        )
        trace = Trace(path, Log())
        found = list(MappedReader("m", mapping).read(trace))
    texts = Counter(step.content for episode in found for step in episode.steps)
    assert texts == Counter(text for row in rows for text in row[2:] if text)
    assert len(found) == len({row[0] for row in rows})
    assert not trace.log.skipped


@given(
    st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=10), st.sampled_from([",", ";", "\t", "|"])
)
@settings(max_examples=150)
def test_a_table_gives_back_every_cell(rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue().encode()
    blocks = [data[at : at + 7] for at in range(0, len(data), 7)]
    found = list(table.records(blocks, Dialect(delimiter, header=False)))
    assert [list(record.value.values()) for record in found if hasattr(record, "value")] == [r for r in rows if any(r)]


@given(st.lists(TEXT | st.integers(0, 10**6) | st.none(), max_size=8))
def test_a_path_is_read_as_it_was_written(parts: list[paths.Part]) -> None:
    assert paths.parse(paths.write(tuple(parts))) == tuple(parts)


@given(TEXT)
def test_no_text_makes_a_path_that_does_harm(text: str) -> None:
    try:
        path = paths.parse(text)
    except ValueError:
        return
    assert paths.parse(paths.write(path)) == path
    assert paths.get({"a": {"__class__": 1}}, path) in (None, {"a": {"__class__": 1}}, {"__class__": 1}, 1)


@given(VALUE, st.sampled_from(times.FORMS))
def test_any_value_is_a_time_or_none(value: Json, form: str) -> None:
    at = times.read(value, form)
    assert at is None or -(2**63) <= at < 2**63


FIELD = st.builds(
    lambda path, role, threshold: Field(paths.write((path,)), role, (), "iso" if role is Role.TIME else "", threshold),
    TEXT,
    st.sampled_from(Role),
    st.none() | st.floats(-100, 100),
)


@given(st.lists(FIELD, max_size=6, unique_by=lambda one: one.path), st.sampled_from(Container), st.sampled_from(Unit))
def test_a_mapping_survives_its_file(fields: list[Field], container: Container, unit: Unit) -> None:
    mapping = Mapping(container, unit, (Field("words", Role.CONTENT), *(f for f in fields if f.path != "words")))
    name, again = from_text(to_text("Ours", mapping))
    assert (name, again, again.digest()) == ("Ours", mapping, mapping.digest())


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ([], "no mapping"),
        ({"dreamdesk_mapping": 99}, "later DreamDesk"),
        ({"dreamdesk_mapping": 1}, "cannot be used"),
        ({"fields": [{"path": "a", "is": "owner"}]}, "owner"),
        ({"fields": [{"path": "a[", "is": "content"}]}, "no path"),
        ({"fields": [{"path": "a", "is": "actor", "values": {"x": "god"}}]}, "god"),
        ({"fields": [{"path": "a", "is": "time", "written": "%c"}]}, "%c"),
        ({"fields": []}, "content"),
        ({"fields": [{"path": "a", "is": "content"}, {"path": "a", "is": "tool"}]}, "two things"),
        ({"fields": [{"path": "a", "is": "content"}] * 501}, "501"),
        ({"fields": [{"path": "a", "is": "content"}], "dialect": {"delimiter": "x"}}, "table"),
        ({"fields": [{"path": "a" + ".b" * 40, "is": "content"}]}, "too long"),
    ],
)
def test_a_strangers_mapping_is_refused_in_words(form: Json, says: str) -> None:
    whole = (
        {"dreamdesk_mapping": 1, "container": "json", "record_is": "step", **form} if isinstance(form, dict) else form
    )
    if isinstance(form, dict) and form.keys() == {"dreamdesk_mapping"}:
        whole = form
    with pytest.raises(UserError, match=says):
        from_json(whole)


def test_formulas_markup_and_nuls_stay_text(tmp_path: Path) -> None:
    texts = [
        '=HYPERLINK("http://x","y") and more',
        "<img src=x onerror=alert(1)> hello there",
        "a\0b is a null in it",
        "\u202egpj.exe is turned round",
    ]
    rows = io.StringIO(newline="")
    csv.writer(rows).writerows(
        [["who", "message"], *(["user" if n % 2 else "bot", text] for n, text in enumerate(texts))]
    )
    found, log = read(logs.write(tmp_path, "h.csv", rows.getvalue()))
    assert [step.content for step in found[0].steps] == texts
    assert not log.skipped


def test_a_field_of_a_megabyte_and_ten_thousand_columns(tmp_path: Path) -> None:
    big = "word " * 200_000
    found, _ = read(logs.write(tmp_path, "big.csv", f'who,text\nuser,"{big}"\nbot,"That is a long text, thank you."\n'))
    assert found[0].steps[0].content == big
    header = ",".join(["who", "text", *(f"c{n}" for n in range(10_000))])
    row = ",".join(["user", "Please tell me what is wrong.", *["1"] * 10_000])
    found, log = read(logs.write(tmp_path, "wide.csv", f"{header}\n{row}\n"))
    assert found[0].steps[0].content == "Please tell me what is wrong."
    assert any("other fields" in note for note in log.notes)


def test_headers_that_stand_twice_or_are_empty_are_told_apart() -> None:
    assert table.columns(["a", "a", "", "a (2)", " b "], Dialect()) == ["a", "a (3)", "column 3", "a (2)", "b"]


def test_rows_that_are_none_are_listed_with_their_line_and_the_rest_is_read(tmp_path: Path) -> None:
    rows = ["who,text", "user,One is a good line.", "user,two,three", 'bot,"never closed', "user,Five is good again."]
    path = logs.write(tmp_path, "bad.csv", "\n".join(rows))
    found, _ = read(path)
    assert [step.content for step in found[0].steps] == ["One is a good line.", "Five is good again."]
    assert [(skip.place, skip.reason) for skip in take(path).skipped] == [
        ("line 3", "it has 3 fields where the table has 2"),
        ("line 4", "a quotation mark opens a field that nothing closes"),
    ]


def test_a_table_without_header_is_read_from_its_first_row(tmp_path: Path) -> None:
    rows = "c1;user;Where is my order, please?\nc1;bot;It is on its way to you.\nc2;user;Thank you very much indeed.\n"
    path = logs.write(tmp_path, "bare.csv", rows)
    sample = take(path)
    assert not sample.dialect.header
    found, _ = read(path)
    assert sum(len(episode.steps) for episode in found) == 3


@pytest.mark.parametrize("words", ["Dear all, this is prose.\nNothing more.\n", "PK\x03\x04", "\x80\x04."])
def test_what_is_neither_json_nor_a_table_is_refused(tmp_path: Path, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(words.encode("latin-1"))
    with pytest.raises(UserError, match=r"x\.csv"):
        take(path)


def test_rows_of_several_episodes_that_are_mixed_are_put_together_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"c": f"c{n % 3}", "text": f"sentence number {n}"} for n in range(30)]
    mapping = Mapping(Container.JSON, Unit.STEP, (Field("c", Role.EPISODE), Field("text", Role.CONTENT)))
    path = logs.write(tmp_path, "mixed.jsonl", rows)
    found = list(MappedReader("m", mapping).read(Trace(path, Log())))
    assert [len(episode.steps) for episode in found] == [10, 10, 10]
    monkeypatch.setattr("dreamdesk.intake.mapping.applying.MAX_HELD", 400)
    trace = Trace(path, Log())
    assert list(MappedReader("m", mapping).read(trace)) == []
    assert "sort the records by episode" in trace.log.skipped[0].reason
    assert len(trace.log.skipped) == 4


def test_an_unknown_actor_is_kept_and_told() -> None:
    mapping = Mapping(
        Container.JSON, Unit.STEP, (Field("who", Role.ACTOR, (("user", "user"),)), Field("text", Role.CONTENT))
    )
    log = Log()
    from dreamdesk.intake.containers import Record

    (episode,) = apply(mapping, [Record({"who": "Oracle", "text": "hm"}, "line 1", "line:1")], log)
    assert (episode.steps[0].actor, episode.steps[0].content) == (Actor.SYSTEM, "hm")
    assert "“Oracle” is no actor of the mapping" in log.notes[0]


def test_each_meaning_that_is_offered_can_be_read() -> None:
    from dreamdesk.intake.containers import Record

    for role in (Role.ACTOR, Role.KIND):
        for means in MEANINGS[role]:
            mapping = Mapping(
                Container.JSON, Unit.STEP, (Field("a", role, (("v", str(means)),)), Field("t", Role.CONTENT))
            )
            (episode,) = apply(mapping, [Record({"a": "V", "t": "words"}, "line 1", "line:1")], Log())
            assert len(episode.steps) == (means != "leave out")
    assert Role.CONTENT in TEXTS

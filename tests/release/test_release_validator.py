"""The validator: no row that a trainer or loader would break on gets past it, and it agrees with `jsonschema`."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from format_cases import every_sort
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from dreamdesk.model.errors import UserError
from dreamdesk.release import schemas
from dreamdesk.release.bundle import write
from dreamdesk.release.formats import Format, formats
from dreamdesk.release.validate import Suspect, _checked, encode
from dreamdesk.review.identity import Signer

Row = dict[str, Any]
Mutation = tuple[str, Row]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, anna: Signer, lea: Signer) -> dict[str, list[Row]]:
    """The rows of every format."""
    names = tuple(made.name for made in formats())
    bundle = write(tmp_path_factory.mktemp("rows") / "b", every_sort([anna, lea], names), lea.sshsig, lea.auditor.name)
    return {
        made.name: [json.loads(line) for line in (bundle / "data" / made.path).read_bytes().splitlines()]
        for made in formats()
    }


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value inside *value*, but not those inside free JSON."""
    yield path
    if path and path[-1] in ("arguments", "args", "parameters"):
        return
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places(part, (*path, name))


def at(row: Row, path: tuple[str | int, ...]) -> Any:
    value: Any = row
    for name in path:
        value = value[name]
    return value


def changed(row: Row, path: tuple[str | int, ...], change: Callable[[Any], Any]) -> Row:
    """Return a copy of *row* with what *change* makes of the value at *path*."""
    made = copy.deepcopy(row)
    if not path:
        return change(made)
    at(made, path[:-1])[path[-1]] = change(at(made, path))
    return made


def mutants(row: Row) -> Iterator[Mutation]:
    """Yield rows that no reader of the format takes, or that it would read as something else, each with its fault."""
    for path in places(row):
        value = at(row, path)
        last = path[-1] if path else ""
        for other in (None, 7, ["x"], {"x": "y"}, "x"):
            if type(other) is not type(value) and not (last == "id" and path[:-1] == ()):
                yield f"{path}: another type", changed(row, path, lambda _, other=other: other)
        if isinstance(value, str):
            yield f"{path}: a NUL", changed(row, path, lambda text: f"{text}\x00")
            yield f"{path}: half a character", changed(row, path, lambda text: f"{text}\ud800")
            if last in ("role", "from", "type"):
                yield f"{path}: an unknown word", changed(row, path, lambda _: "narrator")
            if last == "role" and value == "assistant":
                yield f"{path}: a tool where the agent speaks", changed(row, path, lambda _: "tool")
        elif isinstance(value, dict):
            if last in ("arguments", "args"):
                for bad in (2**53, -(2**70), float("nan"), float("inf"), "\x00", "\ud800"):
                    yield f"{path}: {bad!r}", changed(row, path, lambda a, bad=bad: {**a, "deep": [{"x": bad}]})
            elif last != "parameters":
                yield f"{path}: a key too many", changed(row, path, lambda a: {**a, "extra": 1})
        elif isinstance(value, list) and value:
            yield f"{path}: nothing in it", changed(row, path, lambda _: [])
        if isinstance(value, bool) and last in ("label",):
            yield f"{path}: the other label", changed(row, path, lambda a: not a)


TURNS = {
    "completion": 1, "chosen": 1, "rejected": 1, "must": 1, "must_not": 1, "preferred_output": 1,
    "non_preferred_output": 1,
}  # fmt: skip


def rearranged(row: Row) -> Iterator[Mutation]:
    """Yield rows whose turns are not those that the format asks for."""
    for key in TURNS:
        if isinstance(row.get(key), list):
            yield f"{key}: two turns", {**row, key: row[key] * 2}
            yield f"{key}: a tool result, too", {**row, key: [*row[key], {"role": "tool", "name": "f", "content": "x"}]}
    for key in ("messages", "conversations", "contents"):
        if isinstance(row.get(key), list) and "chosen" not in row and "completions" not in row:
            yield f"{key}: without its last turn", {**row, key: row[key][:-1]}
            if key != "messages" or "system" in row:
                yield f"{key}: turned round", {**row, key: row[key][::-1]}
                yield f"{key}: a turn twice", {**row, key: [*row[key], row[key][-1]]}
    for key in ("labels",):
        if key in row:
            yield "labels: one too many", {**row, key: [*row[key], True]}
            yield "labels: the other end", {**row, key: [*row[key][:-1], not row[key][-1]]}
            yield "labels: false in the middle", {**row, key: [False, *row[key]][: len(row[key])]}
    if any(isinstance(message, dict) and "weight" in message for message in row.get("messages", [])):
        for weight in (1, 0):
            said = [{**m, "weight": weight} if "weight" in m else m for m in row["messages"]]
            if said != row["messages"]:
                yield f"weights: all {weight}", {**row, "messages": said}
        said = [{k: v for k, v in m.items() if k != "tool_call_id"} for m in row["messages"]]
        if said != row["messages"]:
            yield "a result without its call", {**row, "messages": said}
            yield "calls without results", {**row, "messages": [m for m in row["messages"] if m["role"] != "tool"]}


def is_legal(fault: str, row: Row, made: Format) -> bool:
    """Tell whether a change happens to be another row of the same format."""
    return fault.startswith("labels") and made.rule(row) == ""


def test_no_mutant_leaves(rows: dict[str, list[Row]], survived: Callable[[str, Mapping[str, int]], None]) -> None:
    refused: Counter[str] = Counter()
    for made in formats():
        for row in rows[made.name][:3]:
            for fault, mutant in [*mutants(row), *rearranged(row)]:
                if mutant == row or is_legal(fault, mutant, made):
                    continue
                with pytest.raises(UserError, match=r"^Correction 5: "):
                    _encode(mutant, made, fault)
                refused[made.name] += 1
    survived("broken rows refused", {"in all": refused.total(), **refused})
    assert min(refused.values()) >= 20, refused
    assert sum(refused.values()) >= 400, refused


def _encode(row: Row, made: Format, fault: str) -> None:
    encode(row, made, "Correction 5")
    raise AssertionError(f"{made.name}: {fault} got past: {row}")


def test_every_row_that_leaves_passes(rows: dict[str, list[Row]]) -> None:
    for made in formats():
        for row in rows[made.name]:
            assert json.loads(encode(row, made, "Correction 5")) == row


@pytest.fixture(scope="module")
def independent() -> Callable[[str, Any], bool]:
    """Whether a row fits the schema of a format, says the `jsonschema` package."""
    root = "https://dreamdesk.invalid/"
    known = [
        (root + name, Resource.from_contents({**json.loads(text), "$id": root + name}))
        for name, text in schemas.files()
    ]
    registry: Registry[Any] = Registry().with_resources(known)
    validators = {
        made.name: Draft202012Validator({"$ref": f"{root}{made.name}.schema.json"}, registry=registry)
        for made in formats()
    }
    return lambda name, row: validators[name].is_valid(row)


def test_it_agrees_with_an_independent_validator(
    rows: dict[str, list[Row]], independent: Callable[[str, Any], bool]
) -> None:
    chance = random.Random(7)
    compared = Counter[bool]()
    for made in formats():
        for row in rows[made.name][:2]:
            found = [*mutants(row), *rearranged(row)]
            for fault, mutant in [("as it is", row), *chance.sample(found, min(60, len(found)))]:
                ours = schemas.checker(made.name)(mutant, {}) == ""
                assert ours == independent(made.name, mutant), (made.name, fault, mutant)
                compared[ours] += 1
    assert min(compared.values()) > 20, compared


def test_a_schema_with_a_word_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'oneOf' is not known"):
        schemas._compile({"oneOf": []}, tmp_path / "x.schema.json")


@given(st.lists(st.sampled_from(["\\u0000", "\\", "u0000", "0" * 15, "7", "9" * 15, "\ufffd", "²", "a", "."])))
def test_a_line_is_walked_through_where_it_holds_what_some_loaders_do_not_take(parts: list[str]) -> None:
    line = "".join(parts).encode()
    try:
        suspect = _checked(line) != line
    except Suspect:
        suspect = True
    assert suspect is bool(re.search(rb"\\u0000|[0-9]{16}|\xef\xbf\xbd", line))

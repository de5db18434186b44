"""JSON Schemas of the training files, compiled: every row is held against its schema before it is written.

Of JSON Schema 2020-12 the words are known that the files under ``resources/schemas`` use; any other is refused when a
schema is compiled, so that none is passed over. A compiled schema is some hundred times as fast as the `jsonschema`
package, which the tests hold it against; a bundle of 10,000 corrections has a quarter of a million rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path

from dreamdesk.model.canonical import Json

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "schemas"
SUFFIX = ".schema.json"

Seen = dict[tuple[int, int], Json]
"""Values that were found right by a part of a schema. It keeps them alive, so that their ids stay theirs."""

Checker = Callable[[Json, Seen], str]
"""Returns what is wrong with a value, "" if nothing is. What `Seen` holds is not looked at again: rows share parts."""

_ARRAY = (list, tuple)
_HOLDERS = (dict, list, tuple)
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": _ARRAY,
    "string": str,
    "boolean": bool,
}
_WORDLESS = ("$schema", "$comment", "$defs")
_SAYING = {"type", *_WORDLESS}


def files() -> list[tuple[str, bytes]]:
    """Return every schema file: its name below ``schemas/``, and its bytes."""
    return [(path.relative_to(FOLDER).as_posix(), path.read_bytes()) for path in sorted(FOLDER.rglob("*" + SUFFIX))]


@cache
def checker(name: str) -> Checker:
    """Return the compiled schema of the rows of the format *name*, such as "sft/gemini"."""
    return _compiled(FOLDER / (name + SUFFIX), "")


@cache
def _compiled(path: Path, pointer: str) -> Checker:
    """Return the schema at *pointer* (names between slashes) of the file *path*."""
    schema = json.loads(path.read_bytes())
    for name in pointer.split("/")[1:]:
        schema = schema[name]
    return _compile(schema, path)


def _compile(schema: dict[str, Json], path: Path) -> Checker:
    checks: list[Checker] = []
    for word, value in schema.items():
        if word == "type":
            checks.append(_type(value))
        elif word == "$ref":
            file, _, pointer = value.partition("#")
            checks.append(_once(_compiled((path.parent / file).resolve() if file else path, pointer)))
        elif word in ("const", "enum"):
            checks.append(_among([value] if word == "const" else value))
        elif word == "required":
            checks.append(_required(tuple(value)))
        elif word == "properties":
            closed = schema.get("additionalProperties") is False
            texts = {name for name, part in value.items() if part.get("type") == "string" and not set(part) - _SAYING}
            checks.append(_properties({name: _compile(part, path) for name, part in value.items()}, closed, texts))
        elif word in ("minItems", "minLength"):
            checks.append(_at_least(value, str if word == "minLength" else _ARRAY))
        elif word == "maxItems":
            checks.append(_at_most(value))
        elif word == "pattern":
            checks.append(_pattern(re.compile(value.replace("$", r"\Z"))))
        elif word == "prefixItems":
            checks.append(_prefix([_compile(part, path) for part in value]))
        elif word == "items":
            checks.append(_items(_compile(value, path), len(schema.get("prefixItems", ()))))
        elif word == "anyOf":
            checks.append(_any([_compile(part, path) for part in value]))
        elif word == "allOf":
            checks.append(_all([_compile(part, path) for part in value]))
        elif word not in (*_WORDLESS, "additionalProperties"):
            raise ValueError(f"{path.name}: the word {word!r} is not known")
    return checks[0] if len(checks) == 1 else _all(checks)


def _once(inner: Checker) -> Checker:
    """Return *inner*, which is not asked again of what it found right."""

    def check(value: Json, seen: Seen) -> str:
        if not isinstance(value, _HOLDERS):
            return inner(value, seen)
        key = (id(inner), id(value))
        if key in seen:
            return ""
        fault = inner(value, seen)
        if not fault:
            seen[key] = value
        return fault

    return check


def _all(checks: list[Checker]) -> Checker:
    if len(checks) == 2:  # as most are; the loop would cost more than they
        first, second = checks
        return lambda value, seen: first(value, seen) or second(value, seen)

    def check(value: Json, seen: Seen) -> str:
        for one in checks:
            if fault := one(value, seen):
                return fault
        return ""

    return check


def _any(checks: list[Checker]) -> Checker:
    def check(value: Json, seen: Seen) -> str:
        faults = []
        for one in checks:
            fault = one(value, seen)
            if not fault:
                return ""
            faults.append(fault)
        return " and ".join(dict.fromkeys(faults))

    return check


def _type(name: str) -> Checker:
    wanted = _TYPES[name]
    return lambda value, _: "" if isinstance(value, wanted) else f"{_short(value)} is no {name}"


def _among(allowed: Iterable[Json]) -> Checker:
    values = tuple(allowed)
    kinds = tuple((type(value), value) for value in values)
    texts = {value for value in values if isinstance(value, str)}
    words = " or ".join(map(_short, values))

    def check(value: Json, seen: Seen) -> str:
        if type(value) is str and value in texts:
            return ""
        for kind, one in kinds:
            if value == one and (isinstance(value, bool) is (kind is bool)):
                return ""
        return f"{_short(value)} is not {words}"

    return check


def _required(names: tuple[str, ...]) -> Checker:
    def check(value: Json, seen: Seen) -> str:
        if isinstance(value, dict):
            for name in names:
                if name not in value:
                    return f"the key {name!r} is missing"
        return ""

    return check


def _properties(parts: dict[str, Checker], closed: bool, texts: Collection[str]) -> Checker:
    """Return the check of an object's *parts*; those in *texts* may be any string, which most parts are."""

    def check(value: Json, seen: Seen) -> str:
        if not isinstance(value, dict):
            return ""
        for name, part in value.items():
            if name in texts and type(part) is str:
                continue
            inner = parts.get(name)
            if inner is None:
                if closed:
                    return f"the key {_short(name)} must not be there"
            elif fault := inner(part, seen):
                return f"{name}: {fault}"
        return ""

    return check


def _at_least(least: int, kind: type[str] | tuple[type[list[Json]], type[tuple[Json, ...]]]) -> Checker:
    def check(value: Json, seen: Seen) -> str:
        return "it is too short" if isinstance(value, kind) and len(value) < least else ""

    return check


def _at_most(most: int) -> Checker:
    return lambda value, _: "it is too long" if isinstance(value, _ARRAY) and len(value) > most else ""


def _pattern(form: re.Pattern[str]) -> Checker:
    return lambda value, _: (
        f"{_short(value)} has not the form that it must have"
        if isinstance(value, str) and not form.search(value)
        else ""
    )


def _prefix(parts: list[Checker]) -> Checker:
    def check(value: Json, seen: Seen) -> str:
        if isinstance(value, _ARRAY):
            for part, one in zip(value, parts, strict=False):
                if fault := one(part, seen):
                    return fault
        return ""

    return check


def _items(inner: Checker, after: int) -> Checker:
    def check(value: Json, seen: Seen) -> str:
        if isinstance(value, _ARRAY):
            for part in value[after:] if after else value:
                if fault := inner(part, seen):
                    return fault
        return ""

    return check


def _short(value: Json) -> str:
    return ascii(value)[:60]

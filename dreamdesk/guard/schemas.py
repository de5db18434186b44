"""Schemas: whether a call's arguments fit what is known of the tool."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from dreamdesk.guard.calls import arguments
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Step

_QUANTIFIED_GROUP = re.compile(r"\)[*+{?]|\\[1-9]|\(\?P=")
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|\{\d*,\d*\}")
_REFERENCES = ("$ref", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef")
_LONGEST_MATCHED = 2000


def _safe_pattern(validator: Any, pattern: Json, instance: Json, schema: Json) -> Iterator[ValidationError]:
    """Match *pattern* unless it could take for ever: patterns come from strangers, and backtrack."""
    if not isinstance(pattern, str) or not isinstance(instance, str) or len(instance) > _LONGEST_MATCHED:
        return
    if _QUANTIFIED_GROUP.search(pattern) or len(_UNBOUNDED.findall(pattern)) > 2:
        return
    try:
        if not re.search(pattern, instance):
            yield ValidationError(f"{instance[:60]!r} does not match {pattern[:60]!r}")
    except (re.error, RecursionError, OverflowError):
        return


def schema_errors(schema: Json, value: Json, limit: int = 3) -> list[str] | None:
    """Return what in *value* does not fit the JSON Schema *schema*, or None where the schema itself is unusable.

    References are resolved inside the schema alone, never over a network; patterns that could run for ever are passed
    over.
    """
    if not isinstance(schema, Mapping):
        return None
    if not _references_are_texts(schema):
        return None
    base: Any = validator_for(schema, default=Draft202012Validator)
    keywords = {"pattern": _safe_pattern, "patternProperties": _ignore, "uniqueItems": _ignore}
    validator: Any = extend(base, keywords)  # type: ignore[no-untyped-call]
    try:
        base.check_schema(schema)
        errors = validator(schema, registry=Registry()).iter_errors(value)
        return [_sentence(error) for error, _ in zip(errors, range(limit), strict=False)]
    except (SchemaError, UnknownType, Unresolvable, RecursionError, re.error):
        return None


def _references_are_texts(schema: Json) -> bool:
    """Tell whether every reference and identifier in *schema* is a text: the validator takes that for granted."""
    stack = [schema]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            if any(key in item and not isinstance(item[key], str) for key in _REFERENCES):
                return False
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return True


def _ignore(validator: Any, keyword: Json, instance: Json, schema: Json) -> Iterator[ValidationError]:
    """Pass over a keyword whose cost a stranger controls."""
    return iter(())


def _sentence(error: ValidationError) -> str:
    place = "/".join(str(part) for part in error.absolute_path)
    return f"{place}: {error.message[:160]}" if place else error.message[:160]


class Habits:
    """What recorded calls show of each tool: which arguments it takes, and of which types."""

    def __init__(self, calls: list[Step]) -> None:
        """Learn from *calls*."""
        self.types: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.always: dict[str, set[str]] = {}
        for call in calls:
            self.types[call.tool]  # a call without readable arguments still shows that the tool exists
            value = arguments(call)
            if isinstance(value, dict):
                for key, item in value.items():
                    self.types[call.tool][key].add(_type(item))
                self.always[call.tool] = self.always.get(call.tool, set(value)) & set(value)

    def new_arguments(self, call: Step) -> list[str]:
        """Return the argument names of *call* that no recorded call of its tool had."""
        value = arguments(call)
        known = self.types.get(call.tool, {})
        return [key for key in value if key not in known] if isinstance(value, dict) and known else []

    def changed_types(self, call: Step) -> list[str]:
        """Return sentences on the arguments of *call* whose type no recorded call had."""
        value = arguments(call)
        if not isinstance(value, dict):
            return []
        known = self.types.get(call.tool, {})
        return [
            f"{key} is {_type(item)}, recorded as {' or '.join(sorted(known[key]))}"
            for key, item in value.items()
            if key in known and _type(item) not in known[key] and item is not None
        ]


def _type(value: Json) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null"

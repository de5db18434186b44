"""Canonical JSON: the very bytes that the standard library's encoder gives, however it is called."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.model.canonical import Json, canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(VALUES)
def test_it_is_what_the_standard_encoder_writes(value: Json) -> None:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    assert canonical(value) == plain.encode()
    assert canonical(json.loads(plain)) == canonical(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf], {"a": math.nan}])
def test_what_json_has_no_number_for_is_refused_and_the_next_value_is_not(value: Json) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(value)
    assert canonical({"b": [1], "a": "é"}) == '{"a":"é","b":[1]}'.encode()


def test_what_json_cannot_say_is_refused_and_half_a_character_becomes_the_sign_for_it() -> None:
    with pytest.raises(TypeError):
        canonical({"a": object()})
    assert canonical("\ud800!") == '"\ufffd!"'.encode()

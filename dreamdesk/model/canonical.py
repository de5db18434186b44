"""Canonical JSON and the digests built on it: the bytes that are hashed, chained and signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

Json = Any
"""A value that JSON can hold: the type of decoded, still unchecked input."""


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _encoding() -> Callable[[Json], str]:
    """Return what encodes like `_ENCODER`, which makes its encoder anew for every value: half of the time of a row."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter that has none written in C
        return _ENCODER.encode
    parts = make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda value: "".join(parts(value, 0))


_encoded = _encoding()


def canonical(value: Json) -> bytes:
    """Encode *value* as canonical JSON: sorted keys, no spaces, UTF-8, no NaN or Infinity.

    Two equal values always give the same bytes, so a digest of them can be compared years later. Lone surrogates,
    which UTF-8 cannot carry, become U+FFFD.

    Raises:
        ValueError: *value* holds NaN or an infinity.
        TypeError: *value* holds something that JSON cannot express.
    """
    text = _encoded(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def sha256(data: bytes) -> str:
    """Return the SHA-256 of *data* as 64 lower-case hex digits (FIPS 180-4)."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Json) -> str:
    """Return the SHA-256 of the canonical JSON of *value*."""
    return sha256(canonical(value))

"""The terms of a release: what goes out, to whom, and what the people who release it say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Terms:
    """What people choose and say at a release.

    Attributes:
        recipient: Who gets the bundle, in words; kept on the desk for erasure and recall, and named in the bundle.
        predetermined: Whether training on it is a change that was determined beforehand in the documentation of the
            system that is trained (Regulation (EU) 2024/1689, articles 3(23) and 43(4)); None where nobody said.
        change: The reason for that answer.
        only: Ids of the corrections to release; None for all that are approved.
        memory: Whether decided memory changes go along.
        formats: Names of the training formats to write, such as "sft/gemini"; None for the usual ones.
        waived: For ids of corrections, why what they hold of secrets and personal data may leave all the same.
    """

    recipient: str = ""
    predetermined: bool | None = None
    change: str = ""
    only: frozenset[int] | None = None
    memory: bool = True
    formats: frozenset[str] | None = None
    waived: Mapping[int, str] = field(default_factory=dict)

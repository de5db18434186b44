"""The detectors: each module here notices one sign of an error and says so in a sentence with a quote.

To add one, add a module with a constant ``NAME`` and a function ``detect(trace)`` that yields findings; nothing else
changes. A detector that the ranker has no weight for yet counts with the resource's default weight.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache

from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Finding

POINTING = frozenset(("first-program", "last-evidence", "partial-view", "plan-only", "policy-clause"))
"""Detectors that point at a decision worth a look and say nothing against it; a right decision is pointed at too."""

Detect = Callable[[Trace], Iterable[Finding]]


@cache
def detectors() -> dict[str, Detect]:
    """Return every detector of this package by name, in order of the module names.

    Raises:
        AttributeError: A module here lacks ``NAME`` or ``detect``.
    """
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    return {module.NAME: module.detect for module in sorted(modules, key=lambda m: m.__name__)}

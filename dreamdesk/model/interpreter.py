"""How the interpreter is set up while very many objects are made."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def many_objects() -> Iterator[None]:
    """Set up the interpreter for an import; it has its old settings afterwards.

    Garbage in cycles is looked for a hundredth as often: decoded JSON has none, and looking costs a seventh of it all.
    And a thread whose SQLite statement is done waits a tenth as long for the interpreter as it would else.
    """
    before, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(100_000, 20, 20)
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        sys.setswitchinterval(interval)

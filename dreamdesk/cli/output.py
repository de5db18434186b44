"""What the command line prints: JSON lines for programs, plain lines for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from dreamdesk.model.canonical import Json
from dreamdesk.model.text import one_line, reveal


class Output:
    """Prints one line per noun, to standard output; progress and errors go to standard error."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._in_place = False

    def line(self, fields: Mapping[str, Json], limit: int = 120) -> None:
        """Print one noun; for people at most *limit* characters of each text."""
        if self.as_json:
            print(json.dumps(fields, ensure_ascii=True), flush=True)
        else:
            told = {name: value for name, value in fields.items() if value not in (None, "", [], ())}
            print("  ".join(f"{name}={_words(value, limit)}" for name, value in told.items()))

    def say(self, text: str) -> None:
        """Print a sentence for people, hidden characters written out; programs do not see it."""
        self.wipe()
        if not self.as_json:
            print(reveal(text), flush=True)

    def tell(self, text: str) -> None:
        """Say on standard error how far work is: in place on a terminal, else a line each."""
        if sys.stderr.isatty():
            print(f"\r\033[K{one_line(text)}", end="", file=sys.stderr, flush=True)
            self._in_place = True
        else:
            print(one_line(text), file=sys.stderr, flush=True)

    def wipe(self) -> None:
        """Wipe what `tell` left in the line of a terminal."""
        if self._in_place:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._in_place = False


def _words(value: Json, limit: int) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (
        one_line(text, limit)
        if text.isidentifier() or text.isalnum()
        else f"“{one_line(text, limit)}”"
        if isinstance(value, str)
        else reveal(text)
    )


def complain(message: str) -> None:
    """Print an error for a person to standard error."""
    print(f"dreamdesk: {reveal(message)}", file=sys.stderr, flush=True)

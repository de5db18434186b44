"""Text of strangers, made safe to look at: hidden and reordering characters become visible."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls except tab and line feed, all format characters (bidirectional controls, zero-width characters,
# soft hyphen, tags), line and paragraph separators, lone surrogates: what a reader cannot see but a model reads.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def hidden(text: str) -> list[tuple[int, str]]:
    """Return (position, "U+XXXX NAME") for each character that a reader could not see."""
    return [
        (m.start(), f"U+{ord(m[0]):04X} {unicodedata.name(m[0], 'CONTROL')}")
        for m in _HIDDEN.finditer(text.replace("\r\n", "\n"))
    ]


def reveal(text: str) -> str:
    """Return *text* with each hidden character written out as ⟦U+202E⟧. CR LF counts as a line break."""
    if text.isascii() and text.isprintable():  # as most texts are
        return text
    return _HIDDEN.sub(lambda m: f"⟦U+{ord(m[0]):04X}⟧", text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 120) -> str:
    """Return the first *limit* characters of *text* on one line, white space folded, hidden characters revealed."""
    folded = " ".join(reveal(text[: limit * 4]).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def counted(count: int, noun: str) -> str:
    """Return "1 episode", "2 episodes", "1,200 episodes"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

"""Right-to-left text in a window that reads from left to right. No Qt.

Arabic and Hebrew are laid out by the Unicode Bidirectional Algorithm (UAX #9), which lets neighbouring words of such
scripts change places with the commas and quotes between them: two members of a JSON list would stand in the wrong
order. So each string of JSON, each line of prose and each part of a line of facts is isolated: it runs in its own
direction, and nothing around it moves. Isolates that a stranger wrote never act: `model.text.reveal` writes them out.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

FSI, PDI = "\u2068", "\u2069"
"""First strong isolate, and the end of an isolate."""
SEPARATOR = " · "
"""What stands between the parts of a line of facts everywhere in the window."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")
_STRING = re.compile(r'(?<=")(?:[^"\\\n]|\\.)+(?=")|(?<=")(?:[^"\\\n]|\\.)+$', re.MULTILINE)
_LINE = re.compile(r"[^\n]+")
_PART = re.compile(rf"(?:(?!{SEPARATOR})[^\n])+")


@dataclass(frozen=True, slots=True)
class Isolated:
    """A text with isolates around its parts, and where they were put in.

    *opened* and *closed* are the positions in the original text before which an FSI or a PDI stands.
    """

    text: str
    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()

    def position(self, original: int) -> int:
        """Return where the character at *original* stands now."""
        return original + bisect_right(self.opened, original) + bisect_left(self.closed, original + 1)


def has_right_to_left(text: str) -> bool:
    """Tell whether a letter of *text* is of a script that runs from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


def isolated(text: str, language: str = "text") -> Isolated:
    """Isolate each line of *text* or, where *language* is "json" or "call", the inside of each string.

    Text without a right-to-left letter stays as it is.
    """
    if not has_right_to_left(text):
        return Isolated(text)
    return _isolate(text, _LINE if language == "text" else _STRING)


def facts(text: str) -> str:
    """Return a label's *text* with each part between `SEPARATOR` isolated, if a right-to-left letter is in it.

    A mark before it keeps the line itself running from left to right.
    """
    return "\u200e" + _isolate(text, _PART).text if has_right_to_left(text) else text


def plain(text: str) -> str:
    """Return *text* without the isolates that stand in what is shown, for the clipboard."""
    return text.replace(FSI, "").replace(PDI, "")


def _isolate(text: str, parts: re.Pattern[str]) -> Isolated:
    spans = [found.span() for found in parts.finditer(text) if has_right_to_left(found[0])]
    pieces, at = [], 0
    for start, stop in spans:
        pieces += [text[at:start], FSI, text[start:stop], PDI]
        at = stop
    pieces.append(text[at:])
    return Isolated("".join(pieces), tuple(start for start, _ in spans), tuple(stop for _, stop in spans))

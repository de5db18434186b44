"""The language of the window. The English text is the key; ``resources/translations/de.json`` says it in German.

    t("Save as PDF…")
    t("{name} was read in {seconds:.1f} s.", name=name, seconds=seconds)
    tn("1 episode is waiting.", "{n:,} episodes are waiting.", len(rows))
    counted(len(rows), "episode")

Wrap each text that a person reads in `t`, as one whole sentence: another language has another order of words. No
f-string inside: the text is looked up, so it must stand in the source as it is. What varies is a named placeholder,
which may have a format. A title that comes from a lower layer (of a guardrail, a state, an action) is written there in
English and translated where it is shown: ``t(guardrail.title)``. What the desk keeps (ledger entries, findings, signed
statements) is evidence and stays as it was written.

The language is chosen once, before anything of the window is imported, so that constants may be translated, too. Until
then, and on the command line, it is English.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from string import Formatter

from dreamdesk.model.errors import UserError

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Each language by its code (ISO 639-1), called as its speakers call it."""
TRANSLATIONS = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[1])) / "resources" / "translations"

_SIGNS = str.maketrans(",.", ".,")
"""German writes 1.234,5 where English writes 1,234.5."""


class _Formatter(Formatter):
    """Formats a placeholder; numbers that have a format are written as German writes them."""

    def format_field(self, value: object, format_spec: str) -> str:
        shown = str(super().format_field(value, format_spec))
        if not format_spec or not isinstance(value, int | float):
            return shown
        return shown.translate(_SIGNS).replace("%", "\N{NO-BREAK SPACE}%")


class _Language:
    """The one that was chosen: its code, and what it says for an English text."""

    def __init__(self) -> None:
        self.code = "en"
        self.texts: dict[str, str] = {}


_chosen = _Language()
_formatter = _Formatter()


def choose(code: str) -> None:
    """Speak the language *code* from now on.

    Raises:
        KeyError: *code* is not one of `LANGUAGES`.
    """
    LANGUAGES[code]
    _chosen.code, _chosen.texts = code, {} if code == "en" else translations(code)


def spoken() -> str:
    """Return the code of the language that is spoken."""
    return _chosen.code


def translations(code: str) -> dict[str, str]:
    """Return what the language *code* says for each English text."""
    texts: dict[str, str] = json.loads((TRANSLATIONS / f"{code}.json").read_text(encoding="utf-8"))
    return texts


def t(text: str, /, **values: object) -> str:
    """Return *text* in the language of the window, its placeholders filled with *values*.

    A text without a translation is shown in English. *values* are filled in as they are: braces in them mean nothing.
    """
    found = _chosen.texts.get(text, text)
    if not values:
        return found
    return found.format(**values) if _chosen.code == "en" else _formatter.vformat(found, (), values)


def numeral(value: float, form: str = ",") -> str:
    """Return a number that stands alone, in a format such as ".0%"."""
    return t(f"{{value:{form}}}", value=value)


def tn(one: str, many: str, n: int, /, **values: object) -> str:
    """Return *one* when *n* is 1, otherwise *many*, as `t` does; ``{n}`` in them is the number."""
    return t(one if n == 1 else many, n=n, **values)


def counted(n: int, noun: str, plural: str = "") -> str:
    """Return "1 episode", "2 episodes", "1,200 episodes"; *noun* and, where -s is not enough, *plural* are English."""
    return t("{n:,} {noun}", n=n, noun=t(noun if n == 1 else plural or f"{noun}s"))


def inside(title: str) -> str:
    """Return *title*, English with a capital at its head, in the language of the window and within a sentence."""
    return title[:1].lower() + title[1:] if _chosen.code == "en" else t(title)


def quoted(words: str) -> str:
    """Return *words* between the quotation marks of the window's language."""
    return t("“{words}”", words=words)


def day(nanoseconds: int) -> str:
    """Return a moment, in nanoseconds since the epoch, as the day that it falls on in UTC: "26 Nov 2026"."""
    when = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    return f"{when.day} {when:%b %Y}" if _chosen.code == "en" else f"{when:%d.%m.%Y}"


def told(error: UserError) -> str:
    """Return what *error* says in the language of the window, as far as it is a sentence that is known."""
    values = {
        name: t(str(value)) if name == "title" or isinstance(value, Enum) else value
        for name, value in error.values.items()
    }
    return t(error.text, **values)

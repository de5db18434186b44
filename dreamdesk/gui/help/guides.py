"""The guides as the program reads them: Markdown files of ``resources/help``, cut into chapters. No Qt.

A guide begins with ``# Title``, and each ``## Heading`` in it begins a chapter. A chapter may name, in a comment below
its heading, the pages and dialogs from which F1 leads to it: ``<!-- F1: review ReleaseDialog -->``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dreamdesk.gui.help.slugs import slug

NAMES = ("officer", "engineer", "examiner", "administrator")
"""The guides, in the order of the contents; each is the stem of its file."""

_F1 = re.compile(r"<!-- F1: ([\w -]+?) -->\n?")
_FENCE = re.compile(r"^```", re.MULTILINE)
_MARKS = re.compile(r"^\|[-| :]+$|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|[*`#|\[]", re.MULTILINE)
SNIPPET = 90


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page of the help.

    Attributes:
        guide: The name of its guide, one of `NAMES`.
        title: Its heading; of the page that opens a guide, the guide's title.
        text: Markdown, with its heading.
        opens: From where F1 leads here: names of pages (`gui/places.py`) and classes of dialogs.
    """

    guide: str
    title: str
    text: str
    opens: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """What a link to it ends with, after ``#``."""
        return slug(self.title)

    def headings(self) -> Iterator[str]:
        """Yield its headings, its own first."""
        parts = _FENCE.split(self.text)[::2]  # a comment in an example of shell code is no heading
        yield from (line.lstrip("#").strip() for part in parts for line in part.splitlines() if line.startswith("#"))

    def plain(self) -> str:
        """Return its text without marks, for the search."""
        return " ".join(_MARKS.sub(" ", self.text).split())


@dataclass(frozen=True, slots=True)
class Found:
    """A chapter that holds the words looked for, and some words around the first of them."""

    chapter: Chapter
    snippet: str


def in_language(folder: Path, language: str, name: str) -> Path:
    """Return the file *name* of the help below *folder* in *language*; where there is none, the English one."""
    own = folder / language / name
    return own if own.is_file() else folder / name


class Guides:
    """All guides in one language; a guide that is not translated is there in English."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self.chapters: list[Chapter] = []
        for name in NAMES:
            self.chapters += _cut(name, in_language(folder, language, f"{name}.md").read_text(encoding="utf-8"))

    def opening(self, guide: str) -> Chapter:
        """Return the page that opens *guide*."""
        return next(chapter for chapter in self.chapters if chapter.guide == guide)

    def about(self, names: list[str]) -> Chapter:
        """Return the chapter that claims the first of *names* that any does, else the first of all."""
        claimed = {name: chapter for chapter in self.chapters for name in chapter.opens}
        return next((claimed[name] for name in names if name in claimed), self.chapters[0])

    def linked(self, target: str, origin: Chapter) -> Chapter | None:
        """Return the chapter that the link *target*, ``guide.md#heading`` or a part of it, in *origin* leads to."""
        file, _, anchor = target.partition("#")
        guide = Path(file).stem if file else origin.guide
        if guide not in NAMES:
            return None
        if not anchor:
            return self.opening(guide)
        own = [chapter for chapter in self.chapters if chapter.guide == guide]
        return next((c for c in own if any(slug(heading) == anchor for heading in c.headings())), None)

    def find(self, text: str) -> list[Found]:
        """Return the chapters that hold every word of *text*, those first whose headings do."""
        words = text.casefold().split()
        found = []
        for chapter in self.chapters if words else ():
            plain = chapter.plain()
            low = plain.casefold()
            if all(word in low for word in words):
                heads = " ".join(chapter.headings()).casefold()
                found.append((-sum(word in heads for word in words), Found(chapter, _around(plain, low, words[0]))))
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]


@cache
def guides(folder: Path, language: str = "en") -> Guides:
    """Return the guides below *folder*, read once."""
    return Guides(folder, language)


def _cut(guide: str, text: str) -> list[Chapter]:
    """Cut the text of a guide into its chapters."""
    chapters, lines, fenced = [], list[str](), False
    for line in [*text.splitlines(), "## "]:
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            chapters.append(_chapter(guide, "\n".join(lines).strip() + "\n"))
            lines = []
        lines.append(line)
    return chapters


def _chapter(guide: str, text: str) -> Chapter:
    head, _, _ = text.partition("\n")
    opens = tuple(name for names in _F1.findall(text) for name in names.split())
    return Chapter(guide, head.lstrip("# "), _F1.sub("", text), opens)


def _around(plain: str, low: str, word: str) -> str:
    """Return the words around the first *word*."""
    at = low.find(word) if len(low) == len(plain) else 0
    begin = max(plain.rfind(" ", 0, max(at - SNIPPET // 3, 0)), 0)
    cut = plain[begin : begin + SNIPPET].strip()
    return ("… " if begin else "") + cut + (" …" if begin + SNIPPET < len(plain) else "")

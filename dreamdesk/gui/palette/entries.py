"""What the palette offers, and which of it the typed words mean. No Qt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dreamdesk import actions
from dreamdesk.language import t
from dreamdesk.model.text import one_line


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes:
        title: What it is, in plain words.
        detail: More of it, in one sentence.
        group: The menu it stands in, or what kind of thing it is.
        keys: Its first shortcut, in Qt's portable text, or "".
        action: The action to do, or "".
        episode: The episode to show, or None.
    """

    title: str
    detail: str
    group: str
    keys: str = ""
    action: str = ""
    episode: int | None = None


def commands(enabled: Collection[str]) -> list[Entry]:
    """Return the actions whose ids are *enabled*, in the order of the menus."""
    return [
        Entry(t(a.title).rstrip("…"), t(a.help), t(a.group), a.keys[0] if a.keys else "", a.id)
        for group in actions.GROUPS
        for a in actions.ACTIONS
        if a.group == group and a.id in enabled and a.id != "palette"
    ]


def episode(number: int, title: str, about: str) -> Entry:
    """Return the entry of an episode, whose *title* and what else is told *about* it come from a trace."""
    return Entry(
        one_line(title, 120) or t("Episode {number}", number=number),
        one_line(about, 120),
        t("Episode {number}", number=number),
        "",
        "",
        number,
    )


def matching(entries: Iterable[Entry], text: str) -> list[Entry]:
    """Return the entries that *text* means, the likeliest first.

    Each word of *text* must begin a word of the entry. The entry whose title is *text* comes first, then those whose
    title begins with it, then those whose title has all words, then those that have some of them in the sentence or the
    group only.
    """
    wanted = _words(text)
    ranked: list[tuple[int, int, Entry]] = []
    for entry in entries:
        title, rest = _words(entry.title), _words(f"{entry.detail} {entry.group}")
        if all(any(word.startswith(start) for word in title + rest) for start in wanted):
            whole = all(any(word.startswith(start) for word in title) for start in wanted)
            first = " ".join(title).startswith(" ".join(wanted))
            ranked.append((0 if title == wanted else 1 if first else 2 if whole else 3, len(ranked), entry))
    return [entry for *_, entry in sorted(ranked, key=lambda item: item[:2])]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())

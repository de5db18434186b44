"""The text of one step as lines: long ones cut, groups of JSON found. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dreamdesk.gui.compare.content import content, slices
from dreamdesk.model.episode import Step
from dreamdesk.model.text import hidden

LONGEST = 2_000
"""Characters of a line; Qt lays out a longer one too slowly to scroll."""
HIDDEN_TOLD = 6


@dataclass(frozen=True, slots=True)
class Laid:
    """The text of a step for reading.

    Attributes:
        lines: What stands there, line by line, hidden characters written out.
        language: As of `compare.content.Content`.
        continued: The numbers of lines that go on with the line before, which was too long.
        groups: Of each line that opens a group of JSON, the number of the line on which it ends.
        hidden: The kinds of hidden characters in the recorded text, such as "U+202E RIGHT-TO-LEFT OVERRIDE", and how
            often each stands there.
    """

    lines: tuple[str, ...]
    language: str
    continued: frozenset[int]
    groups: dict[int, int]
    hidden: dict[str, int]


def lay_out(step: Step, *, whole: bool = True) -> Laid:
    """Return the text of *step*, all of it or as much as the comparison shows at first, laid out as there."""
    shown = content(step, whole)
    lines: list[str] = []
    continued: set[int] = set()
    for line in shown.text.split("\n"):
        for number, part in enumerate(_cut(line)):
            if number:
                continued.add(len(lines))
            lines.append(part)
    counts: dict[str, int] = {}
    for part in slices(step.content) if whole else ():
        for _, name in hidden(part):
            counts[name] = counts.get(name, 0) + 1
    return Laid(
        tuple(lines), shown.language, frozenset(continued), {} if shown.language == "text" else groups(lines), counts
    )


def _cut(line: str) -> list[str]:
    """Return *line* in parts of at most `LONGEST` characters, cut after a space where there is one."""
    parts, start = [], 0
    while len(line) - start > LONGEST:
        stop = line.rfind(" ", start + LONGEST // 2, start + LONGEST) + 1 or start + LONGEST
        parts.append(line[start:stop])
        start = stop
    return [*parts, line[start:]]


def groups(lines: Sequence[str]) -> dict[int, int]:
    """Return for each line of JSON that ends with an opening bracket the line that begins with the closing one."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for number, line in enumerate(lines):
        words = line.strip()
        if words[:1] in ("}", "]", ")") and opened:
            found[opened.pop()] = number
        if words[-1:] in ("{", "[", "("):
            opened.append(number)
    return {start: stop for start, stop in found.items() if stop > start + 1}


def shown(count: int, groups: dict[int, int], closed: frozenset[int]) -> list[bool]:
    """Return which of *count* lines are seen while the groups that begin on the lines *closed* are folded.

    The line on which a group ends stays: the next member may begin there.
    """
    seen = [True] * count
    for start in closed:
        for line in range(start + 1, groups[start]):
            seen[line] = False
    return seen


def group_around(line: int, groups: dict[int, int]) -> int | None:
    """Return the line that opens the innermost group which *line* stands in or opens, None where there is none."""
    return max((start for start, stop in groups.items() if start <= line <= stop), default=None)


def joined(lines: Sequence[tuple[int, str]], continued: frozenset[int]) -> str:
    """Return *lines*, each with its number, as one text, without the breaks that only long lines have."""
    text = "".join(line for _, line in lines[:1])
    for (_, _), (number, line) in pairwise(lines):
        text += line if number in continued else f"\n{line}"
    return text

"""What differs between two texts, to the word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from dreamdesk.release.report.document import NEW, OLD, Cell, Run

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
LARGEST = 600
"""Words in both texts together beyond which only what they begin and end with alike is told apart."""


def differing(before: str, after: str) -> tuple[Cell, Cell]:
    """Return *before* with what is gone marked, and *after* with what is new."""
    if before == after:
        return (Run(before),), (Run(after),)
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    room = min(len(old), len(new)) - start
    ends = zip(reversed(old), reversed(new), strict=False)
    end = min(next((n for n, (a, b) in enumerate(ends) if a != b), room), room)
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    head, tail = "".join(old[:start]), "".join(old[len(old) - end :]) if end else ""
    if len(left) + len(right) > LARGEST:
        middle = [(left, right, True)]
    else:
        codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        middle = [(left[a:b], right[c:d], kind != "equal") for kind, a, b, c, d in codes]
    was, now = [Run(head)], [Run(head)]
    for gone, come, changed in middle:
        was.append(Run("".join(gone), OLD if changed else ""))
        now.append(Run("".join(come), NEW if changed else ""))
    was.append(Run(tail))
    now.append(Run(tail))
    return tuple(run for run in was if run.text), tuple(run for run in now if run.text)

"""Comparing: two stores to the changes between them, a moved memory told from one that was deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dreamdesk.memory.hunks import hunks
from dreamdesk.model.memory import Author, Change, Hunk, Memory, Operation, Store

SIMILAR = 0.6
"""Share of words (Dice coefficient over the sets of words) from which a moved memory is taken for the same one."""
MOST_PAIRS = 40_000
"""Pairs of a path that is gone and a path that is new, up to which contents are compared for similarity."""

_WORD = re.compile(r"\w+")

Authors = Mapping[tuple[str, str], Author]
"""Who wrote what: by path and ``content_sha256``, which is "" for a deletion."""


def changes(before: Store, after: Store, *, in_place: bool = False) -> tuple[Change, ...]:
    """Return what differs between two stores, in the order of paths; the authors are not filled in.

    Paths whose content is unknown on either side are passed over. A path that is gone and one that is new make a
    rename when their contents are equal, or else similar by `SIMILAR` (the most similar first). Memory ids are those
    of the store that stands there now: *after* when it was written *in_place*, else *before*.
    """
    unknown = {skip.place for skip in (*before.left_out, *after.left_out)}
    old = {path: memory for path, memory in before.memories.items() if path not in unknown}
    new = {path: memory for path, memory in after.memories.items() if path not in unknown}
    gone = [old[path] for path in sorted(old) if path not in new]
    come = [new[path] for path in sorted(new) if path not in old]
    moved = _renames(gone, come)
    sources = set(moved.values())
    found: list[Change] = []
    for path in sorted({*old, *new}):
        was, now = old.get(path), new.get(path)
        origin = old[moved[path]] if path in moved else None
        current = (now if in_place else origin or was) or Memory(path, "")
        if now is not None and origin is not None:
            found.append(Change(Operation.RENAME, path, origin.content, now.content, origin.path, current.id))
        elif now is not None and was is None:
            found.append(Change(Operation.ADD, path, None, now.content, memory=now.id if in_place else ""))
        elif was is not None and now is None and path not in sources:
            found.append(Change(Operation.DELETE, path, was.content, None, memory="" if in_place else was.id))
        elif was is not None and now is not None and was.content != now.content:
            found.append(Change(Operation.MODIFY, path, was.content, now.content, memory=current.id))
    return tuple(found)


def hunks_of(change: Change) -> tuple[Hunk, ...]:
    """Return the hunks of *change*; a deletion has none, for it is decided as a whole."""
    return () if change.after is None else hunks(change.before or "", change.after)


def _renames(gone: Sequence[Memory], come: Sequence[Memory]) -> dict[str, str]:
    """Return for each new path that was moved the path where it stood before."""
    moved: dict[str, str] = {}
    left = {memory.path: memory for memory in gone}
    same: dict[str, list[str]] = {}
    for memory in gone:
        same.setdefault(memory.content, []).append(memory.path)
    for memory in come:
        if memory.content and same.get(memory.content):
            moved[memory.path] = same[memory.content].pop(0)
            del left[moved[memory.path]]
    waiting = [memory for memory in come if memory.path not in moved]
    if len(left) * len(waiting) > MOST_PAIRS:
        return moved
    for _, new_path, old_path in sorted(_similar(left.values(), waiting)):
        if new_path not in moved and old_path in left:
            moved[new_path] = old_path
            del left[old_path]
    return moved


def _similar(gone: Iterable[Memory], come: Sequence[Memory]) -> Iterable[tuple[float, str, str]]:
    """Yield (negative similarity, new path, old path) of the pairs that are similar enough."""
    words = {memory.path: frozenset(_WORD.findall(memory.content.lower())) for memory in come}
    for old in gone:
        mine = frozenset(_WORD.findall(old.content.lower()))
        for new in come:
            yours = words[new.path]
            likeness = 2 * len(mine & yours) / (len(mine) + len(yours)) if mine and yours else 0.0
            if likeness >= SIMILAR:
                yield -likeness, new.path, old.path

"""The fields that no mapping names: counted while records pass by, and told, so that nothing is lost in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from dreamdesk.intake.mapping import paths
from dreamdesk.intake.parsing import nested
from dreamdesk.intake.reader import Log
from dreamdesk.model.canonical import Json
from dreamdesk.model.text import counted, one_line

MAX_COUNTED = 2000
_TOLD = 40

_Tree = dict[Any, Any]


class Unmapped:
    """Counts the fields beside the *mapped* ones."""

    def __init__(self, mapped: Iterable[paths.Path]) -> None:
        self._mapped: _Tree = {}
        self._counts: Counter[str] = Counter()
        self._uncounted = False
        for path in mapped:
            branch = self._mapped
            for part in path[:-1]:
                branch = branch.setdefault(part, {})
                if branch is None:
                    break
            else:
                if path:
                    branch[path[-1]] = None

    def see(self, record: Json) -> None:
        """Count what of *record* is not mapped."""
        self._see(record, self._mapped, ())

    def _see(self, value: Json, branch: _Tree, path: paths.Path) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                self._look(item, branch.get(key, _NOTHING), (*path, key))
        elif isinstance(value, list):
            for number, item in enumerate(value):
                part = number if number in branch else paths.EACH
                self._look(item, branch.get(part, _NOTHING), (*path, part))
        else:
            self._count(path)

    def _look(self, item: Json, below: Any, path: paths.Path) -> None:
        if item is None or item == "" or below is None:
            return
        if below is _NOTHING:
            self._count(path)
        else:
            self._see(nested(item) if paths.EACH in below else item, below, path)

    def _count(self, path: paths.Path) -> None:
        name = paths.write(path)
        if name in self._counts or len(self._counts) < MAX_COUNTED:
            self._counts[name] += 1
        else:
            self._uncounted = True

    def tell(self, log: Log) -> None:
        """Note the fields that were not read, the most frequent first, and in how many records each stands."""
        if not self._counts:
            return
        most = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        names = "; ".join(f"{one_line(name, 60)} in {counted(number, 'record')}" for name, number in most[:_TOLD])
        rest = len(most) - _TOLD
        more = f"; and {'more than ' if self._uncounted else ''}{counted(rest, 'other field')}" if rest > 0 else ""
        log.note(f"not mapped, so not among the steps: {names}{more}")


_NOTHING = object()

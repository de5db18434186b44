"""Memory stores, versions and dreams of Claude Managed Agents (anthropic SDK 2.12): no episodes, but what they left.

A listing of ``memories.list(view="full")`` or ``memory_versions.list``, a memory store or a dream object, as pages, as
JSON lines or as one document. Such a file is kept and told; two of them are compared by “Import memory”
(`dreamdesk.memory`), which reads them through `values`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.text import counted

_TYPES = {"memory", "memory_version", "memory_store", "dream", "memory_prefix"}


class MemoryStore:
    """Recognises what belongs to a memory store."""

    name = "memory-store"
    version = 1
    unit = "memories"

    def sniff(self, head: Head) -> float:
        """Recognise the type of the first object; sessions and their events have other types."""
        kinds = [string(item.get("type")) for value in head.values for item in _unpacked(value)]
        return 0.95 if kinds and kinds[0] in _TYPES else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Count what is there, and say how it is brought in."""
        kinds = Counter(string(item.get("type")) for record in trace.records() for item in _unpacked(record.value))
        for kind in sorted(set(kinds) & _TYPES):
            trace.log.note(f"{counted(kinds[kind], 'object')} of the type {kind}")
        if kinds:
            trace.log.note("a memory is compared with another state of it: choose “Import memory…”")
        yield from ()


def _unpacked(value: Json) -> Iterator[dict[str, Json]]:
    """Yield the objects in *value*: a page, a list of pages or objects, or one object."""
    for item in arr(value) or [value]:
        found = obj(item)
        if isinstance(found.get("data"), list) and "type" not in found:
            yield from (obj(inner) for inner in arr(found["data"]))
        elif found:
            yield found


register(MemoryStore())

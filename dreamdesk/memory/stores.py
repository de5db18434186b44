"""Memory stores, versions and dreams of Claude Managed Agents, from raw JSON (anthropic SDK 2.12, ``types.beta``).

Values are told apart by their ``type`` and never by a class: the SDK parses an unknown one as something else. Read are
pages ``{"data": [...], "next_page": ...}`` of ``memories.list(view="full")`` and ``memory_versions.list``, single
objects, arrays of them, and wrappers that hold any of these. What is of no known type is counted and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dreamdesk.memory.compare import Authors
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Author, Dream, Memory, Store, StoreKind, content_sha256
from dreamdesk.model.source import Skip
from dreamdesk.model.text import counted, one_line

_LISTS = ("data", "memories", "memory_versions", "versions", "items", "dreams", "stores")
_OBJECTS = ("dream", "store", "memory_store", "input_store", "output_store", "before", "after")
_ACTORS = {
    "session_actor": ("session", "session_id"),
    "api_actor": ("API key", "api_key_id"),
    "user_actor": ("user", "user_id"),
    "service_account_actor": ("service account", "service_account_id"),
}


@dataclass
class Found:
    """What files of JSON hold, by type; *cut* says where a listing breaks off."""

    memories: list[dict[str, Json]] = field(default_factory=list)
    versions: list[dict[str, Json]] = field(default_factory=list)
    stores: list[dict[str, Json]] = field(default_factory=list)
    dreams: list[dict[str, Json]] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    cut: bool = False

    def notes(self) -> list[str]:
        """Return what a person should know of the values that were not understood."""
        return [
            f"{counted(number, 'value')} of the unknown type {one_line(kind, 60)!r} kept with the file, not compared"
            for kind, number in sorted(self.unknown.items())
        ]


def find(values: Iterable[Json]) -> Found:
    """Sort the objects in *values* by their type."""
    found = Found()
    for value in values:
        _take(value, found)
    return found


def _take(value: Json, found: Found) -> None:
    for item in _unpacked(value, found):
        kind = item.get("type")
        known = {
            "memory": found.memories,
            "memory_version": found.versions,
            "memory_store": found.stores,
            "dream": found.dreams,
        }
        if isinstance(kind, str) and kind in known:
            known[kind].append(item)
        else:
            found.unknown[kind if isinstance(kind, str) else "(none)"] += 1


def _unpacked(value: Json, found: Found) -> Iterator[dict[str, Json]]:
    """Yield the objects that *value* is or wraps; the nesting is bounded by the parser."""
    if isinstance(value, list):
        for item in value:
            yield from _unpacked(item, found)
    elif isinstance(value, dict):
        lists = [key for key in _LISTS if isinstance(value.get(key), list)] if "type" not in value else []
        objects = [key for key in _OBJECTS if isinstance(value.get(key), dict)] if "type" not in value else []
        if "data" in lists:
            found.cut = bool(value.get("next_page"))
        for key in (*objects, *lists):
            yield from _unpacked(value[key], found)
        if not lists and not objects:
            yield value


def store(found: Found, name: str, wanted: str = "") -> Store:
    """Return the store whose memories *found* holds; *wanted* chooses by id where there are several.

    Raises:
        UserError: the listing breaks off, there are no memories, or there are several stores; *name* is the file's.
    """
    if found.cut:
        raise UserError(
            f"{name}: the listing breaks off: its last page names a next one. Export every page, or memories that "
            "were not listed would look deleted."
        )
    owners = {_text(memory, "memory_store_id") for memory in found.memories}
    owners |= {_text(held, "id") for held in found.stores}
    if wanted in owners:
        owners = {wanted}
    if not owners:
        raise UserError(f"{name}: there is no memory in it: no object of the type “memory” or “memory_store”.")
    if len(owners) > 1:
        listed = ", ".join(one_line(owner, 40) or "(none)" for owner in sorted(owners)[:5])
        raise UserError(f"{name}: it holds several memory stores ({listed}). Give one file for each, or the dream.")
    owner = owners.pop()
    contents = {
        (_text(version, "path"), _text(version, "content_sha256")): version.get("content") for version in found.versions
    }
    memories: dict[str, Memory] = {}
    left_out: dict[str, str] = {}
    for held in found.memories:
        path = _text(held, "path")
        if _text(held, "memory_store_id") != owner:
            continue
        if not path:
            raise UserError(f"{name}: a memory in it has no path. It cannot be compared, and another would look new.")
        content = held.get("content")
        if content is None:
            content = contents.get((path, _text(held, "content_sha256")))
        if why := _why_not(content, held):
            left_out[path] = why
        elif path in memories and memories[path].content != content:
            left_out[path] = "it is listed twice, with different contents"
        else:
            memories[path] = Memory(path, str(content), _text(held, "id"))
    for path in left_out:
        memories.pop(path, None)
    skips = tuple(Skip(path, why) for path, why in sorted(left_out.items()))
    return Store(StoreKind.STORE, owner, memories, skips, tuple(found.notes()))


def before_dream(found: Found, job: Dream, now: Store) -> Store:
    """Return the store *now* as it stood before the session of the dream *job* wrote into it, from its versions.

    A memory that the session did not write is as it is now. Where the version before its first one is no longer kept,
    was listed without its content or is redacted, the path is left out.
    """
    histories: dict[str, list[dict[str, Json]]] = {}
    for version in sorted(found.versions, key=lambda held: _text(held, "created_at")):
        if _text(version, "memory_store_id") == now.name:
            histories.setdefault(_text(version, "memory_id"), []).append(version)
    memories = dict(now.memories)
    left_out = {skip.place: skip.reason for skip in now.left_out}
    for identity, versions in histories.items():
        dreamed = [
            n for n, held in enumerate(versions) if _text(_dict(held, "created_by"), "session_id") == job.session
        ]
        if not dreamed:
            continue
        for held in versions[dreamed[0] :]:
            memories.pop(_text(held, "path"), None)
        earlier = versions[dreamed[0] - 1] if dreamed[0] else None
        if earlier is None and versions[0].get("operation") == "created":
            continue
        path = _text(earlier or versions[0], "path")
        content = (earlier or {}).get("content")
        if earlier is not None and earlier.get("operation") == "deleted":
            continue
        if not isinstance(content, str) or _why_not(content, earlier or {}):
            left_out[path or identity] = "the version before the dream is not kept with its content"
        else:
            memories[path] = Memory(path, content, identity)
    skips = tuple(Skip(path, why) for path, why in sorted(left_out.items()))
    return Store(now.kind, now.name, memories, skips, now.notes)


def _why_not(content: Json, held: dict[str, Json]) -> str:
    """Return why a listed memory cannot be compared, "" if it can."""
    if not isinstance(content, str):
        return "it was listed without its content (view=basic); list it with view=full"
    stated = held.get("content_sha256")
    if stated is not None and stated != content_sha256(content):
        return "its content is not the one that its content_sha256 speaks of"
    return ""


def dream(found: Found) -> Dream | None:
    """Return the dream among *found*, the one that ended last when there are several."""
    if not found.dreams:
        return None
    raw = max(found.dreams, key=lambda held: (_text(held, "ended_at"), _text(held, "created_at")))
    inputs = [item for item in _list(raw, "inputs") if isinstance(item, dict)]
    outputs = [item for item in _list(raw, "outputs") if isinstance(item, dict)]
    behaviour = _dict(raw, "output_behavior")
    stores = [_text(item, "memory_store_id") for item in inputs if item.get("type") == "memory_store"]
    written = [_text(item, "memory_store_id") for item in outputs if item.get("type") == "memory_store"]
    in_place = behaviour.get("type") == "update_existing"
    return Dream(
        id=_text(raw, "id"),
        status=_text(raw, "status"),
        model=_text(_dict(raw, "model"), "id") or _text(raw, "model"),
        instructions=_text(raw, "instructions"),
        input_store=stores[0] if stores else _text(behaviour, "memory_store_id"),
        output_store=written[0] if written else _text(behaviour, "memory_store_id"),
        sessions=tuple(
            session
            for item in inputs
            if item.get("type") == "sessions"
            for session in _list(item, "session_ids")
            if isinstance(session, str)
        ),
        session=_text(raw, "session_id"),
        in_place=in_place,
    )


def authors(found: Found) -> tuple[Authors, list[str]]:
    """Return who wrote which content at which path, the newest version last, and notes on actors of unknown types."""
    made: dict[tuple[str, str], Author] = {}
    unknown: Counter[str] = Counter()
    redacted = 0
    for version in sorted(found.versions, key=lambda held: _text(held, "created_at")):
        if version.get("redacted_at"):
            redacted += 1
            continue
        deleted = version.get("operation") == "deleted"
        by = _dict(version, "created_by")
        kind = _text(by, "type")
        what, key = _ACTORS.get(kind, ("", ""))
        identity = _text(by, key)
        if by and not what:
            unknown[kind or "(none)"] += 1
        name = f"{what} {identity}".strip() if what else one_line(kind, 40)
        author = Author(name, identity if kind == "session_actor" else "", _text(version, "created_at"))
        made[_text(version, "path"), "" if deleted else _text(version, "content_sha256")] = author
    notes = [f"{counted(n, 'version')} by an actor of the unknown type {one_line(k, 60)!r}" for k, n in unknown.items()]
    if redacted:
        notes.append(f"{counted(redacted, 'version')} redacted: their paths and contents are not known")
    return made, notes


def _text(value: dict[str, Json], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _dict(value: dict[str, Json], key: str) -> dict[str, Json]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, Json], key: str) -> list[Json]:
    found = value.get(key)
    return found if isinstance(found, list) else []

"""Memory stores, versions and dreams, made of the types of the installed anthropic SDK, as the API would send them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BEGIN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
INPUT, OUTPUT = "memstore_01input", "memstore_01output"
JOB = "sesn_dream"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def memory(path: str, content: str, store: str = INPUT, number: int = 0) -> dict[str, Any]:
    from anthropic.types.beta.memory_stores import BetaManagedAgentsMemory

    made = BetaManagedAgentsMemory(
        id=f"mem_{store[-3:]}{number}",
        content=content,
        content_sha256=sha(content),
        content_size_bytes=len(content.encode()),
        created_at=BEGIN,
        memory_store_id=store,
        memory_version_id=f"memver_{store[-3:]}{number}",
        path=path,
        type="memory",
        updated_at=BEGIN,
    )
    return made.model_dump(mode="json")


def memories(contents: Mapping[str, str], store: str = INPUT) -> list[dict[str, Any]]:
    return [memory(path, text, store, number) for number, (path, text) in enumerate(sorted(contents.items()))]


def version(
    path: str, content: str | None, operation: str, number: int = 0, session: str = JOB, store: str = OUTPUT
) -> dict[str, Any]:
    from anthropic.types.beta.memory_stores import BetaManagedAgentsMemoryVersion

    made = BetaManagedAgentsMemoryVersion.model_validate(
        {
            "id": f"memver_{number}",
            "created_at": (BEGIN + timedelta(minutes=number)).isoformat(),
            "memory_id": f"mem_{number}",
            "memory_store_id": store,
            "operation": operation,
            "type": "memory_version",
            "content": content,
            "content_sha256": None if content is None else sha(content),
            "content_size_bytes": None if content is None else len(content.encode()),
            "created_by": {"type": "session_actor", "session_id": session},
            "path": path,
        }
    )
    return made.model_dump(mode="json")


def dream(sessions: Sequence[str] = (), *, in_place: bool = False, status: str = "completed") -> dict[str, Any]:
    from anthropic.types.beta import BetaDream

    behaviour = {"type": "update_existing", "memory_store_id": INPUT} if in_place else {"type": "create_new"}
    made = BetaDream.model_validate(
        {
            "id": "drm_01",
            "created_at": BEGIN.isoformat(),
            "ended_at": (BEGIN + timedelta(hours=1)).isoformat(),
            "inputs": [
                {"type": "memory_store", "memory_store_id": INPUT},
                {"type": "sessions", "session_ids": list(sessions)},
            ],
            "outputs": [{"type": "memory_store", "memory_store_id": INPUT if in_place else OUTPUT}],
            "output_behavior": behaviour,
            "model": {"id": "claude-dream"},
            "instructions": "Keep what helps.",
            "session_id": JOB,
            "status": status,
            "type": "dream",
            "usage": {
                "input_tokens": 1,
                "output_tokens": 1,
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0,
            },
        }
    )
    return made.model_dump(mode="json")


def pages(items: Sequence[dict[str, Any]], size: int = 2) -> list[dict[str, Any]]:
    parts = [list(items[start : start + size]) for start in range(0, len(items), size)] or [[]]
    return [
        {"data": part, "next_page": f"page_{number}" if number < len(parts) else None}
        for number, part in enumerate(parts, 1)
    ]


def write(path: Path, values: Sequence[Any]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def listing(path: Path, contents: Mapping[str, str], store: str = INPUT) -> Path:
    """Write the pages of a listing of memories."""
    return write(path, pages(memories(contents, store)))


def folder(path: Path, contents: Mapping[str, str]) -> Path:
    """Write a folder of texts."""
    path.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    return path


def held(path: Path) -> dict[str, str]:
    """Return what a folder of texts holds."""
    return {
        found.relative_to(path).as_posix(): found.read_bytes().decode() for found in path.rglob("*") if found.is_file()
    }

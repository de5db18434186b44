#!/usr/bin/env python3
"""Apply a DreamDesk memory plan to a folder: python3 apply_memory.py PLAN FOLDER [--receipt FILE] [--dry-run].

Nothing but Python 3.9 is needed, and no network. Every operation names the SHA-256 that the file must have beforehand
and the one that it has afterwards. All of them are checked before the first file is touched; if one does not fit,
nothing is done. Afterwards every file is read again, and the receipt says what stands there now.

A plan for a memory store is not applied here: each of its operations holds the request of the Memory Stores API.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

FORMAT = "dreamdesk-memory-plan/1"
RECEIPT = "dreamdesk-memory-receipt/1"


class NotApplied(Exception):
    """Why the plan does not fit; nothing was changed, unless the text says so."""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _place(folder: Path, path: Any) -> Path:
    """Return where *path* of a plan lies in *folder*; refuse what leads out of it or through a link."""
    parts = path.split("/") if isinstance(path, str) else [""]
    bad = any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts)
    if bad or ":" in parts[0] or len(parts) > 64:
        raise NotApplied(f"{path!r} is no path inside the folder")
    place = folder
    for part in parts:
        if place.is_symlink():
            raise NotApplied(f"{path!r} leads through a link")
        place = place / part
    if place.is_symlink():
        raise NotApplied(f"{path!r} is a link")
    return place


def _check(folder: Path, made: dict[str, Any], leaving: set[Path]) -> None:
    """Refuse an operation that does not fit what stands in *folder*; *leaving* are the places that become free."""
    kind, target = made["operation"], _place(folder, made["path"])
    if kind not in ("create", "modify", "rename", "delete"):
        raise NotApplied(f"{made['path']!r}: the operation {kind!r} is not known")
    origin = _place(folder, made["from"]) if kind == "rename" else target
    if kind != "create":
        if not origin.is_file():
            raise NotApplied(f"{made.get('from', made['path'])!r} is not there")
        if _sha256(origin) != made["expected_sha256"]:
            raise NotApplied(f"{made.get('from', made['path'])!r} has changed since the plan was made")
    if kind in ("create", "rename") and target not in leaving and (target.exists() or target.is_symlink()):
        raise NotApplied(f"{made['path']!r} is there already")
    for above in target.parents:
        if above == folder:
            break
        if kind != "delete" and above.is_file() and above not in leaving:
            raise NotApplied(f"{made['path']!r} cannot be made: {above.name!r} is a file")
    if kind != "delete":
        content = made["content"]
        if not isinstance(content, str) or hashlib.sha256(content.encode()).hexdigest() != made["content_sha256"]:
            raise NotApplied(f"{made['path']!r}: the content in the plan is not the one that was decided")


def _carry_out(folder: Path, made: dict[str, Any]) -> None:
    target = _place(folder, made["path"])
    if made["operation"] == "delete":
        target.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name[:100]}.dreamdesk")
    try:
        with draft.open("xb") as file:
            file.write(made["content"].encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    if made["operation"] == "rename":
        _place(folder, made["from"]).unlink()


def apply_plan(data: bytes, folder: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """Apply the plan whose bytes are *data* to *folder* and return the receipt; with *dry_run* only check.

    Raises:
        NotApplied: the plan does not fit the folder, or is none.
    """
    try:
        plan = json.loads(data)
        operations = plan["operations"]
        if plan["format"] != FORMAT:
            raise NotApplied(f"this is a plan of the form {plan['format']!r}, not {FORMAT!r}")
        if plan["kind"] != "folder":
            raise NotApplied("this plan is for a memory store: send the requests that it holds, in their order")
        if not folder.is_dir():
            raise NotApplied(f"{folder} is no folder")
        folder = folder.resolve()
        leaving = {_place(folder, made["path"]) for made in operations if made["operation"] == "delete"}
        leaving |= {_place(folder, made["from"]) for made in operations if made["operation"] == "rename"}
        for made in operations:
            _check(folder, made, leaving)
        done = []
        for made in () if dry_run else operations:
            _carry_out(folder, made)
            place = _place(folder, made["path"])
            now = _sha256(place) if place.is_file() else None
            if now != made.get("content_sha256"):
                raise NotApplied(f"{made['path']!r} does not hold what was written; what was done so far stays done")
            kept = {key: made[key] for key in ("operation", "path", "from", "revision_sha256") if key in made}
            done.append({**kept, "sha256_before": made.get("expected_sha256"), "sha256_after": now})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotApplied(f"this is no memory plan ({type(error).__name__}: {error})") from error
    except OSError as error:
        raise NotApplied(f"a file could not be used ({error}); what was done so far stays done") from error
    return {
        "format": RECEIPT,
        "plan_sha256": hashlib.sha256(data).hexdigest(),
        "folder": folder.name,
        "applied_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "operations": done,
    }


def main() -> int:
    """Apply the plan that the command line names; return 0 if it was applied, else 1 with the reason."""
    parser = argparse.ArgumentParser(description="Apply a DreamDesk memory plan to a folder.")
    parser.add_argument("plan", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--receipt", type=Path, help="write the receipt here instead of printing it")
    parser.add_argument("--dry-run", action="store_true", help="only check that the plan fits")
    asked = parser.parse_args()
    try:
        receipt = apply_plan(asked.plan.read_bytes(), asked.folder, dry_run=asked.dry_run)
    except (NotApplied, OSError) as error:
        print(f"Not applied: {error}.", file=sys.stderr)
        return 1
    text = json.dumps(receipt, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
    if asked.receipt and not asked.dry_run:
        asked.receipt.write_text(text, encoding="utf-8")
    elif asked.dry_run:
        print("The plan fits.")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

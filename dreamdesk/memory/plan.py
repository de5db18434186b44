"""The apply plan: what a decision means for the store or folder that stands there now.

What an auditor signs holds both outcomes, what an approval does and what a rejection does, each as an operation with
the ``content_sha256`` that it demands beforehand and the one that it leaves. So a plan can be checked against the
signatures without any judgement: it is the outcome that was decided, plus the text itself.

Requests follow the anthropic SDK 2.12 (``beta.memory_stores.memories``): create is POST …/memories, update and rename
POST …/memories/{id} with ``precondition``, delete DELETE …/memories/{id}?expected_content_sha256=…
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import quote

from dreamdesk.memory.compare import hunks_of
from dreamdesk.memory.hunks import apply
from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import Change, ChangeSet, Operation, StoreKind, content_sha256

FORMAT = "dreamdesk-memory-plan/1"


class Subject(NamedTuple):
    """What is decided, as canonical JSON, and the text that stands there after each outcome (None: nothing)."""

    line: bytes
    approved: str | None
    rejected: str | None

    @property
    def digest(self) -> str:
        """The SHA-256 that a decision signs."""
        return sha256(self.line)


class _State(NamedTuple):
    """A text at a path."""

    path: str
    text: str


def subject(about: ChangeSet, number: int, change: Change, chosen: Collection[int]) -> Subject:
    """Return what is decided when the hunks *chosen* of *change*, number *number* of its set, are put to decision."""
    found = hunks_of(change)
    text = None if change.after is None else apply(change.before or "", change.after, found, chosen)
    before = None if change.before is None else _State(change.old_path or change.path, change.before)
    after = None if change.after is None else _State(change.path, change.after)
    wanted = None if text is None else _State(change.path, text)
    current = after if about.in_place else before
    line = canonical(
        {
            "set": {
                "before_sha256": about.before,
                "after_sha256": about.after,
                "kind": about.kind.value,
                "store": about.store,
                "in_place": about.in_place,
            },
            "change": number,
            "operation": change.operation.value,
            "path": change.path,
            "hunks": [len(found), sorted(chosen)],
            "then": {
                "approve": operation(about, change, current, wanted),
                "reject": operation(about, change, current, before),
            },
        }
    )
    return Subject(line, text, change.before)


def operation(
    about: ChangeSet, change: Change, current: _State | None, wanted: _State | None
) -> dict[str, Json] | None:
    """Return the operation that turns *current* into *wanted*, None where they are the same."""
    if current == wanted:
        return None
    if current is None:
        assert wanted is not None
        made: dict[str, Json] = {"operation": "create", "path": wanted.path}
    elif wanted is None:
        made = {"operation": "delete", "path": current.path}
    elif wanted.path != current.path:
        made = {"operation": "rename", "path": wanted.path, "from": current.path}
    else:
        made = {"operation": "modify", "path": wanted.path}
    if current is not None:
        made["expected_sha256"] = content_sha256(current.text)
    if wanted is not None:
        made["content_sha256"] = content_sha256(wanted.text)
    if about.kind is StoreKind.STORE:
        made["request"] = _request(about.store, change.memory, made, current is None or wanted is None)
    return made


def _request(store: str, memory: str, made: dict[str, Json], whole: bool) -> dict[str, Json]:
    """Return the call of the Memory Stores API; ``content`` is added to the body when the plan is written."""
    memories = f"/v1/memory_stores/{quote(store, safe='')}/memories"
    if made["operation"] == "create":
        return {"method": "POST", "path": memories, "body": {"path": made["path"]}}
    one = f"{memories}/{quote(memory, safe='')}"
    if whole:
        return {"method": "DELETE", "path": one, "query": {"expected_content_sha256": made["expected_sha256"]}}
    body: dict[str, Json] = {"precondition": {"type": "content_sha256", "content_sha256": made["expected_sha256"]}}
    return {"method": "POST", "path": one, "body": {**body, "path": made["path"]} if "from" in made else body}


def plan(kind: StoreKind, store: str, operations: Iterable[dict[str, Json]]) -> dict[str, Json]:
    """Return the plan over *operations* (see `entry`), deletions first, so that their paths are free."""
    order = ["delete", "rename", "modify", "create"]
    sorted_ones = sorted(operations, key=lambda made: (order.index(made["operation"]), made["path"]))
    return {"format": FORMAT, "kind": kind.value, "store": store, "operations": sorted_ones}


def entry(decided: Subject, verdict: str) -> dict[str, Json] | None:
    """Return the plan's entry for the outcome *verdict* ("approve" or "reject"); None where nothing is to be done."""
    made: dict[str, Json] | None = json.loads(decided.line)["then"][verdict]
    if made is None:
        return None
    text = decided.approved if verdict == "approve" else decided.rejected
    made["revision_sha256"] = decided.digest
    if "content_sha256" in made:
        made["content"] = text
        if "request" in made:
            made["request"]["body"]["content"] = text
    return made


def check_tree(paths: Iterable[str], written: Collection[str]) -> None:
    """Refuse a plan that puts one of the paths *written* where *paths*, all that stand then, leave it no place.

    Raises:
        UserError: two paths differ in case alone, or one is the folder of another.
    """
    known: dict[str, str] = {}
    for path in sorted(paths):
        other = known.setdefault(path.casefold(), path)
        if other != path and {other, path} & set(written):
            raise UserError(
                f"{other} and {path} would stand side by side, and many systems take them for one. "
                "Decide both changes alike, then release."
            )
    for folded, path in known.items():
        parts = folded.split("/")
        for depth in range(1, len(parts)):
            other = known.get("/".join(parts[:depth]), "")
            if other and {other, path} & set(written):
                raise UserError(
                    f"{other} would be a file and, for {path}, a folder. Decide both changes alike, then release."
                )


def paths_after(about: ChangeSet, verdicts: Iterable[tuple[Change, bool]]) -> set[str]:
    """Return the paths that stand once each change was approved (True) or not."""
    paths = set(about.paths)
    for change, approved in verdicts:
        if not approved:
            if change.operation is not Operation.MODIFY and change.operation is not Operation.DELETE:
                paths.discard(change.path)
            if change.operation in (Operation.DELETE, Operation.RENAME):
                paths.add(change.old_path or change.path)
    return paths

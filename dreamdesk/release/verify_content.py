#!/usr/bin/env python3
"""Check that what a DreamDesk bundle teaches is what was approved. `verify.py`, beside which this file lies, calls it.

Nothing but Python 3.9 is needed. Checked is: every training row (verify_rows.py) and every lesson says what a revision
says that enough auditors approved; every operation of a memory plan is, to the hash, the outcome that was decided, and
none is missing; nothing is in here that was recalled.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)
Approved = dict[tuple[str, str, str], set[str]]  # (source, episode, revision: a digest, a key, a digest): who approved


def read_lines(path: Path) -> list[bytes]:
    """Return the lines of a file whose every line ends with a line feed."""
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError(f"{path.name} is cut short")
    return data.split(b"\n")[:-1]


def check_recalled(bundle: Path) -> list[str]:
    """Return the rows of revisions that were recalled; the same words may be approved again in another revision."""
    revisions: set[str] = set()
    for line in optional(bundle / "data" / "audit" / "recalled.jsonl"):
        revisions |= set(json.loads(line)["revisions"])
    rows = [json.loads(line) for line in optional(bundle / "data" / "provenance" / "rows.jsonl")] if revisions else []
    return [f"{row['file']} line {row['line']}: it was recalled" for row in rows if row["revision_sha256"] in revisions]


def check_memory(bundle: Path, approved: Approved, required: int) -> list[str]:
    """Return the operations on memories that nobody decided, or that do something else, and those that are missing."""
    folder, faults, due = bundle / "data" / "provenance", [], {}
    approvers = {digest: names for (*_, digest), names in approved.items()}
    rows = [json.loads(line) for line in read_lines(folder / "decisions.jsonl")]
    last = {row["revision_sha256"]: row["verdict"] for row in sorted(rows, key=lambda row: row["at"])}
    for line in optional(folder / "memory.jsonl"):
        digest, revision = hashlib.sha256(line).hexdigest(), json.loads(line)
        verdict, about = last.get(digest), revision["set"]
        if verdict == "approve" and len(approvers[digest]) < required:
            faults.append(f"the change of {revision['path']} is not approved by {required}")
        elif verdict != "approve" and not (verdict == "reject" and about["in_place"]):
            faults.append(f"the change of {revision['path']} was not decided, or was rejected")
        else:
            due[digest] = (about, revision["then"][verdict])
    for path in sorted((bundle / "data" / "memory").glob("*.plan.json")):
        plan = json.loads(path.read_bytes())
        for number, made in enumerate(plan["operations"], 1):
            try:
                about, expected = due.pop(made.pop("revision_sha256"), ({}, None))
                if expected is None:
                    raise ValueError("no decision covers it")
                text = made.pop("content", None)
                if "request" in made and made["request"].get("body", {}).pop("content", None) != text:
                    raise ValueError("its request would write something else than its content")
                if made != expected or [plan["kind"], plan["store"]] != [about["kind"], about["store"]]:
                    raise ValueError("it does something else than was decided")
                hashed = None if text is None else hashlib.sha256(text.encode()).hexdigest()
                if hashed != expected.get("content_sha256"):
                    raise ValueError("its content is not the one that was decided")
            except UNREADABLE as error:
                faults.append(f"memory/{path.name} operation {number}: {error}")
    return faults + [f"the change {name[:16]}… was decided and is in no plan" for name, (_, op) in due.items() if op]


def check_lessons(bundle: Path, approved: Approved, required: int) -> list[str]:
    """Return the lessons that no approved revision teaches, and those that are missing from the list or the text."""
    folder, faults = bundle / "data" / "lessons", []
    due = {}
    for line in optional(bundle / "data" / "provenance" / "revisions.jsonl"):
        if lesson := json.loads(line).get("lesson"):
            due[hashlib.sha256(line).hexdigest()] = lesson
    found, told = {}, set()
    for number, line in enumerate(optional(folder / "lessons.jsonl"), 1):
        row = json.loads(line)
        about = (row["source_sha256"], row["episode"]["key"], row["revision_sha256"])
        if len(approved.get(about, ())) < required or row["lesson"] != due.get(row["revision_sha256"]):
            faults.append(f"lessons.jsonl line {number}: no approved revision teaches it")
        found[row["revision_sha256"]] = row["lesson"]
        told.add(f"- {row['lesson']}".encode())
    if found != due:
        faults.append("lessons.jsonl does not hold the lessons of the approved revisions, each once")
    if set(optional(folder / "lessons.md")) != told:
        faults.append("lessons.md does not hold the sentences of lessons.jsonl")
    return faults


def optional(path: Path) -> list[bytes]:
    """Return the lines of a file that is only there when the bundle holds what it is about."""
    return read_lines(path) if path.exists() else []

"""Memory verification: whether change sets, what was put to decision and where changes stand are what was entered."""

from __future__ import annotations

import json

from dreamdesk.desk import ledger, memory, settings
from dreamdesk.desk.database import Connection
from dreamdesk.memory import plan
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import ReviewState
from dreamdesk.review import signing, workflow


def memory_changes(db: Connection) -> list[str]:
    """Return what is wrong with the memory changes of the desk, in words.

    Each set is, to the byte, the one that the ledger has the digest of; each decision speaks of hunks that give exactly
    the digest that was signed; and each change stands where its decisions, or its release, have brought it.
    """
    faults: list[str] = []
    entered = {int(body["memory_set"]): str(body["digest"]) for body in _bodies(db, "memory-imported")}
    released = {int(n) for body in _bodies(db, "released") for n in body.get("memory_changes", [])}
    four_eyes = settings.get(db, settings.FOUR_EYES) == "on"
    for identity in sorted({*entered, *(row.id for row in memory.sets(db))}):
        if memory.stored_digest(db, identity) != entered.get(identity):
            faults.append(f"memory change set {identity} is not the one in the ledger")
            continue
        about = memory.get_set(db, identity)
        for row in memory.changes(db, identity):
            made = memory.decisions(db, row.id)
            put = {
                revision.number: plan.subject(about, row.number, row.change, revision.hunks).digest
                for revision in memory.revisions(db, row.id)
            }
            faults += [
                f"a decision on memory change {row.id} speaks of something else than the desk holds"
                for decision in made
                if put.get(decision.revision) != signing.subject(decision)
            ]
            # Whether two had to approve may have changed since; the state that a change had then stays.
            allowed = {workflow.state_after(made, four_eyes), workflow.state_after(made, not four_eyes)}
            if row.state not in ({ReviewState.RELEASED} if row.id in released else allowed):
                faults.append(f"memory change {row.id} is said to be {row.state.value}, which its decisions do not say")
    return faults


def _bodies(db: Connection, kind: str) -> list[dict[str, Json]]:
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]

"""Memory verification: whether change sets, what was put to decision and where changes stand are what was entered."""

from __future__ import annotations

import json

from dreamdesk.desk import ledger, memory
from dreamdesk.desk.database import Connection
from dreamdesk.memory import plan
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import ReviewState
from dreamdesk.pipeline.standing import Rules, left
from dreamdesk.review import signing


def memory_changes(db: Connection) -> list[str]:
    """Return what is wrong with the memory changes of the desk, in words.

    Each set is, to the byte, the one that the ledger has the digest of; each decision speaks of hunks that give exactly
    the digest that was signed; and each change stands where its decisions, or its release, have brought it.
    """
    faults: list[str] = []
    erased = ledger.renamed(db)
    entered = {int(body["memory_set"]): str(body["digest"]) for body in _bodies(db, "memory-imported")}
    rules, (released, recalled) = Rules.of(db), left(db, "memory_changes")
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
                if put.get(decision.revision) != erased.get(signing.subject(decision), signing.subject(decision))
            ]
            right = rules.state(made, None)
            if row.id in released:
                right = ReviewState.RECALLED if row.id in recalled else ReviewState.RELEASED
            if row.state is not right:
                faults.append(
                    f"memory change {row.id} is said to be {row.state.called}, which its decisions do not say"
                )
    return faults


def _bodies(db: Connection, kind: str) -> list[dict[str, Json]]:
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]

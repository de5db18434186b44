"""Memory release: decided changes to apply plans."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from dreamdesk.desk import memory, sources
from dreamdesk.desk.database import Connection
from dreamdesk.desk.memory import ChangeRow
from dreamdesk.memory import plan
from dreamdesk.model.canonical import Json
from dreamdesk.model.decision import ReviewState, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import ChangeSet
from dreamdesk.release import apply_memory as applying
from dreamdesk.release.content import MemoryItem, MemoryPlan


def memory_plans(db: Connection) -> tuple[MemoryPlan, ...]:
    """Return a plan for each change set of which something was decided and has not left yet.

    Raises:
        UserError: what was decided is no longer what the desk holds, or two paths cannot stand beside each other.
    """
    waiting = [memory.change(db, identity) for identity in memory.waiting(db)]
    return tuple(_plan(db, identity, list(rows)) for identity, rows in groupby(waiting, key=lambda row: row.set))


def _plan(db: Connection, identity: int, rows: list[ChangeRow]) -> MemoryPlan:
    about = memory.get_set(db, identity)
    items = tuple(_item(db, about, row) for row in rows)
    written = {item.entry["path"] for item in items if item.entry and "content_sha256" in item.entry}
    stands = [(row.change, _stands(db, about, row)) for row in memory.changes(db, identity)]
    plan.check_tree(plan.paths_after(about, stands), written)
    entries = [item.entry for item in items if item.entry is not None]
    return MemoryPlan(
        identity,
        about.title,
        plan.plan(about.kind, about.store, entries),
        items,
        tuple(sources.named(db, sha256) for sha256 in dict.fromkeys((about.before, about.after))),
    )


def _item(db: Connection, about: ChangeSet, row: ChangeRow) -> MemoryItem:
    revision = memory.revisions(db, row.id)[-1]
    subject = plan.subject(about, row.number, row.change, revision.hunks)
    if subject.digest != revision.digest:
        raise UserError(f"The change of {row.change.path} is no longer the one that was decided; it cannot leave.")
    verdict = Verdict.APPROVE if row.state is ReviewState.APPROVED else Verdict.REJECT
    return MemoryItem(
        change_id=row.id,
        change=row.change,
        verdict=verdict,
        line=subject.line,
        entry=plan.entry(subject, verdict.value),
        text=subject.approved if verdict is Verdict.APPROVE else subject.rejected,
        statements=tuple(s for s in row.statements if s.hunk in revision.hunks),
        checks=revision.checks,
        decisions=memory.decisions(db, row.id),
    )


def _stands(db: Connection, about: ChangeSet, row: ChangeRow) -> bool:
    """Tell whether what *row* proposes stands in the store once everything that was decided is applied."""
    if row.state is ReviewState.RELEASED:
        return memory.decisions(db, row.id)[-1].verdict is Verdict.APPROVE
    return row.state is ReviewState.APPROVED or (about.in_place and row.state is not ReviewState.REJECTED)


def apply_memory(plan_file: Path, folder: Path, *, dry_run: bool = False) -> dict[str, Json]:
    """Apply the plan in *plan_file* to *folder*, as the program in the bundle does; return the receipt.

    Raises:
        UserError: the plan cannot be read or does not fit; nothing was done, unless the text says so.
    """
    try:
        return applying.apply_plan(plan_file.read_bytes(), folder, dry_run=dry_run)
    except applying.NotApplied as error:
        raise UserError(f"Not applied: {error}.") from error
    except OSError as error:
        raise UserError(f"{plan_file}: the plan cannot be read ({error.strerror or error}).") from error

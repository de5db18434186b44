"""Memory in a bundle: the apply plans, what was signed of each change, and where each statement comes from."""

from __future__ import annotations

from pathlib import Path

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.release import apply_memory
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content, MemoryItem
from dreamdesk.release.provenance import FOLDER


def check(content: Content) -> None:
    """Refuse changes that were not decided as the plan would have them.

    Raises:
        UserError: one lacks an approval; says which.
    """
    for item in (item for plan in content.memory for item in plan.items):
        latest = max((decision.revision for decision in item.decisions), default=0)
        made = [decision for decision in item.decisions if decision.revision == latest]
        approvers = {decision.auditor for decision in made if decision.verdict is Verdict.APPROVE}
        decided = bool(made) and made[-1].verdict is item.verdict
        warned = any(check.result is CheckResult.WARN for check in item.checks)
        needed = max(content.required_approvals, content.approvals_over_warnings if warned else 1)
        if not decided or (item.verdict is Verdict.APPROVE and len(approvers) < needed):
            raise UserError(
                f"The change of {item.change.path} is not decided by {needed} auditor(s). "
                "Have it decided, or take it out of the release."
            )


def write(bag: Bag, content: Content) -> None:
    """Write the plans and their provenance, and the program that applies a plan to a folder."""
    for plan in content.memory:
        bag.write(f"data/memory/set-{plan.set_id}.plan.json", canonical(plan.plan) + b"\n")
    lines = {item.line for plan in content.memory for item in plan.items}
    for line in sorted(lines):
        bag.line(f"{FOLDER}/memory.jsonl", line)
    if content.memory:
        bag.begin(f"{FOLDER}/memory_statements.jsonl")
        bag.write("apply_memory.py", Path(apply_memory.__file__).read_bytes())
    for item in (item for plan in content.memory for item in plan.items if item.verdict is Verdict.APPROVE):
        for row in _statements(item):
            bag.line(f"{FOLDER}/memory_statements.jsonl", canonical(row))


def _statements(item: MemoryItem) -> list[dict[str, Json]]:
    """Return each new statement with the passages of the recordings that support it; [] means that none was found."""
    return [
        {
            "memory_change": item.change_id,
            "path": item.change.path,
            "statement": statement.text,
            "sources": [
                {
                    "episode": support.episode,
                    "key": support.key,
                    "step": support.step,
                    "actor": support.actor.value,
                    "quote": support.quote,
                }
                for support in statement.support
            ],
        }
        for statement in item.statements
    ]

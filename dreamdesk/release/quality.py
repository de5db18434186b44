"""Quality figures in a bundle: what is known of the corrections and of those who decided on them."""

from __future__ import annotations

import json
from collections import Counter

from dreamdesk.model.canonical import Json
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content

FOLDER = "data/quality"


def write(bag: Bag, content: Content) -> None:
    """Write the figures of the desk, a file each (``content.quality``), and those of what is in here."""
    figures = {**content.quality, "corrections": _corrections(content)}
    for name, value in sorted(figures.items()):
        bag.write(f"{FOLDER}/{name}.json", (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def _corrections(content: Content) -> dict[str, Json]:
    """Count how far the corrections are verified, what the guardrails said, and what was decided."""
    items = content.items
    decisions = [decision for item in items for decision in item.decisions]
    return {
        "about": "The corrections in this bundle: levels and answers of the guardrails are those of the approved "
        "revisions; decisions include those on earlier revisions. Rejected corrections are counted and not in here.",
        "n": len(items),
        "levels": Counter(item.level.name for item in items),
        "checks": Counter(f"{check.guardrail}: {check.result.value}" for item in items for check in item.checks),
        "steps_by_provenance": Counter(made.provenance.value for item in items for made in item.revision.steps),
        "decisions": Counter(decision.verdict.value for decision in decisions),
        "deciding_auditors": len({decision.auditor for decision in decisions}),
        "revised_before_approval": sum(item.revision.number > 1 for item in items),
        "rejected": dict(content.rejected),
    }

"""Labels of AgentRx (Microsoft, 2026): which steps of a failed trajectory were wrong, and which was the root cause.

The labels are a file of their own: a list of ``{trajectory_id, failures: [{failure_id, step_number, step_reason,
failure_category, failed_agent}], root_cause: {failure_id, reason_for_root_cause}}``. *step_number* counts all messages
from 1, the system prompt included.
"""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.intake.companions import companion
from dreamdesk.intake.reader import Trace
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Label, Step

_NAMES = (
    "tau_retail_labels.json",
    "tau_ground_truth.json",
    "agentrx_tau_ground_truth.json",
    "magentic_one_labels.json",
    "magentic_one_ground_truth.json",
)

Marked = dict[str, dict[str, Json]]
"""The records of a label file by the id of their trajectory."""


def agentrx_labels(trace: Trace) -> Marked:
    """Return the labels beside *trace* or one folder up; empty when there are none."""
    found: Marked = {}
    for name in _NAMES:
        for place in ((name,), ("..", name)):
            for record in map(obj, arr(companion(trace, *place))):
                if "failures" in record and record.get("trajectory_id") is not None:
                    found.setdefault(text_of(record["trajectory_id"]), record)
    return found


def labels_of(marked: Marked, trajectory: str, steps: Sequence[Step]) -> tuple[Label, ...]:
    """Return the labels of one trajectory, the root cause first; *steps* have the labels' own native indexes."""
    record = marked.get(trajectory, {})
    root = text_of(obj(record.get("root_cause")).get("failure_id"))
    failures = [obj(failure) for failure in arr(record.get("failures"))]
    failures.sort(key=lambda failure: text_of(failure.get("failure_id")) != root)
    labels = []
    for failure in failures:
        native = integer(failure.get("step_number"))
        step = next((s.index for s in steps if native is not None and s.native == native), None)
        reason = text_of(failure.get("step_reason"))
        if root and text_of(failure.get("failure_id")) == root:
            why = string(obj(record.get("root_cause")).get("reason_for_root_cause"))
            reason = "\n".join(filter(None, (reason, f"Root cause: {why}" if why else "This is the root cause.")))
        agent, category = string(failure.get("failed_agent")), string(failure.get("failure_category"))
        labels.append(Label(step, native, agent, reason, category, "AgentRx"))
    return tuple(labels)

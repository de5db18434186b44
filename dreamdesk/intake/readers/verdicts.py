"""Verdicts and labels that stand in files of their own: they hold no episode, and are read with the traces beside them.

Known are reports and summaries of the SWE-bench harness, evaluations of OpenHands, annotations of Phoenix, feedback of
LangSmith, scores of Langfuse, and labels and examples of tool calls of AgentRx. As sources of a desk they are hashed
and kept, so that what an outcome rests on can be looked up; their format is known, so that nobody is asked to map their
fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, integer, obj, string
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("report of the SWE-bench harness", ("resolved", "patch_exists")),
    ("summary of the SWE-bench harness", ("resolved", "no_generation")),
    ("summary of the SWE-bench harness", ("resolved_ids", "unresolved_ids")),
    ("evaluation of an OpenHands run", ("checkpoints", "final_score")),
    ("annotations of Phoenix", ("annotator_kind", "span_id", "result")),
    ("feedback of LangSmith", ("run_id", "key", "score")),
    ("scores of Langfuse", ("traceId", "dataType", "name")),
    ("scores of Langfuse", ("trace_id", "data_type", "name")),
    ("labels of AgentRx", ("trajectory_id", "failures")),
)
_CRASHED = {"error", "traceback"}
_EXAMPLES = "examples of tool calls of AgentRx"


class Verdicts:
    """Recognises files of verdicts, and gives no episode."""

    name = "verdicts"
    version = 1
    unit = "verdicts"

    def sniff(self, head: Head) -> float:
        """Recognise a verdict by its fields; whatever also is a trace is read as one."""
        if _are_examples(head.objects):
            return 0.9
        return 0.6 if any(map(_kind, head.objects[:3])) else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Say what the file holds."""
        if _are_examples(trace.head.objects):
            trace.log.saw(_EXAMPLES)
            trace.log.note("this file holds single calls of tools with their results, as examples, and no conversation")
            return iter(())
        for record in trace.records():
            if kind := _kind(obj(record.value)):
                trace.log.saw(kind)
        trace.log.note(
            "this file holds verdicts or labels and no episode; they are joined when traces beside it are imported"
        )
        return iter(())


def _are_examples(values: list[dict[str, Json]]) -> bool:
    """Tell whether *values* are calls with their results that were picked from several conversations.

    Each has the index that it had in its own, so that indexes come again or go back.
    """
    places = [integer(value.get("index")) for value in values]
    picked = any(b is not None and a is not None and b <= a for a, b in pairwise(places))
    return picked and None not in places and {string(value.get("role")) for value in values} == {"assistant", "tool"}


def _kind(value: dict[str, Json]) -> str:
    """Return what sort of verdict *value* is, "" when it is none that is known."""
    inner = [obj(item) for item in (arr(value.get("data"))[:1] or list(value.values())[:1])]
    for found in (value, *inner):
        for kind, keys in _KINDS:
            if all(key in found for key in keys):
                return kind
    return "grader that crashed" if value.keys() >= _CRASHED and value.keys() <= _CRASHED | {"instance_id"} else ""


register(Verdicts())

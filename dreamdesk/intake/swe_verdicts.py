"""Verdicts of the SWE-bench harness, which stand beside a trace and not in it.

Known are ``report.json`` of one instance (``{resolved}``, perhaps under the instance's id) and summaries: the lists
*resolved*, *no_generation*, *no_logs* of the leaderboard, or *resolved_ids*, *unresolved_ids*, *error_ids*, ... of the
harness.
"""

from __future__ import annotations

import re

from dreamdesk.intake.companions import companion
from dreamdesk.intake.reader import Trace
from dreamdesk.intake.shape import arr, obj
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState

_INSTANCE = re.compile(r"[\w.-]+__[\w.-]+-\d+")
_ISSUE = re.compile(
    r"(?:\bISSUE:|(?:<pr_description>\s*)?Consider the following PR description:|[Pp]lease solve this issue:)\s*(?=\S)"
)
_FAILED = ("unresolved_ids", "unresolved", "empty_patch_ids", "no_generation", "incomplete_ids")
_UNGRADED = ("error_ids", "no_logs")


def is_instance(name: str) -> bool:
    """Tell whether *name* is an instance of SWE-bench, such as django__django-10973."""
    return bool(_INSTANCE.fullmatch(name)) and len(name) < 200


def issue_of(prompt: str) -> str:
    """Return the issue inside the prompt that states it, or the whole prompt."""
    found = _ISSUE.search(prompt[:20_000])
    return prompt[found.end() :] if found else prompt


def verdict(trace: Trace, stem: str, instance: str) -> Outcome | None:
    """Return what the harness found for *instance*; the trace's file is named *stem* and an ending. None: nothing."""
    reports: list[tuple[str, ...]] = [(f"{stem}.report.json",), ("report.json",)]
    if instance:
        reports += [(f"{instance}.report.json",), ("logs", instance, "report.json"), (instance, "report.json")]
        # A leaderboard keeps trajs/<instance>/<instance>.traj.json and logs/<instance>/report.json.
        reports += [("..", "logs", instance, "report.json"), ("..", "..", "logs", instance, "report.json")]
    for place in dict.fromkeys(reports):
        report = obj(companion(trace, *place))
        nameless = place == ("report.json",) and not obj(report.get(instance))
        if nameless and not _alone(trace):
            continue  # nobody can tell which of the traces here it means
        report = obj(report.get(instance)) or report
        if isinstance(report.get("resolved"), bool):
            return _outcome("/".join(place), report["resolved"], report)
    if not is_instance(instance):
        return None
    for place in (
        ("results.json",),
        ("results", "results.json"),
        ("..", "results.json"),
        ("..", "results", "results.json"),
    ):
        summary = obj(companion(trace, *place))
        if found := _listed("/".join(place), summary, instance):
            return found
    return None


def _alone(trace: Trace) -> bool:
    """Tell whether no other trace lies in the same folder."""
    return all(name in ("report.json", "results.json") or name.endswith(".report.json") for name in trace.siblings())


def _outcome(name: str, resolved: bool, report: dict[str, Json]) -> Outcome:
    details = ["the tests pass" if resolved else "the tests do not pass"]
    if report.get("patch_exists") is False or report.get("patch_is_None") is True:
        details = ["no patch was submitted"]
    elif report.get("patch_successfully_applied") is False:
        details = ["the patch could not be applied"]
    for kind, words in (("FAIL_TO_PASS", "that should pass now"), ("PASS_TO_PASS", "that passed before")):
        if failing := len(arr(obj(obj(report.get("tests_status")).get(kind)).get("failure"))):
            details.append(f"{failing} tests fail {words}")
    state = OutcomeState.SUCCEEDED if resolved else OutcomeState.FAILED
    return Outcome(state, OutcomeSource.VERDICT, f"{name}#/resolved", ", ".join(details))


def _listed(name: str, summary: dict[str, Json], instance: str) -> Outcome | None:
    resolved = "resolved_ids" if "resolved_ids" in summary else "resolved"
    if not isinstance(summary.get(resolved), list):
        return None
    for key in (resolved, *_UNGRADED, *_FAILED):
        if instance not in arr(summary.get(key)):
            continue
        if key in _UNGRADED:
            return Outcome(pointer=f"{name}#/{key}", detail=f"{name} lists it under {key}: it was not graded")
        state = OutcomeState.SUCCEEDED if key == resolved else OutcomeState.FAILED
        return Outcome(state, OutcomeSource.VERDICT, f"{name}#/{key}", f"{name} lists it under {key}")
    if resolved == "resolved_ids":  # the harness lists every instance that it saw
        return None
    return Outcome(
        OutcomeState.FAILED, OutcomeSource.VERDICT, f"{name}#/resolved", f"{name} does not list it as resolved"
    )

"""Edited grader: a correction must solve the task, not change what measures it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.calls import Effect, arguments, effect, leaves
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, warn
from dreamdesk.model.episode import Kind
from dreamdesk.model.finding import Quote

_PATH = re.compile(r"[\w./\\-]{1,300}")
_GRADER = re.compile(
    r"(?:^|[/\\_.-])(?:grader?s?|grading|rewards?|scorer|oracle|expected_(?:output|answer)s?|ground_truth|answer_key)(?:[/\\_.-]|$)",
    re.I,
)
_TEST = re.compile(
    r"(?:^|[/\\])(?:tests?|__tests__|specs?)[/\\]|(?:^|[/\\])test_[\w-]+\.\w+$|[\w-](?:_test|\.test|\.spec)\.\w+$|conftest\.py$",
    re.I,
)
_WRITES = re.compile(r">|\b(?:sed\s+-i|tee|rm|mv|cp|truncate|write|patch|apply_patch)\b")
_READ_COMMANDS = frozenset({"view", "read", "open", "list"})


def check(case: Case) -> Iterator[Remark]:
    """Look at the calls that write files: graders block, tests need a reason unless the recording edits them too."""
    recorded = "\n".join(s.content for s in case.episode.steps if s.kind is Kind.TOOL_CALL and effect(s) >= Effect.EDIT)
    for at, corrected in case.calls:
        step = corrected.step
        if effect(step) is Effect.READ:
            continue
        named = list(leaves(arguments(step)))
        if any(key == "command" and value in _READ_COMMANDS for key, value in named):
            continue
        for key, value in named or [("command", step.content)]:
            # In a shell a path may only be read; in an editor's arguments the path is what is written.
            place = key.lower() in ("path", "file_path", "filename", "file", "target", "notebook_path")
            if not isinstance(value, str) or not (place or _WRITES.search(value[:5000])):
                continue
            for path in _PATH.findall(value[:5000]):
                if path in recorded:
                    continue
                if _GRADER.search(path):
                    yield block(f"{step.tool} at step {at} changes what grades the task: {path}.", Quote(at, path))
                elif _TEST.search(path):
                    yield warn(f"{step.tool} at step {at} changes a test: {path}.", Quote(at, path))


GUARDRAIL = Guardrail("edited-grader", "No grader or test edited", 11, check)

"""The check of a correction that was executed again in its environment, and what level V5 rests on."""

from __future__ import annotations

from dreamdesk.guard.case import Case
from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.execution import Execution, Result
from dreamdesk.model.finding import Quote
from dreamdesk.model.text import counted, one_line

ENVIRONMENT = "environment"
_TITLE = "Executed again in its environment, the path holds"
MOVED = "The goal state is reached, which the recording misses."
"""The end of the words on a path that repairs what the recording left wrong."""
_SPELLED = 3
"""Differences, or parts of the goal, that are spelled out; the rest are counted."""


def holds(execution: Execution, start: int) -> bool:
    """Tell whether the path that goes on from *start* is proven by its re-execution.

    No result differs, every result from *start* on is answered as written, and the end state reaches the goal. A
    recorded result before *start* that the environment cannot answer stands on the recording.
    """
    return (
        not execution.fault
        and not _differing(execution)
        and all(result.agrees for result in execution.after(start))
        and execution.missing == ()
    )


def moved(execution: Execution, start: int) -> bool:
    """Tell whether the error is gone as the environment sees it: the goal that the recording misses is reached."""
    return holds(execution, start) and bool(execution.before)


def check(case: Case) -> tuple[Check, ...]:
    """Return the check of *case*, or nothing where no environment fits its episode."""
    execution = case.execution
    if execution is None:
        return ()
    objection = bool(execution.fault or _differing(execution) or execution.missing)
    quotes = tuple(Quote(r.at, text) for r in _differing(execution) if (text := case.path[r.at].content[:200]).strip())
    result = CheckResult.WARN if objection else CheckResult.PASS
    return (Check(ENVIRONMENT, _TITLE, result, _words(case, execution), quotes),)


def _words(case: Case, execution: Execution) -> str:
    if execution.fault:
        return f"{execution.fault} Nothing is claimed from it."
    after = execution.after(case.start)
    told = [f"Executed again in {execution.environment} from the first step."]
    early = [result for result in _differing(execution) if result.at < case.start]
    if early:
        told.append(
            f"It does not answer as recorded before the error point, so it proves nothing. {_told(case, early)}"
        )
    elif after:
        agreeing = sum(result.agrees for result in after)
        told.append(f"{agreeing} of {counted(len(after), 'result')} after the error point as written.")
        told += [_told(case, differing)] if (differing := _differing(execution)) else []
        open_ones = [result for result in after if result.answer is None]
        if open_ones:
            told.append(f"{counted(len(open_ones), 'result')} would come from outside of it.")
    else:
        told.append("No tool answers after the error point.")
    if execution.missing is None:
        told.append("No goal is known of this task.")
    elif execution.missing:
        told.append(f"The goal state is not reached: {_some(execution.missing)}.")
    elif execution.before:
        told.append(MOVED)
    else:
        told.append("The goal state is reached, but the recording reaches it too.")
    return " ".join(told)


def _differing(execution: Execution) -> list[Result]:
    return [result for result in execution.results if result.answer is not None and not result.agrees]


def _told(case: Case, results: list[Result]) -> str:
    words = [
        f"{case.path[r.call].tool} at step {r.call} is answered there with {one_line(r.answer.text, 120)!r}"
        for r in results
        if r.answer is not None
    ]
    return f"{_some(tuple(words))}."


def _some(words: tuple[str, ...]) -> str:
    more = len(words) - _SPELLED
    return "; ".join(words[:_SPELLED]) + (f"; and {more} more" if more > 0 else "")

"""Results of Terminal-Bench 1 (Stanford and Laude Institute, 2025): one document for all trials of a run.

The document is ``{results: [{trial_name, task_id, instruction, is_resolved, failure_mode, parser_results}], n_resolved,
n_unresolved, accuracy}``. Each trial is an episode with its task and its verdict. What the agent did stands in terminal
recordings elsewhere, which are no trace; that is a gap. *is_resolved* null means that nothing was graded.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.building import StepBuilder, task_key
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.reader import Head, Trace, register
from dreamdesk.intake.shape import arr, instant, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, GapKind, Kind, Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.text import one_line


class TerminalBench:
    """Reads results of Terminal-Bench 1."""

    name = "terminal-bench"
    version = 1
    unit = "steps"

    def sniff(self, head: Head) -> float:
        """Recognise trials with a task and a verdict."""
        for value in head.objects[:1]:
            trials = [obj(trial) for trial in arr(value.get("results"))[:3]]
            if any({"is_resolved", "task_id"} <= trial.keys() for trial in trials):
                return 1.0
        return 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per trial."""
        for record in trace.records():
            trials = obj(record.value).get("results")
            if not isinstance(trials, list):
                trace.log.skip(record.place, "it is no document of results: the list results is missing")
                continue
            for position, trial in enumerate(trials):
                pointer = f"{record.pointer}/results/{position}"
                try:
                    yield _episode(trial, pointer, f"/results/{position}")
                except Unreadable as error:
                    trace.log.skip(pointer, str(error))


def _episode(value: Json, key: str, pointer: str) -> Episode:
    trial = obj(value)
    if not trial.keys() & {"is_resolved", "task_id", "trial_name"}:
        raise Unreadable("it is no trial: it names neither a task nor a verdict")
    builder, task = StepBuilder(), text_of(trial.get("instruction"))
    at = instant(trial.get("trial_started_at"))
    if task:
        builder.add(Actor.USER, Kind.MESSAGE, task, at=at, pointer=f"{pointer}/instruction")
    recording = one_line(text_of(trial.get("recording_path")), 200)
    where = f" It is in the terminal recording {recording}." if recording else ""
    builder.gap(GapKind.MISSING, f"What the agent did is not in this file.{where}")
    name = text_of(trial.get("task_id")) or text_of(trial.get("trial_name"))
    return Episode(
        key=key[:200],
        title=one_line(task) or f"Terminal-Bench trial {one_line(name, 60)}",
        steps=tuple(builder.steps),
        outcome=_outcome(trial, pointer),
        task_key=task_key(trial.get("task_id"), "terminal-bench", task),
        task=task,
        agent=one_line(string(trial.get("agent_name")), 120),
        model=string(trial.get("model_name")),
        gaps=tuple(builder.gaps),
        native_unit=TerminalBench.unit,
        started=at,
    )


def _outcome(trial: dict[str, Json], pointer: str) -> Outcome:
    resolved, mode = trial.get("is_resolved"), string(trial.get("failure_mode"))
    tests = obj(trial.get("parser_results"))
    failed = [name for name, said in tests.items() if said != "passed"]
    words = [f"{len(tests) - len(failed)} of {len(tests)} tests pass"] if tests else []
    if failed:
        words.append(f"not {one_line(', '.join(failed), 200)}")
    if mode and mode not in ("unset", "none"):
        words.append(f"the trial ended with {one_line(mode, 60)}")
    if not isinstance(resolved, bool):
        return Outcome(pointer=f"{pointer}/is_resolved", detail="; ".join([*words, "nothing was graded"]))
    state = OutcomeState.SUCCEEDED if resolved else OutcomeState.FAILED
    detail = "; ".join(words) or ("the task is resolved" if resolved else "the task is not resolved")
    return Outcome(state, OutcomeSource.VERDICT, f"{pointer}/is_resolved", detail)


register(TerminalBench())

"""Who&When: failed multi-agent runs with the mistake that annotators marked (Zhang et al., ICML 2025).

A file holds ``{history, question, mistake_agent, mistake_step, mistake_reason, ...}``. Each history entry is one turn
and one step, and `Step.native` is its 0-based index, which is how *mistake_step* counts. There are two forms:

- Algorithm-generated: the entry's *name* is the participant and *role* says little, since every expert but one has
  the role "user". A participant named like Computer_terminal runs the experts' code and is a tool; all others are
  agents.
- Hand-crafted: *role* is the participant, with what it does in brackets: "Orchestrator (thought)" is thinking,
  "Orchestrator (-> WebSurfer)" hands over to the WebSurfer. "human" is the user.
"""

from __future__ import annotations

from collections.abc import Iterator

from dreamdesk.intake.parsing import Unreadable
from dreamdesk.intake.participants import participant_step
from dreamdesk.intake.reader import Head, Record, Trace, one_by_one, register
from dreamdesk.intake.shape import arr, integer, obj, string, text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import (
    Actor,
    Episode,
    Gap,
    GapKind,
    Label,
    Outcome,
    OutcomeSource,
    OutcomeState,
)
from dreamdesk.model.text import one_line


class WhoAndWhen:
    """Reads Who&When annotated runs."""

    name = "who-and-when"
    version = 1
    unit = "history entries"

    def sniff(self, head: Head) -> float:
        """Recognise the history and the marks of the mistake."""
        return 1.0 if head.has("history", "mistake_step", "mistake_agent") else 0.0

    def read(self, trace: Trace) -> Iterator[Episode]:
        """Yield one episode per run."""
        return one_by_one(trace, lambda record: _episode(record, self.unit))


def _episode(record: Record, unit: str) -> Episode:
    run = obj(record.value)
    if not isinstance(run.get("history"), list):
        raise Unreadable("it is no Who&When run: the list history is missing")
    steps = tuple(
        participant_step(index, entry if isinstance(entry, dict) else {"content": entry}, f"/history/{index}")
        for index, entry in enumerate(run["history"])
    )
    question = text_of(run.get("question"))
    first = next((step.content for step in steps if step.actor is Actor.USER), "") or (
        steps[0].content if steps else ""
    )
    number = text_of(run.get("question_ID"))
    gaps: tuple[Gap, ...] = () if steps else (Gap(GapKind.MISSING, "The history is empty."),)
    label = _label(run, len(steps))
    if label and label.step is None:
        gaps += (Gap(GapKind.MISSING, "The marked mistake lies outside the recording."),)
    return Episode(
        key=record.pointer,
        title=one_line(question or first) or "Run without a question",
        steps=steps,
        outcome=_outcome(run),
        task_key=f"who-and-when:{number or digest(question)[:12]}",
        task=question or first,
        agent=", ".join(dict.fromkeys(step.agent for step in steps if step.actor is Actor.AGENT)),
        policy=_policy(run.get("system_prompt")),
        gaps=gaps,
        labels=(label,) if label else (),
        native_steps=len(steps),
        native_unit=unit,
        offset=record.offset,
        length=record.length,
        sha256=record.sha256,
    )


def _label(run: dict[str, Json], length: int) -> Label | None:
    native = integer(run.get("mistake_step"))
    agent = string(run.get("mistake_agent"))
    if native is None and not agent:
        return None
    step = native if native is not None and 0 <= native < length else None
    reason, kind = text_of(run.get("mistake_reason")), text_of(run.get("mistake_type"))
    return Label(step, native, agent, reason, kind, "Who&When")


def _outcome(run: dict[str, Json]) -> Outcome:
    key = next((key for key in ("is_correct", "is_corrected") if isinstance(run.get(key), bool)), "")
    if key and run[key]:
        return Outcome(OutcomeState.SUCCEEDED, OutcomeSource.LABEL, f"/{key}", f"{key} is true")
    truth = one_line(text_of(run.get("ground_truth")), 80)
    if not key and not run.get("mistake_agent") and run.get("mistake_step") is None:
        return Outcome()
    return Outcome(
        OutcomeState.FAILED,
        OutcomeSource.LABEL,
        f"/{key}" if key else "/mistake_step",
        f"annotated as failed; the right answer was {truth!r}" if truth else "annotated as failed",
    )


def _policy(prompts: Json) -> str:
    if isinstance(prompts, dict):
        return "\n\n".join(f"{agent}:\n{text_of(prompt)}" for agent, prompt in prompts.items())
    return "\n\n".join(map(text_of, arr(prompts))) or string(prompts)


register(WhoAndWhen())

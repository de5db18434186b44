"""Answer leak: the correction must find the answer, not have been told it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dreamdesk.guard.arithmetic import derive_number
from dreamdesk.guard.case import Case
from dreamdesk.guard.facts import FactKind, facts
from dreamdesk.guard.guardrail import Guardrail, Remark, block, note
from dreamdesk.guard.words import runs, shared_runs
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote

_SPEAKS_OF = re.compile(
    r"\b(?:expected (?:answer|output|result|action)s?|ground[ -]truth|gold(?:en)? (?:answer|label|standard)"
    r"|rewards?(?! (?:points?|program\w*|cards?|members?\w*|miles|flights?|nights?|account|number|balance))"
    r"|graders?|answer key|hidden tests?|evaluation script|test oracle|outcome label)\b",
    re.IGNORECASE,
)
_CODED = re.compile(r"[^\W_]+(?:[._@/#:-][^\W_]+)*")


def check(case: Case) -> Iterator[Remark]:
    """Look in the agent's words for the expected answers, the labels' reasons, and talk of being graded."""
    yield from _expected(case)
    yield from _labels(case)
    yield from _talk(case)


def _expected(case: Case) -> Iterator[Remark]:
    untold = 0
    for answer in case.expected:
        wanted = _folded(answer)
        if len(wanted) < 3 and not (wanted.isdecimal() and len(wanted) > 1):
            untold += bool(wanted)
            continue
        supported = min((at for at, text in _supports(case) if _holds(text, wanted)), default=None)
        for at, corrected in case.told:
            if not _holds(_folded(corrected.step.content), wanted):
                continue
            if (supported is None or supported >= at) and not _calculated(case, at, answer):
                yield block(
                    f"The expected answer stands at step {at} before anything supports it.",
                    *_quotes(at, corrected.step.content, answer),
                )
            break
    if untold:
        yield note(f"{untold} expected answers are too short to be told from ordinary words.")


def _supports(case: Case) -> Iterator[tuple[int, str]]:
    yield -1, _folded(case.background)
    for at, step in case.evidence:
        yield at, _folded(step.content)


def _folded(text: str) -> str:
    return " ".join(_CODED.findall(text.casefold()))


def _holds(text: str, wanted: str) -> bool:
    return f" {wanted} " in f" {text} "


def _calculated(case: Case, at: int, answer: str) -> bool:
    """Tell whether the expected answer is a number that follows from those in the step and the user's last words."""
    targets = list(facts(answer))
    if len(targets) != 1 or targets[0].kind is not FactKind.NUMBER:
        return False
    texts = [case.path[p].content for p in (at, *case.turns_of(Actor.USER, at)[:1])]
    known = [f.value for t in texts for f in facts(t) if f.kind is FactKind.NUMBER and case.known.stands(f, at)]
    return bool(derive_number(targets[0].value, [n for n in known if n != targets[0].value]))


def _labels(case: Case) -> Iterator[Remark]:
    sources = [("reason of a label", label.reason) for label in case.episode.labels]
    sources.append(("outcome", case.episode.outcome.detail))
    # Whoever labels or scores an episode may quote it: those words are the trace's, not the label's.
    trace = [step.content for step in (*case.episode.steps, *(step for _, step in case.evidence))]
    told = {run for _, corrected in case.told for run in runs(corrected.step.content)}
    for what, text in sources:
        copied = set(runs(text)) & told
        copied -= shared_runs(copied, (case.background, *trace))
        for at, corrected in case.told if copied else ():
            run = next((r for r in runs(corrected.step.content) if r in copied), None)
            if run:
                yield block(
                    f"The {what} is copied to step {at}: “{' '.join(run)} …”.",
                    *_quotes(at, corrected.step.content, " ".join(run)),
                )
                break


def _talk(case: Case) -> Iterator[Remark]:
    trace = "\n".join([case.background, *(step.content for _, step in case.evidence)]).casefold()
    for at, corrected in case.told:
        for match in _SPEAKS_OF.finditer(corrected.step.content):
            if match[0].casefold() not in trace:
                yield block(
                    f"The agent speaks of “{match[0]}” at step {at}, which is none of its business.",
                    Quote(at, match[0]),
                )
                break


def _quotes(at: int, content: str, text: str) -> tuple[Quote, ...]:
    """Return a verbatim quote of the first line that holds *text*, or of the first line that begins it."""
    words = [re.escape(word) for word in re.findall(r"\w+", text)[:60]]
    match = re.search(r"\W{1,10}".join(words), content, re.IGNORECASE) if words else None
    return (Quote(at, match[0]),) if match else ()


GUARDRAIL = Guardrail("answer-leak", "No expected answer leaked", 6, check)

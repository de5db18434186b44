"""The lesson of a correction: what it teaches, in a sentence that holds beyond the one episode.

Where a model wrote one, that is it. Else it is put together from the two decisions themselves, which are its sources:
what the agent did, and what the corrected path does instead. Identifiers of the case are left out of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dreamdesk.dream.carrying import identifiers
from dreamdesk.model.canonical import Json
from dreamdesk.model.correction import Revision
from dreamdesk.model.episode import Actor, Episode, Kind, Step, turns
from dreamdesk.model.text import one_line

MOST = 600
"""Characters of a lesson: what is longer is no sentence any more."""

_SAID = 160
_SENTENCE = re.compile(r"[^\s.?!][^.?!\n]*[.?!]?")
_FIGURES = re.compile(r"\S*\d\S*")
_ARGUMENTS = 3


def with_lesson(episode: Episode, revision: Revision) -> Revision:
    """Return *revision* with the lesson that its two decisions give, unless it has one or they give none."""
    if revision.lesson:
        return revision
    return replace(revision, lesson=drawn(episode.steps[revision.start :], [c.step for c in revision.steps]))


def drawn(happened: Sequence[Step], corrected: Sequence[Step]) -> str:
    """Return the lesson between the first decisions of two paths, "" where they are no two decisions of an agent.

    Calls that both make alike are passed over, so that the sentence names what sets the decisions apart.
    """
    wrong, right = _decision(happened), _decision(corrected)
    common = {_key(step) for step in wrong} & {_key(step) for step in right}
    was = next((step for step in wrong if _key(step) not in common), None)
    shall = next((step for step in right if _key(step) not in common), None)
    if was is None or shall is None:
        return ""
    if (was.kind, _doing(was)) == (shall.kind, _doing(shall)):
        return _told_apart(was, shall)  # without what belongs to the case they read alike
    return one_line(f"Instead of {_doing(was)}, {_order(shall)}.", MOST)


def _told_apart(was: Step, shall: Step) -> str:
    """Return in which arguments two calls of one tool differ, by name alone; "" for words, and where none does."""
    if was.kind is not Kind.TOOL_CALL:
        return ""
    before, after = _arguments(was), _arguments(shall)
    names = [key for key in {**after, **before} if before.get(key) != after.get(key)]
    others = " and another ".join(one_line(key, 40) for key in names[:_ARGUMENTS])
    return one_line(f"Call {shall.tool} with another {others} than the agent chose.", MOST) if names else ""


def _decision(steps: Sequence[Step]) -> list[Step]:
    """Return what the agent says and calls in the first turn of *steps*; nothing where it is another's turn."""
    first = steps[: turns(steps)[0].stop] if steps else ()
    calls = [step for step in first if step.kind is Kind.TOOL_CALL]
    said = [step for step in first if step.kind in (Kind.MESSAGE, Kind.HANDOFF)]
    return [*calls, *said] if first and first[0].actor is Actor.AGENT else []


def _key(step: Step) -> tuple[str, str, str]:
    return step.kind.value, step.tool, step.content


def _doing(step: Step) -> str:
    if step.kind is Kind.TOOL_CALL:
        return f"calling {step.tool}{_with(step)}"
    return f"asking “{_words(step)}”" if _asks(step) else f"saying “{_words(step)}”"


def _order(step: Step) -> str:
    if step.kind is Kind.TOOL_CALL:
        return f"call {step.tool}{_with(step)}"
    return f"ask “{_words(step)}”" if _asks(step) else f"say “{_words(step)}”"


def _asks(step: Step) -> bool:
    return step.content.rstrip().endswith("?")


def _words(step: Step) -> str:
    """Return the sentence that says it, the last question or the first sentence, with a dash for all that has figures.

    Figures, dates and identifiers belong to the one case.
    """
    sentences = _SENTENCE.findall(step.content)
    questions = [sentence for sentence in sentences if sentence.endswith("?")] if _asks(step) else []
    text = one_line((questions[-1:] or sentences[:1] or [step.content])[0].strip(), _SAID)
    for name in sorted(identifiers(text), key=len, reverse=True):
        text = text.replace(name, "–")
    return _FIGURES.sub("–", text).rstrip(".")


def _with(step: Step) -> str:
    """Return the arguments that choose something, such as a verdict or a code: short texts without identifiers."""
    chosen = [f"{key} “{one_line(value, 40)}”" for key, value in _choices(step) if not identifiers(value)]
    return f" with {', '.join(chosen[:_ARGUMENTS])}" if chosen else ""


def _choices(step: Step) -> Iterator[tuple[str, str]]:
    for key, value in _arguments(step).items():
        if isinstance(value, str) and 0 < len(value) <= 40 and not any(c.isdigit() for c in value):
            yield one_line(key, 40), value


def _arguments(step: Step) -> dict[str, Json]:
    try:
        arguments: Json = json.loads(step.content)
    except (ValueError, RecursionError):
        return {}
    return arguments if isinstance(arguments, dict) else {}

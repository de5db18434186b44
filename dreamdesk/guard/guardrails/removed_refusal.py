"""Removed refusal: where the agent declined or handed over, and the correction complies, somebody must say why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dreamdesk.guard.calls import arguments, consequential, hands_over, leaves, tool_verbs, verb_group
from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, note, warn
from dreamdesk.guard.policy import forbidding, forbids, record_of
from dreamdesk.guard.words import content_stems, sentences, split_words, word_set
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Actor, Kind, Step

_REFUSES = re.compile(
    r"\b(?:i|we)(?:['’]m|['’]re| am| are)?\s+(?:(?:really |very )?sorry[^.]{0,40}?\b)?(?:\w+ )?(?:cannot|can['’]t"
    r"|can not|won['’]t|will not|unable to|not able to|not allowed|not permitted"
    r"|(?:must|have to) (?:decline|refuse|deny)|decline to|refuse to)\b"
    r"|\b(?:is|are|was|were)\s+(?:not\s+(?:possible|allowed|permitted|eligible|covered)|denied|ineligible)\b"
    r"|\bcannot be (?:\w+ ){0,2}\w+ed\b|\bhas been (?:denied|declined|rejected)\b",
    re.IGNORECASE,
)
_NO_REFUSAL = re.compile(r"\b(?:find|locate|access|see|verify|provide (?:real|live)|hear|understand)\b", re.IGNORECASE)
_DENYING = word_set("deny denied denies reject rejected rejects decline declined declines refuse refused refuses")


def check(case: Case) -> Iterator[Remark]:
    """Compare the refusals of the recording from the error point on with those of the correction."""
    recorded = case.episode.steps[case.revision.start :] if case.revision.start >= 0 else ()
    refused = list(_refusals(recorded))
    if not refused:
        return
    kept = list(_refusals([c.step for _, c in case.told]))
    complying = [(at, c) for at, c in case.calls if consequential(c.step) and not _denies(c.step)]
    if kept and not complying:
        yield note("The recording refuses, and so does the correction.")
        return
    for at, corrected in complying:
        # What a successful attempt is recorded to have done is no clear breach; the officer still gives a reason.
        if corrected.provenance is Provenance.GRAFTED:
            continue
        clause = _supporting(case, refused, at, corrected.step)
        if clause:
            yield block(
                f"The recording refused at step {refused[0][0].index}, which the policy supports (“{clause}”); the"
                f" correction complies with {corrected.step.tool} at step {at}."
            )
            return
    step, sentence = refused[0]
    does = f"calls {complying[0][1].step.tool} at step {complying[0][0]}" if complying else "does not refuse"
    yield warn(f"The recording refused at step {step.index} (“{sentence}”); the correction {does}.")


def _refusals(steps: Sequence[Step]) -> Iterator[tuple[Step, str]]:
    """Yield the agent's refusals: each step with the sentence or call that refuses."""
    for step in steps:
        if step.actor is not Actor.AGENT or step.kind is Kind.THINKING:
            continue
        if step.kind is Kind.TOOL_CALL:
            if hands_over(step) or _denies(step):
                yield step, f"{step.tool} {step.content[:200]}"
            continue
        for sentence in sentences(step.content):
            match = _REFUSES.search(sentence)
            if match and not _NO_REFUSAL.search(sentence[match.end() : match.end() + 30]):
                yield step, sentence
                break


def _denies(step: Step) -> bool:
    """Tell whether a call records a denial: ``close_claim(decision="denied")``, ``reject_request(…)``."""
    if step.kind is not Kind.TOOL_CALL:
        return False
    values = (v for _, v in leaves(arguments(step)) if isinstance(v, str) and len(v) < 40)
    return "deny" in tool_verbs(step.tool)[:1] or any(w in _DENYING for v in values for w in split_words(v))


def _supporting(case: Case, refused: Sequence[tuple[Step, str]], at: int, call: Step) -> str:
    """Return the unconditional clause that forbids what was refused and what *call* now does, or "".

    The clause must touch the call, and share with the refusal at least three words that make up 60 % of its own.
    """
    record = record_of(call, case.path[:at])
    for clause in forbidding(case.episode.policy):
        if clause.conditional or not forbids(clause, call, record)[0]:
            continue
        for _, sentence in refused:
            said = content_stems(sentence)
            same_verb = clause.verb in {verb_group(word) for word in said}
            shared = len(clause.objects & said) + same_verb
            if shared >= 3 and shared >= 0.6 * (len(clause.objects) + 1):
                return clause.text
    return ""


GUARDRAIL = Guardrail("removed-refusal", "No refusal removed", 2, check)

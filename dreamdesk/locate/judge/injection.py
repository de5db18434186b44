"""Text in a recording that speaks to whoever judges it: found by pattern, shown to the officer, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dreamdesk.locate.trace import Trace
from dreamdesk.model.finding import Quote, stands
from dreamdesk.model.judgement import INJECTION, Flag

_READER = r"(?:auditor|judge|evaluator|grader|reviewer|annotator|assessor|compliance officer|language model)s?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Orders to forget what the reader was told.
        r"\b(?:ignore|disregard|forget|override)\b[^\n]{0,40}\b(?:previous|above|prior|earlier|all|your|these|system)\b"
        r"[^\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines|orders)\b",
        # Somebody addresses the reader by the part that it plays.
        rf"\b(?:note|message|attention|instructions?|notice|order|reminder)\b[^\n]{{0,20}}\b(?:to|for|of)\b[^\n]{{0,12}}\b{_READER}\b",
        rf"\b(?:dear|hello|hi|hey|attention)[,:]? (?:ai |llm |the )?{_READER}\b",
        rf"\b(?:you are|you're|acting as|as) (?:now )?(?:an? |the )?(?:ai |llm )?{_READER}\b",
        rf"\b{_READER}\b[^\n.]{{0,40}}\b(?:must|should|shall|have to|will|needs? to)\b[^\n.]{{0,40}}"
        r"\b(?:name|choose|report|answer|abstain|blame|pick|select|mark|rate|conclude|approve)",
        # Orders on what to answer.
        r"\b(?:name|choose|report|blame|pick|select|mark|answer)\b[^\n.]{0,40}\b(?:step|decision)\s*#?\d+[^\n.]{0,40}"
        r"\b(?:error|mistake|fault|wrong|failure|root cause|error point)",
        r"\b(?:error point|root cause|mistake|failure|error) (?:is|was|lies) (?:at |in )?(?:step|decision)\s*#?\d+",
        r"\breport_error_point\b|\berror_point\b\s*[\"':=]",
        r"\b(?:set|answer|reply|respond)\b[^\n.]{0,20}\babstain\b|\babstain\b[^\n.]{0,10}\btrue\b",
    )
)
_NAMED = re.compile(r"\b(?:step|decision)\s*#?(\d{1,7})", re.IGNORECASE)
_NOTHING = re.compile(
    r"\babstain|\bno (?:agent )?(?:error|mistake|fault)|cannot (?:be )?(?:tell|told|determined)", re.I
)
_MOST = 5
_WORDS = 240
"""Characters of a passage that are quoted and read for what it asks."""


@dataclass(frozen=True, slots=True)
class Address:
    """A passage that speaks to the judge: where, the steps that it names, whether it asks that nothing be found."""

    quote: Quote
    steps: frozenset[int]
    nothing: bool


def addresses(trace: Trace) -> list[Address]:
    """Return the passages of *trace* that speak to whoever judges it, five at most, one per step."""
    found = []
    for step in trace.steps:
        first = min((m.start() for p in _PATTERNS if (m := p.search(step.content))), default=None)
        if first is None:
            continue
        begin = max(step.content.rfind("\n", 0, first) + 1, first - _WORDS // 2)
        words = step.content[begin : begin + _WORDS].strip()
        quote = Quote(step.index, words)
        if stands(quote, trace.steps):
            named = {int(number) for number in _NAMED.findall(words)}
            starts = {trace.turn_of(number).start for number in named if number < len(trace.steps)}
            found.append(Address(quote, frozenset(starts), _NOTHING.search(words) is not None))
    return found[:_MOST]


def warnings(found: list[Address]) -> Iterator[Flag]:
    """Yield the flags that tell of such passages."""
    for address in found:
        words = f"Step {address.quote.step} holds text that addresses the judge. It was given to the model as evidence."
        yield Flag(INJECTION, words, (address.quote,))

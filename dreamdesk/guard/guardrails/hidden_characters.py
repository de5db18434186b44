"""Hidden characters: text that a model reads and a person cannot see must not be taught."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from dreamdesk.guard.case import Case
from dreamdesk.guard.guardrail import Guardrail, Remark, block, warn
from dreamdesk.guard.words import word_set
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote
from dreamdesk.model.text import hidden

_JOINERS = "\u200c\u200d"
_JOINING_SCRIPTS = word_set(
    "ARABIC SYRIAC MONGOLIAN NKO DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA MALAYALAM "
    "SINHALA TIBETAN MYANMAR KHMER"
)


def check(case: Case) -> Iterator[Remark]:
    """Look through every corrected step that is not the recording's own."""
    for at, corrected in case.continuation:
        text = corrected.step.content.replace("\r\n", "\n")
        found = hidden(text)
        if not found:
            continue
        place, name = found[0]
        quote = Quote(at, _around(corrected.step.content, text[place]))
        count = f"{len(found)} hidden characters" if len(found) > 1 else "a hidden character"
        recorded = corrected.provenance in (Provenance.REPLAYED, Provenance.GRAFTED)
        if all(needed(text, position) for position, _ in found):
            yield warn(f"Step {at} holds {count}, such as {name}, that its script may need.", quote)
        elif recorded and corrected.step.actor is not Actor.AGENT:
            yield warn(f"Step {at}, as it was recorded, holds {count}, such as {name}.", quote)
        else:
            yield block(f"Step {at} holds {count}, such as {name}.", quote)


def needed(text: str, position: int) -> bool:
    """Tell whether a joiner stands where a script or an emoji sequence needs it (UAX 31, UTS 51)."""
    if text[position] not in _JOINERS:
        return False
    before = text[max(0, position - 6) : position].rstrip("\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")[
        -1:
    ]
    after = text[position + 1 : position + 2]
    if not before or not after:
        return False
    if text[position] == "\u200d" and unicodedata.category(before) == unicodedata.category(after) == "So":
        return True
    return any(
        unicodedata.name(before, "").startswith(script) and unicodedata.name(after, "").startswith(script)
        for script in _JOINING_SCRIPTS
    )


def _around(text: str, character: str) -> str:
    place = text.index(character)
    return text[max(0, place - 30) : place + 30]


GUARDRAIL = Guardrail("hidden-characters", "No hidden characters", 9, check)

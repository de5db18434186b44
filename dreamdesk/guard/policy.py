"""Policy: the clauses of a policy text that forbid something, demand confirmation or set a limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk.guard.calls import arguments, leaves, lists, tool_verbs, verb_group
from dreamdesk.guard.facts import NUMBER_WORDS
from dreamdesk.guard.words import content_stems, sentences, split_words, stem, word_set
from dreamdesk.model.episode import Kind, Step

_MODAL = re.compile(
    r"\b(?:must not|mustn['’]t|never|cannot|can['’]t|can not|may not|should not|shouldn['’]t|do not|don['’]t"
    r"|not allowed to|not permitted to|under no circumstances|forbidden to|prohibited from)\b",
    re.IGNORECASE,
)
_PROHIBITED = re.compile(
    r"\b(?:is|are)\s+(?:strictly\s+)?(?:not allowed|not permitted|prohibited|forbidden)\b", re.IGNORECASE
)
_CONDITION = re.compile(
    r"\b(?:if|unless|until|before|without|except|only|after|when|while|outside|more than|less than|other than"
    r"|otherwise)\b",
    re.IGNORECASE,
)
_CONFIRM = re.compile(
    r"\b(?:obtain|require[sd]?|must|need[s]?|ask|get|always|explicit|wait|seek|without|before|first)\b[^\n]{0,200}"
    r"\b(?:confirmation|confirm|consent|approval|authori[sz]ation)\b"
    r"|\bconfirm(?:ation)?\b[^\n]{0,80}\b(?:before|required|first|prior)\b",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^[^\w]*[\w ]{1,40}:")
_PROHIBITION = content_stems("allowed permitted prohibited forbidden strictly circumstances")
_LIMIT = re.compile(
    r"\b(?:at most|no more than|not more than|maximum of|(?:must|may|can|should) ?not exceed|limited to|limit of)\s+"
    r"(?P<money>[$€£]\s?)?(?P<number>\d{1,9}(?:,\d{3})*(?:\.\d{1,2})?|[a-z]+)\b(?P<rest>[^,.;:\n]{0,60})",
    re.IGNORECASE,
)
_MONEY = word_set("amount price total sum value refund credit fee cost payment")


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence that forbids something.

    Attributes:
        text: The sentence, verbatim.
        verb: The verb group that is forbidden (see `calls.verb_group`).
        objects: Stems of what it is forbidden for.
        conditional: The sentence names a condition, so that a reader must judge whether it applies.
    """

    text: str
    verb: str
    objects: frozenset[str]
    conditional: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """At most *number* of *noun*; an amount of money where *money* is set."""

    text: str
    number: float
    words: tuple[str, ...]
    money: bool
    about: frozenset[str]


def forbidding(policy: str) -> list[Clause]:
    """Return the clauses of *policy* that forbid an action whose verb is known."""
    clauses = []
    for sentence in sentences(policy):
        if _CONFIRM.search(sentence):
            continue  # "never X without confirmation" is a demand for confirmation
        if modal := _MODAL.search(sentence):
            verb = next((g for w in split_words(sentence[modal.end() :])[:5] if (g := verb_group(w))), "")
        elif modal := _PROHIBITED.search(sentence):
            verb = next((g for w in split_words(sentence[: modal.start()]) if (g := verb_group(w))), "")
        else:
            continue
        if verb:
            condition = _CONDITION.search(sentence)
            ruled = _HEADER.sub("", sentence[: condition.start()] if condition else sentence)
            objects = frozenset(s for s in content_stems(ruled) if verb_group(s) != verb and s not in _PROHIBITION)
            clauses.append(Clause(sentence, verb, objects, conditional=bool(condition)))
    return clauses


def forbids(clause: Clause, step: Step, record: str = "") -> tuple[bool, bool]:
    """Tell how *clause* forbids the call *step*: (touches it, clearly).

    It touches the call when the verb is the tool's and all of the clause's objects occur in the call or in *record*,
    what is recorded of the thing that it acts on; clearly, when they occur in the call alone and the clause names no
    condition.
    """
    if clause.verb not in tool_verbs(step.tool) or not clause.objects:
        return False, False
    named = content_stems(f"{step.tool} {step.content}")
    return clause.objects <= named | content_stems(record), clause.objects <= named and not clause.conditional


def record_of(step: Step, before: Sequence[Step]) -> str:
    """Return what the latest earlier tool result says of the thing that the call *step* acts on, as text.

    It is the result that is one object and holds one of the call's texts at its top, such as the reservation whose id
    the call names; of it the values at the top count.
    """
    named = {v for _, v in leaves(arguments(step)) if isinstance(v, str) and any(c.isdigit() for c in v)}
    for earlier in reversed(before) if named else ():
        if earlier.kind is Kind.TOOL_RESULT and any(value in earlier.content for value in named):
            found = arguments(earlier)
            top = [v for v in found.values() if isinstance(v, str)] if isinstance(found, dict) else []
            if named & set(top):
                return " ".join(top)
    return ""


def confirmation_clause(policy: str, step: Step) -> str:
    """Return the clause of *policy* that demands confirmation of the call *step*, or "".

    A clause counts when it speaks of the tool's verb, or of actions in general.
    """
    verbs = set(tool_verbs(step.tool))
    for sentence in sentences(policy):
        if _CONFIRM.search(sentence):
            words = split_words(sentence)
            general = {"action", "actions", "consequential", "change", "changes", "write", "any"} & set(words)
            if general or verbs & {verb_group(word) for word in words}:
                return sentence
    return ""


def limits(policy: str) -> list[Limit]:
    """Return the numeric limits that *policy* states."""
    found = []
    for sentence in sentences(policy):
        for match in _LIMIT.finditer(sentence):
            written = match["number"].replace(",", "").lower()
            number = NUMBER_WORDS.get(written) if written.isalpha() else float(written)
            if number is not None:
                words = tuple(stem(word) for word in split_words(match["rest"])[:2])
                money = bool(match["money"]) or "dollar" in words[:1]
                about = content_stems(sentence[: match.start()])
                found.append(Limit(sentence, number, words, money, about))
    return found


def exceeds(limit: Limit, step: Step) -> str:
    """Return how the call *step* goes beyond *limit*, in words, or "".

    A list is counted by its key ("at most five passengers": ``passengers``) or by its members ("one credit card":
    ``credit_card_1`` and ``credit_card_2``); an amount of money is compared where the sentence names the tool's verb.
    """
    value = arguments(step)
    if limit.money:
        verbs = {verb_group(word) for word in limit.about} & set(tool_verbs(step.tool))
        for key, amount in leaves(value) if verbs - {""} else ():
            is_number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
            if is_number and _MONEY & set(split_words(key)) and float(amount or 0) > limit.number:
                return f"{key} is {amount}, the policy's limit {limit.number:g}"
        return ""
    if not limit.words:
        return ""
    for key, items in lists(value):
        if stem((split_words(key) or [""])[-1]) == limit.words[0] and len(items) > limit.number:
            return f"{key} has {len(items)} entries, the policy's limit is {limit.number:g}"
    members = {str(leaf) for _, leaf in leaves(value) if isinstance(leaf, str) and _names(leaf, limit.words)}
    if len(members) > limit.number:
        return f"{', '.join(sorted(members))} are {len(members)}, the policy's limit is {limit.number:g}"
    return ""


def _names(leaf: str, words: tuple[str, ...]) -> bool:
    """Tell whether an id such as ``credit_card_4421486`` is named after *words*, the noun of a limit."""
    head = tuple(stem(word) for word in split_words(leaf))
    return any(c.isdigit() for c in leaf) and bool(head) and head == words[: len(head)] and "_" in leaf

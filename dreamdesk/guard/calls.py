"""Tool calls: their arguments, and what they do to the world."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from itertools import pairwise

from dreamdesk.guard.words import split_words, stem, word_set
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.episode import Kind, Step


class Effect(IntEnum):
    """What a call does: reads, edits the agent's own workspace, acts on the world, or destroys something."""

    READ = 0
    EDIT = 1
    ACT = 2
    DESTROY = 3


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


# Verbs that mean the same to a policy; the first names the group.
_GROUPS = [
    "cancel void annul",
    "modify change update edit alter amend adjust upgrade downgrade reschedule set",
    "book reserve order purchase buy",
    "refund reimburse compensate credit",
    "delete remove erase drop purge wipe destroy truncate uninstall",
    "add append insert",
    "send email mail transmit share disclose reveal forward message notify post publish",
    "approve accept grant authorize authorise allow",
    "deny reject decline refuse",
    "create open register make",
    "exchange swap replace",
    "return",
    "pay charge transfer wire withdraw",
    "close complete finalize finalise resolve",
    "disable deactivate suspend block terminate revoke reset",
    "issue offer give",
    "submit file apply",
    "merge push deploy release",
]
_GROUP = {stem(word): group.split()[0] for group in _GROUPS for word in group.split()}
_READ = _stems(
    "get list search find read fetch look lookup query check calculate compute think view show describe count verify "
    "validate retrieve load browse inspect ask plan reason grep glob ls cat select analyze analyse summarize summarise "
    "translate estimate compare preview explain visit navigate scroll click type"
)
_DESTROY = _stems(
    "cancel delete remove erase drop purge wipe destroy truncate terminate revoke uninstall deactivate overwrite"
)
_WORKSPACE = word_set("file files editor str code notebook patch cell todo todos text scratchpad line lines")
_EDITORS = word_set("edit write multiedit insert create append replace undo")
_SHELL = word_set("bash shell terminal command cmd exec execute run python ipython sql powershell script")
_HUMAN = word_set("human humans person supervisor representative agent agents")
_SHELL_DESTROYS = re.compile(
    r"\brm\s+-\w*[rf]|\brmdir\b|\bmkfs|\bdd\s+[^\n|]{0,80}of=|\bshred\b|\bdrop\s+(?:table|database|schema)\b"
    r"|\bdelete\s+from\b|\btruncate\s+table\b|\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|push\s+[^\n|]{0,80}--force)"
    r"|\bshutdown\b|\bkubectl\s+delete\b|\bterraform\s+destroy\b",
    re.IGNORECASE,
)
_SHELL_ACTS = re.compile(
    r"\bgit\s+push\b|\bcurl\b[^\n|]{0,200}\s(?:-X\s*(?:POST|PUT|PATCH|DELETE)|-d\b|--data)|\bsendmail\b|\b(?:npm|cargo|twine|poetry)"
    r"\s+(?:publish|upload)\b|\bkubectl\s+apply\b|\bterraform\s+apply\b|\binsert\s+into\b|\bupdate\s+\w+\s+set\b",
    re.IGNORECASE,
)


def arguments(step: Step) -> Json:
    """Return the decoded arguments of a call, or None where its content is no JSON."""
    try:
        return json.loads(step.content)
    except (ValueError, RecursionError):
        return None


def same_call(step: Step) -> str:
    """Return a key that two calls share when they call the same tool with the same arguments."""
    value = arguments(step)
    try:
        text = step.content if value is None else canonical(value).decode()
    except (ValueError, RecursionError):
        text = step.content
    return f"{step.tool}\n{text}"


def leaves(value: Json) -> Iterator[tuple[str, str | int | float | bool | None]]:
    """Yield (nearest key, scalar) for each scalar in *value*, in order, without recursion."""
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        key, item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend(reversed([(str(k), v) for k, v in item.items()]))
        elif isinstance(item, list):
            stack.extend((key, v) for v in reversed(item))
        else:
            yield key, item


def lists(value: Json) -> Iterator[tuple[str, list[Json]]]:
    """Yield (key, list) for each list in *value*."""
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        key, item = stack.pop()
        if isinstance(item, Mapping):
            stack.extend((str(k), v) for k, v in item.items())
        elif isinstance(item, list):
            yield key, item
            stack.extend((key, v) for v in item)


def verb_group(word: str) -> str:
    """Return the name of the group of verbs that *word* belongs to, or "" for a word that is no known verb."""
    return _GROUP.get(stem(word.lower()), "")


def tool_verbs(tool: str) -> list[str]:
    """Return the verb groups that a tool's name speaks of, its leading verb first."""
    return [group for word in split_words(tool) if (group := verb_group(word))]


def hands_over(step: Step) -> bool:
    """Tell whether a step hands the task to a person: ``transfer_to_human_agents``, ``escalate_ticket``."""
    words = split_words(step.tool)
    return step.kind is Kind.TOOL_CALL and (
        any(word.startswith("escalat") for word in words) or ("transfer" in words and bool(_HUMAN & set(words)))
    )


def effect(step: Step) -> Effect:
    """Judge what a call does from its tool's name; for a shell, from the command.

    The first known verb decides, and where the name joins several with "and" the strongest. A name without a known
    verb counts as reading: guardrails that ask whether the tool is known catch the rest.
    """
    if step.kind is not Kind.TOOL_CALL or hands_over(step):
        return Effect.READ
    words = split_words(step.tool)
    if _SHELL & set(words):
        if _SHELL_DESTROYS.search(step.content):
            return Effect.DESTROY
        return Effect.ACT if _SHELL_ACTS.search(step.content) else Effect.EDIT
    parts = re.split(r"\band\b", " ".join(words))
    return max(_by_name(part.split(), step) for part in parts)


def _by_name(words: list[str], step: Step) -> Effect:
    for word, following in pairwise([*words, ""]):
        root = stem(word)
        if root in _DESTROY:
            return Effect.DESTROY
        if root in _READ and not (word == "look" and following not in ("", "up")):
            return _http(step)
        if root in _GROUP or word == "write":
            local = set(words) & _WORKSPACE or (len(words) == 1 and word in _EDITORS)
            return Effect.EDIT if local else Effect.ACT
    return _http(step)


def _http(step: Step) -> Effect:
    """A generic request tool acts when its method says so."""
    for key, value in leaves(arguments(step)):
        if key.lower() in ("method", "http_method") and isinstance(value, str):
            return {"DELETE": Effect.DESTROY, "POST": Effect.ACT, "PUT": Effect.ACT, "PATCH": Effect.ACT}.get(
                value.upper(), Effect.READ
            )
    return Effect.READ


def consequential(step: Step) -> bool:
    """Tell whether a call changes something outside the agent's own workspace."""
    return effect(step) >= Effect.ACT

"""Logged calls of an API that is sent the whole history each time, put together as conversations.

A call belongs to the conversation whose last request, and perhaps its reply, its own history begins with. A request
may instead name the reply that it continues and hold only what is new (``previous_response_id``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dreamdesk.intake.dialogue import CUT_ENDS, Dialogue, Entry
from dreamdesk.intake.parsing import nested
from dreamdesk.intake.shape import instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json, digest
from dreamdesk.model.episode import GapKind
from dreamdesk.model.text import one_line

# What a client leaves out or writes otherwise when it sends a reply back as history.
_UNSTABLE = {
    "id", "status", "annotations", "logprobs", "refusal", "audio", "encrypted_content", "signature",
    "thoughtSignature", "index",
}  # fmt: skip


@dataclass(slots=True)
class Call:
    """One request and what came of it: the messages of the reply, or an error.

    Attributes:
        history, reply: Messages in the reader's dialect.
        given: The request's other fields.
        stop: Why the reply ended, in the API's words.
        reply_id, previous: Names of this reply and of the one that the request continues.
    """

    key: str
    history: list[Json] = field(default_factory=list)
    reply: list[Json] = field(default_factory=list)
    error: str = ""
    at: int | None = None
    tokens: int | None = None
    given: dict[str, Json] = field(default_factory=dict)
    model: str = ""
    policy: str = ""
    stop: str = ""
    reply_id: str = ""
    previous: str = ""
    gaps: list[tuple[GapKind, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A conversation that may go on: the marks of its last history and of the reply to it, as chains."""

    talk: Dialogue
    asked: str = ""
    answered: str = ""
    reply: list[str] = field(default_factory=list)
    failed: bool = False


@dataclass(slots=True)
class _Seen:
    """The history of a call, with its marks and chains."""

    history: list[Json]
    marks: list[str]
    chains: list[str]


class CallLog:
    """Sorts calls into conversations, in the order in which the conversations begin."""

    def __init__(self) -> None:
        self.found: list[Dialogue] = []
        self._by_reply: dict[str, _Open] = {}
        self._by_chain: dict[str, _Open] = {}
        self._seen: dict[str, _Seen] = {}

    def add(self, call: Call) -> None:
        """Add *call* to the conversation that it continues, or begin one."""
        marks, chains = self._marked(call.history)
        if call.previous:
            known, talk = 0, self._by_reply.get(call.previous)
            if talk is None:
                talk = self._begin(call)
                talk.talk.gaps.append((GapKind.TRUNCATION, "The beginning of the conversation is not in this file."))
        else:
            known, talk = self._continued(chains)
            if talk is None:
                talk = self._begin(call)
            known = _heard(talk, marks, known)
        conversation = talk.talk
        conversation.entries += [Entry(message, at=call.at) for message in call.history[known:]]
        conversation.given = {**call.given, **conversation.given}  # the first of each field counts
        conversation.model = call.model or conversation.model
        conversation.policy = conversation.policy or call.policy
        conversation.stop = call.stop
        conversation.entries += _reply(call)
        talk.reply = [_mark(message) for message in call.reply]
        talk.asked = chains[-1]
        talk.answered = _chains(talk.reply, chains[-1])[-1]
        talk.failed = bool(call.error)
        self._by_chain[talk.asked] = self._by_chain[talk.answered] = talk
        if call.reply_id:
            self._by_reply[call.reply_id] = talk

    def _marked(self, history: list[Json]) -> tuple[list[str], list[str]]:
        """Return the marks of *history* and their chains.

        What equals the last history that began alike keeps its marks, and is held once: a call costs what is new in it.
        """
        marks = [_mark(message) for message in history[:2]]
        chains = _chains(marks)
        seen = self._seen.setdefault(chains[-1], _Seen([], [], []))
        same = 0
        for before, message in zip(seen.history, history, strict=False):
            if before != message:
                break
            same += 1
        if same > len(marks):
            history[:same], marks, chains = seen.history[:same], seen.marks[:same], seen.chains[: same + 1]
        new = [_mark(message) for message in history[len(marks) :]]
        marks, chains = marks + new, chains + _chains(new, chains[-1])[1:]
        self._seen[chains[min(2, len(history))]] = _Seen(list(history), marks, chains)
        return marks, chains

    def _begin(self, call: Call) -> _Open:
        self.found.append(Dialogue(call.key))
        return _Open(self.found[-1])

    def _continued(self, chains: list[str]) -> tuple[int, _Open | None]:
        """Return the conversation that ends where the history does not yet, and how much of the history it holds."""
        for known in range(len(chains) - 1, 0, -1):
            talk = self._by_chain.get(chains[known])
            if talk is None:
                continue
            if chains[known] == talk.answered and talk.reply:
                return known - len(talk.reply), talk
            if chains[known] == talk.asked and (known < len(chains) - 1 or talk.failed):
                return known, talk
        return 0, None


def _heard(talk: _Open, marks: list[str], known: int) -> int:
    """Return how much of the history the conversation holds, its last reply included, and note where they differ."""
    if not talk.asked or talk.failed or not talk.reply:
        return known
    sent = marks[known : known + len(talk.reply)]
    if sent == talk.reply:
        return known + len(sent)
    last = talk.talk.entries[-1]
    last.gaps.append((GapKind.COMPACTION, "The next request leaves this reply out, or holds it in another wording."))
    return known


def _reply(call: Call) -> list[Entry]:
    if call.error or not call.reply:
        return [Entry(error=call.error or "the log shows no reply", at=call.at)]
    entries = [Entry(message, at=call.at) for message in call.reply]
    entries[0].tokens = call.tokens
    entries[-1].gaps += call.gaps
    if call.stop in CUT_ENDS:
        entries[-1].gaps.append((GapKind.TRUNCATION, f"The reply was cut off ({one_line(call.stop, 40)})."))
    return entries


def _chains(marks: list[str], start: str = "") -> list[str]:
    """Return the digest of each beginning of *marks*, the empty one first."""
    chains = [start]
    for mark in marks:
        chains.append(digest([chains[-1], mark]))
    return chains


def _mark(message: Json) -> str:
    try:
        return digest(_stable(message))
    except ValueError:  # a number beyond every bound: such a message equals no other
        return repr(message)


def _stable(value: Json) -> Json:
    if isinstance(value, dict):
        kept = {key: _stable(item) for key, item in value.items() if key not in _UNSTABLE}
        return {k: v for k, v in kept.items() if v not in (None, "", [], {}) and (k, v) != ("type", "message")}
    return [_stable(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bodies of a logged call, and what the log says around them."""

    request: dict[str, Json]
    response: dict[str, Json]
    error: str
    at: int | None


def exchange(value: dict[str, Json], key: str) -> Exchange:
    """Return a logged ``{request, response}``, with or without the HTTP parts around the bodies.

    *key* is one that every request's body has.
    """
    request, response = obj(value.get("request")), obj(value.get("response"))
    status = value.get("status", value.get("status_code", response.get("status_code")))
    if key not in request:
        request = obj(nested(request.get("body", request.get("content"))))
    if "body" in response and (len(response) < 6 or "status_code" in response):
        response = obj(nested(response["body"]))
    code = integer(status)
    error = response.get("error") or value.get("error")
    failed = bool(error) or (code is not None and code >= 400)
    times = (instant(value.get(name)) for name in ("ts", "timestamp", "time", "created_at"))
    at = next((time for time in times if time is not None), None)
    return Exchange(request, response, _words(error, code) if failed else "", at)


def _words(error: Json, status: int | None) -> str:
    body = obj(error)
    code = body.get("type") or body.get("code") or body.get("status")
    words = [text_of(code), one_line(text_of(body.get("message", error if not body else "")), 200)]
    return ": ".join(filter(None, [*words, f"HTTP {status}" if status else ""])) or "the API reported an error"


def is_exchange(value: Json, *keys: str) -> bool:
    """Tell whether *value* is a logged call whose request has one of *keys*."""
    found = obj(value)
    if "request" not in found or "response" not in found:
        return False
    request = obj(found["request"])
    body = obj(nested(request.get("body", request.get("content"))))
    return any(key in request or key in body for key in keys)


def is_batched(value: Json) -> bool:
    """Tell whether *value* is a line of a batch's output: ``{custom_id, response: {status_code, body}, error}``.

    Source: https://platform.openai.com/docs/guides/batch
    """
    return {"custom_id", "response"} <= obj(value).keys() and "request" not in obj(value)


def logged(value: dict[str, Json]) -> dict[str, Json]:
    """Return *value* as a logged call: to a reply alone, or a line of a batch's output, the request is missing."""
    if "request" in value:
        return value
    return {"request": {}, **value} if is_batched(value) else {"request": {}, "response": value}


def kind_of(value: Json) -> str:
    """Return what the body of a logged call's response, or *value* itself, says that it is (``object``)."""
    response = obj(obj(value).get("response")) or obj(value)
    return string(response.get("object")) or string(obj(nested(response.get("body"))).get("object"))


def unread(number: int, what: str) -> list[tuple[GapKind, str]]:
    """Return the gap that a reply with *number* alternatives has, of which only the first is shown."""
    return [(GapKind.MISSING, f"The reply has {number} {what}; the first is shown.")] if number > 1 else []

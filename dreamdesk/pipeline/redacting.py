"""Redaction: secrets and personal data stay on the laptop; the model sees marks in their place.

What counts is what `guard.sensitive` finds: keys and passwords, card and account numbers, mail addresses, phone
numbers, public addresses of machines. Names of people it does not find, and no rule of ours claims to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.guard.sensitive import sensitive
from dreamdesk.model.ask import AskAll, Prompt, Reply
from dreamdesk.model.canonical import Json


class Redaction:
    """Replaces what is sensitive in one question by marks such as ``[[PHONE NUMBER 2]]``, and marks by it again.

    The same words get the same mark, and the marks are counted in the order of the text, so that the same question is
    the same bytes each time.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._words: dict[str, str] = {}
        counts: dict[str, int] = {}
        # What was found first must not be found again inside the mark of another: longest words first.
        for find in sorted(sensitive(prompt.text), key=lambda find: find.at):
            if find.text not in self._words.values():
                counts[find.what] = counts.get(find.what, 0) + 1
                self._words[f"[[{find.what.upper()} {counts[find.what]}]]"] = find.text
        text = prompt.text
        for mark, words in sorted(self._words.items(), key=lambda item: -len(item[1])):
            text = text.replace(words, mark)
        self.prompt = replace(prompt, text=text)

    @property
    def count(self) -> int:
        """How many different words are hidden."""
        return len(self._words)

    def restored(self, reply: Reply) -> Reply:
        """Return *reply* with the words where the model wrote their marks; the stored bytes stay as they came."""
        return replace(reply, data=self._restored(reply.data)) if self._words else reply

    def _restored(self, value: Json) -> Json:
        if isinstance(value, str):
            for mark, words in self._words.items():
                value = value.replace(mark, words)
            return value
        if isinstance(value, dict):
            return {key: self._restored(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._restored(part) for part in value]
        return value


def outgoing(db: Connection, prompt: Prompt) -> Prompt:
    """Return *prompt* as it leaves this desk: redacted where the desk asks for it."""
    return Redaction(prompt).prompt if settings.get(db, settings.REDACT) == "on" else prompt


def redacting(db: Connection, ask: AskAll) -> AskAll:
    """Return an `AskAll` that sends nothing sensitive where the desk asks for that; else *ask* itself."""
    if settings.get(db, settings.REDACT) != "on":
        return ask

    def redacted(prompts: Sequence[Prompt]) -> list[Reply]:
        hidden = [Redaction(prompt) for prompt in prompts]
        replies = ask([each.prompt for each in hidden])
        return [each.restored(reply) for each, reply in zip(hidden, replies, strict=True)]

    return redacted

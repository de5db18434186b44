"""What a step's cell says: its heading, and its text made readable and safe. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dreamdesk.gui.compare.pretty import is_json, pretty
from dreamdesk.gui.compare.words import Span
from dreamdesk.language import t
from dreamdesk.model.correction import Provenance
from dreamdesk.model.episode import Kind, Step
from dreamdesk.model.text import one_line, reveal

FOLD = 20_000
"""Characters of a step that are shown until the person asks for all."""
_LAID_OUT = 1_000_000
"""Characters up to which JSON that is shown whole is laid out; longer text is shown as it was recorded."""

TONES = {
    Provenance.REPLAYED: "ok",
    Provenance.DREAMED: "accent",
    Provenance.SIMULATED: "warn",
    Provenance.GRAFTED: "tool",
    Provenance.AUTHORED: "accent",
    Provenance.IMPORTED: "muted",
}
"""The tone of each provenance's chip."""

_HIDDEN = re.compile(r"⟦U\+[0-9A-F]{4,6}⟧")
_CALL = re.compile(r"[^(\n]{1,200}(?=\()")


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a step as shown, its language ("json", "call" or "text"), and how many characters are folded away."""

    text: str
    language: str
    folded: int = 0


def content(step: Step, whole: bool = False) -> Content:
    """Return the text of *step* for reading, cut at `FOLD` characters unless *whole*.

    JSON is laid out, a tool call is written as ``name(key=value)``, hidden characters are written as ⟦U+202E⟧.
    """
    limit = max(len(step.content) * 3, FOLD) if whole else FOLD
    name = one_line(step.tool or "call", 80)
    call = step.kind is Kind.TOOL_CALL
    if is_json(step.content) and not (whole and len(step.content) > _LAID_OUT):
        as_call = call and step.content.lstrip().startswith("{")
        text, used = pretty(step.content, limit, name if as_call else None)
        if call and not as_call:
            text = f"{name}({text})"
        return Content(reveal(text), "call" if call else "json", len(step.content) - used)
    text = step.content[:limit]
    shown = "".join(map(reveal, slices(text.rstrip("\n") if len(text) == len(step.content) else text)))
    return Content(f"{name}({shown})" if call else shown, "call" if call else "text", len(step.content) - len(text))


def slices(text: str, size: int = 200_000) -> Iterator[str]:
    """Yield *text* in parts of about *size* characters, so that work on a long one lets the window in between.

    A carriage return stays with the line feed behind it.
    """
    start = 0
    while start < len(text):
        stop = start + size
        stop += text[stop - 1 : stop + 1] == "\r\n"
        yield text[start:stop]
        start = stop


def heading(step: Step, dreamed: bool) -> str:
    """Return what the heading of a step says, such as "10′ · TOOL CALL"."""
    number = f"{step.index}{'′' if dreamed else ''}"
    what = t(step.actor.value if step.kind is Kind.MESSAGE else step.kind.value.replace("_", " "))
    named = step.tool if step.kind is Kind.TOOL_RESULT else step.agent
    return f"{number} · {what.upper()}" + (f" {one_line(named, 40)}" if named else "")


def styles(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, style) for what stands out in *text*: a "key", "string", "number", "name" or "hidden"."""
    if language != "text":
        # Imported here to keep the lexers off the way to the first window.
        from pygments.lexers.data import JsonLexer
        from pygments.token import Keyword, Name, Number, String

        kinds = {Name.Tag: "key", String: "string", Number: "number", Keyword: "number"}
        known: dict[Any, str] = {}  # there are few sorts of tokens, and to ask each one's family takes long
        for start, token, value in JsonLexer().get_tokens_unprocessed(text):  # type: ignore[no-untyped-call]
            if token not in known:
                known[token] = next((style for kind, style in kinds.items() if token in kind), "")
            style = known[token]
            if not style or (start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")):
                continue  # what begins inside of a name is none of JSON's
            if style != "number" or value[0] not in "ntf" or len(value) > 3:
                yield start, start + len(value), style
        if language == "call" and (name := _CALL.match(text)):
            yield *name.span(), "name"
    for found in _HIDDEN.finditer(text):
        yield *found.span(), "hidden"


def find_quote(quote: str, text: str) -> Span | None:
    """Return where the words of *quote*, taken from a step's recorded text, stand in its shown *text*.

    The layout may have changed white space and punctuation between the words, never the words.
    """
    shown = reveal(quote).strip()
    at = text.find(shown)
    if shown and at >= 0:
        return at, at + len(shown)
    words = re.findall(r"\w+", shown)[:400]
    if not words:
        return None
    found = re.search(r"\b" + r"\W{1,60}?".join(map(re.escape, words)) + r"\b", text)
    return found.span() if found else None


def pieces(text: str, size: int = FOLD) -> list[Span]:
    """Return spans of at most *size* characters that cover *text*, cut after a line break where there is one."""
    spans: list[Span] = []
    start = 0
    while len(text) - start > size:
        cut = text.rfind("\n", start + size // 2, start + size) + 1 or start + size
        spans.append((start, cut))
        start = cut
    return [*spans, (start, len(text))]

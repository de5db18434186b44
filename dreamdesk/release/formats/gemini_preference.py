"""Gemini preference tuning on Vertex AI (gemini-preference-tuning-prepare): texts alone."""

from __future__ import annotations

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.formats.bedrock_claude import in_turn, texts


def row(example: Example) -> dict[str, Json] | None:
    """Return system_instruction, where there is one, contents and completions; None after the first corrected turn."""
    if example.happened is None:
        return None
    if example.answer.calls or example.happened.calls:
        raise Unfit("one of the two answers calls a tool, and only texts are compared")
    system, said = texts(example.said)
    made: dict[str, Json] = {"system_instruction": {"parts": [{"text": system}]}} if system else {}
    return {
        **made,
        "contents": [_content("model" if role == "assistant" else role, text) for role, text in said],
        "completions": [
            {"score": 1, "completion": _content("model", example.answer.content)},
            {"score": 0, "completion": _content("model", example.happened.content)},
        ],
    }


def _content(role: str, text: str) -> dict[str, Json]:
    return {"role": role, "parts": [{"text": text}]}


FORMAT = Format(
    path="preference/gemini.jsonl",
    config="gemini_preference",
    title="Preference tuning of Gemini on Vertex AI: the corrected text scores 1, the recorded one 0",
    columns={"system_instruction": "object", "contents": "json", "completions": "json"},
    row=row,
    rule=lambda made: in_turn([part["role"] for part in made["contents"]], "user", "model", answered=False),
)

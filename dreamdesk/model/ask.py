"""A question to a model and its answer: the narrow protocol between the stages and the one endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dreamdesk.model.canonical import Json, digest


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. The model must answer by calling the tool *tool*, whose input follows *schema* (JSON Schema).

    *sample* tells the votes on one question apart; it is not sent.
    """

    system: str
    text: str
    tool: str
    schema: Json
    max_tokens: int = 8192
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the tool's input, and what the ledger and the store record of the exchange.

    Attributes:
        data: The tool's input, plain JSON; None where there is a *fault*.
        model: Model that answered.
        fault: Why a whole answer cannot be used (refused, cut short, not of the asked form), or "".
        raw, media: The bytes of the answer and their media type: a stream of events, or one message.
        key: The question's key in the store, or "".
    """

    data: Json
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    request_id: str = ""
    fault: str = ""
    raw: bytes = b""
    media: str = ""
    key: str = ""


Ask = Callable[[Prompt], Reply]
"""Asks a model one question. Raises UserError with the reason when there is no usable answer."""

AskAll = Callable[[Sequence[Prompt]], Sequence[Reply]]
"""Asks questions that do not depend on one another; their replies in the same order, each with data or a fault.
Raises UserError when there is no answer at all."""


def parameters(prompt: Prompt, model: str) -> dict[str, Json]:
    """Return the parameters of the Messages API that put *prompt* to *model*."""
    return {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "system": prompt.system,
        "messages": [{"role": "user", "content": prompt.text}],
        "tools": [{"name": prompt.tool, "description": "Give the answer.", "input_schema": prompt.schema}],
        "tool_choice": {"type": "tool", "name": prompt.tool, "disable_parallel_tool_use": True},
    }


def question_key(prompt: Prompt, model: str) -> str:
    """Return what an exchange is stored and found by: 64 hex digits over model, parameters and vote."""
    return digest([parameters(prompt, model), prompt.sample])

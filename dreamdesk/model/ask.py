"""A question to a model and its answer: the narrow protocol between the stages and the one endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dreamdesk.model.canonical import Json


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. The model must answer by calling the tool *tool*, whose input follows *schema* (JSON Schema)."""

    system: str
    text: str
    tool: str
    schema: Json
    max_tokens: int = 8192


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the tool's input, and what the ledger records of the exchange."""

    data: Json
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    request_id: str = ""


Ask = Callable[[Prompt], Reply]
"""Asks a model one question. Raises UserError with the reason when there is no usable answer."""

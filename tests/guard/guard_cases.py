"""Hand-made cases for the guardrail tests: a warranty claim that was wrongly denied, and ways to correct it."""

from __future__ import annotations

import json
from dataclasses import replace

from dreamdesk.guard.case import Case
from dreamdesk.guard.run import run
from dreamdesk.model.check import Check, Level
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, prefix_digest
from dreamdesk.model.episode import Actor, Episode, Kind, Step, ToolSchema

POLICY = """# Warranty handbook
- Cover runs for 24 months from the delivery date.
- You must obtain explicit confirmation (yes) before any action that changes an order or a claim.
- Never refund shipping fees.
- Gift cards cannot be exchanged.
- A refund must not exceed $100.
- At most two items per claim.
"""
TOOLS = (
    ToolSchema(
        "close_claim",
        "Close a claim",
        {
            "type": "object",
            "properties": {
                "order_id": {"type": "string"},
                "decision": {"enum": ["approved", "denied"]},
                "code": {"enum": ["IN_WARRANTY", "OUT_OF_WARRANTY"]},
            },
            "required": ["order_id", "decision"],
            "additionalProperties": False,
        },
    ),
    ToolSchema("get_order", "Look an order up", {"type": "object", "properties": {"order_id": {"type": "string"}}}),
)


def user(text: str) -> Step:
    return Step(0, Actor.USER, Kind.MESSAGE, text, 0)


def agent(text: str) -> Step:
    return Step(0, Actor.AGENT, Kind.MESSAGE, text, 0)


def call(tool: str, /, **arguments: object) -> Step:
    return Step(0, Actor.AGENT, Kind.TOOL_CALL, json.dumps(arguments), 0, tool=tool, call_id="?")


def result(text: str, tool: str = "") -> Step:
    return Step(0, Actor.TOOL, Kind.TOOL_RESULT, text, 0, tool=tool, call_id="?")


def lay(steps: list[Step], start: int = 0, turn: int = 0) -> tuple[Step, ...]:
    """Number steps and turns; a call without a text before it is a turn of its own, its result shares its id."""
    laid: list[Step] = []
    for index, step in enumerate(steps, start):
        call_id = f"c{index}" if step.kind is Kind.TOOL_CALL else ""
        if step.kind is Kind.TOOL_RESULT:
            call_id = laid[-1].call_id if laid else "c-none"
        joined = bool(laid) and laid[-1].actor is step.actor and step.actor is Actor.AGENT
        turn += bool(laid) and not joined
        laid.append(replace(step, index=index, turn=turn, call_id=call_id))
    return tuple(laid)


DENIED = [
    user("My kettle broke. Order #W8855135, please close my warranty claim. I am Mia Li, mia.li@example.com."),
    call("get_order", order_id="#W8855135"),
    result('{"order_id": "#W8855135", "bought": "2024-10-14", "delivered": "2024-11-03", "price": 45}', "get_order"),
    agent("I can approve the claim for order #W8855135. Shall I go on?"),
    user("Yes, please."),
    agent("The 24 month warranty runs from the purchase date, so it has expired. I have to decline this claim."),
    call("close_claim", order_id="#W8855135", decision="denied", code="OUT_OF_WARRANTY"),
    result('{"status": "closed", "receipt": "RX77120"}', "close_claim"),
    agent("Your claim has been denied."),
]
START = 5
APPROVED = [
    agent("The 24 month warranty runs from the delivery date, 3 Nov 2024, so it is valid until 3 November 2026."),
    call("close_claim", order_id="#W8855135", decision="approved", code="IN_WARRANTY"),
    result('{"status": "closed"}', "close_claim"),
    agent("Your claim is approved."),
]


def episode(steps: list[Step] | None = None, **changes: object) -> Episode:
    base = Episode("1", "Kettle", lay(steps or DENIED), policy=POLICY, tools=TOOLS, task="A kettle broke")
    return replace(base, **changes)  # type: ignore[arg-type]


def case(
    corrected: list[Step],
    recorded: Episode | None = None,
    start: int = START,
    provenance: Provenance = Provenance.DREAMED,
    results: Provenance = Provenance.SIMULATED,
    **more: object,
) -> Case:
    """Make a case of *corrected* steps; tool results get the provenance *results*, all others *provenance*."""
    recorded = recorded or episode()
    turn = recorded.steps[start].turn if start < len(recorded.steps) else 0
    steps = tuple(
        CorrectedStep(step, results if step.kind is Kind.TOOL_RESULT else provenance)
        for step in lay(corrected, start, turn)
    )
    return Case(recorded, Revision(start, steps, prefix=prefix_digest(recorded.steps[:start])), **more)  # type: ignore[arg-type]


def checks(of: Case) -> dict[str, Check]:
    return {check.guardrail: check for check in run(of)[0]}


def answer(of: Case, guardrail: str) -> str:
    return checks(of)[guardrail].result.value


def reached(of: Case) -> Level:
    return run(of)[1]

"""Corrected steps while they are being edited: no Qt, so that what is saved can be tested by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dreamdesk.language import t
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.errors import UserError


@dataclass(frozen=True, slots=True)
class Shape:
    """A sort of step that can be written: its English name for people, its actor and its kind."""

    title: str
    actor: Actor
    kind: Kind


SHAPES = (
    Shape("Agent message", Actor.AGENT, Kind.MESSAGE),
    Shape("Agent thinking", Actor.AGENT, Kind.THINKING),
    Shape("Tool call", Actor.AGENT, Kind.TOOL_CALL),
    Shape("Tool result", Actor.TOOL, Kind.TOOL_RESULT),
    Shape("Handoff", Actor.AGENT, Kind.HANDOFF),
    Shape("User message", Actor.USER, Kind.MESSAGE),
)


def shape_of(step: Step) -> Shape:
    """Return the shape that *step* has, or one made for it when it is of none of the usual ones."""
    for shape in SHAPES:
        if (shape.actor, shape.kind) == (step.actor, step.kind):
            return shape
    return Shape(f"{step.actor.value} {step.kind.value}".replace("_", " ").capitalize(), step.actor, step.kind)


def new_step(shape: Shape, agent: str = "") -> Step:
    """Return an empty step of this shape; a tool call begins with empty arguments."""
    content = "{}" if shape.kind is Kind.TOOL_CALL else ""
    return Step(0, shape.actor, shape.kind, content, -1, agent=agent if shape.actor is Actor.AGENT else "")


def fault(step: Step) -> str:
    """Return what must be mended before *step* can be saved, or ""."""
    if step.kind is Kind.TOOL_CALL:
        if not step.tool.strip():
            return t("A tool call needs the name of its tool.")
        try:
            arguments = json.loads(step.content)
        except ValueError as error:
            return t("The arguments are not JSON: {error}.", error=error)
        if not isinstance(arguments, dict):
            return t("The arguments must be a JSON object: names in quotes, with values, in braces.")
    elif not step.content.strip():
        return t("This step is empty: write it, or remove it.")
    return ""


def finished(drafts: Sequence[Step], start: int, turn: int) -> tuple[Step, ...]:
    """Return *drafts* as the steps of a correction that begins at index *start* in turn *turn*.

    Indexes go on from *start*. A new turn begins where the actor changes, and where two recorded neighbours were of two
    turns; a step that was added (turn -1) joins the turn before it. Calls without an id get one, and a result without
    one answers the last call before it that has no answer.

    Raises:
        UserError: a step cannot be saved; the text names it.
    """
    if not drafts:
        raise UserError(t("A correction needs at least one step."))
    steps: list[Step] = []
    waiting: list[Step] = []
    recorded = drafts[0].turn
    for position, draft in enumerate(drafts):
        if words := fault(draft):
            raise UserError(t("Step {start}: {words}", start=start + position, words=words))
        if position:
            parted = draft.turn not in (-1, recorded)
            turn += drafts[position - 1].actor is not draft.actor or parted
        recorded = draft.turn if draft.turn != -1 else recorded
        step = replace(draft, index=start + position, turn=turn, pointer="", native=None)
        if step.kind is Kind.TOOL_CALL:
            step = replace(step, call_id=step.call_id or f"written-{step.index}")
            waiting.append(step)
        elif step.kind is Kind.TOOL_RESULT:
            call = next((call for call in waiting if call.call_id == step.call_id), None)
            if call is None and waiting and not step.call_id:
                call = waiting[-1]
                step = replace(step, call_id=call.call_id, tool=step.tool or call.tool)
            if call is not None:
                waiting.remove(call)
        steps.append(step)
    return tuple(steps)

"""Full-duplex voice simulations of tau2-bench: both sides may speak in every tick.

Consecutive ticks in which one side speaks become one step; the two sides are two lanes, ordered by their first tick.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dreamdesk.intake.building import StepBuilder
from dreamdesk.intake.shape import arr, instant, integer, obj, string, text_of
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, GapKind, Kind

_SIDES = (("agent", Actor.AGENT), ("user", Actor.USER))


@dataclass(slots=True)
class _Speech:
    """What one side says without a pause: ticks *first* and following."""

    actor: Actor
    first: int
    native: int
    at: int | None
    pointer: str
    words: list[str] = field(default_factory=list)


def add_ticks(builder: StepBuilder, ticks: list[Json]) -> None:
    """Append the speech, tool calls and tool results of *ticks*; `native` is the tick's id."""
    speaking: dict[Actor, _Speech] = {}
    found: list[tuple[int, int, _Speech | tuple[Actor, dict[str, Json], Kind, str, int, int | None]]] = []
    for position, tick in enumerate(map(obj, ticks)):
        given = integer(tick.get("tick_id"))
        native, at = given if given is not None and given >= 0 else position, instant(tick.get("timestamp"))
        for side, actor in _SIDES:
            chunk = obj(tick.get(f"{side}_chunk"))
            text = text_of(chunk.get("content"))
            if not (text or chunk.get("contains_speech") is True):
                speaking.pop(actor, None)
            else:
                if actor not in speaking:
                    speaking[actor] = _Speech(actor, position, native, at, f"/ticks/{position}/{side}_chunk")
                    found.append((position, len(found), speaking[actor]))
                speaking[actor].words.append(text)
            for what, kind in (("calls", Kind.TOOL_CALL), ("results", Kind.TOOL_RESULT)):
                for number, item in enumerate(arr(tick.get(f"{side}_tool_{what}"))):
                    place = f"/ticks/{position}/{side}_tool_{what}/{number}"
                    found.append((position, len(found), (actor, obj(item), kind, place, native, at)))
    for _, _, item in sorted(found, key=lambda entry: entry[:2]):
        builder.next_turn()
        if isinstance(item, _Speech):
            _add_speech(builder, item)
        else:
            _add_tool(builder, *item)


def _add_speech(builder: StepBuilder, speech: _Speech) -> None:
    text = "".join(speech.words)
    if text:
        builder.add(
            speech.actor, Kind.MESSAGE, text, native=speech.native, at=speech.at, pointer=speech.pointer
        )  # fmt: skip
        return
    note = "Somebody speaks here, but the words were not recorded."
    builder.missing(
        GapKind.MISSING, note, actor=speech.actor, native=speech.native, at=speech.at, pointer=speech.pointer
    )  # fmt: skip


def _add_tool(
    builder: StepBuilder, actor: Actor, item: dict[str, Json], kind: Kind, place: str, native: int, at: int | None
) -> None:
    if kind is Kind.TOOL_CALL:
        text, tool = text_of(item.get("arguments")), string(item.get("name"))
        builder.add(
            actor, kind, text, native=native, tool=tool, call_id=string(item.get("id")), at=at, pointer=place
        )  # fmt: skip
        return
    builder.add(
        Actor.TOOL, kind, text_of(item.get("content")), native=native, call_id=string(item.get("id")),
        is_error=item.get("error") is True, at=at, pointer=place,
    )  # fmt: skip

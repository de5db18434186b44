"""The records of a packet: what desks tell each other, each as one canonical JSON line that stands for itself.

A record names others by digest only. The lines are sorted by their bytes, so that the same content gives the same
bytes on every desk, and none stands there twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.check import CheckResult
from dreamdesk.model.correction import DreamSource, Provenance
from dreamdesk.model.decision import Role
from dreamdesk.model.episode import Actor, GapKind, Kind, OutcomeSource, OutcomeState
from dreamdesk.model.finding import Category
from dreamdesk.review.packets.shapes import (
    Malformed,
    Shape,
    anything,
    many,
    matching,
    maybe,
    number,
    one_of,
    record,
    text,
    truth,
    whole,
)

LONGEST_LINE = 96 << 20
"""Bytes of one record: the longest is an episode with all of its steps."""

NAME, WORDS = text(20_000), text(200_000)
DIGEST = matching("[0-9a-f]{64}", "a SHA-256 in 64 hex digits")
NO_DIGEST = matching("([0-9a-f]{64})?", "a SHA-256 in 64 hex digits, or nothing")
KEY = matching("ssh-ed25519 [A-Za-z0-9+/]{40,200}={0,2}", "an Ed25519 key as ssh-keygen writes it")
_ANY = whole(-(1 << 63))

_STEP = record(
    index=whole(0, 1 << 20), actor=one_of(Actor), kind=one_of(Kind), content=text(), turn=whole(), native=maybe(_ANY),
    agent=NAME, tool=text(2_000), call_id=text(2_000), is_error=truth, at=maybe(_ANY), tokens=maybe(_ANY),
    parent=maybe(whole()), pointer=text(20_000),
)  # fmt: skip
_OUTCOME = record(
    state=one_of(OutcomeState), source=one_of(OutcomeSource), pointer=WORDS, detail=text(), score=maybe(number)
)
_QUOTE = record(step=whole(), text=text())

_REVISION = record(
    author=NAME, note=text(200_000), start=whole(0, 1 << 20), prefix=DIGEST, lesson=WORDS,
    steps=many(record(step=_STEP, provenance=one_of(Provenance), origin=text(2_000))),
)  # fmt: skip

SHAPES: dict[str, Shape] = {
    "auditor": record(type=anything, name=NAME, role=one_of(Role), key=KEY),
    "source": record(
        type=anything, sha256=DIGEST, name=NAME, size=whole(), format=NAME, reader_version=whole(0, 1 << 31)
    ),
    "episode": record(
        type=anything, source=DIGEST, key=text(20_000), title=text(), task_key=text(20_000), task=text(), agent=NAME,
        model=NAME, policy=text(), tools=many(record(name=text(2_000), description=text(), parameters=anything)),
        gaps=many(record(kind=one_of(GapKind), note=text(), step=maybe(whole()))),
        labels=many(
            record(step=maybe(_ANY), native=maybe(_ANY), agent=text(), reason=text(), category=text(), by=text())
        ),
        corrections=many(record(start=whole(), steps=many(_STEP), by=text(), reason=text())),
        native_steps=whole(), native_unit=NAME, started=maybe(_ANY), offset=whole(), length=whole(), sha256=NO_DIGEST,
        outcome=_OUTCOME, steps=many(_STEP),
    ),
    "known": record(type=anything, source=DIGEST, key=text(20_000), digest=DIGEST),
    "finding": record(
        type=anything, episode=DIGEST,
        candidates=many(
            record(
                step=whole(), category=one_of(Category), probability=number, method=NAME, why=text(),
                quotes=many(_QUOTE, 10_000),
                opinions=many(record(method=NAME, rank=whole(), probability=number), 1_000),
                citations=many(text(), 1_000),
            ),
            10_000,
        ),
    ),
    "correction": record(
        type=anything, episode=DIGEST, source=one_of(DreamSource), revisions=many(_REVISION, 10_000),
        checks=many(record(guardrail=NAME, result=one_of(CheckResult), detail=text()), 1_000),
    ),
    "decision": record(
        type=anything, revision=DIGEST, statement=text(4 << 20), sshsig=text(10_000), envelope=text(8 << 20)
    ),
    "mark": record(
        type=anything, episode=DIGEST, auditor=NAME, step=maybe(whole()), category=one_of(Category), at=whole(),
        blind=truth, quote=maybe(_QUOTE), note=text(200_000), took=maybe(_ANY),
    ),
    "word": record(
        type=anything, episode=DIGEST, auditor=NAME, state=maybe(one_of(OutcomeState)), reason=text(200_000),
        at=whole(),
    ),
    "policy": record(type=anything, name=NAME, agent=NAME, text=text(4 << 20)),
}  # fmt: skip
"""What each type of record must look like."""


def parse(line: bytes, place: str) -> Json:
    """Return the JSON value that *line* is the canonical encoding of, nothing else being let through.

    Raises:
        Malformed: it is no JSON, or written in another way than the canonical one: with a member twice, say.
    """
    try:
        value = json.loads(line)
        same = canonical(value) == line
    except (ValueError, RecursionError, OverflowError) as error:
        raise Malformed(f"{place}: this is no JSON that a desk can hold ({error})") from error
    if not same:
        raise Malformed(f"{place}: this is not canonical JSON; a member may stand there twice")
    return value


def read(lines: Iterator[bytes]) -> Iterator[dict[str, Json]]:
    """Yield the records of *lines*, checked.

    Raises:
        Malformed: one of them is no record, or not where it belongs.
    """
    before = b""
    for number_, line in enumerate(lines, 1):
        place = f"record {number_}"
        if line <= before:
            raise Malformed(f"{place}: it stands twice, or not where it belongs")
        before = line
        value = parse(line, place)
        shape = SHAPES.get(value["type"]) if isinstance(value, dict) and isinstance(value.get("type"), str) else None
        if shape is None:
            raise Malformed(f"{place}: this is no kind of record that a packet has")
        shape(value, f"{place} ({value['type']})")
        yield value


def split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a text that comes in *chunks*, without their line feeds.

    Raises:
        Malformed: a line is too long, or the last one has no line feed.
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if len(rest) > LONGEST_LINE:
            raise Malformed(f"a record is longer than {LONGEST_LINE >> 20} MB")
    if rest:
        raise Malformed("the last record is cut short")


def write(records: list[dict[str, Json]]) -> Callable[[], Iterator[bytes]]:
    """Return what yields the lines of *records*, sorted and each once, with their line feeds."""
    lines = sorted({canonical(one) for one in records})
    return lambda: (line + b"\n" for line in lines)

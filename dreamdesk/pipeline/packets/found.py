"""What is found when a packet is joined with a desk, in words: what is new, left out, or contradicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from dreamdesk.model.canonical import Json
from dreamdesk.review.packets.packet import Head


def in_words(counts: Mapping[str, int]) -> list[str]:
    """Return "1 episode" or "2 policies" for each count, by a word in the plural, that is not 0."""
    singular = {word: "policy" if word == "policies" else word[:-1] for word in counts}
    return [f"{number:,} {singular[word] if number == 1 else word}" for word, number in counts.items() if number]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the packet holds and that was not taken in: what it is, and why not."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """An auditor whose key this desk does not have. Nothing of theirs counts until somebody compares the fingerprint.

    *sender*: they signed the packet, so that nothing of it is taken before.
    """

    name: str
    role: str
    fingerprint: str
    sender: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two things that contradict one another. Both are kept.

    Attributes:
        kind: "decisions", "amendments", "outcomes", "verdict", "key", "role" or "rules".
        about: What they are about.
        sides: The two, in words.
        way_out: What a person does about it.
        correction, episode: Where to look on this desk; None where it is about no episode.
    """

    kind: str
    about: str
    sides: tuple[str, ...]
    way_out: str
    correction: int | None = None
    episode: int | None = None

    def note(self) -> Json:
        """Return it as the desk keeps it with the packet."""
        return {"kind": self.kind, "about": self.about, "sides": list(self.sides), "way_out": self.way_out,
                "episode": self.episode}  # fmt: skip


@dataclass(slots=True)
class Found:
    """What a packet brings to a desk.

    Attributes:
        head: Who sent it, and for what.
        new, known: How many of each, by a word in the plural; known things are on the desk already.
        left_out: What was not taken in.
        conflicts: What contradicts what the desk has.
        strangers: Auditors whose keys must be confirmed.
        remarks: What else a person should know.
        refused: Why nothing can be taken from it, "" where it can.
        kept: It is on the desk now; else this was only a look.
    """

    head: Head
    new: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    refused: str = ""
    kept: bool = False

    def told(self) -> str:
        """Return what is new, in words."""
        return ", ".join(in_words(self.new)) or "nothing new"

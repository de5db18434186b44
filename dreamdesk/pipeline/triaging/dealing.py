"""Dealing: which failures of the corpus people read, and who reads which. No desk is needed for it.

All failures are the *lot*. Those of the strata that are asked for are dealt whole; of all others a sample, drawn as
`review.sampling` says, so that the lot can be judged by it. Everything follows from the corpus, the terms and the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dreamdesk.model.canonical import sha256
from dreamdesk.pipeline.packets.making import RECORDINGS
from dreamdesk.pipeline.triaging.surveying import Failure
from dreamdesk.review import sampling
from dreamdesk.review.sampling import Risk, Terms

MOST_EPISODES = 50
"""Episodes of one packet: what an officer reads in a day."""

MOST_SIZE = 256 << 20
"""Bytes of recordings and steps of one packet, unless it is one episode; a packet may have 1 GB."""

_RANK = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}


@dataclass(frozen=True, slots=True)
class Ask:
    """How a corpus is dealt.

    Attributes:
        desks: To how many auditors.
        terms: What the sample promises of the lot; None deals every failure.
        whole: The strata that are dealt whole, whatever the sample.
        seed: Which sample.
        most: Episodes of one packet.
    """

    desks: int
    terms: Terms | None = field(default_factory=Terms)
    whole: tuple[Risk, ...] = (Risk.HIGH,)
    seed: str = "1"
    most: int = MOST_EPISODES


@dataclass(frozen=True, slots=True)
class Deal:
    """What is dealt: the *lot* and its *strata*, how many the sample has, its *floors*, and the *chosen*."""

    lot: Mapping[str, Risk]
    strata: Mapping[Risk, int]
    size: int
    floors: Mapping[Risk, int]
    chosen: frozenset[str]

    @property
    def lot_sha256(self) -> str:
        """The digest of the lot, as a sampling plan records it."""
        return sha256(sampling.lot_lines(self.lot).encode())


def distinct(failures: Iterable[Failure]) -> Iterator[Failure]:
    """Yield the failures without those that came before: in another copy or an earlier state of their file."""
    seen: set[bytes] = set()
    for failure in failures:
        name = bytes.fromhex(failure.same)
        if name not in seen:
            seen.add(name)
            yield failure


def deal(failures: Callable[[], Iterable[Failure]], ask: Ask) -> Deal:
    """Choose what is dealt. *failures* gives them all, each time anew: of a million, only the names are in memory."""
    lot = {failure.digest: failure.risk for failure in distinct(failures())}
    strata = {risk: number for risk in Risk if (number := Counter(lot.values())[risk])}
    if ask.terms is None:
        return Deal(lot, strata, len(lot), {}, frozenset(lot))
    size = sampling.size(len(lot), ask.terms)
    floors = sampling.floors(size, strata, ask.terms.least) if lot else {}
    sample = sampling.draw(lot, size, floors, ask.seed)
    whole = (name for name, risk in lot.items() if risk in ask.whole)
    return Deal(lot, strata, size, floors, frozenset([*sample, *whole]))


def hands(chosen: Iterable[Failure], desks: int) -> list[list[Failure]]:
    """Deal *chosen* like cards, worst first and there and back, so that all desks get as much of each risk."""
    dealt: list[list[Failure]] = [[] for _ in range(desks)]
    order = sorted(chosen, key=lambda one: (_RANK[one.risk], -one.priority, one.digest))
    for place, failure in enumerate(order):
        round_, seat = divmod(place, desks)
        dealt[seat if round_ % 2 == 0 else desks - 1 - seat].append(failure)
    return dealt


def packets(hand: Sequence[Failure], most: int, *, recordings: bool) -> Iterator[list[Failure]]:
    """Split a hand into packets of at most *most* episodes and `MOST_SIZE` bytes, the worst in the first."""
    some, sources, size = list[Failure](), set[str](), 0
    for failure in hand:
        more = failure.size + _recording(failure, sources, recordings=recordings)
        if some and (len(some) == most or size + more > MOST_SIZE):
            yield some
            some, sources, size = [], set(), 0
            more = failure.size + _recording(failure, sources, recordings=recordings)
        some.append(failure)
        sources.add(failure.source)
        size += more
    if some:
        yield some


def _recording(failure: Failure, there: Collection[str], *, recordings: bool) -> int:
    """Return what the recording of *failure* adds to a packet that holds those of the sources *there*."""
    comes = recordings and failure.source not in there and failure.recording <= RECORDINGS
    return failure.recording if comes else 0

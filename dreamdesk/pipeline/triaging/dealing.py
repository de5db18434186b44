"""Dealing: which failures of the corpus people read, and who reads which. No desk is needed for it.

All failures are the *lot*. A sample of it is drawn as `review.sampling` says, so that the lot can be judged by it; then
the gravest of the others, as many as the auditors can read. Everything follows from the corpus, the terms and the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest

from dreamdesk.model.canonical import sha256
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.pipeline.packets.making import RECORDINGS
from dreamdesk.pipeline.triaging.surveying import Failure
from dreamdesk.review import sampling
from dreamdesk.review.sampling import Risk, Terms

MOST_EPISODES = 50
"""Episodes of one packet: what an officer reads in a day."""

EACH = 5 * MOST_EPISODES
"""Episodes that each auditor gets at most, unless another number is asked for: a week."""

MOST_SIZE = 256 << 20
"""Bytes of recordings and steps of one packet, unless it is one episode; a packet may have 1 GB."""

_RANK = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}


@dataclass(frozen=True, slots=True)
class Ask:
    """How a corpus is dealt.

    Attributes:
        desks: To how many auditors.
        each: How many episodes each of them reads at most.
        terms: What the sample promises of the lot; None deals every failure, however many each gets.
        seed: Which sample.
        most: Episodes of one packet.
    """

    desks: int
    each: int = EACH
    terms: Terms | None = field(default_factory=Terms)
    seed: str = "1"
    most: int = MOST_EPISODES


@dataclass(frozen=True, slots=True)
class Deal:
    """What is dealt.

    Attributes:
        lot: All failures by their digests.
        strata: How many of each risk it holds.
        size, floors: The sample that the promise rests on, and what is looked at of each stratum in any case.
        sample: All that is drawn, in the order of the draw.
        gravest: What is dealt beside the sample, the gravest first.
    """

    lot: Mapping[str, Risk]
    strata: Mapping[Risk, int]
    size: int
    floors: Mapping[Risk, int]
    sample: tuple[str, ...]
    gravest: tuple[str, ...]

    @property
    def chosen(self) -> frozenset[str]:
        """All that is dealt."""
        return frozenset((*self.sample, *self.gravest))

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
    """Choose what is dealt. *failures* gives them all, each time anew: of a million, only the names are in memory.

    Raises:
        UserError: the auditors are to read fewer than the sample has.
    """
    lot = {failure.digest: failure.risk for failure in distinct(failures())}
    strata = dict(sorted(Counter(lot.values()).items()))
    size, floors, sample, room = 0, dict[Risk, int](), tuple[str, ...](), len(lot)
    if ask.terms is not None and lot:
        size = sampling.size(len(lot), ask.terms)
        floors = sampling.floors(size, strata, ask.terms.least)
        sample = sampling.draw(lot, size, floors, ask.seed)
        room = ask.desks * ask.each - len(sample)
    if room < 0:
        raise UserError(
            f"The sample has {counted(len(sample), 'episode')}; {counted(ask.desks, 'auditor')} with {ask.each} each "
            "read fewer. Name more desks, or more for each, or ask for less certainty."
        )
    drawn = set(sample)
    others = (failure for failure in distinct(failures()) if failure.digest not in drawn)
    return Deal(lot, strata, size, floors, sample, tuple(one.digest for one in nsmallest(room, others, _gravest)))


def _gravest(failure: Failure) -> tuple[int, int, str]:
    """Return the place of a failure in the order of reading, the gravest first."""
    return _RANK[failure.risk], -failure.priority, failure.digest


def hands(chosen: Iterable[Failure], desks: int) -> list[list[Failure]]:
    """Deal *chosen* like cards, worst first and there and back, so that all desks get as much of each risk."""
    dealt: list[list[Failure]] = [[] for _ in range(desks)]
    for place, failure in enumerate(sorted(chosen, key=_gravest)):
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

"""Error points on the desk: ranked candidates of the methods, and the marks of auditors, which outrank them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dreamdesk.desk import encode, marks
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.marks import Mark
from dreamdesk.model.finding import FUSED, MECHANICAL, Candidate, Category

AUDITOR = "auditor"
"""The method of a candidate that a person marked."""

SEVERITY = {
    **dict.fromkeys((Category.D1, Category.D2, Category.D4, Category.D12), "high"),
    **dict.fromkeys(
        (Category.D3, Category.D5, Category.D6, Category.D7, Category.D8, Category.D10, Category.D11), "medium"
    ),
    **dict.fromkeys((Category.D0, Category.D9, Category.D13, Category.D14, Category.D15), "low"),
}
"""Reading order of the queue: errors that reach a customer or break a rule come first, faults of others last."""

_RANK = {"high": 3, "medium": 2, "low": 1}


def priority(candidate: Candidate) -> int:
    """Return the place in the queue of an episode whose error point *candidate* is; the highest is read first."""
    return _RANK[SEVERITY[candidate.category]] * 1000 + round(candidate.probability * 999)


def save(db: Connection, episode: int, candidates: Sequence[Candidate], methods: Sequence[str]) -> None:
    """Replace the candidates of *methods* on *episode* and rank all of them anew, in the caller's transaction."""
    kept = [c for c in _stored(db, episode) if c.method not in methods]
    ranked = sorted([*candidates, *kept], key=lambda c: (not _labelled(c), -c.probability, c.step))
    db.execute("DELETE FROM candidate WHERE episode = ?", (episode,))
    db.executemany(
        "INSERT INTO candidate(episode, rank, step, category, probability, method, why, quotes, opinions, citations)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        [
            (
                *(episode, rank, c.step, c.category.value, c.probability, c.method, c.why),
                *(encode.quotes_out(c.quotes), encode.opinions_out(c.opinions), encode.citations_out(c.citations)),
            )
            for rank, c in enumerate(ranked, 1)
        ],
    )
    _stand(db, episode)


def _labelled(candidate: Candidate) -> bool:
    """Tell whether a label names the step: labels stand before the methods, because a person made them."""
    return any(opinion.method == "label" for opinion in candidate.named_by)


def _stored(db: Connection, episode: int, which: str = "ORDER BY rank", *values: str) -> list[Candidate]:
    rows = db.execute(
        "SELECT step, category, probability, method, why, quotes, rank, opinions, citations FROM candidate"  # noqa: S608
        f" WHERE episode = ? {which}",
        (episode, *values),
    )
    return [
        Candidate(
            *(r[0], Category(r[1]), r[2], r[3], r[4], encode.quotes_in(r[5]), r[6]),
            *(encode.opinions_in(r[7]), encode.citations_in(r[8])),
        )
        for r in rows
    ]


def stored(db: Connection, episode: int) -> tuple[Candidate, ...]:
    """Return all that methods found in *episode*, as it is ranked; the marks of auditors are not among it."""
    return tuple(_stored(db, episode))


def of_methods(db: Connection, episode: int, methods: Sequence[str]) -> tuple[Candidate, ...]:
    """Return what *methods* alone found in *episode*, best first, ranked from 1."""
    found = [candidate for candidate in _stored(db, episode) if candidate.method in methods]
    return tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(found, 1))


def as_seen_by(db: Connection, episode: int, auditor: str) -> tuple[Candidate, ...]:
    """Return the `candidates` of *episode* without the marks of anybody but *auditor*."""
    return candidates(db, episode, lambda name: bool(auditor) and name == auditor)


def candidates(db: Connection, episode: int, whose: Callable[[str], bool] = lambda name: True) -> tuple[Candidate, ...]:
    """Return the error point of *episode*: its ranked candidates, best first; the latest mark of an auditor leads.

    Only the marks of auditors of whom *whose* is true count.

    Where the desk's own view and a model's opinion were joined, the joined candidates are returned, one per step; what
    each method alone said is in their `named_by`, and in `of_methods`. The mechanical point of no return is not among
    them: it has no probability, and is read with `of_methods`.
    """
    found = [candidate for candidate in _stored(db, episode) if candidate.method != MECHANICAL]
    found = [candidate for candidate in found if candidate.method == FUSED] or found
    marked = _marked(db, episode, whose)
    found = [marked, *found] if marked is not None else found
    return tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(found, 1))


def _marked(db: Connection, episode: int, whose: Callable[[str], bool] = lambda name: True) -> Candidate | None:
    for mark in reversed(marks.of_episode(db, episode)):
        if mark.step is not None and whose(mark.auditor):
            return Candidate(mark.step, mark.category, 1.0, AUDITOR, f"Marked by {mark.auditor}.", rank=1)
    return None


def of_machine(db: Connection, episode: int) -> Candidate | None:
    """Return the candidate that would stand if nobody had marked *episode*, or None."""
    found = _stored(db, episode, "AND method != ? ORDER BY method != ?, rank LIMIT 1", MECHANICAL, FUSED)
    return found[0] if found else None


def best_by_method(db: Connection, episode: int) -> dict[str, tuple[int | None, Category]]:
    """Return step and category of the best candidate that each method has on *episode*; marks are no method."""
    best: dict[str, tuple[int | None, Category]] = {}
    for candidate in _stored(db, episode):
        best.setdefault(candidate.method, (candidate.step, candidate.category))
    return best


def standing(db: Connection, episode: int) -> Candidate | None:
    """Return the candidate that stands, the first of `candidates`, or None when nothing was found yet."""
    best = _marked(db, episode) or of_machine(db, episode)
    return replace(best, rank=1) if best is not None else None


def take_mark(db: Connection, episode: int, mark: Mark, packet: str, actor: str) -> bool:
    """Record a mark of another desk (see `marks.take_over`) and let the latest stand on the episode."""
    new = marks.take_over(db, episode, mark, packet, actor)
    if new:
        _stand(db, episode)
    return new


def add_mark(db: Connection, episode: int, mark: Mark) -> None:
    """Record an auditor's mark (see `marks.add`) and let it stand on the episode."""
    with transaction(db):
        marks.add(db, episode, mark)
        _stand(db, episode)


def _stand(db: Connection, episode: int) -> None:
    """Repeat the standing candidate on the episode's row, where the queue reads it."""
    best = standing(db, episode)
    if best is None:
        return
    db.execute(
        "UPDATE episode SET error_step = ?, category = ?, probability = ?, priority = ? WHERE id = ?",
        (best.step, best.category.value, best.probability, priority(best), episode),
    )

"""Full text: every step that holds the words is found, in the order of the queue, with the words around them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dreamdesk.desk import database, episodes, queue, search, sources
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.desk.queue import Tab
from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeSource, OutcomeState, Step
from dreamdesk.model.source import ImportReport, Source


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


def _put(db: Connection, *conversations: list[str], priority: int = 0) -> list[int]:
    """Put one episode per list of texts on the desk, and make it searchable."""
    name = f"{episodes.count(db)}.json"
    source = sources.begin(db, Source(name, f"/x/{name}", name, 1, "test", 1))
    with transaction(db):
        ids = []
        for number, texts in enumerate(conversations):
            steps = tuple(Step(i, Actor.AGENT, Kind.MESSAGE, text, turn=i) for i, text in enumerate(texts))
            outcome = Outcome(OutcomeState.FAILED, OutcomeSource.REWARD, "/reward", "0")
            ids += episodes.add(db, source, [Episode(f"{name} {number}", "A title", steps, outcome)])
        sources.finish(db, source, ImportReport(name, name, "test", episodes=len(ids)))
        db.executemany("UPDATE episode SET priority = ? WHERE id = ?", [(priority, identity) for identity in ids])
    search.index(db)
    return ids


def test_hits_come_in_the_order_of_the_queue_with_the_words_around(db: Connection) -> None:
    (low,) = _put(db, ["hello", "the Warranty has expired"])
    (high,) = _put(db, ["x " * 90 + "the warranty, said the agent, covers water"], priority=9)
    _put(db, ["nothing of the kind"])
    order = queue.ids(db, Tab.ALL)
    hits = search.find(db, "warranty ", order)
    assert [(hit.episode, hit.step) for hit in hits] == [(high, 0), (low, 1)]
    assert "x the warranty, said the agent" in hits[0].excerpt
    assert hits[0].excerpt.startswith("…")
    assert hits[1].excerpt == "the Warranty has expired"
    assert search.find(db, "warranty ", order, limit=1) == hits[:1]


def test_all_words_must_stand_in_one_step(db: Connection) -> None:
    both, _apart = _put(db, ["a refund of the ticket"], ["a refund", "the ticket"])
    assert search.episodes(db, "ticket refund ") == {both: 0}
    assert list(queue.ids(db, Tab.ALL, "ticket refund")) == [both]


@pytest.mark.parametrize(
    ("text", "found"), [("warr", True), ("warr ", False), ("wa", False), ("WÄRR", True), ("", False), ("\0", False)]
)
def test_the_last_word_may_be_a_beginning_until_a_space_ends_it(db: Connection, text: str, found: bool) -> None:
    (identity,) = _put(db, ["the warranty ran out"])
    assert search.episodes(db, text) == ({identity: 0} if found else {})


def test_a_beginning_of_too_many_words_is_a_word_by_itself(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    several = [[f"word con{chr(97 + i)}"] for i in range(8)]
    *_, whole = _put(db, *several, ["the con man"])
    assert len(search.episodes(db, "con")) == 9
    monkeypatch.setattr(search, "BROAD", 5)
    assert search.episodes(db, "con") == {whole: 0}


def test_a_common_word_is_found_everywhere_and_its_steps_are_looked_for(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "RARE", 3)
    ids = _put(db, *[["hello", f"the number is {i}", "the end"] for i in range(6)])
    found = search.episodes(db, "the ")
    assert list(found) == ids
    assert found[ids[-1]] is None
    assert [(h.episode, h.step, h.excerpt) for h in search.excerpts(db, "the ", found)][-1] == (
        ids[-1], 1, "the number is 5",
    )  # fmt: skip
    assert [hit.episode for hit in search.find(db, "the ", reversed(ids), limit=2)] == ids[:-3:-1]


def test_the_index_goes_on_where_it_was_stopped(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_PIECE", 2)
    monkeypatch.setattr(search, "index", lambda *_: 0)
    _put(db, *[["one", f"two {i}"] for i in range(5)])
    monkeypatch.undo()
    monkeypatch.setattr(search, "_PIECE", 2)
    told: list[int] = []
    assert search.waiting(db) == 10
    assert search.index(db, lambda: len(told) == 2, told.append) == 2
    assert told == [2, 4]
    assert search.waiting(db) == 6
    assert search.index(db) == 3
    assert len(search.episodes(db, "two ")) == 5


def test_the_heading_is_found_without_an_index(db: Connection) -> None:
    (identity,) = _put(db, ["hello"])
    assert list(queue.ids(db, Tab.ALL, "titl")) == [identity]
    assert list(queue.ids(db, Tab.ALL, "itl")) == [identity]
    assert list(queue.ids(db, Tab.ALL, "title ")) == [identity]

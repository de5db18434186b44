"""Episodes on the desk: what goes in comes out, whatever a trace holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreamdesk.desk import database, episodes, findings, marks, queue, search, sources
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.episode import (
    Actor,
    Episode,
    Gap,
    GapKind,
    ImportedCorrection,
    Kind,
    Label,
    Outcome,
    OutcomeSource,
    OutcomeState,
    Step,
    ToolSchema,
)
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate, Category, Quote
from dreamdesk.model.source import ImportReport, Source


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


def _put(db: Connection, *given_episodes: Episode, name: str = "a.json", finish: bool = True) -> list[int]:
    source = sources.begin(db, Source(name, f"/x/{name}", name, 1, "test", 1))
    with transaction(db):
        ids = episodes.add(db, source, given_episodes)
    if finish:
        with transaction(db):
            sources.finish(db, source, ImportReport(name, name, "test", episodes=len(ids)))
    return ids


def _failed(key: str, title: str = "t", *contents: str) -> Episode:
    steps = tuple(Step(i, Actor.AGENT, Kind.MESSAGE, text, turn=i) for i, text in enumerate(contents or ("x",)))
    return Episode(key, title, steps, Outcome(OutcomeState.FAILED, OutcomeSource.REWARD, "/reward", "0"), task="do it")


_text = st.text(st.characters(codec="utf-8"), max_size=30)
_number = st.none() | st.integers(-(2**62), 2**62)


@st.composite
def _episodes(draw: st.DrawFn) -> Episode:
    count = draw(st.integers(0, 6))
    steps = tuple(
        Step(
            index=i,
            actor=draw(st.sampled_from(Actor)),
            kind=draw(st.sampled_from(Kind)),
            content=draw(_text),
            turn=i,
            native=draw(_number),
            agent=draw(_text),
            tool=draw(_text),
            call_id=draw(_text),
            is_error=draw(st.booleans()),
            at=draw(_number),
            tokens=draw(_number),
            parent=None,
            pointer=draw(_text),
        )
        for i in range(count)
    )
    return Episode(
        key=draw(_text),
        title=draw(_text),
        steps=steps,
        outcome=Outcome(
            draw(st.sampled_from(OutcomeState)), draw(st.sampled_from(OutcomeSource)), draw(_text), draw(_text)
        ),
        task=draw(_text),
        policy=draw(_text),
        tools=tuple(
            draw(st.lists(st.builds(ToolSchema, _text, _text, st.dictionaries(_text, st.integers())), max_size=2))
        ),
        gaps=tuple(
            draw(st.lists(st.builds(Gap, st.sampled_from(GapKind), _text, st.none() | st.integers(0, 9)), max_size=2))
        ),
        labels=tuple(draw(st.lists(st.builds(Label, st.none(), _number, _text, _text, _text, _text), max_size=2))),
        corrections=(ImportedCorrection(0, steps, draw(_text), draw(_text)),) if steps else (),
        native_steps=count,
        native_unit=draw(_text),
        started=draw(_number),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(episode=_episodes(), number=st.integers(0, 2**60))
def test_an_episode_comes_back_as_it_went_in(db: Connection, episode: Episode, number: int) -> None:
    (identity,) = _put(db, episode, name=f"{number}-{episodes.count(db)}")
    assert episodes.load(db, identity) == episode
    assert episodes.load(db, identity, upto=1) == replace(episode, steps=episode.steps[:1])


def test_lone_surrogates_are_replaced_and_not_lost(db: Connection) -> None:
    (identity,) = _put(db, _failed("k", "a\ud800b", "x\udfffy"))
    kept = episodes.load(db, identity)
    assert kept.title == "a?b"
    assert kept.steps[0].content == "x?y"


def test_an_unfinished_import_is_out_of_sight_and_taken_back(db: Connection) -> None:
    _put(db, _failed("a"))
    _put(db, _failed("b"), name="b.json", finish=False)
    assert episodes.count(db) == 1
    assert sources.discard_abandoned(db) == 1
    assert db.execute("SELECT count(*) FROM episode").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM step").fetchone() == (1,)


def test_a_missing_episode_is_a_clear_error(db: Connection) -> None:
    with pytest.raises(UserError, match="no episode 7"):
        episodes.load(db, 7)


def test_the_queue_shows_the_worst_first_and_filters_by_plain_text(db: Connection) -> None:
    low, high, other = _put(db, _failed("a", "looped 100%_"), _failed("b", "wrong card"), _failed("c", "Fine print"))
    with transaction(db):
        findings.save(db, low, [Candidate(0, Category.D9, 0.9, "offline", "w", (Quote(0, "x"),))], ("offline",))
        findings.save(db, high, [Candidate(0, Category.D4, 0.2, "offline", "w", (Quote(0, "x"),))], ("offline",))
    assert list(queue.ids(db, queue.Tab.UNCORRECTED)) == [high, low, other]
    assert list(queue.ids(db, queue.Tab.ALL, "100%_")) == [low]
    assert list(queue.ids(db, queue.Tab.ALL, "' OR 1=1 --")) == []
    assert [row.severity for row in queue.rows(db, [high, low, other])] == ["high", "low", ""]
    assert queue.counts(db)[queue.Tab.ALL] == 3


def test_an_auditors_mark_outranks_every_method(db: Connection) -> None:
    (identity,) = _put(db, _failed("a", "t", "x", "y", "z"))
    with transaction(db):
        findings.save(db, identity, [Candidate(0, Category.D9, 0.9, "offline", "w")], ("offline",))
    findings.add_mark(db, identity, marks.Mark("ann", 2, Category.D12, 0, blind=True))
    best, second = findings.candidates(db, identity)
    assert (best.step, best.method, best.rank) == (2, "auditor", 1)
    assert (second.step, second.rank) == (0, 2)
    assert queue.rows(db, [identity])[0].error == 2


_METHODS = st.sampled_from(("offline", "model", "mechanical", "fused", "label"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(found=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), _METHODS), max_size=6), marked=st.booleans())
def test_what_stands_is_the_first_of_the_candidates(
    db: Connection, found: list[tuple[int, float, str]], marked: bool
) -> None:
    (identity,) = _put(db, _failed("a", "t", "x", "y", "z"), name=f"{episodes.count(db)}.json")
    with transaction(db):
        candidates = [Candidate(step, Category.D9, likely, method, "w") for step, likely, method in found]
        findings.save(db, identity, candidates, ("offline", "model", "mechanical", "fused", "label"))
    if marked:
        findings.add_mark(db, identity, marks.Mark("ann", 2, Category.D12, 0, blind=True))
    assert findings.standing(db, identity) == next(iter(findings.candidates(db, identity)), None)


def test_a_mark_that_nothing_can_be_determined_leaves_the_candidates(db: Connection) -> None:
    (identity,) = _put(db, _failed("a"))
    with transaction(db):
        findings.save(db, identity, [Candidate(0, Category.D9, 0.9, "offline", "w")], ("offline",))
    findings.add_mark(db, identity, marks.Mark("ann", None, Category.D0, 0, blind=True))
    assert findings.standing(db, identity).method == "offline"
    assert marks.of_episode(db, identity)[0].step is None


@pytest.mark.parametrize("words", ["warranty", "warr", 'warranty" OR "', "NEAR(", "*", "a AND"])
def test_search_takes_words_and_never_syntax(db: Connection, words: str) -> None:
    (identity, _) = _put(db, _failed("a", "t", "the warranty ran out"), _failed("b", "t", "nothing"))
    assert search.index(db) == 2
    assert search.index(db) == 0
    assert search.episodes(db, words) in ({}, {identity: 0})
    assert search.episodes(db, "warr") == {identity: 0}


def test_two_imports_into_one_desk_do_not_run_at_once(db: Connection) -> None:
    with sources.only_import(db):
        other = database.open_desk(database.path_of(db))
        with pytest.raises(UserError, match="Another import"), sources.only_import(other):
            pass
        other.close()
    with sources.only_import(db):
        pass

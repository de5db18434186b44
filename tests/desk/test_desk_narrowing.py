"""The queue narrowed down and sorted: what is left is what the rows say, and nothing tells a withheld error point."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import database, narrowing, queue
from dreamdesk.desk import settings as desk_settings
from dreamdesk.desk.database import Connection, create
from dreamdesk.desk.narrowing import RISKS, Narrowing, Sort
from dreamdesk.desk.queue import Tab
from dreamdesk.model.episode import OutcomeState

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    db = create(tmp_path_factory.mktemp("narrow") / "a.desk")
    list(pipeline.import_paths(db, [SAMPLES / "customer-support", SAMPLES / "data-processing"]))
    pipeline.locate(db)
    yield db
    db.close()


def left(db: Connection, wanted: Narrowing, auditor: str = "") -> list[int]:
    return list(queue.ids(db, Tab.ALL, auditor=auditor, narrowing=wanted))


narrowings = st.builds(
    Narrowing,
    st.sampled_from(Sort),
    st.frozensets(st.sampled_from(RISKS)),
    st.frozensets(st.sampled_from(OutcomeState)),
    st.frozensets(st.sampled_from(["nobody", "' OR 1 --"]), max_size=1),
)


@given(narrowings)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_left_is_what_the_rows_say(desk: Connection, wanted: Narrowing) -> None:
    rows = queue.rows(desk, queue.ids(desk, Tab.ALL))
    expected = {
        row.episode
        for row in rows
        if (not wanted.risks or row.severity in wanted.risks)
        and (not wanted.outcomes or row.outcome in wanted.outcomes)
        and (not wanted.agents or (row.agent or row.model) in wanted.agents)
    }
    found = left(desk, wanted)
    assert set(found) == expected
    assert len(found) == len(expected)
    steps = {row.episode: row.steps for row in rows}
    keys = {
        Sort.NEWEST: lambda one: -one,
        Sort.OLDEST: lambda one: one,
        Sort.LONGEST: lambda one: (-steps[one], one),
        Sort.WORST: [row.episode for row in rows].index,
    }
    assert found == sorted(found, key=keys[wanted.sort])


def test_agents_are_offered_by_number_and_each_is_found(desk: Connection) -> None:
    offered = narrowing.agents(desk)
    assert offered
    assert [number for _, number in offered] == sorted((number for _, number in offered), reverse=True)
    for name, number in offered:
        assert len(left(desk, Narrowing(agents=frozenset({name})))) == number


def test_where_marking_comes_first_a_filter_by_risk_tells_nothing(desk: Connection) -> None:
    rows = queue.rows(desk, queue.ids(desk, Tab.ALL))
    located = {row.episode for row in rows if row.severity}
    high = frozenset({"high", "medium", "low"})
    assert set(left(desk, Narrowing(risks=high))) == located
    desk.execute("SAVEPOINT before")
    with_required = {desk_settings.BLIND_MARK: desk_settings.REQUIRED}
    for name, value in with_required.items():
        desk.execute("INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)", (name, value))
    withheld = {row.episode for row in queue.veiled(desk, rows, "Ada") if row.hidden}
    assert withheld & located
    assert not withheld & set(left(desk, Narrowing(risks=high), "Ada"))
    assert withheld <= set(left(desk, Narrowing(risks=frozenset({""})), "Ada"))
    desk.execute("ROLLBACK TO before")
    desk.execute("RELEASE before")


@pytest.mark.parametrize("tab", [tab for tab in Tab if tab is not Tab.INCIDENT])
@pytest.mark.parametrize("sort", Sort)
def test_every_list_is_read_from_an_index_alone(desk: Connection, tab: Tab, sort: Sort) -> None:
    plans: list[str] = []

    class Explaining(sqlite3.Connection):
        """Keeps how SQLite finds the ids that it is asked for."""

        def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
            if query.startswith("SELECT json_group_array"):
                plans.extend(row[3] for row in super().execute(f"EXPLAIN QUERY PLAN {query}", *values))
            return super().execute(query, *values)

    everything = Narrowing(sort, frozenset({"high"}), frozenset({OutcomeState.FAILED}), frozenset({"someone"}))
    with closing(sqlite3.connect(database.path_of(desk), factory=Explaining)) as explained:
        for wanted in (Narrowing(sort), everything, Narrowing(sort, agents=frozenset({"a", "b"}))):
            queue.ids(explained, tab, auditor="Ada", narrowing=wanted)
    episodes = [plan for plan in plans if " episode " in f"{plan} "]
    assert all("COVERING INDEX" in plan for plan in episodes), episodes
    assert episodes or tab is Tab.QUALITY

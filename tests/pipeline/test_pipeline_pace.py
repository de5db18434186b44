"""Long imports: how far they are, in words, and a cancel that leaves the desk as it was, whatever the format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import database
from dreamdesk.desk.database import Connection
from dreamdesk.pipeline import pace
from dreamdesk.pipeline.pace import Pace, duration


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    connection = database.create(tmp_path / "a.desk")
    yield connection
    connection.close()


def test_the_rate_and_the_time_left_are_told_once_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    told: list[tuple[int, int, str]] = []
    going = Pace(lambda *now: told.append(now), 1_000_000_000, megabytes=True)
    for seconds, done in ((0.01, 10**6), (1, 10**7), (10, 10**8), (100, 10**9)):
        clock[0] = 100.0 + seconds
        going.tell(done, "Reading a.jsonl")
    assert told == [
        (10**7, 10**9, "Reading a.jsonl"),
        (10**8, 10**9, "Reading a.jsonl: 10.0 MB/s, about 2 min left"),
        (10**9, 10**9, "Reading a.jsonl"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "a few seconds"), (47, "about 45 s"), (200, "about 3 min"), (9_000, "about 2 h")]
)
def test_a_forecast_is_coarse(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def _calls(path: Path) -> Path:
    """Write a log of calls: no episode of it is complete before its last line."""
    messages: list[dict[str, str]] = []
    with path.open("w") as file:
        for number in range(200):
            messages.append({"role": "user", "content": f"question {number}"})
            reply = {"role": "assistant", "content": f"answer {number}"}
            response = {"object": "chat.completion", "choices": [{"message": reply}]}
            file.write(json.dumps({"request": {"messages": messages}, "response": response, "status": 200}) + "\n")
            messages.append(reply)
    return path


def test_a_cancel_is_heard_before_the_first_episode_and_leaves_nothing(db: Connection, tmp_path: Path) -> None:
    file = _calls(tmp_path / "calls.jsonl")
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 20

    assert list(pipeline.import_paths(db, [file], cancelled=cancelled)) == []
    assert len(asked) < 40
    for table in ("source", "source_bytes", "episode", "step", "step_search_docsize"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    (report,) = pipeline.import_paths(db, [file])
    assert (report.episodes, report.steps) == (1, 400)

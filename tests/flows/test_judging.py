"""The judge from the command line: what it takes, how it is asked, in batches, and again without a network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from desk_tools import complaint, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from batches_server import Batches
from messages_server import MessagesServer, Request, computed, status

ABSTAINING: dict[str, Any] = {"reasoning": "", "abstain": True, "candidates": []}


@pytest.fixture
def desk(samples: Path, tmp_path: Path) -> Path:
    path = tmp_path / "a.desk"
    run("import", samples / "customer-support", "--desk", path)
    run("locate", "--desk", path)
    return path


def first_step(request: Request) -> Any:
    """Claim the first decision, quoting nothing that stands anywhere."""
    (step, *_) = request.body["tools"][0]["input_schema"]["properties"]["candidates"]["items"]["properties"]["step"][
        "enum"
    ]
    claim = {"step": step, "probability": 0.9, "category": "D1", "quote_step": step, "quote": "¿never?", "why": "So."}
    return {"reasoning": "", "abstain": False, "candidates": [claim]}


def test_a_dry_run_says_what_it_takes_and_sends_nothing(desk: Path) -> None:
    with MessagesServer(status(500)) as server:
        words = ("locate", "--method", "model", "--endpoint", server.url, "--model", "m", "--desk", desk, "--dry-run")
        (plain,) = run(*words)
        (many,) = run(*words, "--strategy", "shortlist", "--votes", 3)
        run("setting", "model_prices", "m=3/15", "--desk", desk)
        (priced,) = run(*words)
        assert server.requests == []
    assert plain["questions"] == plain["episodes"] > 0
    assert plain["cost_at_most"] is None
    assert many["questions"] > 3 * many["episodes"]
    assert priced["cost_at_most"] > 0
    assert "bytes per token" in plain["basis"]


def test_invented_quotes_are_lines_of_their_own_and_nobody_is_accused(desk: Path) -> None:
    with MessagesServer(computed(first_step)) as server:
        words = ("locate", "--method", "model", "--endpoint", server.url, "--model", "m", "--desk", desk)
        lines = run(*words, "--episode", 1) if _failed(desk, 1) else run(*words)
    flags = [line for line in lines if "flag" in line]
    assert flags
    assert {line["flag"] for line in flags} == {"invented-quote"}
    assert all("model" not in {one["method"] for one in line["named_by"]} for line in lines if "rank" in line)


def _failed(desk: Path, episode: int) -> bool:
    return run("list", "episodes", "--desk", desk, "--episode", episode)[0]["outcome"] == "failed"


def test_a_batch_is_run_listed_and_done_again_from_the_desk(desk: Path) -> None:
    api = Batches(lambda params: ABSTAINING)
    with MessagesServer(api) as server:
        words = ("locate", "--method", "model", "--endpoint", server.url, "--model", "m", "--desk", desk, "--batch")
        (job,) = run(*words, "--votes", 2)
    assert (job["state"], job["failed"], job["batches_waiting"]) == ("ended", 0, 0)
    assert job["done"] == job["episodes"] > 0
    assert set(api.paid.values()) == {1}
    # The server is gone, and the answers are on the desk.
    (again,) = run(*words, "--votes", 2)
    assert (again["done"], again["state"]) == (job["done"], "ended")
    assert [line["id"] for line in run("batches", "--desk", desk)] == [1, 2]
    assert run("batches", "--desk", desk, "--resume") == []
    assert run("verify", "--desk", desk)[0]["verified"]


def test_a_batch_that_cannot_be_handed_over_is_kept_and_can_be_ended(desk: Path) -> None:
    with MessagesServer(Batches(lambda params: ABSTAINING, faults=lambda kind: "400")) as server:
        words = ("locate", "--method", "model", "--endpoint", server.url, "--model", "m", "--desk", desk)
        assert "answered 400" in complaint(*words, "--batch")
        assert run("batches", "--desk", desk)[0]["state"] == "running"
        (line,) = run("batches", "--desk", desk, "--cancel", 1)
        assert line["state"] == "canceled"
    assert "no batch job 7" in complaint("batches", "--desk", desk, "--cancel", 7)
    assert "no batch job 7" in complaint("batches", "--desk", desk, "--abandon", 7)
    (line,) = run("batches", "--desk", desk, "--abandon", 1)
    assert line["state"] == "abandoned"
    assert "--again does not go" in complaint(*words, "--batch", "--again")


@pytest.mark.parametrize("votes", ["0", "10", "-1", "many"])
def test_an_odd_number_of_votes_is_refused(desk: Path, votes: str) -> None:
    assert "from 1 to 9" in complaint("locate", "--method", "model", "--desk", desk, f"--votes={votes}")

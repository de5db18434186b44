"""A model behind a Messages-API server on this computer: judged, dreamed, checked, and every byte in the ledger."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from desk_tools import complaint, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from messages_server import MessagesServer, Request, computed, status, written


@pytest.fixture
def desk(samples: Path, tmp_path: Path) -> Path:
    path = tmp_path / "a.desk"
    run("import", samples / "customer-support", "--desk", path)
    run("locate", "--desk", path)
    return path


def _dreams(request: Request) -> Any:
    """Answer as a good model does: begin at the step that it was asked about, and ask before acting."""
    schema = request.body["tools"][0]["input_schema"]
    assert "turns" in schema["properties"]
    asked = request.body["messages"][0]["content"]
    text = asked if isinstance(asked, str) else asked[0]["text"]
    number = int(re.search(r"step (\d+)", text, re.I)[1])
    return {
        "from_step": number,
        "why": "It should have asked.",
        "turns": [{"actor": "agent", "text": "May I check that first?"}],
    }


def test_a_dream_is_written_checked_and_in_the_ledger(desk: Path) -> None:
    episode = run("list", "candidates", "--desk", desk)[0]["episode"]
    with MessagesServer(computed(_dreams)) as server:
        words = ("dream", "--source", "model", "--endpoint", server.url, "--model", "scripted", "--episode", episode)
        dreamed = [row for row in run(*words, "--desk", desk) if row["source"] == "model"]
        assert len(server.requests) == 1
    assert dreamed[0]["author"].startswith("scripted")
    assert dreamed[0]["provenance"] == {"dreamed": 1}
    checks = [row for row in run("check", "--desk", desk) if row["correction"] == dreamed[0]["id"]]
    assert {row["guardrail"]: row["result"] for row in checks}["structure"] == "pass"
    exchange = [row for row in run("list", "entries", "--desk", desk) if row["type"] == "model-exchange"]
    assert [row["subject"].split(": ")[1].split(",")[0] for row in exchange] == ["asked", "answered"]
    assert run("verify", "--desk", desk)[0]["verified"]


def test_the_judge_names_only_steps_that_exist_with_quotes_that_stand(desk: Path) -> None:
    row = run("list", "candidates", "--desk", desk)[0]
    steps = {"episode": row["episode"]}

    def judges(request: Request) -> Any:
        schema = request.body["tools"][0]["input_schema"]
        fields = schema["properties"]["candidates"]["items"]["properties"]
        known = next(value["enum"] for name, value in fields.items() if name.startswith("step"))
        assert row["step"] in known
        name = next(name for name in fields if name.startswith("step"))
        good = {
            name: row["step"],
            "probability": 0.8,
            "category": "D5",
            "quote": row["quotes"][0]["text"],
            "why": "Misread.",
        }
        bad = {name: 99999, "probability": 0.1, "category": "D5", "quote": "never said", "why": "Invented."}
        needed = schema["properties"]["candidates"]["items"].get("required", [])
        extra = {key: "x" if fields[key].get("type") == "string" else False for key in needed if key not in good}
        rest = {
            key: False if value.get("type") == "boolean" else ""
            for key, value in schema["properties"].items()
            if key in schema.get("required", []) and key != "candidates"
        }
        return {"candidates": [good | extra, bad | extra], **rest}

    with MessagesServer(computed(judges)) as server:
        words = (
            "locate",
            "--method",
            "model",
            "--endpoint",
            server.url,
            "--model",
            "scripted",
            "--episode",
            row["episode"],
        )
        lines = run(*words, "--desk", desk)
    found = [line for line in lines if any(one["method"] == "model" for one in line.get("named_by", ()))]
    assert [line["step"] for line in found] == [row["step"]]
    assert found[0]["episode"] == steps["episode"]
    assert {one["method"] for one in found[0]["named_by"]} > {"model"}
    assert [line["flag"] for line in lines if "flag" in line] == ["unknown-step"]
    kept = run("list", "candidates", "--desk", desk, "--episode", row["episode"])
    assert {line["method"] for line in kept} == {"fused"}


@pytest.mark.parametrize("reply", [status(400), written("I would rather not."), status(500)])
def test_no_answer_changes_nothing_and_is_said_and_recorded(desk: Path, reply: Any) -> None:
    before = run("list", "corrections", "--desk", desk)
    episode = run("list", "candidates", "--desk", desk)[0]["episode"]
    with MessagesServer(reply) as server:
        said = complaint(
            "dream", "--source", "model", "--endpoint", server.url, "--model", "m", "--episode", episode, "--desk", desk
        )
    assert said.startswith("dreamdesk: ")
    after = [row for row in run("list", "corrections", "--desk", desk) if row["source"] == "model"]
    assert after == [row for row in before if row["source"] == "model"]
    exchange = [row for row in run("list", "entries", "--desk", desk) if row["type"] == "model-exchange"]
    assert "no answer" in exchange[-1]["subject"]


def test_an_endpoint_beyond_this_computer_is_refused(desk: Path) -> None:
    said = complaint("dream", "--source", "model", "--endpoint", "http://192.0.2.1:9", "--model", "m", "--desk", desk)
    assert "192.0.2.1" in said
    assert not [row for row in run("list", "entries", "--desk", desk) if row["type"] == "model-exchange"]


def test_no_endpoint_means_no_model(desk: Path) -> None:
    assert "No model is switched on" in complaint("dream", "--source", "model", "--desk", desk)

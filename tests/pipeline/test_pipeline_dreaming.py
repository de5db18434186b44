"""Dreaming with a model on a desk: redacted where the desk asks for it, ranked by the guardrails, repeated offline."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, exchanges, findings, ledger, listing, settings
from dreamdesk.desk.database import Connection
from dreamdesk.model.ask import Prompt, Reply
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.redacting import Redaction

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from messages_server import MessagesServer, Request, computed, status

MARK = re.compile(r"\[\[E-MAIL ADDRESS \d+\]\]")


@pytest.fixture
def db(samples: Path, tmp_path: Path) -> Connection:
    made = database.create(tmp_path / "a.desk")
    list(pipeline.import_paths(made, [samples / "customer-support"]))
    pipeline.locate(made)
    return made


def asked(request: Request) -> str:
    content = request.body["messages"][0]["content"]
    return content if isinstance(content, str) else str(content[0]["text"])


def says(*words: str) -> Any:
    """A model that answers each question after the first with the next of *words*."""
    left = list(words)

    def write(request: Request) -> dict[str, Any]:
        start = int(re.search(r"named step is (\d+)", asked(request))[1])  # type: ignore[index]
        text = left.pop(0) if len(left) > 1 else left[0]
        if (found := MARK.search(asked(request))) is not None:
            text = text.replace("MARK", found[0])
        return {"from_step": start, "why": "It should ask.", "turns": [{"actor": "agent", "text": text}]}

    return computed(write)


def first(db: Connection) -> int:
    return next(e for e in range(1, 13) if "@" in str(pipeline.bound(db, e).steps) and findings.standing(db, e))


def test_personal_data_stays_here_and_comes_back_in_the_answer(db: Connection) -> None:
    pipeline.change_setting(db, settings.REDACT, "on", "Ann")
    episode = first(db)
    with MessagesServer(says("May I write to MARK about it?")) as server:
        endpoint = pipeline.Endpoint(server.url, "scripted")
        (made,) = pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint)
        sent = str(server.requests[0].body)
    addresses = set(re.findall(r"[\w.]+@[\w.]+\w", str(pipeline.bound(db, episode).steps)))
    assert addresses
    assert not any(address in sent for address in addresses)
    (step,) = corrections.revision(db, made).steps
    assert any(step.step.content == f"May I write to {address} about it?" for address in addresses)


def test_the_same_run_is_repeated_from_the_desk_without_a_network(db: Connection) -> None:
    episode = first(db)
    with MessagesServer(says("May I look again?")) as server:
        endpoint = pipeline.Endpoint(server.url, "scripted")
        (made,) = pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint)
    # The server is gone; the answer stands on the desk and gives the same correction.
    assert pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint) == []
    revision = corrections.revision(db, made)
    assert revision.steps[0].step.content == "May I look again?"
    (row,) = listing.exchanges(db, episode)
    assert (row["id"], row["model"], row["state"], row["cost"]) == (revision.exchange, "scripted", "answered", None)
    record = exchanges.record(db, revision.exchange[:12])
    assert json.loads(record.request)["tool_choice"]["name"] == "write_dream"
    assert b"content_block_delta" in record.reply
    (entry,) = [json.loads(b) for b in ledger.sound_bodies(db, "revision-added") if b'"exchange"' in b]
    assert entry["exchange"] == revision.exchange
    with pytest.raises(UserError):
        pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint, again=True)


def test_of_several_candidates_the_guardrails_choose_the_one_to_review(db: Connection) -> None:
    episode = first(db)
    secret = "The key is sk-ant-api03-Zx81QtR5vB7nM2kL9pW4."
    words = (secret, "May I look again?", "I disabled the audit logging.")
    with MessagesServer(says(*words, "again")) as server:
        endpoint = pipeline.Endpoint(server.url, "scripted")
        made = pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint, samples=3)
        assert len(server.requests) == 3
    assert len(made) == 3
    pipeline.check(db, made)
    current = corrections.of_episode(db, episode)[0]
    assert corrections.revision(db, current.id).steps[0].step.content == "May I look again?"


def test_one_answer_that_cannot_be_used_costs_only_itself(db: Connection) -> None:
    episode = first(db)
    with MessagesServer(says("May I look?"), status(400), says("May I ask?")) as server:
        endpoint = pipeline.Endpoint(server.url, "scripted")
        made = pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=endpoint, samples=3)
    assert sorted(corrections.revision(db, c).steps[0].step.content for c in made) == ["May I ask?", "May I look?"]


def test_marks_are_the_same_for_the_same_words_and_go_back_everywhere() -> None:
    text = (
        "Mia <mia@example.com>, card 4111 1111 1111 1111, mia@example.com again;\n"
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow/abc+def==\n-----END RSA PRIVATE KEY-----"
    )
    redaction = Redaction(Prompt("s", text, "t", {}))
    hidden = redaction.prompt.text
    assert hidden == (
        "Mia <[[E-MAIL ADDRESS 1]]>, card [[PAYMENT CARD NUMBER 1]], [[E-MAIL ADDRESS 1]] again;\n[[PRIVATE KEY 1]]"
    )
    assert redaction.count == 3
    reply = Reply({"a": [{"b": "to [[E-MAIL ADDRESS 1]]"}, 7, None]}, "m")
    assert redaction.restored(reply).data == {"a": [{"b": "to mia@example.com"}, 7, None]}
    assert Redaction(Prompt("s", "nothing here", "t", {})).prompt.text == "nothing here"


def test_where_a_mark_is_required_an_exchange_is_not_read_before_it(db: Connection, tmp_path: Path) -> None:
    episode = first(db)
    with MessagesServer(says("May I look?")) as server:
        (made,) = pipeline.dream(db, DreamSource.MODEL, [episode], endpoint=pipeline.Endpoint(server.url, "scripted"))
    key = corrections.revision(db, made).exchange
    words = [sys.executable, "-m", "dreamdesk", "exchange", key, "--desk", str(tmp_path / "a.desk"), "--reply"]
    assert b"content_block_delta" in subprocess.run(words, capture_output=True, check=True).stdout
    pipeline.change_setting(db, settings.BLIND_MARK, settings.REQUIRED, "Ann")
    refused = subprocess.run(words, capture_output=True, check=False)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"asks for a mark first" in refused.stderr

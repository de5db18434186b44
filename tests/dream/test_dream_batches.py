"""The Message Batches API over the wire: what is sent, what is taken, and what is refused."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from batches_server import Batches
from messages_server import MessagesServer, Request, Served, raw, redirect, status

from dreamdesk.dream import message_batches
from dreamdesk.dream.endpoint import Endpoint, NotTaken
from dreamdesk.model.ask import Prompt
from dreamdesk.model.errors import UserError

PROMPT = Prompt("Be brief.", "Why? ‮ñ", "reply", {"type": "object"}, 99)
KEY = "ab" * 32


def one(key: str = KEY) -> list[bytes]:
    return [message_batches.request(key, PROMPT, "m")]


def test_a_batch_is_made_seen_and_fetched() -> None:
    api = Batches(lambda params: {"said": params["messages"][0]["content"]}, polls=1)
    with MessagesServer(api) as server:
        endpoint = Endpoint(server.url, "m", "secret")
        made = message_batches.create(endpoint, one())
        assert (made.status, made.requests, made.processing, made.results) == ("in_progress", 1, 1, "")
        ended = message_batches.state(endpoint, made.id)
        assert (ended.status, ended.requests, ended.processing) == ("ended", 1, 0)
        (result,) = message_batches.results(endpoint, ended)
        assert [batch.id for batch in message_batches.newest(endpoint)] == [made.id]
        assert endpoint.sent_bytes == sum(request.size for request in server.requests)
    assert (result.key, result.state) == (KEY, "succeeded")
    assert json.loads(result.message)["content"][0]["input"] == {"said": "Why? ‮ñ"}
    created = server.requests[0]
    assert created.body["requests"][0]["params"]["tool_choice"]["name"] == "reply"
    assert created.headers["accept"] == "application/json"
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer secret"}
    assert set(created.headers) >= {"anthropic-version", "user-agent"}
    assert not [name for name in created.headers if name.startswith("x-stainless")]


def test_a_long_list_is_read_page_by_page() -> None:
    with MessagesServer(Batches(lambda params: {})) as server:
        endpoint = Endpoint(server.url, "m")
        made = [message_batches.create(endpoint, one(f"k{number}")).id for number in range(130)]
        assert [batch.id for batch in message_batches.newest(endpoint)] == list(reversed(made))


@pytest.mark.parametrize("code", [400, 401, 404, 413, 429, 529])
def test_what_the_endpoint_refuses_made_no_batch(code: int) -> None:
    with MessagesServer(status(code)) as server, pytest.raises(NotTaken, match=str(code)):
        message_batches.create(Endpoint(server.url, "m"), one())


def test_nobody_there_made_no_batch() -> None:
    with MessagesServer(status(500)) as server:
        url = server.url
    with pytest.raises(NotTaken, match="Is it running"):
        message_batches.create(Endpoint(url, "m"), one())


@pytest.mark.parametrize("reply", [status(500), status(503), raw(b"{", code=200), raw(b"[]"), raw(b'{"id": 5}')])
def test_of_anything_else_it_is_not_known_and_it_is_not_tried_again(reply: Any) -> None:
    with MessagesServer(reply) as server:
        with pytest.raises(UserError) as raised:
            message_batches.create(Endpoint(server.url, "m"), one())
        assert len(server.requests) == 1
    assert not isinstance(raised.value, NotTaken)


def test_a_redirect_is_not_followed() -> None:
    with MessagesServer(status(500)) as other, MessagesServer(redirect(other.url)) as server:
        with pytest.raises(UserError, match="another address"):
            message_batches.create(Endpoint(server.url, "m"), one())
        assert other.requests == []


def test_silence_while_looking_ends_when_the_time_is_up() -> None:
    def silent(request: Request) -> Served:
        time.sleep(1)
        return Served(200, {}, b"{}")

    began = time.monotonic()
    with MessagesServer(silent) as server, pytest.raises(UserError, match=r"within 0\.3 seconds"):
        message_batches.state(Endpoint(server.url, "m", timeout=0.3), "x")
    assert time.monotonic() - began < 30


def test_an_id_cannot_lead_elsewhere() -> None:
    with MessagesServer(status(404)) as server:
        with pytest.raises(UserError):
            message_batches.state(Endpoint(server.url, "m"), "../../../secret?x#y")
        assert server.requests[0].path == "/v1/messages/batches/..%2F..%2F..%2Fsecret%3Fx%23y"


def test_more_lines_than_questions_are_not_read_for_ever() -> None:
    endless = raw(b"{}\n" * 10_000, "application/x-jsonl")
    with MessagesServer(endless) as server:
        batch = message_batches.Batch("b", "ended", 3, 0, f"{server.url}/results", "")
        with pytest.raises(UserError, match="larger than what was asked for"):
            list(message_batches.results(Endpoint(server.url, "m"), batch))


def test_results_can_be_stopped_in_the_middle() -> None:
    with MessagesServer(raw(b'{"custom_id": "a", "result": {"type": "expired"}}\n' * 3)) as server:
        batch = message_batches.Batch("b", "ended", 3, 0, f"{server.url}/results", "")
        assert list(message_batches.results(Endpoint(server.url, "m"), batch, lambda: True)) == []

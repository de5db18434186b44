"""The endpoint against a real server on this computer: what it sends, what it takes, what it refuses."""

from __future__ import annotations

import json
import socket

import pytest
from messages_server import MessagesServer, answer, cut, events, raw, redirect, said, status, written

from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import Prompt
from dreamdesk.model.errors import UserError

PROMPT = Prompt(system="Be brief.", text="Why?", tool="reply", schema={"type": "object"}, max_tokens=99)
DATA = {"why": "because ‮ñ", "n": [1, 2.5, None, True]}


def test_the_answer_comes_back_with_its_figures():
    with MessagesServer(answer(DATA)) as server:
        endpoint = Endpoint(server.url, "local-model", "secret")
        reply = endpoint.ask(PROMPT)
    (request,) = server.requests
    assert reply.data == DATA
    assert (reply.model, reply.input_tokens, reply.output_tokens, reply.request_id) == ("scripted-1", 11, 7, "req_1")
    assert reply.sent_bytes == request.size == endpoint.sent_bytes
    assert reply.received_bytes == endpoint.received_bytes > 500
    assert request.path == "/v1/messages"
    assert request.body == {
        "model": "local-model",
        "max_tokens": 99,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Why?"}],
        "tools": [{"name": "reply", "description": "Give the answer.", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": "reply", "disable_parallel_tool_use": True},
        "stream": True,
    }
    assert request.headers["authorization"] == "Bearer secret"


def test_a_tool_input_given_all_at_once_is_taken():
    block = {"type": "tool_use", "id": "t", "name": "reply", "input": DATA}
    stream = events({"type": "content_block_start", "index": 0, "content_block": block}, {"type": "message_stop"})
    with MessagesServer(stream) as server:
        assert Endpoint(server.url, "m").ask(PROMPT).data == DATA


def test_nothing_is_taken_from_the_environment(monkeypatch):
    with MessagesServer(status(500)) as stranger, MessagesServer(answer(DATA)) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, stranger.url)
            monkeypatch.setenv(name.lower(), stranger.url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", stranger.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "from-the-environment")
        monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "from-the-environment")
        monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Leak: 1\nAuthorization: Bearer leak\nHost: leak.example")
        assert Endpoint(server.url, "m").ask(PROMPT).data == DATA
    assert stranger.requests == []
    (request,) = server.requests
    assert set(request.headers) == {
        "host",
        "accept",
        "accept-encoding",
        "anthropic-version",
        "content-length",
        "content-type",
        "user-agent",
    }
    assert request.headers["host"] == server.url.removeprefix("http://")


def test_overload_is_waited_out():
    with MessagesServer(status(529), status(429), answer(DATA)) as server:
        endpoint = Endpoint(server.url, "m")
        reply = endpoint.ask(PROMPT)
    assert reply.data == DATA
    assert len(server.requests) == 3
    assert reply.sent_bytes == sum(request.size for request in server.requests)


def test_overload_for_ever_ends_with_what_happened():
    with MessagesServer(status(529)) as server:
        endpoint = Endpoint(server.url, "m")
        with pytest.raises(UserError, match=r"attempt 4 was still answered with 529\. Nothing was changed"):
            endpoint.ask(PROMPT)
    assert endpoint.sent_bytes == sum(request.size for request in server.requests) > 0


def test_an_endpoint_cannot_make_us_wait_for_days():
    with MessagesServer(
        status(503, headers={"retry-after": "99999", "retry-after-ms": "1e12"}), answer(DATA)
    ) as server:
        assert Endpoint(server.url, "m").ask(PROMPT).data == DATA


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code):
    with MessagesServer(answer(DATA)) as other, MessagesServer(redirect(other.url + "/v1/messages", code)) as server:
        with pytest.raises(UserError, match="another address"):
            Endpoint(server.url, "m").ask(PROMPT)
        assert len(server.requests) == 1
    assert other.requests == []


BAD = {
    "refusal": (said("I will not.", stop="refusal"), "refused"),
    "too long": (answer(DATA, stop="max_tokens"), "limit of tokens"),
    "window": (answer(DATA, stop="model_context_window_exceeded"), "limit of tokens"),
    "only talk": (said('{"why": "x"}'), "did not call the tool"),
    "another tool": (answer(DATA, tool="rm"), "did not call the tool"),
    "not JSON": (written('{"why": '), "malformed"),
    "NaN": (written('{"why": NaN}'), "malformed"),
    "infinite": (written('{"why": 1e999}'), "malformed"),
    "too deep": (written('{"why": ' + "[" * 200_000), "malformed"),
    "empty": (written(""), "malformed"),
    "cut": (cut(answer(DATA)), "broke off"),
    "cut at the head": (cut(answer(DATA), 0.0), "broke off"),
    "cut in silence": (cut(answer(DATA), announced=False), "cut off|malformed"),
    "without an end": (events({"type": "message_start", "message": {}}), "cut off"),
    "nothing": (raw(b"", "text/event-stream"), "cut off"),
    "events of another kind": (events({"type": "hello"}, {"type": "message_stop"}), "did not call the tool"),
    "odd events": (events({"type": "message_start", "message": 5}, {"type": "message_stop"}), "did not call"),
    "events not JSON": (raw(b"event: message_start\ndata: {{{\n\n", "text/event-stream"), "not JSON"),
    "error in the stream": (events({"type": "error", "error": {"message": "overloaded"}}), "overloaded"),
    "a page": (raw(b"<html>hello", "text/html"), "Messages API"),
    "plain JSON": (raw(b'{"ok": true}'), "Messages API"),
    "no key": (status(401, "invalid x-api-key"), "401: invalid x-api-key"),
    "no model": (status(404, "no such model"), "404: no such model"),
    "an error that is no JSON": (raw(b"\xff\xfe", "text/plain", code=400), "400"),
    "an error without words": (raw(b"[]", code=400), "400"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_answer_says_so_and_changes_nothing(name):
    reply, words = BAD[name]
    with MessagesServer(reply) as server, pytest.raises(UserError, match=words) as raised:
        Endpoint(server.url, "m").ask(PROMPT)
    assert "Nothing was changed" in str(raised.value)


def test_every_cut_of_a_stream_is_noticed():
    whole = answer(DATA)
    with MessagesServer(*(cut(whole, part / 20, announced=False) for part in range(19))) as server:
        endpoint = Endpoint(server.url, "m")
        for _ in range(19):
            with pytest.raises(UserError, match="Nothing was changed"):
                endpoint.ask(PROMPT)


def test_lone_surrogates_do_not_get_in():
    with MessagesServer(written(r'{"why": "\ud800"}')) as server:
        assert Endpoint(server.url, "m").ask(PROMPT).data == {"why": "�"}


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UserError, match="Is it running"):
        Endpoint(f"http://127.0.0.1:{port}", "m").ask(PROMPT)


def test_silence_ends_when_the_time_is_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = Endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}", "m", timeout=0.2)
        with pytest.raises(UserError, match=r"within 0\.2 seconds"):
            endpoint.ask(PROMPT)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.anthropic.com",
        "http://192.168.0.7:11434",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0:80",
        "http://2130706433",
        "http://127.0.0.1@example.com",
        "http://example.com@127.0.0.1",
        "http://127.0.0.1\\@example.com",
        "http://127.0.0.1#@example.com",
        "http://[::2]",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://127.0.0.1:99999",
        "http://",
        "127.0.0.1:80",
        "",
        "http://127.0.0.1/?a=b",
        "http://bad host",
        "http://\n127.0.0.1",
    ],
)
def test_addresses_that_are_refused_without_a_socket(url, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(UserError, match="Nothing was sent"):
        Endpoint(url, "m", allow_host="other.example")


def test_one_host_can_be_opened_by_its_name():
    Endpoint("https://models.example", "m", "key", allow_host="models.example")
    with pytest.raises(UserError, match="opened by its name"):
        Endpoint("https://eu.models.example", "m", "key", allow_host="models.example")
    with pytest.raises(UserError, match="in clear"):
        Endpoint("http://models.example", "m", "key", allow_host="models.example")


@pytest.mark.parametrize("url", ["http://localhost:11434/", "http://127.8.9.1/v1", "https://[::1]:8443"])
def test_this_computer_needs_no_permission(url):
    Endpoint(url, "m", "key")


def test_the_body_is_utf8_json():
    with MessagesServer(answer({})) as server:
        Endpoint(server.url, "m").ask(Prompt(system="s", text="naïve ‮", tool="reply", schema={}))
    assert server.requests[0].body["messages"][0]["content"] == "naïve ‮"
    assert json.dumps(server.requests[0].body)

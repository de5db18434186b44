"""A server on this computer that speaks the Messages API from a script, for tests of what asks a model.

    with MessagesServer(status(529), answer({"turns": []})) as server:
        Endpoint(server.url, "scripted").ask(prompt)
    server.requests[1].body["messages"]

Each request takes the next reply of the script; the last one serves all that follow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from typing import Any


@dataclass(frozen=True)
class Request:
    """What arrived: headers by lower-case name, and the decoded body (None where it was not JSON)."""

    path: str
    headers: dict[str, str]
    body: Any
    size: int
    method: str = "POST"


@dataclass(frozen=True)
class Served:
    """One HTTP answer. With *cut*, the connection ends before the announced length is reached; *drip*: seconds/byte."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False
    drip: float = 0.0


Reply = Callable[[Request], Served]


class MessagesServer:
    """A scripted server on a free port of 127.0.0.1, in a thread of its own."""

    def __init__(self, *script: Reply) -> None:
        self.requests: list[Request] = []
        self._script = script or (status(500),)
        self._lock = Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> MessagesServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def serve(self, request: Request) -> Served:
        with self._lock:
            reply = self._script[min(len(self.requests), len(self._script) - 1)]
            self.requests.append(request)
        return reply(request)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                try:
                    data = json.loads(body)
                except ValueError:
                    data = None
                headers = {name.lower(): value for name, value in self.headers.items()}
                served = server.serve(Request(self.path, headers, data, len(body), self.command))
                self.send_response(served.status)
                for name, value in served.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(served.body) + served.cut))
                self.send_header("connection", "close")
                self.end_headers()
                if served.drip:
                    self._drip(served)
                else:
                    self.wfile.write(served.body)
                self.close_connection = True

            do_GET = do_CONNECT = do_POST

            def _drip(self, served: Served) -> None:
                """Write byte by byte until whoever asked has had enough."""
                with suppress(OSError):
                    for byte in served.body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        sleep(served.drip)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def answer(data: Any, *, tool: str = "", parts: int = 3, stop: str = "tool_use", model: str = "scripted-1") -> Reply:
    """The model calls the tool that it was forced to call (or *tool*) with *data*, streamed in *parts* parts."""
    return written(json.dumps(data), tool=tool, parts=parts, stop=stop, model=model)


def computed(make: Callable[[Request], Any]) -> Reply:
    """The model answers with what *make* makes of the request: for an obedient model, or an echo."""
    return lambda request: answer(make(request))(request)


def written(text: str, *, tool: str = "", parts: int = 1, stop: str = "tool_use", model: str = "scripted-1") -> Reply:
    """As `answer`, with the tool's input given as the text that the model writes, JSON or not."""

    def reply(request: Request) -> Served:
        name = tool or (request.body or {}).get("tool_choice", {}).get("name", "")
        size = max(1, -(-len(text) // parts))
        return events(
            _start(model),
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}},
            },
            *(
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "input_json_delta", "partial_json": text[at : at + size]},
                }
                for at in range(0, len(text), size)
            ),
            {"type": "content_block_stop", "index": 0},
            *_end(stop),
        )(request)

    return reply


def said(text: str, stop: str = "end_turn") -> Reply:
    """The model only talks. With stop="refusal" it refuses."""
    return events(
        _start("scripted-1"),
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        *_end(stop),
    )


def events(*stream: dict[str, Any]) -> Reply:
    """A stream of just these events."""
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in stream)
    return raw(body.encode(), "text/event-stream", headers={"request-id": "req_1"})


def cut(whole: Reply, at: float = 0.5, *, announced: bool = True) -> Reply:
    """The connection ends after the part *at* of the answer; its length was *announced* or the end looks regular."""

    def reply(request: Request) -> Served:
        served = whole(request)
        return Served(served.status, served.headers, served.body[: int(len(served.body) * at)], cut=announced)

    return reply


def dripping(whole: Reply, seconds: float) -> Reply:
    """The answer comes byte by byte."""

    def reply(request: Request) -> Served:
        served = whole(request)
        return Served(served.status, served.headers, served.body, drip=seconds)

    return reply


def status(code: int, message: str = "try later", headers: dict[str, str] | None = None) -> Reply:
    """An error. It asks to be tried again after a millisecond, so that tests need not wait."""
    body = {"type": "error", "error": {"type": "api_error", "message": message}}
    return raw(json.dumps(body).encode(), code=code, headers={"retry-after-ms": "1", **(headers or {})})


def redirect(url: str, code: int = 307) -> Reply:
    """A redirect to *url*."""
    return raw(b"", code=code, headers={"location": url})


def raw(
    body: bytes, content_type: str = "application/json", *, code: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    """Any bytes."""
    return lambda request: Served(code, {"content-type": content_type, **(headers or {})}, body)


def _start(model: str) -> dict[str, Any]:
    return {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 1},
        },
    }


def _end(stop: str) -> list[dict[str, Any]]:
    return [
        {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]

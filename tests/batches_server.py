"""A scripted endpoint for the Message Batches API, to be served by `MessagesServer`, which counts what was paid for.

    api = Batches(lambda params: {"why": "because"})
    with MessagesServer(api) as server:
        ...
    assert max(api.paid.values()) == 1

What goes wrong is decided by `faults`: called with the kind of request ("create", "state", "list", "cancel" or
"results"), it returns "" for nothing, "before" for a connection that ends before the request had an effect, "after" for
one that ends after it, "cut" for results that end in the middle, or an HTTP status as text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from messages_server import Request, Served

Answering = Callable[[dict[str, Any]], Any]


class Batches:
    """The API. Attributes: *made*, the batches by id; *paid*, how often each ``custom_id`` was answered; *polls*."""

    def __init__(
        self,
        answering: Answering,
        *,
        faults: Callable[[str], str] = lambda kind: "",
        polls: int = 0,
        ends: Callable[[str], str] = lambda key: "succeeded",
        results_url: str = "",
    ) -> None:
        """*polls*: looks at a batch before it has ended; *ends*: what becomes of a request."""
        self.made: dict[str, dict[str, Any]] = {}
        self.paid: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._answering = answering
        self._faults = faults
        self.polls = polls
        self._ends = ends
        self._results_url = results_url

    def __call__(self, request: Request) -> Served:
        path = urlsplit(request.path)
        name = re.fullmatch(r"/v1/messages/batches(?:/([^/]+)(?:/(cancel|results))?)?", path.path)
        assert name is not None, request.path
        batch, deed = name[1], name[2]
        kind = deed or ("state" if batch else "create" if request.method == "POST" else "list")
        fault = self._faults(kind)
        if fault.isdigit():
            error = {"type": "error", "error": {"type": "api_error", "message": "try later"}}
            return _served(error, status=int(fault), headers={"retry-after-ms": "1"})
        if fault == "before":
            return _hung_up()
        host = request.headers["host"]
        if kind == "create":
            served = self._create(request.body["requests"], host)
        elif kind == "list":
            served = self._list(parse_qs(path.query), host)
        elif batch not in self.made:
            served = _served({"type": "error", "error": {"message": "no such batch"}}, status=404)
        elif kind == "results":
            served = self._results(batch, cut=fault == "cut")
        else:
            if kind == "cancel":
                self._cancel(self.made[batch])
            self.made[batch]["polls"] += 1
            served = _served(self._shown(batch, host))
        return _hung_up() if fault == "after" else served

    def _create(self, requests: list[dict[str, Any]], host: str) -> Served:
        keys = [one["custom_id"] for one in requests]
        assert len(set(keys)) == len(keys)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", key) for key in keys)
        assert not any(one["params"].get("stream") for one in requests)
        name = f"msgbatch_{len(self.made)}"
        ends = {key: self._ends(key) for key in keys}
        self.made[name] = {"requests": requests, "ends": ends, "polls": 0, "number": len(self.made)}
        self.asked.update(keys)
        self.paid.update(key for key, end in ends.items() if end == "succeeded")
        return _served(self._shown(name, host))

    def _cancel(self, batch: dict[str, Any]) -> None:
        if not self._ended(batch):
            self.paid.subtract(key for key, end in batch["ends"].items() if end == "succeeded")
            batch["ends"] = dict.fromkeys(batch["ends"], "canceled")
            batch["polls"] = self.polls

    def _ended(self, batch: dict[str, Any]) -> bool:
        return bool(batch["polls"] >= self.polls)

    def _shown(self, name: str, host: str) -> dict[str, Any]:
        batch = self.made[name]
        ended, count = self._ended(batch), Counter(batch["ends"].values())
        results = self._results_url or f"http://{host}/v1/messages/batches/{name}/results"
        return {
            "id": name,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": {
                "processing": 0 if ended else len(batch["requests"]),
                **{end: count[end] if ended else 0 for end in ("succeeded", "errored", "canceled", "expired")},
            },
            "created_at": "2099-01-01T00:00:00Z",
            "results_url": results if ended else None,
        }

    def _list(self, query: dict[str, list[str]], host: str) -> Served:
        names = sorted(self.made, key=lambda name: -self.made[name]["number"])
        if after := query.get("after_id"):
            names = names[names.index(after[0]) + 1 :]
        page = names[: int(query["limit"][0])]
        for name in page:
            self.made[name]["polls"] += 1
        return _served({"data": [self._shown(name, host) for name in page], "has_more": len(page) < len(names)})

    def _results(self, name: str, *, cut: bool) -> Served:
        batch = self.made[name]
        lines = [json.dumps(self._line(one, batch["ends"][one["custom_id"]])) for one in reversed(batch["requests"])]
        body = "".join(f"{line}\n" for line in lines).encode()
        return Served(200, {"content-type": "application/x-jsonl"}, body[: len(body) * 2 // 3] if cut else body, cut)

    def _line(self, request: dict[str, Any], end: str) -> dict[str, Any]:
        result: dict[str, Any] = {"type": end}
        if end == "succeeded":
            result["message"] = message(request["params"], self._answering(request["params"]))
        elif end in ("errored", "invalid"):
            kind = "invalid_request_error" if end == "invalid" else "api_error"
            result = {"type": "errored", "error": {"type": "error", "error": {"type": kind, "message": "it broke"}}}
        return {"custom_id": request["custom_id"], "result": result}


def message(params: dict[str, Any], data: Any) -> dict[str, Any]:
    """Return the message in which a model gives *data* to the tool that *params* force it to call."""
    block = {"type": "tool_use", "id": "toolu_1", "name": params["tool_choice"]["name"], "input": data}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "scripted-1",
        "content": [block],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def _served(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Served:
    return Served(status, {"content-type": "application/json", **(headers or {})}, json.dumps(body).encode())


def _hung_up() -> Served:
    return Served(200, {"content-type": "application/json"}, b"", cut=True)

"""The Message Batches API: many questions handed over at once, answered within a day.

Facts of the API (platform.claude.com, "Batch processing"): at most 100,000 requests and 256 MB per batch; requests are
answered in any order and matched by ``custom_id``; those that errored, expired or were canceled are not billed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dreamdesk.dream.answer import failed, member, reason
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import Prompt, parameters
from dreamdesk.model.canonical import Json, canonical

MOST_REQUESTS = 100_000
MOST_BYTES = 256 * 1000 * 1000

ENDED = "ended"
"""The status of a batch in which every request is answered or given up."""

_PATH = "/v1/messages/batches"
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Batch:
    """How a batch stands at the endpoint.

    Attributes:
        id: The endpoint's name for it.
        status: "in_progress", "canceling" or "ended".
        requests: How many there are in it; *processing*: how many of them are still to be answered.
        results: Where the results are once it has ended, or "".
        created: When it was made, as the endpoint writes it (RFC 3339).
    """

    id: str
    status: str
    requests: int
    processing: int
    results: str
    created: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request: *state* is "succeeded", "errored", "canceled" or "expired".

    *message* holds the bytes of the answer where it succeeded. *permanent* errors would only be repeated.
    """

    key: str
    state: str
    message: bytes = b""
    detail: str = ""
    permanent: bool = False


def request(key: str, prompt: Prompt, model: str) -> bytes:
    """Return the request of *prompt* in a batch; *key*: its ``custom_id``, 1 to 64 letters and digits."""
    return canonical({"custom_id": key, "params": parameters(prompt, model)})


def create(endpoint: Endpoint, requests: Sequence[bytes]) -> Batch:
    """Hand over *requests*. It is never tried twice after a failure that may have had an effect.

    Raises:
        NotTaken: No batch was made.
        UserError: It is not known whether one was made.
    """
    body = b'{"requests":[' + b",".join(requests) + b"]}"
    return _batch(endpoint.call("POST", _PATH, body, repeatable=False))


def state(endpoint: Endpoint, batch: str) -> Batch:
    """Return how *batch* stands now."""
    return _batch(endpoint.call("GET", f"{_PATH}/{quote(batch, safe='')}"))


def cancel(endpoint: Endpoint, batch: str) -> Batch:
    """Ask the endpoint to answer nothing more of *batch*; what it answered already stays, and is billed."""
    return _batch(endpoint.call("POST", f"{_PATH}/{quote(batch, safe='')}/cancel"))


def newest(endpoint: Endpoint, most: int = 1000) -> Iterator[Batch]:
    """Yield the batches that the endpoint knows, newest first, *most* at most."""
    after, seen = "", 0
    while seen < most:
        page = endpoint.call("GET", f"{_PATH}?limit={_PAGE}" + (f"&after_id={quote(after, safe='')}" if after else ""))
        found = page.get("data")
        batches = [_batch(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        yield from batches
        seen += len(batches)
        if not batches or page.get("has_more") is not True:
            return
        after = batches[-1].id


def results(endpoint: Endpoint, batch: Batch, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Result]:
    """Yield the results of an ended batch as they arrive. Lines that are no result are passed over.

    Raises:
        UserError: They lie on another server, or break off; those yielded before stand.
    """
    if not batch.results:
        raise failed(f"The endpoint says that batch {batch.id} has ended, and not where its results are.")
    for line in endpoint.lines(batch.results, batch.requests + 1, cancelled):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("custom_id"), str):
            yield _result(value["custom_id"], member(value, "result"))


def _result(key: str, result: dict[str, Json]) -> Result:
    kind = str(result.get("type"))
    if kind == "succeeded":
        return Result(key, kind, canonical(member(result, "message")))
    if kind in ("canceled", "expired"):
        return Result(key, kind, detail="It was not answered before the batch was " + kind + ".")
    error = member(result, "error")  # an error response, whose own "error" says what it was
    inner = member(error, "error") or error
    return Result(key, "errored", detail=reason(error), permanent=inner.get("type") == "invalid_request_error")


def _batch(value: dict[str, Json]) -> Batch:
    counts = member(value, "request_counts")
    numbers = {name: n for name, n in counts.items() if isinstance(n, int) and not isinstance(n, bool) and n >= 0}
    if not isinstance(value.get("id"), str) or not value["id"] or value.get("processing_status") is None:
        raise failed("The endpoint's answer is not a batch. Does it speak the Message Batches API?")
    return Batch(
        id=value["id"],
        status=str(value["processing_status"]),
        requests=sum(numbers.values()),
        processing=numbers.get("processing", 0),
        results=str(value.get("results_url") or ""),
        created=str(value.get("created_at") or ""),
    )

"""What goes over the wire to the endpoint: counted, limited in size and time, and with no header but our own."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from time import monotonic

import httpx2

_VERSION = "2026-10-21"
_RETRY_AFTER = 60.0
LARGEST = 64 * 1024 * 1024
"""Bytes that one answer may have."""


class Wire(httpx2.BaseTransport):
    """A transport to one host, without proxies, that counts the bytes of the bodies of all attempts.

    Attributes:
        sent, received: Bytes of request and response bodies so far.
        attempts: Requests so far.
    """

    def __init__(
        self,
        host: str,
        api_key: str,
        timeout: float,
        *,
        accept: str = "text/event-stream",
        idle: float = inf,
        largest: int = LARGEST,
    ) -> None:
        """Open nothing yet.

        Args:
            host: The only host that is reached.
            api_key: Sent as a bearer token, "" for none.
            timeout: Seconds that all attempts together may take.
            accept: The media type that is asked for.
            idle: Seconds without a byte after which an answer counts as broken off.
            largest: Bytes that all answers together may have; 0 for no limit.
        """
        self.sent = 0
        self.received = 0
        self.attempts = 0
        self._host = host
        self._key = api_key
        self._accept = accept
        self._idle = idle
        self._largest = largest
        self._end = monotonic() + timeout
        self._transport = httpx2.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request.

        Raises:
            httpx2.ConnectError: It goes to another host.
            httpx2.ReadTimeout: The time is up.
        """
        if request.url.host != self._host:
            raise httpx2.ConnectError(f"a request to {request.url.host} was stopped", request=request)
        body = request.read()
        self._own_headers(request, len(body))
        left = self.left()
        request.extensions = {
            **request.extensions,
            "timeout": {"connect": min(5.0, left), "read": min(left, self._idle), "write": left, "pool": left},
        }
        self.sent += len(body)
        self.attempts += 1
        response = self._transport.handle_request(request)
        self._shorten_wait(response)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Counted(response.stream, self)
        return response

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            httpx2.ReadTimeout: None are.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the time is up")
        return left

    def check(self) -> None:
        """Say whether the answer may go on.

        Raises:
            httpx2.ReadError: It is too large.
            httpx2.ReadTimeout: The time is up.
        """
        if self._largest and self.received > self._largest:
            raise httpx2.ReadError(f"the answer is larger than {self._largest:,} bytes")
        self.left()

    def _own_headers(self, request: httpx2.Request, length: int) -> None:
        """Replace all headers. Those of the SDK describe this computer, or come from ANTHROPIC_CUSTOM_HEADERS."""
        request.headers = httpx2.Headers(
            {
                "host": request.url.netloc.decode("ascii"),
                "accept": self._accept,
                "accept-encoding": "identity",
                "anthropic-version": _VERSION,
                "content-length": str(length),
                "content-type": "application/json",
                "user-agent": "DreamDesk",
                **({"authorization": f"Bearer {self._key}"} if self._key else {}),
            }
        )

    def _shorten_wait(self, response: httpx2.Response) -> None:
        """Let an overloaded endpoint ask us to wait, but for no longer than a minute or the time that is left."""
        for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
            try:
                wait = float(response.headers.get(name, "0")) / unit
            except ValueError:
                wait = _RETRY_AFTER  # A date: the SDK's own waiting time will do.
            if not 0 <= wait < min(_RETRY_AFTER, self.left()):
                del response.headers[name]


def waiting(headers: httpx2.Headers, otherwise: float) -> float:
    """Return the seconds that an endpoint asks to wait before the next attempt; *otherwise* where it does not."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
    return otherwise


class _Counted(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, wire: Wire) -> None:
        self._stream = stream
        self._wire = wire

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._wire.received += len(chunk)
            self._wire.check()
            yield chunk

    def close(self) -> None:
        self._stream.close()

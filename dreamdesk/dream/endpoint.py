"""The endpoint: the only place from which DreamDesk reaches out of the computer, or to a model on it.

Anything that speaks the Anthropic Messages API will do: Claude itself, or a model on this computer behind Ollama,
llama.cpp or vLLM. The SDK alone would take proxies, headers, keys and base addresses from the environment and follow
redirects; here it gets a transport of our own that does none of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address
from time import sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dreamdesk.dream.answer import MESSAGE, STREAM, failed, reason, stream
from dreamdesk.model.ask import Prompt, Reply, parameters
from dreamdesk.model.canonical import Json
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

if TYPE_CHECKING:
    import httpx2

    from dreamdesk.dream.wire import Wire

# Overload is waited out: after about 0.5, 1 and 2 seconds, or when the endpoint says.
_RETRIES = 3
_OVERLOAD = (429, 529)
_DOWNLOAD = 4 * 3600.0
"""Seconds that the results of one batch may take to arrive."""


class NotTaken(UserError):
    """A request that surely had no effect at the endpoint."""


class Endpoint:
    """One model behind one address.

    Attributes:
        url, model: Where it is, without ``/v1``, and which model is asked there.
        sent_bytes, received_bytes: Bytes of request and response bodies since the endpoint was made, failed attempts
            included, for the ledger.
    """

    def __init__(self, url: str, model: str, api_key: str = "", *, allow_host: str = "", timeout: float = 600) -> None:
        """Check the address; nothing is sent.

        Args:
            url: Address of the server, such as ``http://localhost:11434``; without ``/v1/messages``.
            model: Name of the model, as the server knows it.
            api_key: Sent as a bearer token; "" for servers that want none.
            allow_host: The one host outside this computer that the officer has opened; it must equal the URL's.
            timeout: Seconds that one answer may take, retries included.

        Raises:
            UserError: The address is malformed, or leads out of this computer to a host that was not opened.
        """
        self.sent_bytes = 0
        self.received_bytes = 0
        self.model = model
        self._key = api_key
        self._timeout = timeout
        self.url, self._host = _checked(url, allow_host, with_key=bool(api_key))

    def ask(self, prompt: Prompt) -> Reply:
        """Ask one question and return the input that the model gave the tool; see `dreamdesk.model.ask.Ask`.

        Raises:
            UserError: There is no usable answer: refused, cut off, malformed, redirected, overloaded, unreachable or
                out of time. The message says which, and that nothing was changed.
        """
        reply = self.exchange(prompt)
        if reply.fault:
            raise failed(reply.fault)
        return reply

    def exchange(self, prompt: Prompt) -> Reply:
        """Ask one question and return what was answered, even where it cannot be used: then its *fault* says why.

        Raises:
            UserError: There is no whole answer; see `ask`.
        """
        import anthropic
        import httpx2

        from dreamdesk.dream.wire import Wire

        with self._client(Wire(self._host, self._key, self._timeout)) as (http, wire):
            client = anthropic.Anthropic(
                base_url=self.url,
                api_key=self._key or "none",  # given, so that the SDK does not look for one; never sent as "none"
                http_client=http,
                max_retries=_RETRIES,
                timeout=self._timeout,
                open_telemetry=False,
            )
            try:
                with client.messages.create(**parameters(prompt, self.model), stream=True) as answering:
                    response = answering.response
                    if not response.headers.get("content-type", "").startswith(STREAM):
                        raise failed(
                            "The endpoint did not answer with a stream of events. Does it speak the Messages API?"
                        )
                    reply = stream(response.iter_bytes(), prompt.tool, self.model)
                    request = response.headers.get("request-id", "")
            except anthropic.APIStatusError as error:
                body = error.body if isinstance(error.body, dict) else {}
                raise failed(_status(error.status_code, body, wire.attempts)) from error
            except anthropic.APIConnectionError as error:
                raise self._unreached(error.__cause__ or error) from error
            except httpx2.HTTPError as error:
                raise self._broken(error) from error
        return replace(reply, sent_bytes=wire.sent, received_bytes=wire.received, request_id=request)

    def call(self, method: str, path: str, body: bytes = b"", *, repeatable: bool = True) -> dict[str, Json]:
        """Send one request to *path* ("/v1/…") and return the object that comes back.

        Overload is waited out. After any other failure the request is sent again only if it is *repeatable*.

        Raises:
            NotTaken: The request surely had no effect: it was refused, or never reached the endpoint.
            UserError: There is no usable answer; whether the request had an effect is not known.
        """
        import httpx2

        from dreamdesk.dream.wire import Wire, waiting

        wire = Wire(self._host, self._key, self._timeout, accept=MESSAGE)
        with self._client(wire) as (http, _):
            for attempt in range(_RETRIES + 1):
                last = attempt == _RETRIES
                try:
                    response = http.request(method, self.url + path, content=body)
                except httpx2.ConnectError as error:
                    raise NotTaken(str(self._unreached(error))) from error
                except httpx2.HTTPError as error:
                    if last or not repeatable or isinstance(error, httpx2.TimeoutException):
                        raise self._broken(error) from error
                    sleep(0.5 * 2**attempt)
                    continue
                if response.status_code == 200:
                    return _object(response.content)
                if (response.status_code not in _OVERLOAD and (response.status_code < 500 or not repeatable)) or last:
                    break
                sleep(min(waiting(response.headers, 0.5 * 2**attempt), wire.left()))
        code = response.status_code
        refused = NotTaken if code < 500 or code in _OVERLOAD else UserError
        raise refused(f"{_status(code, _words(response.content), wire.attempts)} Nothing was changed.")

    def lines(self, url: str, most: int, cancelled: Callable[[], bool]) -> Iterator[bytes]:
        """Yield the lines of the document at *url*, which must be on the endpoint's own server; *most* at most.

        Raises:
            UserError: It is on another server, cannot be had, breaks off, has a line of more than 64 MB or too many
                lines. What was yielded before stands.
        """
        import httpx2

        from dreamdesk.dream.wire import LARGEST, Wire

        if _origin(url) != _origin(self.url):
            raise failed(
                f"The endpoint says that its results are at {one_line(url)}, which is another server. It was not asked."
            )
        wire = Wire(self._host, self._key, _DOWNLOAD, accept="application/x-jsonl", idle=self._timeout, largest=0)
        count, pending = 0, bytearray()
        with self._client(wire) as (http, _):
            try:
                with http.stream("GET", url) as response:
                    if response.status_code != 200:
                        raise failed(_status(response.status_code, _words(response.read()), wire.attempts))
                    for chunk in response.iter_bytes():
                        if cancelled():
                            return
                        pending += chunk
                        whole: list[bytes] = []
                        if b"\n" in chunk:
                            *whole, rest = bytes(pending).split(b"\n")
                            pending = bytearray(rest)
                        count += len(whole)
                        if len(pending) > LARGEST or count > most:
                            raise failed("The endpoint's results are larger than what was asked for.")
                        yield from (line for line in whole if line.strip())
            except httpx2.ConnectError as error:
                raise self._unreached(error) from error
            except httpx2.HTTPError as error:
                raise self._broken(error) from error
        if pending.strip():
            yield bytes(pending)

    @contextmanager
    def _client(self, wire: Wire) -> Iterator[tuple[httpx2.Client, Wire]]:
        """Open a client over *wire* and count the bytes that crossed it, whatever happens."""
        import httpx2

        try:
            with httpx2.Client(transport=wire, trust_env=False, follow_redirects=False) as http:
                yield http, wire
        finally:
            self.sent_bytes += wire.sent
            self.received_bytes += wire.received

    def _unreached(self, error: BaseException) -> UserError:
        import httpx2

        if isinstance(error, httpx2.TimeoutException):
            return self._broken(error)
        return failed(f"The model at {self.url} cannot be reached ({one_line(str(error), 200)}). Is it running?")

    def _broken(self, error: BaseException) -> UserError:
        import httpx2

        if isinstance(error, httpx2.TimeoutException):
            return failed(f"The model at {self._host} gave no answer within {self._timeout:g} seconds.")
        return failed(f"The answer of the model broke off ({one_line(str(error), 200)}).")


def _checked(url: str, allow_host: str, *, with_key: bool) -> tuple[str, str]:
    """Return the base address and its host, or refuse the address.

    Raises:
        UserError: See `Endpoint`.
    """
    import httpx2

    # Two readings of one address must agree, so that no spelling of a host passes the check and leads elsewhere.
    try:
        parts, parsed = urlsplit(url), httpx2.URL(url)
        host = parsed.host
        agree = (parts.hostname or "") == host and parts.port == parsed.port
    except (ValueError, httpx2.InvalidURL) as error:
        raise UserError(f"{one_line(url)} is not an address. Nothing was sent.") from error
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not agree
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise UserError(
            f"{one_line(url)} is not the address of a model: it should look like http://localhost:11434. "
            "Nothing was sent."
        )
    if not _on_this_computer(host):
        if host != allow_host:
            raise UserError(
                f"{one_line(host)} is not this computer, and DreamDesk reaches no other host unless that host is "
                "opened by its name in the settings. Nothing was sent."
            )
        if with_key and parts.scheme != "https":
            raise UserError(f"The key would go to {one_line(host)} in clear: use https. Nothing was sent.")
    return url.rstrip("/").removesuffix("/v1"), host


def _on_this_computer(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str, int | None]:
    """Return what makes two addresses the same server: scheme, host and port."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _status(code: int, body: dict[str, Json], attempts: int) -> str:
    if 300 <= code < 400:
        return "The endpoint tried to send the question on to another address (a redirect), which is not followed."
    if code in _OVERLOAD or code >= 500:
        return f"The endpoint is overloaded or out of order: attempt {attempts} was still answered with {code}."
    return f"The endpoint answered {code}: {reason(body)}."


def _words(body: bytes) -> dict[str, Json]:
    """Return the object of an error's body, or an empty one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _object(body: bytes) -> dict[str, Json]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise failed("The endpoint's answer is malformed: it is not JSON.") from error
    if not isinstance(value, dict):
        raise failed("The endpoint's answer is malformed: it is no object.")
    return value

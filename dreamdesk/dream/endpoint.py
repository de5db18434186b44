"""The endpoint: the only place from which DreamDesk reaches out of the computer, or to a model on it.

Anything that speaks the Anthropic Messages API will do: Claude itself, or a model on this computer behind Ollama,
llama.cpp or vLLM. The SDK alone would take proxies, headers, keys and base addresses from the environment and follow
redirects; here it gets a transport of our own that does none of that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dreamdesk.model.ask import Prompt, Reply
from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import one_line

if TYPE_CHECKING:
    import anthropic
    import httpx2

# Overload is waited out: after about 0.5, 1 and 2 seconds, or when the endpoint says.
_RETRIES = 3


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
        import anthropic
        import httpx2

        from dreamdesk.dream.wire import Wire

        wire = Wire(self._host, self._key, self._timeout)
        with httpx2.Client(transport=wire, trust_env=False, follow_redirects=False) as http:
            client = anthropic.Anthropic(
                base_url=self.url,
                api_key=self._key or "none",  # given, so that the SDK does not look for one; never sent as "none"
                http_client=http,
                max_retries=_RETRIES,
                timeout=self._timeout,
                open_telemetry=False,
            )
            try:
                with client.messages.create(
                    model=self.model,
                    max_tokens=prompt.max_tokens,
                    system=prompt.system,
                    messages=[{"role": "user", "content": prompt.text}],
                    tools=[{"name": prompt.tool, "description": "Give the answer.", "input_schema": prompt.schema}],
                    tool_choice={"type": "tool", "name": prompt.tool, "disable_parallel_tool_use": True},
                    stream=True,
                ) as stream:
                    answer = _read(stream.response)
            except anthropic.APIStatusError as error:
                raise _failed(_status(error, wire.attempts)) from error
            except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
                raise _failed(f"The model at {self._host} gave no answer within {self._timeout:g} seconds.") from error
            except anthropic.APIConnectionError as error:
                why = one_line(str(error.__cause__ or error), 200)
                raise _failed(f"The model at {self.url} cannot be reached ({why}). Is it running?") from error
            except httpx2.HTTPError as error:
                raise _failed(f"The answer of the model broke off ({one_line(str(error), 200)}).") from error
            finally:
                self.sent_bytes += wire.sent
                self.received_bytes += wire.received
        return Reply(
            data=answer.tool_input(prompt.tool),
            model=answer.model or self.model,
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            sent_bytes=wire.sent,
            received_bytes=wire.received,
            request_id=answer.request_id,
        )


@dataclass
class _Answer:
    """What a stream of events has told so far."""

    request_id: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    stopped: str = ""
    complete: bool = False
    tools: dict[Json, str] = field(default_factory=dict)
    inputs: dict[Json, str] = field(default_factory=dict)

    def take(self, event: dict[str, Json]) -> None:
        """Add one event. Kinds of events that are not needed, or not known yet, are passed over."""
        kind = event.get("type")
        if kind == "message_start":
            message = _object(event, "message")
            self.model = str(message.get("model") or "")
            self.input_tokens = _count(_object(message, "usage").get("input_tokens"))
        elif kind == "content_block_start":
            block = _object(event, "content_block")
            if block.get("type") == "tool_use":
                self.tools[event.get("index")] = str(block.get("name"))
                given = block.get("input")  # All of it at once, where a server does not stream it in parts.
                self.inputs[event.get("index")] = json.dumps(given) if given else ""
        elif kind == "content_block_delta":
            delta = _object(event, "delta")
            if delta.get("type") == "input_json_delta" and event.get("index") in self.inputs:
                self.inputs[event.get("index")] += str(delta.get("partial_json") or "")
        elif kind == "message_delta":
            self.stopped = str(_object(event, "delta").get("stop_reason") or "")
            usage = event.get("usage")
            self.output_tokens = _count(usage.get("output_tokens")) if isinstance(usage, dict) else 0
        elif kind == "message_stop":
            self.complete = True
        elif kind == "error":
            raise _failed(f"The endpoint broke off with an error: {_message(event)}.")

    def tool_input(self, tool: str) -> Json:
        """Return the input given to *tool*, as plain JSON without NaN, infinities or lone surrogates."""
        if self.stopped == "refusal":
            raise _failed("The model refused to answer.")
        if self.stopped in ("max_tokens", "model_context_window_exceeded"):
            raise _failed("The answer was cut short because it reached the model's limit of tokens.")
        if not self.complete:
            raise _failed("The answer was cut off before its end.")
        index = next((index for index, name in self.tools.items() if name == tool), None)
        if index is None:
            raise _failed("The model did not answer in the form that it was asked for (it did not call the tool).")
        try:
            return json.loads(canonical(json.loads(self.inputs[index])))
        except (ValueError, RecursionError) as error:
            raise _failed("The model's answer is malformed: its tool input is not JSON.") from error


def _read(response: httpx2.Response) -> _Answer:
    """Read the events of a streamed answer to their end (platform.claude.com, "Streaming messages")."""
    import anthropic

    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise _failed("The endpoint did not answer with a stream of events. Does it speak the Messages API?")
    answer = _Answer(request_id=response.headers.get("request-id", ""))
    for sse in anthropic.Stream.raw_events(response):
        try:
            event = json.loads(sse.data) if sse.data else {}
        except (ValueError, RecursionError) as error:
            raise _failed("The endpoint's answer is malformed: an event is not JSON.") from error
        answer.take(event if isinstance(event, dict) else {})
        if answer.complete:
            break
    return answer


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


def _status(error: anthropic.APIStatusError, attempts: int) -> str:
    code = error.status_code
    if 300 <= code < 400:
        return "The endpoint tried to send the question on to another address (a redirect), which is not followed."
    if code in (429, 529) or code >= 500:
        return f"The endpoint is overloaded or out of order: attempt {attempts} was still answered with {code}."
    body = error.body if isinstance(error.body, dict) else {}
    return f"The endpoint answered {code}: {_message(body)}."


def _message(event: dict[str, Json]) -> str:
    error = event.get("error")
    return one_line(str(error.get("message") if isinstance(error, dict) else error or "no reason given"), 300)


def _object(event: dict[str, Json], name: str) -> dict[str, Json]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _count(value: Json) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _failed(why: str) -> UserError:
    return UserError(f"{why} Nothing was changed.")

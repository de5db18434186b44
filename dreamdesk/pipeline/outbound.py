"""Asking a model on behalf of a desk: the store first, then the endpoint, with every exchange in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dreamdesk.desk import exchanges, ledger, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream import answer
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import Ask, AskAll, Prompt, Reply, parameters, question_key
from dreamdesk.model.canonical import canonical, sha256
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.budget import Budget
from dreamdesk.pipeline.common import PROGRAM
from dreamdesk.pipeline.redacting import redacting


def recorded(
    db: Connection, endpoint: Endpoint, purpose: str, budget: Budget | None = None, *, again: bool = False
) -> Ask:
    """Return an `Ask` that answers from the store, or writes what left the laptop and came back into the ledger.

    See `recorded_all`; an answer that cannot be used is raised.
    """
    every = recorded_all(db, endpoint, purpose, budget, again=again)

    def ask(prompt: Prompt) -> Reply:
        return usable(every([prompt])[0])

    return ask


def recorded_all(
    db: Connection, endpoint: Endpoint, purpose: str, budget: Budget | None = None, *, again: bool = False
) -> AskAll:
    """Return an `AskAll` over the store and *endpoint*.

    What was asked before is answered from the store without a network, unless it shall be asked *again*. Everything
    else is sent one by one as far as *budget* allows, entered in the ledger, answer or not, and stored.
    """

    def ask(prompts: Sequence[Prompt]) -> list[Reply]:
        return [(None if again else from_store(db, endpoint.model, prompt)) or send(prompt) for prompt in prompts]

    def send(prompt: Prompt) -> Reply:
        if budget:
            budget.before(prompt)
        key = question_key(prompt, endpoint.model)
        with transaction(db):
            enter(db, endpoint.url, purpose, "asked", {"prompt": key})
        sent, received = endpoint.sent_bytes, endpoint.received_bytes
        try:
            reply = replace(endpoint.exchange(prompt), key=key)
        except UserError as error:
            crossed = {"sent_bytes": endpoint.sent_bytes - sent, "received_bytes": endpoint.received_bytes - received}
            with transaction(db):
                enter(db, endpoint.url, purpose, "no answer", {"prompt": key, "error": str(error), **crossed})
            raise
        if budget:
            budget.after(prompt, reply)
        with transaction(db):
            exchanges.add(db, key, endpoint.url, endpoint.model, canonical(parameters(prompt, endpoint.model)), reply)
            enter(
                db,
                endpoint.url,
                purpose,
                "no answer that can be used" if reply.fault else "answered",
                {
                    "prompt": key,
                    "model": reply.model,
                    "sent_bytes": reply.sent_bytes,
                    "received_bytes": reply.received_bytes,
                    "input_tokens": reply.input_tokens,
                    "output_tokens": reply.output_tokens,
                    "request_id": reply.request_id,
                    "reply_sha256": sha256(reply.raw),
                },
            )
        return reply

    return redacting(db, ask)


def from_store(db: Connection, model: str, prompt: Prompt) -> Reply | None:
    """Return the stored answer to *prompt* by *model*, or None where there is none."""
    key = question_key(prompt, model)
    known = exchanges.get(db, key)
    if known is None or known.state != exchanges.ANSWERED:
        return None
    return replace(answer.read(known.reply, known.media, prompt.tool, model), key=key)


def usable(reply: Reply) -> Reply:
    """Return *reply*.

    Raises:
        UserError: it cannot be used.
    """
    if reply.fault:
        raise answer.failed(reply.fault)
    return reply


def enter(db: Connection, url: str, purpose: str, event: str, details: Mapping[str, str | int]) -> None:
    """Enter what crossed the border of this computer, or was about to, in the caller's transaction."""
    subject = f"{purpose}: {event}, {url}"
    ledger.append(db, PROGRAM, "model-exchange", {"subject": subject, "event": event, "endpoint": url, **details})


def make_endpoint(db: Connection, url: str = "", model: str = "", api_key: str = "") -> Endpoint:
    """Return the endpoint of *url* and *model*, or of the desk's settings where they are "".

    Raises:
        UserError: none is switched on, or the URL is not allowed.
    """
    url = url or settings.get(db, settings.ENDPOINT_URL)
    model = model or settings.get(db, settings.ENDPOINT_MODEL)
    if not url or not model:
        raise UserError(
            "No model is switched on for this desk: name an endpoint (--endpoint URL) and a model (--model NAME)."
        )
    return Endpoint(url, model, api_key, allow_host=settings.get(db, settings.ENDPOINT_HOST))

"""The way out: an endpoint whose every exchange is an entry of the ledger."""

from __future__ import annotations

from dreamdesk.desk import ledger, settings
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import Ask, Prompt, Reply
from dreamdesk.model.canonical import digest
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import PROGRAM


def recorded(db: Connection, endpoint: Endpoint, purpose: str) -> Ask:
    """Return an `Ask` that writes what left the laptop and what came back into the ledger, answer or not."""

    def ask(prompt: Prompt) -> Reply:
        _write(db, endpoint, purpose, {"event": "asked", "prompt": digest([prompt.system, prompt.text, prompt.schema])})
        sent, received = endpoint.sent_bytes, endpoint.received_bytes
        try:
            reply = endpoint.ask(prompt)
        except UserError as error:
            crossed = {"sent_bytes": endpoint.sent_bytes - sent, "received_bytes": endpoint.received_bytes - received}
            _write(db, endpoint, purpose, {"event": "no answer", "error": str(error), **crossed})
            raise
        _write(
            db,
            endpoint,
            purpose,
            {
                "event": "answered",
                "model": reply.model,
                "sent_bytes": reply.sent_bytes,
                "received_bytes": reply.received_bytes,
                "input_tokens": reply.input_tokens,
                "output_tokens": reply.output_tokens,
                "request_id": reply.request_id,
            },
        )
        return reply

    return ask


def _write(db: Connection, endpoint: Endpoint, purpose: str, details: dict[str, str | int]) -> None:
    with transaction(db):
        subject = f"{purpose}: {details['event']}, {endpoint.url}"
        ledger.append(db, PROGRAM, "model-exchange", {"subject": subject, "endpoint": endpoint.url, **details})


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

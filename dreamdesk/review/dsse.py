"""DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.2): a payload with one signature per auditor."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature

from dreamdesk.model.canonical import canonical
from dreamdesk.review import sshsig
from dreamdesk.review.identity import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding: the bytes that are signed in place of the payload itself."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signers: Sequence[Signer]) -> bytes:
    """Return the canonical JSON of an envelope over *payload*, signed by each of *signers*."""
    message = pae(PAYLOAD_TYPE, payload)
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {
                    "keyid": sshsig.fingerprint(signer.auditor.public_key),
                    "sig": base64.b64encode(signer.ed25519(message)).decode(),
                }
                for signer in signers
            ],
        }
    )


def verify(envelope: bytes, public_key: str) -> bytes | None:
    """Return the payload if the envelope carries a valid signature by the OpenSSH line *public_key*, else None."""
    try:
        sealed = json.loads(envelope)
        payload = base64.b64decode(sealed["payload"], validate=True)
        message = pae(sealed["payloadType"], payload)
        wanted = sshsig.fingerprint(public_key)
        signature = next(s["sig"] for s in sealed["signatures"] if s["keyid"] == wanted)
        sshsig.public_key(public_key).verify(base64.b64decode(signature, validate=True), message)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, InvalidSignature):
        return None
    return payload

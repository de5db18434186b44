"""DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.2): a payload with one signature per auditor.

Where a key makes only SSHSIG, as a hardware key behind ssh-keygen does, its SSHSIG of the payload itself stands in the
envelope in place of a signature of the pre-authentication encoding: it begins with the bytes ``SSHSIG``, has a domain
separation of its own (the namespace), and costs no second touch. A reader that knows only DSSE refuses it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature

from dreamdesk.model.canonical import canonical
from dreamdesk.review import sshsig
from dreamdesk.review.identity import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
NAMESPACE = "dreamdesk-decision"
"""SSHSIG namespace of a decision."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the pre-authentication encoding: the bytes that are signed in place of the payload itself."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, signers: Sequence[Signer], sshsigs: Sequence[str] = ()) -> bytes:
    """Return the canonical JSON of an envelope over *payload*, signed by each of *signers*.

    *sshsigs* are the SSHSIGs of *payload* by the same signers, where they were made already.
    """
    message = pae(PAYLOAD_TYPE, payload)
    ready = sshsigs or [""] * len(signers)
    return canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {
                    "keyid": sshsig.fingerprint(signer.auditor.public_key),
                    "sig": base64.b64encode(
                        signer.ed25519(message) or sshsig.dearmor(made or signer.sshsig(payload, NAMESPACE))
                    ).decode(),
                }
                for signer, made in zip(signers, ready, strict=True)
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
        made = base64.b64decode(signature, validate=True)
        if made.startswith(sshsig.MAGIC):
            return payload if sshsig.verify(sshsig.armor(made), payload, NAMESPACE, public_key) else None
        sshsig.public_key(public_key).verify(made, message)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, InvalidSignature):
        return None
    return payload

"""Auditors and their keys: Ed25519, in OpenSSH form, encrypted under a passphrase."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError
from dreamdesk.review import sshsig

MIN_PASSPHRASE = 8
"""Characters that a passphrase must have at least."""

# Words of letters, digits and ._@+'- with single spaces between. A name becomes a principal in allowed_signers, where
# commas, quotes, wildcards and "!" would mean something else.
_NAME = re.compile(r"[\w.@+'’-]+(?: [\w.@+'’-]+)*")


def make_auditor(name: str, role: Role, passphrase: str) -> Auditor:
    """Return a new auditor with a new key, its private half encrypted under *passphrase*.

    Raises:
        UserError: the name cannot stand in a list of signers, or the passphrase is too short.
    """
    if len(name) > 64 or not name.isprintable() or not _NAME.fullmatch(name) or not any(c.isalnum() for c in name):
        raise UserError(
            f"{name[:80]!r} cannot be an auditor's name. Use up to 64 letters, digits and . _ @ + ' - "
            "with single spaces between words."
        )
    if len(passphrase) < MIN_PASSPHRASE:
        raise UserError(f"The passphrase is too short: it needs at least {MIN_PASSPHRASE} characters.")
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    return Auditor(name, role, sshsig.public_line(key.public_key()), private.decode())


@dataclass(frozen=True, slots=True)
class Signer:
    """An auditor whose key is unlocked. Keep it no longer than the signing needs."""

    auditor: Auditor
    _key: Ed25519PrivateKey = field(repr=False)

    def sshsig(self, message: bytes, namespace: str) -> str:
        """Return the armored SSHSIG of *message* under *namespace*."""
        return sshsig.sign(message, namespace, self._key)

    def ed25519(self, message: bytes) -> bytes:
        """Return the bare Ed25519 signature of *message*, 64 bytes (RFC 8032)."""
        return self._key.sign(message)


def unlock(auditor: Auditor, passphrase: str) -> Signer:
    """Open the auditor's private key.

    Raises:
        UserError: there is no private key here, the passphrase is wrong, or the key is not the auditor's.
    """
    if not auditor.private_key:
        raise UserError(
            f"The private key of {auditor.name} is not on this desk, so nothing can be signed in that name."
        )
    try:
        key = serialization.load_ssh_private_key(auditor.private_key.encode(), passphrase.encode() or None)
    except (ValueError, TypeError) as error:
        raise UserError(f"This passphrase does not open the key of {auditor.name}.") from error
    if not isinstance(key, Ed25519PrivateKey) or sshsig.public_line(key.public_key()) != _two_words(auditor.public_key):
        raise UserError(f"The private key stored for {auditor.name} does not belong to the public key on record.")
    return Signer(auditor, key)


def _two_words(line: str) -> str:
    """Return a public key line without its comment."""
    return " ".join(line.split()[:2])

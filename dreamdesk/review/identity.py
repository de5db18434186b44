"""Auditors and their keys: Ed25519 in OpenSSH form under a passphrase, or a key that ``ssh-keygen`` signs with."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError
from dreamdesk.review import keygen, sshsig
from dreamdesk.review.keygen import KeyFile, WrongPassphrase

MIN_PASSPHRASE = 8
"""Characters that a passphrase must have at least."""
ROUNDS = 16
"""Of bcrypt between a passphrase and its key, as ssh-keygen takes them: some 150 ms for each try at a passphrase."""

# Words of letters, digits and ._@+'- with single spaces between. A name becomes a principal in allowed_signers, where
# commas, quotes, wildcards and "!" would mean something else.
_NAME = re.compile(r"[\w.@+'’-]+(?: [\w.@+'’-]+)*")


def make_auditor(name: str, role: Role, passphrase: str) -> Auditor:
    """Return a new auditor with a new key, its private half encrypted under *passphrase*.

    Raises:
        UserError: the name cannot stand in a list of signers, or the passphrase is too short.
    """
    check_name(name)
    key = Ed25519PrivateKey.generate()
    return Auditor(name, role, sshsig.public_line(key.public_key()), encrypted(key, passphrase))


def with_key_file(name: str, role: Role, path: Path, passphrase: str) -> Auditor:
    """Return an auditor who signs through ``ssh-keygen`` with the key file at *path*, after a trial.

    Raises:
        UserError: the name will not do, there is no public key beside the file, or it does not sign.
    """
    check_name(name)
    path = path.expanduser().absolute()
    auditor = Auditor(name, role, keygen.public_line(path), key_file=str(path))
    unlock(auditor, passphrase)
    return auditor


def check_name(name: str) -> None:
    """Return if *name* can stand in a list of signers.

    Raises:
        UserError: it cannot.
    """
    if len(name) > 64 or not name.isprintable() or not _NAME.fullmatch(name) or not any(c.isalnum() for c in name):
        raise UserError(
            f"{name[:80]!r} cannot be an auditor's name. Use up to 64 letters, digits and . _ @ + ' - "
            "with single spaces between words."
        )


def encrypted(key: Ed25519PrivateKey, passphrase: str) -> str:
    """Return *key* in OpenSSH form, encrypted under *passphrase*.

    Raises:
        UserError: the passphrase is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise UserError(f"The passphrase is too short: it needs at least {MIN_PASSPHRASE} characters.")
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(ROUNDS).build(passphrase.encode()),
    ).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """An auditor whose key is unlocked. Keep it no longer than the signing needs."""

    auditor: Auditor
    _key: Ed25519PrivateKey | KeyFile = field(repr=False)

    def sshsig(self, message: bytes, namespace: str) -> str:
        """Return the armored SSHSIG of *message* under *namespace*; one of ssh-keygen's is checked before it is given.

        Raises:
            UserError: ssh-keygen did not sign, or signed with another key than the auditor's.
        """
        if isinstance(self._key, Ed25519PrivateKey):
            return sshsig.sign(message, namespace, self._key)
        made = self._key.sshsig(message, namespace)
        if not sshsig.verify(made, message, namespace, self.auditor.public_key):
            raise UserError(f"What ssh-keygen signed is not a signature by the key on record for {self.auditor.name}.")
        return made

    def ed25519(self, message: bytes) -> bytes | None:
        """Return the bare Ed25519 signature of *message*, 64 bytes (RFC 8032), None where only SSHSIG can be made."""
        return self._key.sign(message) if isinstance(self._key, Ed25519PrivateKey) else None

    def reencrypted(self, passphrase: str) -> str:
        """Return the private key, encrypted under a new *passphrase*.

        Raises:
            UserError: the passphrase is too short, or the key is a file of its own.
        """
        if isinstance(self._key, KeyFile):
            raise UserError("This key lies outside the desk: change its passphrase with ssh-keygen -p.")
        return encrypted(self._key, passphrase)


def unlock(auditor: Auditor, passphrase: str) -> Signer:
    """Open the auditor's private key; one that ssh-keygen signs with must sign once as a trial.

    Raises:
        UserError: there is no private key here, the passphrase is wrong (`WrongPassphrase`), or the key is not the
            auditor's.
    """
    if auditor.key_file:
        signer = Signer(auditor, KeyFile(auditor.key_file, passphrase))
        signer.sshsig(os.urandom(32), "dreamdesk-unlock")
        return signer
    if not auditor.private_key:
        raise UserError(
            f"The private key of {auditor.name} is not on this desk, so nothing can be signed in that name."
        )
    try:
        key = serialization.load_ssh_private_key(auditor.private_key.encode(), passphrase.encode() or None)
    except (ValueError, TypeError) as error:
        raise WrongPassphrase(f"This passphrase does not open the key of {auditor.name}.") from error
    if not isinstance(key, Ed25519PrivateKey) or sshsig.public_line(key.public_key()) != _two_words(auditor.public_key):
        raise UserError(f"The private key stored for {auditor.name} does not belong to the public key on record.")
    return Signer(auditor, key)


def _two_words(line: str) -> str:
    """Return a public key line without its comment."""
    return " ".join(line.split()[:2])

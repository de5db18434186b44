"""SSHSIG: detached signatures that stock ``ssh-keygen -Y verify`` checks.

The format is the one of PROTOCOL.sshsig in the OpenSSH sources, with Ed25519 keys. The namespace is a part of what is
signed, so that a signature under a decision can never be passed off as one under a bundle.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_MAGIC = b"SSHSIG"
_VERSION = 1
_KEY_TYPE = b"ssh-ed25519"
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_WIDTH = 70


def public_line(key: Ed25519PublicKey) -> str:
    """Return *key* as one line of OpenSSH form: ``ssh-ed25519 AAAA…``."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def public_key(line: str) -> Ed25519PublicKey:
    """Return the key that an OpenSSH public key *line* holds.

    Raises:
        ValueError: the line is not an Ed25519 key.
    """
    return Ed25519PublicKey.from_public_bytes(_raw_key(_key_blob(line)))


def fingerprint(line: str) -> str:
    """Return the fingerprint of an OpenSSH public key line as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_key_blob(line)).digest()).decode().rstrip("=")


def sign(message: bytes, namespace: str, key: Ed25519PrivateKey) -> str:
    """Return the armored signature of *message* under *namespace*, which must not be empty."""
    if not namespace:
        raise ValueError("an SSHSIG needs a namespace")
    signature = key.sign(_signed_data(message, namespace.encode(), b"sha512"))
    blob = _MAGIC + struct.pack(">I", _VERSION)
    for part in (
        _string(_KEY_TYPE) + _string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        namespace.encode(),
        b"",  # reserved
        b"sha512",
        _string(_KEY_TYPE) + _string(signature),
    ):
        blob += _string(part)
    return _armor(blob)


def verify(armored: str, message: bytes, namespace: str, public_key: str) -> bool:
    """Tell whether *armored* is the signature of *message* under *namespace* by the key of the line *public_key*.

    Anything else, malformed text included, is False. The armor must have exactly the form that `sign` and
    ``ssh-keygen`` write, so that no byte of a signature file can change unnoticed.
    """
    try:
        blob = base64.b64decode("".join(armored.strip().splitlines()[1:-1]), validate=True)
        if _armor(blob) != armored:
            return False
        key_blob, signed_namespace, reserved, hash_name, signature_blob = _parts(blob)
        if key_blob != _key_blob(public_key) or signed_namespace != namespace.encode() or reserved:
            return False
        signature_type, signature = _strings(signature_blob, 2)
        if hash_name not in (b"sha256", b"sha512") or signature_type != _KEY_TYPE:
            return False
        key = Ed25519PublicKey.from_public_bytes(_raw_key(key_blob))
        key.verify(signature, _signed_data(message, signed_namespace, hash_name))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _signed_data(message: bytes, namespace: bytes, hash_name: bytes) -> bytes:
    hashed = hashlib.new(hash_name.decode(), message).digest()
    return _MAGIC + b"".join(_string(part) for part in (namespace, b"", hash_name, hashed))


def _armor(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END]) + "\n"


def _parts(blob: bytes) -> list[bytes]:
    head = _MAGIC + struct.pack(">I", _VERSION)
    if not blob.startswith(head):
        raise ValueError("not an SSHSIG of version 1")
    return _strings(blob[len(head) :], 5)


def _key_blob(line: str) -> bytes:
    words = line.split()
    if len(words) < 2 or words[0] != _KEY_TYPE.decode():
        raise ValueError("not a line of the form 'ssh-ed25519 AAAA…'")
    return base64.b64decode(words[1], validate=True)


def _raw_key(blob: bytes) -> bytes:
    key_type, raw = _strings(blob, 2)
    if key_type != _KEY_TYPE:
        raise ValueError("not an Ed25519 key")
    return raw


def _string(value: bytes) -> bytes:
    """Encode a string of RFC 4251: its length in four bytes, then the bytes."""
    return struct.pack(">I", len(value)) + value


def _strings(data: bytes, count: int) -> list[bytes]:
    """Decode exactly *count* strings of RFC 4251 and nothing after them."""
    found = []
    for _ in range(count):
        if len(data) < 4:
            raise ValueError("cut short")
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise ValueError("cut short")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    if data:
        raise ValueError("bytes after the end")
    return found

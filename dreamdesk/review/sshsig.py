"""SSHSIG: detached signatures that stock ``ssh-keygen -Y verify`` checks.

The format is the one of PROTOCOL.sshsig in the OpenSSH sources. We sign with Ed25519 keys; read are also signatures of
hardware keys (PROTOCOL.u2f there): Ed25519 and ECDSA on P-256, each with the touch of a person. The namespace is a part
of what is signed, so that a signature under a decision can never be passed off as one under a bundle.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"SSHSIG"
_VERSION = 1
_KEY_TYPE = b"ssh-ed25519"
_SK_ED25519 = b"sk-ssh-ed25519@openssh.com"
_SK_ECDSA = b"sk-ecdsa-sha2-nistp256@openssh.com"
KEY_TYPES = tuple(kind.decode() for kind in (_KEY_TYPE, _SK_ED25519, _SK_ECDSA))
"""Types of keys whose signatures are read; the latter two are on hardware."""

_TOUCHED = 1
"""Flag of a hardware key's signature: a person touched the key."""

_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_WIDTH = 70
_MOST = 8
"""Strings in anything that is read here; no part of a signature has more."""


def public_line(key: Ed25519PublicKey) -> str:
    """Return *key* as one line of OpenSSH form: ``ssh-ed25519 AAAA…``."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def public_key(line: str) -> Ed25519PublicKey:
    """Return the key that an OpenSSH public key *line* holds.

    Raises:
        ValueError: the line is not an Ed25519 key.
    """
    return Ed25519PublicKey.from_public_bytes(_raw_key(_key_blob(line)))


@lru_cache(maxsize=64)
def fingerprint(line: str) -> str:
    """Return the fingerprint of an OpenSSH public key line as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_key_blob(line)).digest()).decode().rstrip("=")


def sign(message: bytes, namespace: str, key: Ed25519PrivateKey) -> str:
    """Return the armored signature of *message* under *namespace*, which must not be empty."""
    if not namespace:
        raise ValueError("an SSHSIG needs a namespace")
    signature = key.sign(_signed_data(message, namespace.encode(), b"sha512"))
    blob = MAGIC + struct.pack(">I", _VERSION)
    for part in (
        _string(_KEY_TYPE) + _string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        namespace.encode(),
        b"",  # reserved
        b"sha512",
        _string(_KEY_TYPE) + _string(signature),
    ):
        blob += _string(part)
    return armor(blob)


def verify(armored: str, message: bytes, namespace: str, public_key: str) -> bool:
    """Tell whether *armored* is the signature of *message* under *namespace* by the key of the line *public_key*.

    Anything else, malformed text included, is False. The armor must have exactly the form that `sign` and
    ``ssh-keygen`` write, so that no byte of a signature file can change unnoticed.
    """
    try:
        blob = dearmor(armored)
        if armor(blob) != armored:
            return False
        key_blob, signed_namespace, reserved, hash_name, signature_blob = _parts(blob)
        if key_blob != _key_blob(public_key) or signed_namespace != namespace.encode() or reserved:
            return False
        if hash_name not in (b"sha256", b"sha512"):
            return False
        _verify(key_blob, signature_blob, _signed_data(message, signed_namespace, hash_name))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def armor(blob: bytes) -> str:
    """Return the text form of an SSHSIG's bytes."""
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END]) + "\n"


def dearmor(armored: str) -> bytes:
    """Return the bytes of an SSHSIG's text form.

    Raises:
        ValueError: it is not in base64.
    """
    return base64.b64decode("".join(armored.strip().splitlines()[1:-1]), validate=True)


def _verify(key_blob: bytes, signature_blob: bytes, data: bytes) -> None:
    """Return if *signature_blob* is a signature of *data* by the key *key_blob*.

    Raises:
        ValueError, InvalidSignature: it is not.
    """
    kind, *parts = _all_strings(key_blob)
    end = len(signature_blob) if kind == _KEY_TYPE else len(signature_blob) - 5
    signature_kind, signature = _strings(signature_blob[: max(end, 0)], 2)
    if signature_kind != kind:
        raise ValueError("the signature is of another type than the key")
    if kind == _KEY_TYPE:
        (raw,) = parts
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, data)
        return
    # A hardware key signs a digest of the application's name, flags and a counter, and a digest of the data.
    trail, application = signature_blob[end:], parts[-1]
    if not trail[0] & _TOUCHED:
        raise ValueError("nobody touched the key")
    signed = hashlib.sha256(application).digest() + trail + hashlib.sha256(data).digest()
    if kind == _SK_ED25519:
        raw, _ = parts
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
    elif kind == _SK_ECDSA:
        curve, point, _ = parts
        if curve != b"nistp256":
            raise ValueError("not a key on P-256")
        r, s = (int.from_bytes(number, "big") for number in _strings(signature, 2))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise ValueError("not a type of key that is read")


def _signed_data(message: bytes, namespace: bytes, hash_name: bytes) -> bytes:
    hashed = hashlib.new(hash_name.decode(), message).digest()
    return MAGIC + b"".join(_string(part) for part in (namespace, b"", hash_name, hashed))


def _parts(blob: bytes) -> list[bytes]:
    head = MAGIC + struct.pack(">I", _VERSION)
    if not blob.startswith(head):
        raise ValueError("not an SSHSIG of version 1")
    return _strings(blob[len(head) :], 5)


def _key_blob(line: str) -> bytes:
    words = line.split()
    if len(words) < 2 or words[0] not in KEY_TYPES:
        raise ValueError(f"not a line of the form 'ssh-ed25519 AAAA…', with a key of the type {' or '.join(KEY_TYPES)}")
    blob = base64.b64decode(words[1], validate=True)
    if _all_strings(blob)[0] != words[0].encode():
        raise ValueError("the line names another type than its key has")
    return blob


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
    found = _all_strings(data)
    if len(found) != count:
        raise ValueError("bytes after the end" if len(found) > count else "cut short")
    return found


def _all_strings(data: bytes) -> list[bytes]:
    """Decode strings of RFC 4251, 1 to `_MOST`, up to the end of *data*."""
    found = list[bytes]()
    while data or not found:
        if len(found) == _MOST:
            raise ValueError("bytes after the end")
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise ValueError("cut short")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found

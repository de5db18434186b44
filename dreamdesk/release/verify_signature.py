#!/usr/bin/env python3
"""Signatures of a DreamDesk bundle, checked with nothing but Python. `verify.py`, beside this file, calls it.

Ed25519 (RFC 8032), SSHSIG (PROTOCOL.sshsig of OpenSSH) with plain keys and with keys on a hardware token
(PROTOCOL.u2f of OpenSSH), lists of signers (ssh-keygen(1), ALLOWED SIGNERS) and plain lists of revoked keys.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import struct
import time
from collections.abc import Callable
from pathlib import Path

Verifier = Callable[[bytes, bytes, bytes], bool]  # (key of 32 bytes, message, signature of 64 bytes)
Point = tuple[int, int, int, int]  # on the curve, in extended homogeneous coordinates
PLAIN, TOKEN = b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com"

# ------------------------------------------------------------------ Ed25519, RFC 8032 section 5.1, verification only
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _decode(data: bytes) -> Point | None:
    """Return the point that 32 bytes encode, as (X, Y, Z, T), or None."""
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    if len(data) != 32 or y >= P or x * x % P != square or (x == 0 and data[31] >> 7):
        return None
    x = x if x & 1 == data[31] >> 7 else P - x
    return x, y, 1, x * y % P


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


ZERO = (0, 1, 1, 0)
BASE = _decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or ZERO


@functools.lru_cache(maxsize=256)
def _table(key: bytes) -> tuple[Point, Point, Point, Point] | None:
    """Return 0, B, -A and B - A for the public key A, or None where *key* is no point."""
    point = _decode(key)
    minus = (P - point[0], point[1], 1, P - point[3]) if point else ZERO
    return (ZERO, BASE, minus, _add(BASE, minus)) if point else None


def ed25519_verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the 64 bytes *signature* are the Ed25519 signature of *message* by the 32 bytes *key*."""
    table = _table(key)
    s = int.from_bytes(signature[32:], "little")
    if table is None or len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    point = ZERO
    for bit in range(252, -1, -1):  # both products at once: s * B - k * A, which must be R
        point = _add(point, point)
        if s >> bit & 1 or k >> bit & 1:
            point = _add(point, table[(s >> bit & 1) + 2 * (k >> bit & 1)])
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---------------------------------------------------------------------------------- SSHSIG and the list of signers
def _strings(data: bytes, count: int) -> tuple[list[bytes], bytes]:
    """Return the first *count* strings of RFC 4251 in *data*, and what follows them."""
    found = []
    for _ in range(count):
        end = 4 + int.from_bytes(data[:4], "big")
        if len(data) < max(end, 4):
            raise ValueError("cut short")
        found.append(data[4:end])
        data = data[end:]
    return found, data


def _exactly(data: bytes, count: int) -> list[bytes]:
    found, rest = _strings(data, count)
    if rest:
        raise ValueError("bytes after the end")
    return found


def check_key(blob: bytes) -> tuple[bytes, bytes]:
    """Return (the 32 bytes of the public key, the application of its token or b"") of a key as OpenSSH writes it."""
    kind = _strings(blob, 1)[0][0]
    parts = _exactly(blob, 3 if kind == TOKEN else 2)
    if kind not in (PLAIN, TOKEN) or len(parts[1]) != 32:
        raise ValueError("not an Ed25519 key")
    return parts[1], b"".join(parts[2:])


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a key as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def ssh_signer(armored: bytes, message: bytes, namespace: str, ed25519: Verifier) -> bytes:
    """Return the key, as OpenSSH writes it, that made the SSHSIG *armored* of *message*; else raise ValueError."""
    blob = base64.b64decode(b"".join(armored.split(b"\n")[1:-2]), validate=True)
    text = base64.b64encode(blob)
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    form = [b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""]
    if b"\n".join(form) != armored or blob[:10] != b"SSHSIG" + struct.pack(">I", 1):
        raise ValueError("it is not in the form that ssh-keygen writes")
    key, signed_namespace, reserved, hash_name, signature = _exactly(blob[10:], 5)
    if signed_namespace != namespace.encode() or reserved or hash_name not in (b"sha256", b"sha512"):
        raise ValueError(f"it was not made for {namespace}")
    parts = (signed_namespace, b"", hash_name, hashlib.new(hash_name.decode(), message).digest())
    signed = b"SSHSIG" + b"".join(struct.pack(">I", len(part)) + part for part in parts)
    (kind, raw), rest = _strings(signature, 2)
    public, application = check_key(key)
    if kind == TOKEN and len(rest) == 5 and rest[0] & 1:  # flags, of which bit 0 says that a person touched it; counter
        signed = hashlib.sha256(application).digest() + rest + hashlib.sha256(signed).digest()
    elif kind != PLAIN or rest:
        raise ValueError("it is of a kind that is not known here")
    if (kind == TOKEN) != bool(application) or not ed25519(public, signed, raw):
        raise ValueError("it does not fit what it should sign")
    return key


class Signers:
    """The keys of an allowed_signers file (ssh-keygen(1)): exact names, namespaces, valid-after and valid-before.

    Patterns, certificates and options that are not understood make a line count for nothing. Times are UTC. A key that
    the file *revoked* names, a line ``ssh-ed25519 AAAA…`` each, counts for nothing at all.
    """

    def __init__(self, path: Path, revoked: Path | None = None) -> None:
        form = re.compile(
            r'("[^"]*"|\S+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)?(?:sk-)?ssh-ed25519(?:@openssh\.com)?\s+([A-Za-z0-9+/=]+)(?:\s.*)?'
        )
        self.lines: list[tuple[list[str], dict[str, str], bytes]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := form.fullmatch(line.strip()):
                names = match[1].strip('"').split(",")
                options = {k.lower(): v for k, v in re.findall(r'([^,="]+)(?:="([^"]*)")?', match[2] or "")}
                if not set(options) - {"namespaces", "valid-after", "valid-before"}:
                    self.lines.append((names, options, _decoded(match[3])))
        self.revoked: set[bytes] = set()
        for line in revoked.read_text(encoding="utf-8").splitlines() if revoked else ():
            words = line.split()
            if words and not words[0].startswith("#"):
                self.revoked.add(_decoded(words[1]))

    def by(self, armored: bytes, message: bytes, namespace: str, at: int, ed25519: Verifier) -> tuple[bytes, set[str]]:
        """Return the key that made the SSHSIG *armored* of *message*, and whose it is; ValueError if none did."""
        key = ssh_signer(armored, message, namespace, ed25519)
        return key, self.names(key, namespace, at)

    @staticmethod
    def public(key: bytes) -> bytes:
        """Return the 32 bytes of the public key that *key*, as OpenSSH writes it, holds."""
        return check_key(key)[0]

    def names(self, key: bytes, namespace: str, at: int | None) -> set[str]:
        """Return who may sign with *key* under *namespace* at *at* (nanoseconds since 1970), at any time for None."""
        moment = time.strftime("%Y%m%d%H%M%S", time.gmtime(at // 10**9)) if at is not None else ""
        found: set[str] = set()
        for names, options, known in self.lines:
            after = options.get("valid-after", "").rstrip("Z").ljust(14, "0")
            before = options.get("valid-before", "9" * 14).rstrip("Z").ljust(14, "0")
            namespaces = options.get("namespaces", namespace).split(",")
            if known == key and namespace in namespaces and (at is None or after <= moment <= before):
                found.update(names)
        return set() if key in self.revoked else found


def _decoded(text: str) -> bytes:
    blob = base64.b64decode(text, validate=True)
    check_key(blob)
    return blob

#!/usr/bin/env python3
"""Check a DreamDesk bundle with nothing but Python: python3 verify.py [BUNDLE] [--allowed-signers FILE].

The answer is 0 if the bundle is sound, else 1 with every fault named. Python 3.9 is all that it needs.
What is checked: the bag (RFC 8493) lists every file and no other, with the right hashes; as many people as required
signed the list (SSHSIG with Ed25519); every decision is signed, twice, by the auditor whose name it bears; every
training row says what a revision says that was approved by enough auditors, and every operation on a memory is what was
decided (verify_content.py, which lies beside this file); the ledger is one unbroken chain whose RFC 9162 root is the
checkpoint, and the decisions that it discloses are those that are here. What cannot be checked: that the keys are
those people's. Give your own list of signers as FILE; without it that of the bundle is believed.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import importlib.util
import json
import re
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TAGS = "tagmanifest-sha256.txt"
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)
Verifier = Callable[[bytes, bytes, bytes], bool]  # (key of 32 bytes, message, signature of 64 bytes)
Approved = dict[tuple[str, str, str], set[str]]  # (source, episode, revision: a digest, a key, a digest): who approved
Point = tuple[int, int, int, int]  # on the curve, in extended homogeneous coordinates

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
def _strings(data: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        end = 4 + int.from_bytes(data[:4], "big")
        if len(data) < max(end, 4):
            raise ValueError("cut short")
        found.append(data[4:end])
        data = data[end:]
    if data:
        raise ValueError("bytes after the end")
    return found


def _key(blob: bytes) -> bytes:
    kind, raw = _strings(blob, 2)
    if kind != b"ssh-ed25519" or len(raw) != 32:
        raise ValueError("not an Ed25519 key")
    return raw


def ssh_signer(armored: bytes, message: bytes, namespace: str, ed25519: Verifier) -> bytes:
    """Return the 32 bytes of the key that made the SSHSIG *armored*; ValueError if it is not one of *message*."""
    blob = base64.b64decode(b"".join(armored.split(b"\n")[1:-2]), validate=True)
    text = base64.b64encode(blob)
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    form = [b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""]
    if b"\n".join(form) != armored or blob[:10] != b"SSHSIG" + struct.pack(">I", 1):
        raise ValueError("it is not in the form that ssh-keygen writes")
    key, signed_namespace, reserved, hash_name, signature = _strings(blob[10:], 5)
    if signed_namespace != namespace.encode() or reserved or hash_name not in (b"sha256", b"sha512"):
        raise ValueError(f"it was not made for {namespace}")
    parts = (signed_namespace, b"", hash_name, hashlib.new(hash_name.decode(), message).digest())
    signed = b"SSHSIG" + b"".join(struct.pack(">I", len(part)) + part for part in parts)
    kind, raw = _strings(signature, 2)
    if kind != b"ssh-ed25519" or not ed25519(_key(key), signed, raw):
        raise ValueError("it does not fit what it should sign")
    return _key(key)


class Signers:
    """The keys of an allowed_signers file (ssh-keygen(1)): exact names, namespaces, valid-after and valid-before.

    Patterns, certificates and options that are not understood make a line count for nothing. Times are UTC.
    """

    def __init__(self, path: Path) -> None:
        form = re.compile(r'("[^"]*"|\S+)\s+(?:((?:[^\s"]|"[^"]*")+)\s+)?ssh-ed25519\s+([A-Za-z0-9+/=]+)(?:\s.*)?')
        self.lines: list[tuple[list[str], dict[str, str], bytes]] = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := form.fullmatch(line.strip()):
                names = match[1].strip('"').split(",")
                options = {k.lower(): v for k, v in re.findall(r'([^,="]+)(?:="([^"]*)")?', match[2] or "")}
                if not set(options) - {"namespaces", "valid-after", "valid-before"}:
                    self.lines.append((names, options, _key(base64.b64decode(match[3], validate=True))))

    def names(self, key: bytes, namespace: str, at: int) -> set[str]:
        """Return who may sign with *key* under *namespace* at *at* (nanoseconds since 1970)."""
        moment = time.strftime("%Y%m%d%H%M%S", time.gmtime(at // 10**9))
        found: set[str] = set()
        for names, options, known in self.lines:
            after = options.get("valid-after", "").rstrip("Z").ljust(14, "0")
            before = options.get("valid-before", "9" * 14).rstrip("Z").ljust(14, "0")
            namespaces = options.get("namespaces", namespace).split(",")
            if known == key and namespace in namespaces and after <= moment <= before:
                found.update(names)
        return found


# ------------------------------------------------------------------------------------------------ the bag, RFC 8493
def _manifest(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in path.read_bytes().decode("ascii").split("\n")[:-1]:
        match = re.fullmatch(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)", line)
        if not match or match[2] in found:
            raise ValueError(f"{path.name} has the line {line[:100]!r}")
        found[match[2]] = match[1]
    return found


def bag_info(bundle: Path) -> dict[str, str]:
    """Return bag-info.txt as a dict."""
    lines = (bundle / "bag-info.txt").read_text(encoding="utf-8").split("\n")[:-1]
    return dict(line.split(": ", 1) for line in lines)


def check_bag(bundle: Path) -> list[str]:
    """Return the faults of the container: files that are missing, added or changed."""
    if not bundle.is_dir():
        return [f"there is no folder {bundle}"]
    faults, files = [], {}
    for path in bundle.rglob("*"):
        name = path.relative_to(bundle).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            faults.append(f"{name} is a link or a device; a bundle holds plain files")
        elif path.is_file():
            files[name] = path
    payload = {name for name in files if name.startswith("data/")}
    tags = {name for name in files if not name.startswith(("data/", "signatures/")) and name != TAGS}
    for manifest, present in (("manifest-sha256.txt", payload), (TAGS, tags)):
        listed = _manifest(bundle / manifest)
        faults += [f"{name} is missing" for name in sorted(set(listed) - present)]
        faults += [f"{name} is not listed in {manifest}" for name in sorted(present - set(listed))]
        faults += [
            f"{n} was changed"
            for n in sorted(present & set(listed))
            if hashlib.sha256(files[n].read_bytes()).hexdigest() != listed[n]
        ]
    if faults:
        return faults
    if (bundle / "bagit.txt").read_bytes() != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
        faults.append("bagit.txt is not that of BagIt 1.0")
    if bag_info(bundle)["Payload-Oxum"] != f"{sum(files[n].stat().st_size for n in payload)}.{len(payload)}":
        faults.append("Payload-Oxum in bag-info.txt does not fit the payload")
    return faults


def check_signatures(bundle: Path, signers: Signers, ed25519: Verifier) -> list[str]:
    """Return the faults of the signatures under the list of all files."""
    faults, info = [], bag_info(bundle)
    signed_by: set[str] = set()
    message = (bundle / TAGS).read_bytes()
    for path in sorted((bundle / "signatures").glob("*")):
        try:
            key = ssh_signer(path.read_bytes(), message, "dreamdesk-bundle", ed25519)
        except UNREADABLE as error:
            faults.append(f"signatures/{path.name} is not a signature of this bundle: {error}")
            continue
        names = signers.names(key, "dreamdesk-bundle", int(info["DreamDesk-Released-At"]))
        if not names or path.suffix != ".sig":
            faults.append(f"signatures/{path.name} is by a key that may not sign bundles")
        elif names & signed_by:
            faults.append("signatures/{} is a second signature by {}".format(path.name, ", ".join(sorted(names))))
        signed_by |= names
    if len(signed_by) < max(1, int(info["Required-Signatures"])):
        faults.append(f"{len(signed_by)} of {info['Required-Signatures']} required signatures are there")
    return faults


# ------------------------------------------------------------------------------------------- decisions, rows, ledger
def _lines(path: Path) -> list[bytes]:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError(f"{path.name} is cut short")
    return data.split(b"\n")[:-1]


def read_decisions(bundle: Path, signers: Signers, ed25519: Verifier) -> tuple[list[str], Approved]:
    """Return the faults of the decisions, and who approved what; ids are good on one desk only and name nothing."""
    folder = bundle / "data" / "provenance"
    rows, envelopes = _lines(folder / "decisions.jsonl"), _lines(folder / "attestations.intoto.jsonl")
    faults, made, names = [], [], set()
    if len(rows) != len(envelopes):
        faults.append("decisions.jsonl and attestations.intoto.jsonl differ in length")
    for number, row in enumerate(rows, 1):
        name = f"decisions/{number}.json"
        names |= {name, name + ".sig"}
        try:
            statement = (folder / name).read_bytes()
            said = json.loads(statement)
            about, predicate = said["subject"][0]["digest"]["sha256"], said["predicate"]
            who, at = predicate["auditor"]["name"], predicate["at"]
            key = ssh_signer((folder / (name + ".sig")).read_bytes(), statement, "dreamdesk-decision", ed25519)
            if who not in signers.names(key, "dreamdesk-decision", at):
                raise ValueError(f"{who} may not sign decisions with this key")
            digests = {"sha256": hashlib.sha256(statement).hexdigest(), "revision_sha256": about}
            if json.loads(row) != {"file": name, **digests, **predicate}:
                raise ValueError("decisions.jsonl shows it otherwise than it was signed")
            sealed = json.loads(envelopes[number - 1])
            kind = sealed["payloadType"].encode()
            signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(statement), statement)
            (signature,) = sealed["signatures"]
            if base64.b64decode(sealed["payload"], validate=True) != statement:
                raise ValueError("its envelope holds something else")
            if not ed25519(key, signed, base64.b64decode(signature["sig"], validate=True)):
                raise ValueError("the signature of its envelope does not fit")
        except UNREADABLE as error:
            faults.append(f"decision {number}: {error}")
            continue
        place = (predicate["source"]["sha256"], predicate["episode"]["key"]) if "episode" in predicate else ("", "")
        made.append((at, number, (*place, about), predicate, who))
    present = {"decisions/" + path.name for path in (folder / "decisions").glob("*")}
    faults += [f"{name} belongs to no decision" for name in sorted(present - names)]
    approved: Approved = {}
    warned, info = set(), bag_info(bundle)
    four_eyes = int(info["Required-Approvals"]) > 1
    for _, _, about, predicate, who in sorted(made, key=lambda decision: decision[:2]):
        standing = approved.setdefault(about, set())
        if predicate["verdict"] != "approve":
            standing.clear()  # an approval stands until somebody says something else
        elif not four_eyes or predicate["revision"]["author"] != who:
            standing.add(who)
            warned |= {about} if predicate["warnings_accepted"] else set()
    for about in warned:  # a warning that was waived may ask for more approvals than the rest
        if len(approved[about]) < int(info.get("Required-Approvals-Over-Warnings", "1")):
            approved[about].clear()
    return faults, approved


def merkle_root(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash of RFC 9162 section 2.1.1 over the byte strings *leaves*."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        width, node = 1, hashlib.sha256(b"\x00" + leaf).digest()
        while stack and stack[-1][0] == width:
            width, node = 2 * width, hashlib.sha256(b"\x01" + stack.pop()[1] + node).digest()
        stack.append((width, node))
    root = stack.pop()[1] if stack else hashlib.sha256(b"").digest()
    while stack:
        root = hashlib.sha256(b"\x01" + stack.pop()[1] + root).digest()
    return root


def check_ledger(bundle: Path) -> list[str]:
    """Return where the ledger is broken, or differs from its checkpoint or from what was disclosed of it."""
    faults, folder, prev = [], bundle / "data" / "audit", "0" * 64
    lines = _lines(folder / "events.jsonl")
    commitments, kinds, entered = {}, {}, set()
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        if entry["seq"] != number or entry["prev"] != prev:
            faults.append(f"ledger entry {number} does not follow from the one before it")
        prev, commitments[number], kinds[number] = hashlib.sha256(line).hexdigest(), entry["body_commit"], entry["type"]
    root = base64.b64encode(merkle_root(lines)).decode()
    if (folder / "checkpoint.txt").read_text(encoding="utf-8").split("\n")[1:] != [str(len(lines)), root, ""]:
        faults.append("the checkpoint is not that of the ledger")
    if bag_info(bundle).get("DreamDesk-Audit-Head") != f"{len(lines)} {prev}":
        faults.append("DreamDesk-Audit-Head in bag-info.txt is not the head of the ledger")
    for line in _lines(folder / "openings.jsonl"):
        opening = json.loads(line)
        body = bytes.fromhex(opening["salt"]) + opening["body"].encode()
        if hashlib.sha256(body).hexdigest() != commitments[opening["seq"]]:
            faults.append(f"the body shown for ledger entry {opening['seq']} is not the one committed to")
        elif kinds[opening["seq"]] == "decision":
            entered.add(json.loads(opening["body"])["statement"])
    shown = {json.loads(line)["sha256"] for line in _lines(bundle / "data" / "provenance" / "decisions.jsonl")}
    faults += [f"the ledger has a decision that is not here (statement {it[:16]}…)" for it in sorted(entered - shown)]
    return faults + [f"a decision is not in the ledger (statement {it[:16]}…)" for it in sorted(shown - entered)]


def _beside(name: str) -> Any:
    """Return the module in the file *name* beside this one: the two travel together."""
    spec = importlib.util.spec_from_file_location(Path(name).stem, Path(__file__).resolve().with_name(name))
    if spec is None or spec.loader is None:
        raise ValueError(f"{name} is not beside verify.py")
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a bundle must not get a file that it does not list
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


def verify(bundle: Path, trusted: Path | None = None, ed25519: Verifier = ed25519_verify) -> list[str]:
    """Return the faults of the bundle in the folder *bundle*, in words; an empty list means that it is sound.

    *trusted* is the recipient's own allowed_signers file. *ed25519* may be a faster function of the same meaning.
    """
    faults: list[str] = []
    try:
        faults += check_bag(bundle)
        if not faults:  # else what follows would only repeat it in other words
            signers = Signers(trusted if trusted else bundle / "allowed_signers")
            faults += check_signatures(bundle, signers, ed25519)
            decision_faults, approved = read_decisions(bundle, signers, ed25519)
            required = max(1, int(bag_info(bundle)["Required-Approvals"]))
            content = _beside("verify_content.py")
            faults += decision_faults + content.check_rows(bundle, approved, required)
            faults += content.check_lessons(bundle, approved, required)
            faults += content.check_memory(bundle, approved, required) + check_ledger(bundle)
    except UNREADABLE as error:
        faults.append(f"the bundle cannot be read: {type(error).__name__}: {error}")
    return faults


def main() -> int:
    """Check the bundle that the command line names; return 0 if it is sound, else 1."""
    parser = argparse.ArgumentParser(description="Check a DreamDesk bundle.")
    parser.add_argument("bundle", nargs="?", default=str(Path(__file__).resolve().parent), help="default: this folder")
    parser.add_argument("--allowed-signers", help="your own list of signers and their keys")
    asked = parser.parse_args()
    faults = verify(Path(asked.bundle), Path(asked.allowed_signers) if asked.allowed_signers else None)
    for fault in faults:
        print("FAULT: " + ascii(fault)[1:-1])
    if not faults:
        print("The bundle is sound.")
        if not asked.allowed_signers:
            print("The keys are those that the bundle itself names. Compare them with your own (--allowed-signers).")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

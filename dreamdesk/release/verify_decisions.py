#!/usr/bin/env python3
"""Check the decisions and the ledger of a DreamDesk bundle. `verify.py`, beside which this file lies, calls it.

Nothing but Python 3.9 is needed. Checked is: every decision is signed, as SSHSIG and as DSSE, with a key of the auditor
whose name it bears, at a time when the key was that auditor's, in a role that decides; who approved what, by the rules
that the bundle names; the ledger is one chain, and what it discloses is what is here.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)
Verifier = Callable[[bytes, bytes, bytes], bool]  # (key of 32 bytes, message, signature of 64 bytes)
Approved = dict[tuple[str, str, str], set[str]]  # (source, episode, revision: a digest, a key, a digest): who approved
DECIDING = {"reviewer", "approver", "lead"}  # "lead" is what "approver" was called in older bundles


def _lines(path: Path) -> list[bytes]:
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError(f"{path.name} is cut short")
    return data.split(b"\n")[:-1]


def read_decisions(bundle: Path, info: dict[str, str], signers: Any, ed25519: Verifier) -> tuple[list[str], Approved]:
    """Return the faults of the decisions, and who approved what; ids are good on one desk only and name nothing.

    *info* is bag-info.txt, *signers* a `Signers` of verify_signature.py.
    """
    folder = bundle / "data" / "provenance"
    rows, envelopes = _lines(folder / "decisions.jsonl"), _lines(folder / "attestations.intoto.jsonl")
    faults, made, names = [], [], set()
    owners: dict[bytes, str] = {}
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
            armored = (folder / (name + ".sig")).read_bytes()
            key, people = signers.by(armored, statement, "dreamdesk-decision", at, ed25519)
            # A key that was retired, or revoked from an earlier day on, still says whose a decision is.
            void = who not in people and who in signers.names(key, "dreamdesk-decision", None)
            if not (void or who in people) or owners.setdefault(key, who) != who:
                raise ValueError(f"{who} may not sign decisions with this key")
            if predicate["auditor"]["role"] not in DECIDING:
                raise ValueError(f"{who} decided as {predicate['auditor']['role']}, who may not")
            digests = {"sha256": hashlib.sha256(statement).hexdigest(), "revision_sha256": about}
            if json.loads(row) != {"file": name, **digests, **predicate}:
                raise ValueError("decisions.jsonl shows it otherwise than it was signed")
            sealed = json.loads(envelopes[number - 1])
            kind = sealed["payloadType"].encode()
            signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(statement), statement)
            (signature,) = sealed["signatures"]
            if base64.b64decode(sealed["payload"], validate=True) != statement:
                raise ValueError("its envelope holds something else")
            sealed_with, lines = base64.b64decode(signature["sig"], validate=True), armored.split(b"\n")
            # A key that makes nothing but SSHSIG has that of the statement in the envelope, too.
            same = sealed_with == base64.b64decode(b"".join(lines[1:-2]), validate=True)
            if not same and not ed25519(signers.public(key), signed, sealed_with):
                raise ValueError("the signature of its envelope does not fit")
        except UNREADABLE as error:
            faults.append(f"decision {number}: {error}")
            continue
        place = (predicate["source"]["sha256"], predicate["episode"]["key"]) if "episode" in predicate else ("", "")
        if not (void and predicate["verdict"] == "approve"):  # such an approval counts for nothing
            made.append((at, number, (*place, about), predicate, who))
    present = {"decisions/" + path.name for path in (folder / "decisions").glob("*")}
    faults += [f"{name} belongs to no decision" for name in sorted(present - names)]
    approved: Approved = {}
    warned = set()
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


def check_ledger(bundle: Path, info: dict[str, str]) -> list[str]:
    """Return where the ledger is broken, or differs from its checkpoint or from what was disclosed of it."""
    faults, folder, prev = [], bundle / "data" / "audit", "0" * 64
    lines = _lines(folder / "events.jsonl")
    commitments, kinds, entered, added = {}, {}, set(), set()
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        if entry["seq"] != number or entry["prev"] != prev:
            faults.append(f"ledger entry {number} does not follow from the one before it")
        prev, commitments[number], kinds[number] = hashlib.sha256(line).hexdigest(), entry["body_commit"], entry["type"]
    root = base64.b64encode(merkle_root(lines)).decode()
    if (folder / "checkpoint.txt").read_text(encoding="utf-8").split("\n")[1:] != [str(len(lines)), root, ""]:
        faults.append("the checkpoint is not that of the ledger")
    if info.get("DreamDesk-Audit-Head") != f"{len(lines)} {prev}":
        faults.append("DreamDesk-Audit-Head in bag-info.txt is not the head of the ledger")
    for line in _lines(folder / "openings.jsonl"):
        opening = json.loads(line)
        body = bytes.fromhex(opening["salt"]) + opening["body"].encode()
        if hashlib.sha256(body).hexdigest() != commitments[opening["seq"]]:
            faults.append(f"the body shown for ledger entry {opening['seq']} is not the one committed to")
        elif kinds[opening["seq"]] == "decision":
            entered.add(json.loads(opening["body"])["statement"])
        elif kinds[opening["seq"]] == "revision-added":
            made = json.loads(opening["body"])
            added.add(made["digest"])
            if "known_bad" in made:  # made to see whether reviewers notice, and never to be learned from
                faults.append(f"the revision {made['digest'][:16]}… is known to be bad and must not have left its desk")
    rows = [json.loads(line) for line in _lines(bundle / "data" / "provenance" / "decisions.jsonl")]
    decided = {row["revision_sha256"] for row in rows if "episode" in row}
    faults += [f"the ledger does not show where the revision {it[:16]}… came from" for it in sorted(decided - added)]
    shown = {row["sha256"] for row in rows}
    faults += [f"the ledger has a decision that is not here (statement {it[:16]}…)" for it in sorted(entered - shown)]
    return faults + [f"a decision is not in the ledger (statement {it[:16]}…)" for it in sorted(shown - entered)]

#!/usr/bin/env python3
"""Check a DreamDesk bundle with nothing but Python: python3 verify.py [BUNDLE] [--allowed-signers FILE].

Python 3.9 is all that it needs, and the files verify_*.py that lie beside it. The exit status is 0 if the bundle is
sound, 1 if not, with a line for every fault, 2 where the command was wrong, 3 if it is sound and was recalled.

Checked is: the bag (RFC 8493) lists every file and folder and no other, with the right hashes; as many people as
required signed the list (SSHSIG with Ed25519), each with a key that was theirs at that time and is not revoked; every
decision is signed, twice, by the auditor whose name it bears, who had a role that decides; every training row says what
the recording and a revision say that was approved by enough auditors, every lesson and every operation on a memory is
what was decided; nothing else lies among them; the ledger is one unbroken chain whose RFC 9162 root is the checkpoint,
and the decisions that it discloses are those that are here; nothing in here was recalled before. What cannot be
checked: that the keys are those people's. Give your own list of signers as FILE; without it that of the bundle is
believed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def _beside(name: str) -> Any:
    """Return the module in the file *name* beside this one: they travel together."""
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


_signature, _decisions = _beside("verify_signature.py"), _beside("verify_decisions.py")
_rows, _content = _beside("verify_rows.py"), _beside("verify_content.py")
_memory = _beside("verify_memory.py")
Verifier = Callable[[bytes, bytes, bytes], bool]  # (key of 32 bytes, message, signature of 64 bytes)
TAGS = "tagmanifest-sha256.txt"
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError, OverflowError)
SOUND, FAULTY, WRONG, RECALLED = 0, 1, 2, 3


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
    """Return the faults of the container: files and folders that are missing, added or changed."""
    if not bundle.is_dir():
        return [f"there is no folder {bundle}"]
    faults, files, folders = [], {}, set()
    for path in bundle.rglob("*"):
        name = path.relative_to(bundle).as_posix()
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            faults.append(f"{name} is a link or a device; a bundle holds plain files")
        elif path.is_file():
            files[name] = path
        else:
            folders.add(name)
    needed = {parent.as_posix() for name in files for parent in Path(name).parents}
    faults += [f"{name} is a folder that holds nothing" for name in sorted(folders - needed)]
    payload = {name for name in files if name.startswith("data/")}
    tags = {name for name in files if not name.startswith(("data/", "signatures/")) and name != TAGS}
    for manifest, present in (("manifest-sha256.txt", payload), (TAGS, tags)):
        listed = _manifest(bundle / manifest)
        faults += [f"{name} is missing" for name in sorted(set(listed) - present)]
        faults += [f"{name} is not listed in {manifest}" for name in sorted(present - set(listed))]
        faults += [f"{n} was changed" for n in sorted(present & set(listed)) if _sha256(files[n]) != listed[n]]
    if faults:
        return faults
    if (bundle / "bagit.txt").read_bytes() != b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n":
        faults.append("bagit.txt is not that of BagIt 1.0")
    if bag_info(bundle)["Payload-Oxum"] != f"{sum(files[n].stat().st_size for n in payload)}.{len(payload)}":
        faults.append("Payload-Oxum in bag-info.txt does not fit the payload")
    return faults


def _sha256(path: Path) -> str:
    hashed = hashlib.sha256()
    with path.open("rb") as stream:
        while data := stream.read(1 << 20):
            hashed.update(data)
    return hashed.hexdigest()


def signed_by(bundle: Path, signers: Any, ed25519: Verifier) -> tuple[list[str], list[str]]:
    """Return the faults of the signatures under the list of all files, and the names of those who signed it."""
    faults: list[str] = []
    people: set[str] = set()
    keys: set[bytes] = set()
    at, message = int(bag_info(bundle)["DreamDesk-Released-At"]), (bundle / TAGS).read_bytes()
    for path in sorted((bundle / "signatures").glob("*")):
        try:
            key, names = signers.by(path.read_bytes(), message, "dreamdesk-bundle", at, ed25519)
        except UNREADABLE as error:
            faults.append(f"signatures/{path.name} is not a signature of this bundle: {error}")
            continue
        if not names or path.suffix != ".sig":
            faults.append(f"signatures/{path.name} is by a key that may not sign bundles")
        elif names & people or key in keys:
            faults.append("signatures/{} is a second signature by {}".format(path.name, ", ".join(sorted(names))))
        people |= names
        keys.add(key)
    return faults, sorted(people)


def missing_signatures(bundle: Path, people: list[str]) -> list[str]:
    """Return, as a fault, that fewer *people* signed than the bundle requires."""
    required = max(1, int(bag_info(bundle)["Required-Signatures"]))
    return [f"{len(people)} of {required} required signatures are there"] if len(people) < required else []


def steps(
    bundle: Path,
    trusted: Path | None = None,
    ed25519: Verifier = _signature.ed25519_verify,
    *,
    revoked: Path | None = None,
    draft: bool = False,
) -> Iterator[tuple[str, list[str]]]:
    """Yield what is checked, in words, with the faults that were found; the arguments are those of `verify`."""
    try:
        bag = check_bag(bundle)
        yield "Every file and folder is listed, and as it was listed", bag
        if bag:
            return  # what follows would only repeat it in other words
        signers = _signature.Signers(trusted if trusted else bundle / "allowed_signers", revoked)
        info = bag_info(bundle)
        faults, people = signed_by(bundle, signers, ed25519)
        faults += [] if draft else missing_signatures(bundle, people)
        yield "The list is signed by " + (", ".join(people) or "nobody"), faults
        faults, approved = _decisions.read_decisions(bundle, info, signers, ed25519)
        yield "Every decision is signed by the auditor whose name it bears", faults
        required = max(1, int(info["Required-Approvals"]))
        faults = _rows.check_rows(bundle, approved, required)
        yield "Every training row says what was recorded and approved", faults
        faults = _content.check_lessons(bundle, approved, required) + _content.check_memory(bundle, approved, required)
        faults += _memory.check_files(bundle)
        yield "Lessons and memory changes are what was decided", faults
        yield "Nothing in it was recalled before", _content.check_recalled(bundle)
        yield "The ledger is one chain and shows these decisions", _decisions.check_ledger(bundle, info)
    except UNREADABLE as error:
        yield "The bundle can be read", [f"the bundle cannot be read: {type(error).__name__}: {error}"]


def verify(
    bundle: Path,
    trusted: Path | None = None,
    ed25519: Verifier = _signature.ed25519_verify,
    *,
    revoked: Path | None = None,
    draft: bool = False,
) -> list[str]:
    """Return the faults of the bundle in the folder *bundle*, in words; an empty list means that it is sound.

    *trusted* is the recipient's own allowed_signers file, *revoked* a list of keys that count for nothing. *ed25519*
    may be a faster function of the same meaning. A *draft* may still lack signatures.
    """
    return [fault for _, faults in steps(bundle, trusted, ed25519, revoked=revoked, draft=draft) for fault in faults]


def recalled(
    bundle: Path,
    notice: Path,
    trusted: Path | None = None,
    ed25519: Verifier = _signature.ed25519_verify,
    *,
    revoked: Path | None = None,
) -> tuple[list[str], dict[str, Any]]:
    """Return what is wrong with the recall *notice* (its signature is NOTICE.sig), and what it says, of *bundle*.

    The keys *lines* and *files* are added to what it says: the training rows in here that must not be trained on.
    """
    try:
        data = notice.read_bytes()
        said = json.loads(data)
        signature = notice.with_name(notice.name + ".sig").read_bytes()
        signers = _signature.Signers(trusted if trusted else bundle / "allowed_signers", revoked)
        faults = []
        if said["by"] not in signers.by(signature, data, "dreamdesk-recall", said["at"], ed25519)[1]:
            faults.append(f"the recall notice is by a key that may not recall in the name of {said['by']}")
        if said["manifest_sha256"] != _sha256(bundle / TAGS):
            faults.append("the recall notice speaks of another bundle")
        wanted = set(said["lines"])
        rows = _content.optional(bundle / "data" / "provenance" / "rows.jsonl")
        said["found"] = [(row["file"], row["line"]) for row in map(json.loads, rows) if row["sha256"] in wanted]
    except UNREADABLE as error:
        return [f"the recall notice cannot be read: {type(error).__name__}: {error}"], {}
    return faults, said


def main() -> int:
    """Check the bundle that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Check a DreamDesk bundle.")
    parser.add_argument("bundle", nargs="?", default=str(Path(__file__).resolve().parent), help="default: this folder")
    parser.add_argument("--allowed-signers", type=Path, help="your own list of signers and their keys")
    parser.add_argument("--revoked", type=Path, help="keys that count for nothing, a line ssh-ed25519 AAAA… each")
    parser.add_argument("--recall", type=Path, metavar="NOTICE", help="a recall notice, with its .sig beside it")
    parser.add_argument("--draft", action="store_true", help="signatures may still be missing")
    asked = parser.parse_args()
    bundle = Path(asked.bundle)
    for given in (asked.allowed_signers, asked.revoked, asked.recall):
        if given and not given.is_file():
            parser.error(f"there is no file {ascii(str(given))[1:-1]}")
    faults = verify(bundle, asked.allowed_signers, revoked=asked.revoked, draft=asked.draft)
    notice: dict[str, Any] = {}
    if asked.recall and not faults:
        faults, notice = recalled(bundle, asked.recall, asked.allowed_signers, revoked=asked.revoked)
    for fault in faults:
        print("FAULT: " + ascii(fault)[1:-1])
    if faults:
        return FAULTY
    print("The draft is as it was sealed; signatures may be missing." if asked.draft else "The bundle is sound.")
    if not asked.allowed_signers:
        print("The keys are those that the bundle itself names. Compare them with your own (--allowed-signers).")
    if not notice:
        return SOUND
    print(ascii(f"RECALLED by {notice['by']}: {notice['reason']}")[1:-1])
    for file, line in notice["found"]:
        print(f"do not train on: {file} line {line}")
    return RECALLED


if __name__ == "__main__":
    sys.exit(main())

"""Tampered copies of a bundle: every way that we can think of in which somebody without the signers' keys changes one.

`cases` names them all. Each is caught by verify.py and by verify.sh, to whom the recipient gives a list of signers of
their own; `insiders` are changes by people who hold all keys and sign anew, of which some only verify.py can see.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.release.bag import TAG_MANIFEST, Bag
from dreamdesk.release.verify import bag_info
from dreamdesk.review.identity import Signer

Edit = Callable[[Path], None]
TABLES = ("manifest-", "tagmanifest-", "bag")


@dataclass(frozen=True)
class Case:
    """One tampered copy: a name, and what is done to a good copy."""

    name: str
    edit: Edit


@dataclass(frozen=True)
class Hands:
    """Who tampers: *stranger* has a key that nobody knows, *signers* are those of the bundle, *other* an older one."""

    stranger: Signer
    signers: tuple[Signer, ...]
    other: Path


def files(bundle: Path) -> list[str]:
    """Return the names of all files in *bundle*."""
    return sorted(path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file())


def cases(bundle: Path, hands: Hands) -> list[Case]:
    """Return every case for copies of *bundle*."""
    return [*_bytes(bundle), *_names(bundle), *_added(bundle), *_signatures(hands), *_listed_anew(bundle, hands)]


def _write(name: str, change: Callable[[bytes], bytes]) -> Edit:
    def edit(bundle: Path) -> None:
        path = bundle / name
        path.write_bytes(change(path.read_bytes()))

    return edit


def _flip(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "flip": _flip,
    "cut": lambda data: data[: len(data) // 2],
    "append": lambda data: data + b"\n",
    "double": lambda data: data + data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
    "bom": lambda data: b"\xef\xbb\xbf" + data,
    "empty": lambda data: b"",
}


def _bytes(bundle: Path) -> Iterator[Case]:
    for name in files(bundle):
        data = (bundle / name).read_bytes()
        for what, change in _CHANGES.items():
            if change(data) != data:
                yield Case(f"{what} {name}", _write(name, change))


def _names(bundle: Path) -> Iterator[Case]:
    there = files(bundle)
    for name, other in zip(there, there[1:] + there[:1], strict=True):

        def delete(copy: Path, name: str = name) -> None:
            (copy / name).unlink()

        def rename(copy: Path, name: str = name) -> None:
            (copy / name).rename(copy / f"{name}.x")

        def swap(copy: Path, name: str = name, other: str = other) -> None:
            first, second = (copy / name).read_bytes(), (copy / other).read_bytes()
            (copy / name).write_bytes(second)
            (copy / other).write_bytes(first)

        def link(copy: Path, name: str = name) -> None:
            shutil.move(copy / name, copy.parent / "outside")
            (copy / name).symlink_to(copy.parent / "outside")

        def fold(copy: Path, name: str = name) -> None:
            path = copy / name
            shutil.copy(path, path.with_name(path.name.swapcase()))

        yield Case(f"delete {name}", delete)
        yield Case(f"rename {name}", rename)
        # Both signatures hold whatever their files are called.
        alike = name.startswith("signatures/") and other.startswith("signatures/")
        if not alike and (bundle / name).read_bytes() != (bundle / other).read_bytes():
            yield Case(f"swap {name} with {other}", swap)
        yield Case(f"link {name}", link)
        yield Case(f"case twin of {name}", fold)


def _added(bundle: Path) -> Iterator[Case]:
    for name in (
        *("extra", "data/extra", "data/sft/more.jsonl", "data/.hidden", "signatures/deep/x.sig", ".DS_Store"),
        *("tagmanifest-md5.txt", "data/provenance/decisions/9.json", "data/two\nlines", "verify.pyc", "data/ä.jsonl"),
        *("__pycache__/verify.pyc", "data/audit/recalled.jsonl", "signatures/x.txt", "revoked_keys2"),
    ):

        def add(copy: Path, name: str = name) -> None:
            (copy / name).parent.mkdir(exist_ok=True)
            (copy / name).write_bytes(b"{}\n")

        yield Case(f"add {name!r}", add)
    for name in ("folder", "data/folder", "signatures/folder"):
        yield Case(f"add folder {name}", lambda copy, name=name: (copy / name).mkdir())  # type: ignore[misc]
    if hasattr(os, "mkfifo"):
        yield Case("add a pipe", lambda copy: os.mkfifo(copy / "data/pipe"))


def _signatures(hands: Hands) -> Iterator[Case]:
    def sigs(copy: Path) -> list[Path]:
        return sorted((copy / "signatures").iterdir())

    def tags(copy: Path) -> bytes:
        return (copy / TAG_MANIFEST).read_bytes()

    def drop(which: slice) -> Edit:
        def edit(copy: Path) -> None:
            for path in sigs(copy)[which]:
                path.unlink()

        return edit

    def put(name: str, make: Callable[[Path], str | bytes]) -> Edit:
        def edit(copy: Path) -> None:
            made = make(copy)
            (copy / "signatures" / name).write_bytes(made if isinstance(made, bytes) else made.encode())

        return edit

    yield Case("drop the first signer", drop(slice(0, 1)))
    yield Case("drop the second signer", drop(slice(1, 2)))
    yield Case("drop all signers", drop(slice(None)))
    yield Case("a stranger signs, too", put("x.sig", lambda c: hands.stranger.sshsig(tags(c), "dreamdesk-bundle")))
    for at, signer in enumerate(hands.signers):

        def instead(copy: Path, at: int = at) -> None:
            sigs(copy)[at].write_text(hands.stranger.sshsig(tags(copy), "dreamdesk-bundle"))

        def namespace(copy: Path, at: int = at, signer: Signer = signer) -> None:
            sigs(copy)[at].write_text(signer.sshsig(tags(copy), "dreamdesk-decision"))

        def replay(copy: Path, at: int = at) -> None:
            sigs(copy)[at].write_bytes(sorted((hands.other / "signatures").iterdir())[0].read_bytes())

        def twice(copy: Path, at: int = at) -> None:
            sigs(copy)[at].write_bytes(sigs(copy)[1 - at].read_bytes())

        yield Case(f"a stranger signs instead of signer {at + 1}", instead)
        yield Case(f"signer {at + 1} signed a decision, not a bundle", namespace)
        yield Case(f"the signature of an older bundle for signer {at + 1}", replay)
        yield Case(f"the other one's signature for signer {at + 1}", twice)
        yield Case(f"a copy of signature {at + 1}", put("y.sig", lambda c, at=at: sigs(c)[at].read_bytes()))  # type: ignore[misc]


def list_anew(copy: Path, edit: Edit, signers: tuple[Signer, ...] | None, info: dict[str, str] | None = None) -> None:
    """Change a bundle and list its files anew; sign the list by *signers*, or leave the signatures as they are."""
    kept = {path.name: path.read_bytes() for path in (copy / "signatures").iterdir()}
    edit(copy)
    said = {**bag_info(copy), **(info or {})}
    said.pop("Payload-Oxum")
    anew = copy.with_name("anew")
    with Bag(anew) as bag:
        for name in files(copy):
            if not name.startswith(("signatures/", *TABLES)):
                bag.write(name, (copy / name).read_bytes())
        tags = bag.seal(said)
        if signers is not None:
            kept = {f"{at}.sig": signer.sshsig(tags, "dreamdesk-bundle").encode() for at, signer in enumerate(signers)}
        for name, data in kept.items():
            bag.write(f"signatures/{name}", data)
    shutil.rmtree(copy)
    anew.rename(copy)


def _widen(stranger: Signer) -> Edit:
    spaces = 'namespaces="dreamdesk-decision,dreamdesk-bundle,dreamdesk-recall"'
    line = f'"{stranger.auditor.name}" {spaces} {stranger.auditor.public_key}\n'
    return _write("allowed_signers", lambda data: data + line.encode())


def _listed_anew(bundle: Path, hands: Hands) -> Iterator[Case]:
    stranger = (hands.stranger, hands.stranger)

    def anew(edit: Edit, signers: tuple[Signer, ...] | None, info: dict[str, str] | None = None) -> Edit:
        return lambda copy: list_anew(copy, edit, signers, info)

    for name in files(bundle):
        if not name.startswith(("signatures/", *TABLES)):
            yield Case(f"change {name}, list anew", anew(_write(name, _flip), None))
            yield Case(f"change {name}, list anew, a stranger signs", anew(_write(name, _flip), (hands.stranger,)))
    for what, edit in {**insiders(), **only_verify_py()}.items():
        yield Case(f"{what}, list anew", anew(edit, None))
        yield Case(f"{what}, a stranger signs with a wider list", anew(_both(edit, _widen(hands.stranger)), stranger))
    yield Case("a stranger widens the list of signers and signs", anew(_widen(hands.stranger), stranger))
    for many in ("0", "1", "-1", "x", ""):
        yield Case(f"Required-Signatures: {many!r}", anew(lambda copy: None, None, {"Required-Signatures": many}))


def _both(one: Edit, two: Edit) -> Edit:
    def edit(copy: Path) -> None:
        one(copy)
        two(copy)

    return edit


def _mend(copy: Path) -> None:
    """Let rows.jsonl name the training lines as they are now."""
    table = copy / "data/provenance/rows.jsonl"
    rows = [json.loads(line) for line in table.read_bytes().splitlines()]
    lines = {name: (copy / "data" / name).read_bytes().split(b"\n") for name in {row["file"] for row in rows}}
    for row in rows:
        row["sha256"] = hashlib.sha256(lines[row["file"]][row["line"] - 1]).hexdigest()
    text = (json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for row in rows)
    table.write_text("".join(f"{line}\n" for line in text))


def _text(name: str, old: str, new: str) -> Edit:
    def edit(copy: Path) -> None:
        path = copy / "data" / name
        text = path.read_bytes().decode()
        assert old in text, (name, old)
        path.write_bytes(text.replace(old, new, 1).encode())

    return edit


def _swap_approvals(copy: Path) -> None:
    folder = copy / "data/provenance/decisions"
    for suffix in ("json", "json.sig"):
        one, two = folder / f"1.{suffix}", folder / f"3.{suffix}"
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)


def _shorten(copy: Path) -> None:
    path = copy / "data/audit/events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


SFT = "sft/trl_prompt_completion.jsonl"


def insiders() -> dict[str, Edit]:
    """Return changes that are found by both programs even where all signers sign anew."""
    return {
        "another answer": _text(SFT, "never paid", "paid twice"),
        "a row that nobody approved": _text("provenance/rows.jsonl", '"line":2', '"line":1'),
        "a decision turned round": _text("provenance/decisions/1.json", '"approve"', '"reject"'),
        "the table of decisions": _text("provenance/decisions.jsonl", '"sha256":"', '"sha256":"0'),
        "approvals swapped": _swap_approvals,
        "a decision in another name": _text("provenance/decisions/1.json", '"name":"', '"name":"x'),
        "a revision rewritten": _text("provenance/revisions.jsonl", "never paid", "paid twice"),
        "the ledger rewritten": _text("audit/events.jsonl", '"actor":"anna"', '"actor":"eve"'),
        "the ledger shortened": _shorten,
        "the checkpoint of another ledger": _text("audit/checkpoint.txt", "\n1", "\n2"),
    }


def only_verify_py() -> dict[str, Edit]:
    """Return changes by those who sign anew that stock tools cannot see: they would have to read JSON."""

    def mended(edit: Edit) -> Edit:
        return _both(edit, _mend)

    return {
        "another answer, mended": mended(_text(SFT, "never paid", "paid twice")),
        "another question, mended": mended(_text(SFT, "Refund order 7", "Refund order 8")),
        "another policy, mended": mended(_text(SFT, "Look before you refund", "Refund at once")),
        "what was recorded, in a preference, mended": mended(_text("preference/trl_dpo.jsonl", '"refund"', '"delete"')),
        "an envelope": _text("provenance/attestations.intoto.jsonl", '"sig":"', '"sig":"A'),
        "a body that the ledger discloses": _text("audit/openings.jsonl", "thing", "think"),
        "the root of the ledger": _text("audit/checkpoint.txt", "=\n", "A\n"),
    }

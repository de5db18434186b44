"""verify.py: whatever is changed in a bundle is found."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.model.decision import Role
from dreamdesk.release import verify as verifier
from dreamdesk.release import verify_signature
from dreamdesk.release.bag import TAG_MANIFEST, Bag
from dreamdesk.release.bundle import PROGRAMS
from dreamdesk.release.verify import verify
from dreamdesk.release.verify_decisions import merkle_root
from dreamdesk.release.verify_rows import Said, leaves
from dreamdesk.release.verify_signature import Signers, ed25519_verify
from dreamdesk.review.identity import Signer, make_auditor, unlock

Edit = Callable[[Path], None]


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def files(bundle: Path) -> list[Path]:
    return sorted(path for path in bundle.rglob("*") if path.is_file())


def test_no_file_can_be_changed_cut_extended_or_taken_away(copy: Path) -> None:
    assert verify(copy) == []
    for path in files(copy):
        name, good = path.relative_to(copy), path.read_bytes()
        middle = len(good) // 2
        flipped = bytes([good[middle] ^ 1])
        changes = {
            "flip": good[:middle] + flipped + good[middle + 1 :],
            "flip the first": bytes([good[0] ^ 0x20]) + good[1:],
            "flip the last": good[:-1] + bytes([good[-1] ^ 1]),
            "cut": good[:-1],
            "append": good + b"\n",
            "append a copy": good + good,
            "empty": b"",
            "crlf": good.replace(b"\n", b"\r\n"),
        }
        for change, bad in changes.items():
            if bad != good:
                path.write_bytes(bad)
                assert verify(copy), f"{change} {name}"
        path.unlink()
        assert verify(copy), f"delete {name}"
        path.write_bytes(good)
    assert verify(copy) == []


def test_no_two_files_can_be_swapped(copy: Path) -> None:
    paths = files(copy)
    for one, two in zip(paths, paths[1:] + paths[:1], strict=True):
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)
        assert verify(copy), f"swap {one.name} {two.name}"
        one.write_bytes(first)
        two.write_bytes(second)


@pytest.mark.parametrize(
    "name",
    ["extra", "data/extra", "data/sft/more.jsonl", "signatures/eve.sig", "signatures/copy.sig",
     "data/provenance/decisions/9.json", "tagmanifest-md5.txt", "data/.hidden", "signatures/deep/x.sig"],
)  # fmt: skip
def test_no_file_can_be_added(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    shutil.copy(copy / "signatures/lea-muller.sig", copy / name)
    assert verify(copy)


def test_a_link_is_refused(copy: Path) -> None:
    target = copy / "data/audit/checkpoint.txt"
    shutil.copy(target, copy.parent / "outside")
    target.unlink()
    target.symlink_to(copy.parent / "outside")
    assert "link" in verify(copy)[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_refused_and_not_waited_for(copy: Path) -> None:
    target = copy / "data/audit/checkpoint.txt"
    target.unlink()
    os.mkfifo(target)
    assert "device" in verify(copy)[0]


def test_what_is_no_bundle_gets_an_answer(tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        assert verify(folder)


def resign(bundle: Path, edit: Edit, signer: Signer, keep_keys: bool = False) -> None:
    """Do what an insider could: change the bundle, list it anew and sign the list."""
    edit(bundle)
    info = verifier.bag_info(bundle)
    info.pop("Payload-Oxum")
    anew = bundle.with_name("anew")
    with Bag(anew) as bag:
        for path in files(bundle):
            name = path.relative_to(bundle).as_posix()
            if not name.startswith(("signatures/", "manifest-", "tagmanifest-", "bag")):
                bag.write(name, path.read_bytes())
        tags = bag.seal(info)
        bag.write("signatures/x.sig", signer.sshsig(tags, "dreamdesk-bundle").encode())
    shutil.rmtree(bundle)
    anew.rename(bundle)


def edit_text(name: str, old: str, new: str) -> Edit:
    def edit(bundle: Path) -> None:
        path = bundle / "data" / name
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode())

    return edit


def test_signing_anew_alone_is_no_fault(copy: Path, lea: Signer) -> None:
    resign(copy, lambda bundle: None, lea)
    assert verify(copy) == []


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (edit_text("sft/trl_prompt_completion.jsonl", "never paid", "paid twice"), "no decision covers it"),
        (edit_text("provenance/rows.jsonl", '"line":2', '"line":1'), "no decision covers it"),
        (edit_text("provenance/rows.jsonl", '"line":1,', '"line":2,'), "line 1: no decision covers it"),
        (edit_text("provenance/rows.jsonl", '"line":2', '"line":99'), "line 99 of"),
        (edit_text("provenance/rows.jsonl", '"file":"sft/gemini.jsonl"', '"file":"sft/other.jsonl"'), "which is not"),
        (edit_text("provenance/recorded.jsonl", "Refund order 7", "Refund order 8"), "KeyError"),
        (edit_text("provenance/decisions/1.json", '"approve"', '"reject"'), "decision 1: it does not fit"),
        (
            edit_text("provenance/decisions.jsonl", '"approve"', '"reject"'),
            "decision 1: decisions.jsonl shows it otherwise",
        ),
        (edit_text("provenance/revisions.jsonl", "never paid", "paid twice"), "line"),
        (edit_text("audit/events.jsonl", '"actor":"anna"', '"actor":"eve"'), "entry 2 does not follow"),
        (edit_text("audit/openings.jsonl", "thing 2", "thing 9"), "not the one committed to"),
        (edit_text("audit/checkpoint.txt", "\n13\n", "\n12\n"), "checkpoint"),
    ],
)
def test_even_who_signs_the_bundle_cannot_change_what_others_decided(
    copy: Path, lea: Signer, edit: Edit, fault: str
) -> None:
    resign(copy, edit, lea)
    assert any(fault in found for found in verify(copy)), verify(copy)


def test_a_row_that_says_what_nobody_approved_is_found_even_if_its_hash_is_mended(copy: Path, lea: Signer) -> None:
    def edit(bundle: Path) -> None:
        edit_text("sft/trl_prompt_completion.jsonl", "never paid", "paid twice")(bundle)
        lines = (bundle / "data/sft/trl_prompt_completion.jsonl").read_bytes().split(b"\n")
        table = bundle / "data/provenance/rows.jsonl"
        entries = [json.loads(line) for line in table.read_bytes().split(b"\n")[:-1]]
        for entry in entries:
            if entry["file"].startswith("sft/"):
                entry["sha256"] = hashlib.sha256(lines[entry["line"] - 1]).hexdigest()
        table.write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    resign(copy, edit, lea)
    assert any("does not say what was approved" in found for found in verify(copy))


def test_a_word_that_may_be_a_role_is_not_thereby_words_that_were_said() -> None:
    said = Said({"start": 0, "steps": [{"content": "Good day"}]})
    said.check(leaves({"content": "Good day", "role": "teacher"}))
    said.check(leaves({"content": "Good day", "role": "teacher"}))  # what passed once passes again
    for odd in ({"content": "teacher"}, {"role": "teacher", "content": "Bad day"}, {"content": '["Bad day"]'}):
        for _ in range(2):  # and what did not pass does not pass the second time
            with pytest.raises(ValueError, match="nobody recorded or approved"):
                said.check(leaves(odd))


def test_a_second_lead_may_sign_too_and_two_may_be_required(copy: Path, lea: Signer) -> None:
    tags = (copy / TAG_MANIFEST).read_bytes()
    second = unlock(make_auditor("bo", Role.APPROVER, "long enough"), "long enough")
    own = copy.parent / "own"
    own.write_text((copy / "allowed_signers").read_text() + f"bo {second.auditor.public_key}\n")
    (copy / "signatures/bo.sig").write_text(second.sshsig(tags, "dreamdesk-bundle"))
    assert verify(copy, own) == []
    assert verify(copy)  # the bundle's own list does not know bo
    (copy / "signatures/bo.sig").write_text(lea.sshsig(tags, "dreamdesk-bundle"))
    assert any("second signature by" in found for found in verify(copy, own))
    (copy / "signatures/bo.sig").write_text(second.sshsig(tags, "dreamdesk-decision"))
    assert verify(copy, own)


def test_a_stranger_who_signs_anew_with_a_list_of_their_own_is_refused_by_ours(bundle: Path, copy: Path) -> None:
    eve = unlock(make_auditor("Lea Müller", Role.APPROVER, "long enough"), "long enough")

    def edit(changed: Path) -> None:
        text = (changed / "allowed_signers").read_text()
        lines = [line for line in text.splitlines() if "anna" in line]
        spaces = 'namespaces="dreamdesk-decision,dreamdesk-bundle"'
        mine = f'"Lea Müller" {spaces} {eve.auditor.public_key}'
        (changed / "allowed_signers").write_text("\n".join([*lines, *text.splitlines()[:1], mine]) + "\n")

    resign(copy, edit, eve)
    assert verify(copy) == []  # by its own list all is well: this is why the recipient needs one
    ours = bundle / "allowed_signers"
    assert any("may not sign bundles" in found for found in verify(copy, ours))


def test_an_old_bundle_signature_does_not_fit_a_new_bundle(copy: Path, lea: Signer) -> None:
    old = (copy / "signatures/lea-muller.sig").read_bytes()
    resign(copy, edit_text("README.md", "Corrections", "corrections"), lea)
    (copy / "signatures/x.sig").write_bytes(old)
    assert verify(copy)


def test_the_list_of_signers_is_read_as_ssh_keygen_reads_it(tmp_path: Path) -> None:
    key = make_auditor("anna", Role.APPROVER, "long enough").public_key
    raw = base64.b64decode(key.split()[1])
    path = tmp_path / "allowed"
    path.write_text(
        f"# a comment\n\n{key}\n"
        f"plain,second {key} a comment\n"
        f'"with space" namespaces="a,b",valid-after="20260101Z",valid-before="20270101" {key}\n'
        f"authority cert-authority {key}\n"
        f'odd some-option="x" {key}\n'
        "other ssh-rsa AAAA\n"
    )
    signers = Signers(path)
    summer_2026, summer_2027 = 1_782_000_000 * 10**9, 1_814_000_000 * 10**9
    assert signers.names(raw, "a", summer_2026) == {"plain", "second", "with space"}
    assert signers.names(raw, "c", summer_2026) == {"plain", "second"}
    assert signers.names(raw, "a", summer_2027) == {"plain", "second"}
    assert signers.names(bytes(32), "a", summer_2026) == set()


RFC_8032 = [  # section 7.1, tests 1 to 3
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_ed25519_agrees_with_the_vectors_of_rfc_8032(key: str, message: str, signature: str) -> None:
    k, m, s = (bytes.fromhex(part) for part in (key, message, signature))
    assert ed25519_verify(k, m, s)
    assert not ed25519_verify(k, m + b"x", s)
    assert not ed25519_verify(k[:-1], m, s)
    assert not ed25519_verify(k, m, s[:-1])
    malleable = (int.from_bytes(s[32:], "little") + verify_signature.L).to_bytes(32, "little")
    assert not ed25519_verify(k, m, s[:32] + malleable)


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=64), at=st.integers(0, 511))
def test_ed25519_agrees_with_the_library(seed: bytes, message: bytes, at: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert ed25519_verify(key, message, signature)
    flipped = bytearray(signature)
    flipped[at // 8] ^= 1 << at % 8
    assert not ed25519_verify(key, message, bytes(flipped))


@given(st.binary(max_size=64), st.binary(max_size=8), st.binary(max_size=80))
def test_ed25519_never_crashes(key: bytes, message: bytes, signature: bytes) -> None:
    assert not ed25519_verify(key, message, signature)


def test_merkle_root_agrees_with_rfc_9162_written_out() -> None:
    sha = hashlib.sha256

    def by_the_book(leaves: list[bytes]) -> bytes:
        if len(leaves) < 2:
            return sha(b"\0" + leaves[0]).digest() if leaves else sha(b"").digest()
        k = 1
        while 2 * k < len(leaves):
            k *= 2
        return sha(b"\1" + by_the_book(leaves[:k]) + by_the_book(leaves[k:])).digest()

    for count in range(70):
        leaves = [b"%d" % n for n in range(count)]
        assert merkle_root(leaves) == by_the_book(leaves), count


def test_it_is_written_for_old_and_bare_python() -> None:
    for name in (*(name for name in PROGRAMS if name.endswith(".py")), "apply_memory.py"):
        text = Path(verifier.__file__).with_name(name).read_text()
        compile(text, name, "exec")
        lines = [line.split() for line in text.splitlines() if line.startswith(("import ", "from "))]
        imported = {words[1].split(".")[0] for words in lines}
        assert imported <= {"__future__", "argparse", "base64", "collections", "functools", "hashlib", "importlib",
                            "json", "os", "pathlib", "re", "struct", "sys", "time", "typing"}  # fmt: skip
        ast.parse(text, feature_version=(3, 9))
        assert len(text.splitlines()) <= 400

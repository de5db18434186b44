"""SSHSIG, against ssh-keygen both ways."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.model.decision import Role
from dreamdesk.review import sshsig
from dreamdesk.review.identity import make_auditor, unlock

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed here")


def keygen_verify(folder: Path, name: str, namespace: str, signature: str, message: bytes, key: str) -> bool:
    (folder / "allowed").write_text(f'"{name}" {key}\n')
    (folder / "message.sig").write_text(signature)
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", name, "-n", namespace, "-s", "message.sig"],
        cwd=folder, input=message, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


@needs_ssh_keygen
@pytest.mark.parametrize("name", ["anna", "Anna Müller", "j.doe@bank.example"])
def test_ssh_keygen_accepts_our_signature(tmp_path: Path, name: str) -> None:
    auditor = make_auditor(name, Role.REVIEWER, "correct horse")
    message = b"the words that were signed\n"
    signature = unlock(auditor, "correct horse").sshsig(message, "dreamdesk-decision")
    key = auditor.public_key
    assert keygen_verify(tmp_path, name, "dreamdesk-decision", signature, message, key)
    assert not keygen_verify(tmp_path, name, "dreamdesk-bundle", signature, message, key)
    assert not keygen_verify(tmp_path, name, "dreamdesk-decision", signature, message + b"!", key)


@needs_ssh_keygen
def test_we_accept_the_signature_of_ssh_keygen_with_our_encrypted_key(tmp_path: Path) -> None:
    auditor = make_auditor("anna", Role.APPROVER, "correct horse")
    key, message = tmp_path / "key", tmp_path / "message"
    key.write_text(auditor.private_key)
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-p", "-P", "correct horse", "-N", "", "-f", key], check=True, capture_output=True)
    message.write_bytes(b"hello\x00\xff")
    subprocess.run(["ssh-keygen", "-Y", "sign", "-n", "test", "-f", key, message], check=True, capture_output=True)
    signature = (tmp_path / "message.sig").read_text()
    assert sshsig.verify(signature, b"hello\x00\xff", "test", auditor.public_key)
    assert not sshsig.verify(signature, b"hello", "test", auditor.public_key)
    listed = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True).stdout
    assert sshsig.fingerprint(auditor.public_key) in listed


@given(
    message=st.binary(max_size=300),
    namespace=st.text("abc-", min_size=1, max_size=9),
    seed=st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_verifies_and_nothing_else_does(message: bytes, namespace: str, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    line = sshsig.public_line(key.public_key())
    signature = sshsig.sign(message, namespace, key)
    assert sshsig.verify(signature, message, namespace, line)
    assert not sshsig.verify(signature, message + b"x", namespace, line)
    assert not sshsig.verify(signature, message, namespace + "x", line)
    stranger = sshsig.public_line(Ed25519PrivateKey.generate().public_key())
    assert not sshsig.verify(signature, message, namespace, stranger)


def test_no_byte_of_a_signature_file_can_change() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    line = sshsig.public_line(key.public_key())
    signature = sshsig.sign(b"m", "n", key)
    assert sshsig.verify(signature, b"m", "n", line)
    for at in range(len(signature)):
        changed = signature[:at] + chr(ord(signature[at]) ^ 1) + signature[at + 1 :]
        assert not sshsig.verify(changed, b"m", "n", line), at
    for changed in (signature + "\n", signature[:-1], "\n" + signature, signature.replace("\n", "\r\n"), ""):
        assert not sshsig.verify(changed, b"m", "n", line)


@given(st.text(max_size=200))
def test_garbage_is_no_signature_and_no_crash(text: str) -> None:
    line = sshsig.public_line(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())
    assert not sshsig.verify(text, b"m", "n", line)
    assert not sshsig.verify(sshsig.sign(b"m", "n", Ed25519PrivateKey.from_private_bytes(bytes(32))), b"m", "n", text)


def test_a_namespace_is_needed() -> None:
    with pytest.raises(ValueError, match="namespace"):
        sshsig.sign(b"m", "", Ed25519PrivateKey.generate())

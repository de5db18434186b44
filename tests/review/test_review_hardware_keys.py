"""Keys outside the desk: signatures of hardware keys, made here byte by byte, with stock ssh-keygen as the judge."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dreamdesk.model.decision import Auditor, Role
from dreamdesk.model.errors import UserError
from dreamdesk.release import verify_signature
from dreamdesk.review import dsse, identity, keygen, sshsig

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed here")

NAMESPACE = "dreamdesk-decision"
MESSAGE = b"what was shown and what was meant"
APPLICATION = b"ssh:"
ED25519, ECDSA = b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


class Token:
    """A hardware key in software: what it signs is what PROTOCOL.u2f of OpenSSH says."""

    def __init__(self, kind: bytes) -> None:
        self.kind = kind
        if kind == ED25519:
            self.ed25519 = Ed25519PrivateKey.generate()
            public = string(self.ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        else:
            self.ecdsa = ec.generate_private_key(ec.SECP256R1())
            point = self.ecdsa.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            public = string(b"nistp256") + string(point)
        self.blob = string(kind) + public + string(APPLICATION)
        self.line = f"{kind.decode()} {base64.b64encode(self.blob).decode()}"

    def sign(self, message: bytes, namespace: str = NAMESPACE, flags: int = 1, counter: int = 7) -> str:
        parts = (namespace.encode(), b"", b"sha512", hashlib.sha512(message).digest())
        data = b"SSHSIG" + b"".join(map(string, parts))
        trail = struct.pack(">BI", flags, counter)
        signed = hashlib.sha256(APPLICATION).digest() + trail + hashlib.sha256(data).digest()
        if self.kind == ED25519:
            made = self.ed25519.sign(signed)
        else:
            made = b"".join(map(mpint, decode_dss_signature(self.ecdsa.sign(signed, ec.ECDSA(hashes.SHA256())))))
        signature = string(self.kind) + string(made) + trail
        body = b"".join(map(string, (self.blob, namespace.encode(), b"", b"sha512", signature)))
        return sshsig.armor(b"SSHSIG" + struct.pack(">I", 1) + body)


def judge(folder: Path, line: str, signature: str, message: bytes = MESSAGE, *more: str) -> bool:
    """Return what ssh-keygen says."""
    (folder / "allowed").write_text(f"anna {line}\n")
    (folder / "sig").write_text(signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "anna", "-n", NAMESPACE, "-s", "sig", *more]
    return subprocess.run(command, cwd=folder, input=message, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", [ED25519, ECDSA])
def test_ssh_keygen_and_we_agree_on_signatures_of_hardware_keys(tmp_path: Path, kind: bytes) -> None:
    token = Token(kind)
    made = token.sign(MESSAGE)
    assert judge(tmp_path, token.line, made)
    assert sshsig.verify(made, MESSAGE, NAMESPACE, token.line)
    assert not judge(tmp_path, token.line, made, MESSAGE + b"!")
    assert not sshsig.verify(made, MESSAGE + b"!", NAMESPACE, token.line)
    assert not sshsig.verify(made, MESSAGE, "dreamdesk-bundle", token.line)
    assert not sshsig.verify(made, MESSAGE, NAMESPACE, Token(kind).line)
    (tmp_path / "key.pub").write_text(token.line + "\n")
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], check=True, capture_output=True, text=True
    ).stdout
    assert sshsig.fingerprint(token.line) in listed


@pytest.mark.parametrize("kind", [ED25519, ECDSA])
def test_no_byte_of_a_hardware_signature_changes_unnoticed(kind: bytes) -> None:
    token = Token(kind)
    blob = sshsig.dearmor(token.sign(MESSAGE))
    for at in range(len(blob)):
        changed = bytearray(blob)
        changed[at] ^= 1
        assert not sshsig.verify(sshsig.armor(bytes(changed)), MESSAGE, NAMESPACE, token.line), at
    assert not sshsig.verify(sshsig.armor(blob[:-1]), MESSAGE, NAMESPACE, token.line)
    assert not sshsig.verify(sshsig.armor(blob + b"\0"), MESSAGE, NAMESPACE, token.line)


@pytest.mark.parametrize("kind", [ED25519, ECDSA])
def test_a_signature_that_nobody_touched_the_key_for_is_refused(kind: bytes) -> None:
    token = Token(kind)
    assert not sshsig.verify(token.sign(MESSAGE, flags=0), MESSAGE, NAMESPACE, token.line)


def test_the_verifier_in_the_bundle_reads_ed25519_hardware_keys_too() -> None:
    token = Token(ED25519)
    made = token.sign(MESSAGE).encode()
    assert verify_signature.ssh_signer(made, MESSAGE, NAMESPACE, verify_signature.ed25519_verify) == token.blob
    with pytest.raises(ValueError, match="not known here"):
        verify_signature.ssh_signer(
            token.sign(MESSAGE, flags=0).encode(), MESSAGE, NAMESPACE, verify_signature.ed25519_verify
        )


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "päss phrase'$x", "-C", "", "-f", path], check=True)
    return path


def test_a_key_file_signs_through_ssh_keygen_and_its_signature_stands_in_the_envelope(
    tmp_path: Path, key_file: Path
) -> None:
    auditor = identity.with_key_file("anna", Role.REVIEWER, key_file, "päss phrase'$x")
    assert (auditor.private_key, auditor.key_file) == ("", str(key_file))
    signer = identity.unlock(auditor, "päss phrase'$x")
    made = signer.sshsig(MESSAGE, NAMESPACE)
    assert judge(tmp_path, auditor.public_key, made)
    envelope = dsse.seal(MESSAGE, [signer], [made])
    assert dsse.verify(envelope, auditor.public_key) == MESSAGE
    (sealed,) = json.loads(envelope)["signatures"]
    assert base64.b64decode(sealed["sig"]) == sshsig.dearmor(made)
    other = dsse.seal(MESSAGE + b"!", [signer])
    forged = canonical_with(envelope, json.loads(other)["signatures"])
    assert dsse.verify(forged, auditor.public_key) is None
    with pytest.raises(UserError, match=r"ssh-keygen -p"):
        signer.reencrypted("a new passphrase")
    assert list(tmp_path.glob("**/askpass")) == []


def canonical_with(envelope: bytes, signatures: object) -> bytes:
    return json.dumps({**json.loads(envelope), "signatures": signatures}).encode()


def test_what_can_go_wrong_with_a_key_file_is_said(tmp_path: Path, key_file: Path) -> None:
    with pytest.raises(keygen.WrongPassphrase, match="does not open"):
        identity.with_key_file("anna", Role.REVIEWER, key_file, "wrong")
    auditor = identity.with_key_file("anna", Role.REVIEWER, key_file, "päss phrase'$x")
    with pytest.raises(UserError, match="is not there"):
        identity.unlock(Auditor("anna", Role.REVIEWER, auditor.public_key, key_file=str(tmp_path / "gone")), "x")
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", other], check=True)
    with pytest.raises(UserError, match="not a signature by the key on record"):
        identity.unlock(Auditor("anna", Role.REVIEWER, auditor.public_key, key_file=str(other)), "")
    rsa = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", rsa], check=True)
    with pytest.raises(UserError, match="this key cannot be used"):
        identity.with_key_file("anna", Role.REVIEWER, rsa, "")
    (tmp_path / "token.pub").write_text(Token(ECDSA).line)
    with pytest.raises(UserError, match="reads only Ed25519 keys"):
        identity.with_key_file("anna", Role.REVIEWER, tmp_path / "token", "")
    (tmp_path / "key.pub").unlink()
    with pytest.raises(UserError, match="lies beside the private key"):
        identity.with_key_file("bert", Role.REVIEWER, key_file, "päss phrase'$x")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """A running ssh-agent; called with a key file that has no passphrase, it takes the key."""
    socket = Path(os.environ.get("TMPDIR", "/tmp")) / f"dd-agent-{os.getpid()}"  # a socket's path is short
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it says where it listens once it does
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))

        def take(key: Path) -> None:
            subprocess.run(["ssh-add", "-q", key], check=True, capture_output=True)

        yield take
        process.terminate()
    socket.unlink(missing_ok=True)


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="ssh-agent is not installed here")
def test_a_key_in_the_agent_signs_by_its_public_half(tmp_path: Path, agent: Callable[[Path], None]) -> None:
    key = tmp_path / "held"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    agent(key)
    key.unlink()
    auditor = identity.with_key_file("anna", Role.REVIEWER, tmp_path / "held.pub", "")
    made = identity.unlock(auditor, "").sshsig(MESSAGE, NAMESPACE)
    assert judge(tmp_path, auditor.public_key, made)

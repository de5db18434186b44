"""Auditors and their keys."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import pytest

from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.review import identity
from dreamdesk.review.identity import make_auditor, unlock


def test_a_key_opens_with_its_passphrase_alone() -> None:
    auditor = make_auditor("Anna Müller", Role.APPROVER, "päss phrase")
    assert auditor.public_key.startswith("ssh-ed25519 ")
    assert "OPENSSH PRIVATE KEY" in auditor.private_key
    signer = unlock(auditor, "päss phrase")
    assert signer.auditor == auditor
    assert len(signer.ed25519(b"m")) == 64
    assert "Ed25519PrivateKey" not in repr(signer)
    for wrong in ("", "pass phrase", "päss phrase "):
        with pytest.raises(UserError, match="does not open"):
            unlock(auditor, wrong)


def test_a_passphrase_is_as_dear_to_try_as_ssh_keygen_makes_it(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "ROUNDS", rounds)
    key = b64decode("".join(make_auditor("anna", Role.REVIEWER, "päss phrase").private_key.splitlines()[1:-1]))
    salt = 16  # PROTOCOL.key of OpenSSH: "bcrypt", the length of what it is told, its salt with a length, its rounds
    assert int.from_bytes(key[key.index(b"bcrypt") + 6 + 4 + 4 + salt :][:4], "big") >= 16


def test_a_key_that_is_missing_damaged_or_anothers_is_refused() -> None:
    anna = make_auditor("anna", Role.APPROVER, "long enough")
    with pytest.raises(UserError, match="not on this desk"):
        unlock(replace(anna, private_key=""), "long enough")
    with pytest.raises(UserError, match="does not open"):
        unlock(replace(anna, private_key=anna.private_key[:100]), "long enough")
    bert = make_auditor("bert", Role.APPROVER, "long enough")
    with pytest.raises(UserError, match="does not belong"):
        unlock(replace(anna, private_key=bert.private_key), "long enough")


@pytest.mark.parametrize("passphrase", ["", "short", "1234567"])
def test_a_short_passphrase_is_refused(passphrase: str) -> None:
    with pytest.raises(UserError, match="too short"):
        make_auditor("anna", Role.REVIEWER, passphrase)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a,b", "a*", "a?", "!a", 'a"b', "a\nb", " a", "a ", "a  b", "x" * 65, "a/b", "..", "\u202eanna", "#a"],
)
def test_a_name_that_would_mean_something_else_in_a_list_of_signers_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot be an auditor's name"):
        make_auditor(name, Role.REVIEWER, "long enough")

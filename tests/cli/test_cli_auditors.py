"""Auditors and keys on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dreamdesk.cli.main import run as command

PASSPHRASE, NEW = "correct horse battery", "another phrase"


class Line:
    """A person at the command line."""

    def __init__(self, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.desk, self._env, self._out = desk, monkeypatch, capsys
        monkeypatch.setattr("sys.stdout.reconfigure", lambda **_: None, raising=False)

    def __call__(self, *words: str, status: int = 0, given: str = PASSPHRASE, new: str = NEW) -> list[dict[str, Any]]:
        """Run a verb with these passphrases and return what it printed."""
        self._env.setenv("DREAMDESK_PASSPHRASE", given)
        self._env.setenv("DREAMDESK_NEW_PASSPHRASE", new)
        assert command([*words, "--desk", str(self.desk), "--json"]) == status
        printed = self._out.readouterr()
        self.said = printed.err
        return [json.loads(line) for line in printed.out.splitlines()]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    made = Line(tmp_path / "a.desk", monkeypatch, capsys)
    made("auditor", "add", "Ann", "--role", "lead")  # the name that scripts of older versions have for an approver
    made("auditor", "add", "Ada", "--role", "administrator")
    return made


def test_rules_and_auditors_take_the_administrator(line: Line) -> None:
    for who in ([], ["--as", "Ann"]):
        line("setting", "four_eyes", "on", *who, status=2)
        assert "Only an administrator changes the rules" in line.said
        line("auditor", "add", "Bo", "--role", "reviewer", *who, status=2)
    line("setting", "four_eyes", "on", "--as", "Ada")
    (bo,) = line("auditor", "add", "Bo", "--role", "reviewer", "--as", "Ada")
    assert (bo["id"], bo["role"]) == ("Bo", "reviewer")
    (bo,) = line("auditor", "role", "Bo", "--role", "approver", "--reason", "passed", "--as", "Ada")
    assert bo["role"] == "approver"
    (bo,) = line("auditor", "training", "Bo", "--until", "2027-06-30", "--reason", "course", "--as", "Ada")
    assert bo["trained_until"] == 1_814_400_000 * 10**9  # the end of that day
    (bo,) = line("auditor", "deactivate", "Bo", "--reason", "on leave", "--as", "Ada")
    assert bo["active"] is False
    line("auditor", "passphrase", "Bo", given=NEW, status=2)
    assert "no longer active" in line.said
    (bo,) = line("auditor", "reactivate", "Bo", "--reason", "is back", "--as", "Ada")
    assert bo["active"] is True
    line("auditor", "role", "Bo", "--role", "reader", "--as", "Ada", status=2)
    assert "Say why" in line.said
    assert line("verify") == [{"subject": str(line.desk), "verified": True}]


def test_keys_are_changed_retired_and_revoked(line: Line) -> None:
    line("auditor", "passphrase", "Ann")
    line("auditor", "passphrase", "Ann", status=2)
    assert "does not open the key of Ann" in line.said
    (old,) = line("auditor", "keys", "Ann")
    line("auditor", "rotate", "Ann", "--as", "Ann", "--reason", "yearly", given=NEW)
    retired, now = line("auditor", "keys", "Ann")
    assert retired["fingerprint"] == old["fingerprint"]
    assert retired["retired"] == now["since"]
    for signer in (signers := line("auditor", "signers")):  # what VERIFY.txt and README check with the desk's list
        assert "dreamdesk-recall,dreamdesk-packet" in signer["line"]
    assert len(signers) == 2
    words = ("auditor", "revoke", "Ann", "--since", "2026-01-01", "--fingerprint", old["fingerprint"], "--as", "Ada")
    line(*words, status=2)
    assert "Say why" in line.said
    line(*words, "--reason", "the laptop was stolen")
    assert [one["line"] for one in line("auditor", "revoked")] == [" ".join(old["public_key"].split()[:2])]
    line("auditor", "revoke", "Ann", "--since", "2200-01-01", "--reason", "x", "--as", "Ada", status=2)
    assert "lies ahead" in line.said
    line("auditor", "revoke", "Ada", "--reason", "x", "--as", "Ada", status=2)
    assert "only administrator" in line.said
    assert line("verify") == [{"subject": str(line.desk), "verified": True}]


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed here")
def test_a_key_of_ones_own_is_taken_with_its_passphrase(line: Line, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "key pass", "-C", "", "-f", key], check=True)
    words = ("auditor", "import-key", "Cy", "--key", str(key), "--role", "reviewer", "--as", "Ada")
    line(*words, new="wrong", status=2)
    assert "does not open" in line.said
    (cy,) = line(*words, new="key pass")
    listed = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True).stdout
    assert cy["fingerprint"] in listed
    assert cy["key_file"] == str(key)
    line("auditor", "passphrase", "Cy", given="key pass", status=2)
    assert "ssh-keygen -p" in line.said

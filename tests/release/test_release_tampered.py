"""Tampered bundles: each is caught by verify.py and by verify.sh.

The ordinary run takes a slice. All of them, with -n auto:
``DREAMDESK_TAMPERED=all pytest tests/release/test_release_tampered.py``
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from release_cases import auditor
from tampering import Case, Hands, cases, insiders, list_anew, only_verify_py

from dreamdesk.model.decision import Role
from dreamdesk.release import verify as verifier
from dreamdesk.release.bundle import NAMESPACE, fast_ed25519, write
from dreamdesk.release.content import Content
from dreamdesk.release.drafts import add_signature, complete, message, signatures
from dreamdesk.review.identity import Signer

EVERY = 1 if os.environ.get("DREAMDESK_TAMPERED") == "all" else 29
PROGRAM = Path(verifier.__file__).with_name("verify.sh")
SHELLS = [shell for shell in (["dash"], ["busybox", "sh"]) if shutil.which(shell[0])]
pytestmark = pytest.mark.skipif(not SHELLS or not shutil.which("ssh-keygen"), reason="neither dash nor busybox is here")


@pytest.fixture(scope="session")
def signed_by_two(tmp_path_factory: pytest.TempPathFactory, content: Content, anna: Signer, lea: Signer) -> Path:
    """A bundle that two people had to sign, and did."""
    folder = tmp_path_factory.mktemp("two") / "refund-desk-4"
    draft = write(folder, replace(content, number=4, required_signatures=2), lea.sshsig, lea.auditor.name)
    assert draft.name == "refund-desk-4.draft"
    assert verifier.verify(draft)[0].startswith("1 of 2")
    assert signatures(draft).people == ("Lea Müller",)
    add_signature(draft, anna.sshsig(message(draft), NAMESPACE).encode())
    return complete(draft)


@pytest.fixture(scope="session")
def hands(anna: Signer, lea: Signer, bundle: Path) -> Hands:
    return Hands(auditor("eve", Role.APPROVER), (anna, lea), bundle)


def shell(bundle: Path, trusted: Path, which: list[str] = SHELLS[0] if SHELLS else []) -> tuple[int, str]:
    """Return the exit status and the output of verify.sh, the recipient's own copy of it."""
    done = subprocess.run(
        [*which, str(PROGRAM), str(bundle), str(trusted)], capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(signed_by_two: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed_by_two, tmp_path / "copy"))


@pytest.fixture(scope="session")
def trusted(signed_by_two: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(signed_by_two / "allowed_signers", tmp_path_factory.mktemp("own") / "signers"))


@pytest.mark.parametrize("which", SHELLS, ids=lambda which: which[0])
def test_the_untouched_bundle_passes_in_each_shell(signed_by_two: Path, trusted: Path, which: list[str]) -> None:
    assert verifier.verify(signed_by_two, trusted) == []
    status, said = shell(signed_by_two, trusted, which)
    assert status == 0, said
    assert "Signed by: anna, Lea M??ller." in said


def test_there_are_at_least_250(signed_by_two: Path, hands: Hands) -> None:
    names = [case.name for case in cases(signed_by_two, hands)]
    assert len(names) == len(set(names)) >= 250


@pytest.mark.parametrize("part", range(8 if EVERY == 1 else 1))
def test_each_is_caught_by_both(
    signed_by_two: Path,
    hands: Hands,
    trusted: Path,
    tmp_path: Path,
    part: int,
    survived: Callable[[str, Mapping[str, int]], None],
) -> None:
    chosen: list[Case] = cases(signed_by_two, hands)[::EVERY]
    missed = []
    mine = chosen[part :: 8 if EVERY == 1 else 1]
    for number, case in enumerate(mine):
        copy = Path(shutil.copytree(signed_by_two, tmp_path / str(number) / "copy"))
        case.edit(copy)
        faults = verifier.verify(copy, trusted, fast_ed25519)
        status, said = shell(copy, trusted, SHELLS[number % len(SHELLS)])
        if not faults or status != 1 or "FAULT: " not in said:
            missed.append((case.name, faults[:1], status, said[-200:]))
        shutil.rmtree(tmp_path / str(number))
    survived("tampered bundles", {"cases": len(mine), "caught by both": len(mine) - len(missed)})
    assert not missed, missed


@pytest.mark.parametrize("what", list(insiders())[:: 1 if EVERY == 1 else 4])
def test_what_all_signers_change_and_sign_anew_is_caught_by_both(
    copy: Path, trusted: Path, hands: Hands, what: str
) -> None:
    list_anew(copy, insiders()[what], hands.signers)
    assert verifier.verify(copy, trusted, fast_ed25519)
    assert shell(copy, trusted)[0] == 1


@pytest.mark.parametrize("what", only_verify_py())
def test_what_stock_tools_cannot_read_is_caught_by_verify_py(
    copy: Path, trusted: Path, hands: Hands, what: str
) -> None:
    list_anew(copy, only_verify_py()[what], hands.signers)
    assert verifier.verify(copy, trusted, fast_ed25519)


def test_a_folder_that_the_provenance_does_not_know_is_refused_even_if_it_is_signed(
    copy: Path, trusted: Path, hands: Hands
) -> None:
    def smuggle(bundle: Path) -> None:
        (bundle / "data/more").mkdir()
        (bundle / "data/more/rows.jsonl").write_text('{"messages":[]}\n')

    list_anew(copy, smuggle, hands.signers)
    assert verifier.verify(copy, trusted, fast_ed25519) == ["more/rows.jsonl is a file that no decision covers"]


def test_a_revoked_key_counts_for_nothing(copy: Path, trusted: Path, tmp_path: Path, hands: Hands) -> None:
    revoked = tmp_path / "revoked"
    revoked.write_text(hands.signers[0].auditor.public_key + "\n")
    assert any("may not sign" in fault for fault in verifier.verify(copy, trusted, fast_ed25519, revoked=revoked))
    done = subprocess.run([*SHELLS[0], str(PROGRAM), str(copy), str(trusted), str(revoked)], check=False)
    assert done.returncode == 1

"""Signers, content and a bundle that the tests of the release share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from release_cases import HOSTILE, auditor, content_of, corrected, item, refund_episode

from dreamdesk.model.correction import Provenance
from dreamdesk.model.decision import Role
from dreamdesk.release.bundle import write
from dreamdesk.release.content import Content
from dreamdesk.review.identity import Signer


@pytest.fixture(scope="session")
def anna() -> Signer:
    return auditor("anna", Role.REVIEWER)


@pytest.fixture(scope="session")
def lea() -> Signer:
    return auditor("Lea Müller", Role.APPROVER)


@pytest.fixture(scope="session")
def content(anna: Signer, lea: Signer) -> Content:
    """Two corrections, the first hostile to the bone, each approved by two people."""
    first, second = refund_episode("/0", HOSTILE), refund_episode("/1")
    return content_of(
        [
            item(2, [anna, lea], second, corrected(second, Provenance.SIMULATED)),
            item(1, [anna, lea], first, corrected(first, hostile=HOSTILE)),
        ],
        [anna.auditor, lea.auditor],
    )


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory, content: Content, lea: Signer) -> Path:
    """The bundle of `content`. Do not change it: copy it first."""
    return write(tmp_path_factory.mktemp("release") / "refund-desk-3", content, lea.sshsig, lea.auditor.name)


@pytest.fixture(scope="session")
def rows(bundle: Path) -> Callable[[str], list[dict[str, object]]]:
    def read(name: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (bundle / "data" / name).read_bytes().split(b"\n")[:-1]]

    return read

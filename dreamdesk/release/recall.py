"""Recall: the signed notice that says what of a released bundle must not be trained on."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.release import verify
from dreamdesk.release.bag import TAG_MANIFEST
from dreamdesk.release.verify_content import optional

NAMESPACE = "dreamdesk-recall"
"""SSHSIG namespace of a recall notice."""

TYPE = "https://dreamdesk.dev/recall/v1"
"""A name for the kind of notice. Nothing is ever fetched from it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A recall notice: the canonical JSON that is signed, and its armored SSHSIG."""

    body: bytes
    sshsig: str

    @property
    def line(self) -> bytes:
        """Return the notice and its signature as one line of canonical JSON."""
        said: dict[str, Json] = json.loads(self.body)
        return canonical({**said, "sshsig": self.sshsig})


def notice_body(
    *,
    bundle: str,
    digest: str,
    recipient: str,
    corrections: Sequence[int],
    revisions: Sequence[str],
    lines: Sequence[str],
    reason: str,
    by: str,
    at: int,
) -> bytes:
    """Return the bytes to sign: the bundle by its name and the *digest* of its signed list, and what is called back.

    *revisions* are the digests of revisions, *lines* those of training rows, *at* is in nanoseconds since 1970 UTC.
    """
    return canonical(
        {
            "type": TYPE,
            "bundle": bundle,
            "manifest_sha256": digest,
            "recipient": recipient,
            "corrections": sorted(corrections),
            "revisions": sorted(revisions),
            "lines": sorted(lines),
            "reason": reason,
            "by": by,
            "at": at,
        }
    )


def lines_of(bundle: Path, revisions: Collection[str]) -> list[str]:
    """Return the SHA-256 of each training row in the folder *bundle* that comes from one of *revisions*."""
    rows = optional(bundle / "data" / "provenance" / "rows.jsonl")
    return sorted({row["sha256"] for row in map(json.loads, rows) if row["revision_sha256"] in revisions})


def digest_of(bundle: Path) -> str:
    """Return the SHA-256 of the signed list of the folder *bundle*."""
    return sha256((bundle / TAG_MANIFEST).read_bytes())


def name_of(bundle: Path) -> str:
    """Return the identifier that the bundle in the folder *bundle* bears."""
    return verify.bag_info(bundle)["External-Identifier"]

"""Who may sign, from when until when, as ``ssh-keygen -Y verify`` reads it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a key signs for an auditor whose role decides, in nanoseconds since 1970 UTC.

    Attributes:
        auditor, public_key: Whose key; one line, OpenSSH form.
        since: From when on; 0 where that is not known.
        until: From when on no more; None while it does.
    """

    auditor: str
    public_key: str
    since: int = 0
    until: int | None = None


def allowed_signers(spans: Iterable[Span], namespaces: Iterable[str]) -> str:
    """Return the list of signers in the form of ssh-keygen(1), each with the times, in UTC, in which a key signs.

    ``ssh-keygen -Y verify -O verify-time=…`` reads them. ssh-keygen counts whole seconds and takes the last one for
    valid.
    """
    spaces = ",".join(namespaces)
    lines = []
    for span in sorted(spans, key=lambda span: (span.auditor, span.since)):
        options = [f'namespaces="{spaces}"']
        if span.since:
            options.append(f'valid-after="{_instant(span.since)}"')
        if span.until is not None:
            options.append(f'valid-before="{_instant(span.until - 1)}"')
        lines.append(f'"{span.auditor}" {",".join(options)} {_bare(span.public_key)}\n')
    return "".join(lines)


def revoked_keys(public_keys: Iterable[str]) -> str:
    """Return keys, one to a line, as ``ssh-keygen -Y verify -r`` reads a list of revoked ones.

    That list knows no time: with it nothing that such a key ever signed counts, what it signed before included.
    """
    return "".join(f"{line}\n" for line in sorted(map(_bare, public_keys)))


def _bare(line: str) -> str:
    """Return a public key line without its comment."""
    return " ".join(line.split()[:2])


def _instant(at: int) -> str:
    """Return nanoseconds since 1970 as ssh-keygen reads a time in UTC."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at // 10**9))

"""Changes of the rules of a desk, as its ledger has them, and what an administrator signs with one."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.model.canonical import Json, canonical

NAMESPACE = "dreamdesk-rule"
"""SSHSIG namespace of a change of the rules."""

SIGNATURE = "signature"
"""Where the body has the signature: by whom, the public key and the armored SSHSIG, or None where nobody signed."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One entry of the ledger about the rules: its number, the hash of the entry before it, its type and its body.

    *erased*: words were taken out of the body; the signed entry of the erasure answers for what is left.
    """

    seq: int
    prev: str
    kind: str
    body: dict[str, Json]
    erased: bool = False

    def message(self, desk: str) -> bytes:
        """Return what is signed: the change and its place in the ledger of *desk*, so that it counts nowhere else."""
        unsigned = {name: value for name, value in self.body.items() if name != SIGNATURE}
        return canonical({"desk": desk, "seq": self.seq, "prev": self.prev, "type": self.kind, "body": unsigned})

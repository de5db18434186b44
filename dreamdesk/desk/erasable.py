"""What each column of the desk can hold of a person's words, and so how they are taken out of it.

`TABLES` names every column that holds text or bytes; a test fails for one that is not in it. Whoever adds a column
says here whether words of people can stand in it.
"""

from __future__ import annotations

from enum import Enum


class How(Enum):
    """What a column holds, and so how words are taken out of it."""

    TEXT = "words, or JSON with words in it: they are replaced where they stand"
    BAG = "JSON with how often each word stands somewhere: the words of what is erased are left out"
    PACKED = "zlib over text: unpacked, replaced, packed"
    KEPT = "the bytes of a source: overwritten, the length stays"
    SIGNED = "a signed statement: words are replaced, the signature speaks of the digest that the ledger keeps"
    ENVELOPE = "the statement once more, in base64: emptied"
    LEDGER = "bodies of entries: replaced under a new commitment, which the entry of the erasure holds"
    STAYS = "names of auditors, keys, digests, types, numbers: what the desk is answered for with; no words of others"


T, S = How.TEXT, How.STAYS


def _columns(text: str = "", stays: str = "", **special: How) -> dict[str, How]:
    return {**dict.fromkeys(text.split(), T), **dict.fromkeys(stays.split(), S), **special}


_DECISION = _columns(
    "comment", "verdict reason auditor sshsig digest", statement=How.SIGNED, envelope=How.ENVELOPE
)  # fmt: skip
_SIGNED = {name: how for name, how in _DECISION.items() if name != "digest"}
_OUTCOME = _columns("detail pointer", "state source")

TABLES: dict[str, dict[str, How]] = {
    "_sqlite_migrations": _columns("", "migration_set name applied_at"),
    "auditor": _columns("", "name role public_key private_key key_file"),
    "auditor_key": _columns("reason", "public_key auditor"),
    "batch": _columns("", "remote state"),
    "batch_episode": _columns("detail", "state"),
    "batch_job": _columns("parameters", "verb url model state"),
    "candidate": _columns("why quotes citations", "category method opinions"),
    "correction": _columns("", "source state"),
    "decision": _DECISION,
    "document": _columns("body", "sha256"),
    "entry": _columns("", "line hash"),
    "entry_body": _columns("", "salt", body=How.LEDGER),
    "episode": _columns(
        "key title task_key agent outcome_pointer outcome_detail",
        "model outcome outcome_source native_unit sha256 category review",
    ),
    "episode_text": _columns("task gaps labels corrections"),
    "erasure": _columns("", "certificate signature"),
    "exchange": _columns("detail", "key url model state media", request=How.PACKED, reply=How.PACKED),
    "explanation": _columns("body"),
    "family": _columns("name clause tool", "category", words=How.BAG),
    "family_member": _columns("cause"),
    "first_outcome": _OUTCOME,
    "incident": _columns("reason closing", "kind auditor closed_by"),
    "judgement": _columns("body"),
    "learned": _columns("", "auditor profile weights figures"),
    "mapping": _columns("name body", "sha256"),
    "mark": _columns("quote note", "auditor category"),
    "memory_change": _columns("body statements checks", "state"),
    "memory_decision": _SIGNED,
    "memory_revision": _columns("checks", "hunks digest"),
    "memory_set": _columns("body", "digest"),
    "outcome_word": _columns("reason", "auditor state"),
    "own_outcome": _OUTCOME,
    "packet": _columns("", "digest kind desk person root episodes", head=How.SIGNED, notes=How.TEXT),
    "outdated": {},
    "policy": _columns("name agent"),
    "recall": _columns("", "auditor sshsig", notice=How.SIGNED),
    "release": _columns("folder recipient", "auditor digest corrections memory signers"),
    "release_draft": _columns("folder recipient", "auditor digest revisions memory state"),
    "release_turn": _columns("", "lines"),
    "released_change": {},
    "released_correction": {},
    "reservation": _columns("", "auditor"),
    "reveal": _columns("", "auditor"),
    "revision": _columns("author note steps lesson", "prefix digest exchange"),
    "sampling_plan": _columns("", "auditor body lot"),
    "seal": _columns("", "auditor body salt"),
    "sealed": _columns("genuine", "kind digest genuine_digest"),
    "second_decision": {**_SIGNED, **_columns("", "first")},
    "second_look": _columns("", "item"),
    "setting": _columns("value", "name"),
    "source": _columns("name path report", "sha256 format"),
    "source_bytes": _columns(data=How.KEPT),
    "source_version": {},
    "step": _columns("content agent tool call_id pointer", "actor kind"),
    "tally": _columns("", "name sum"),
    "undreamed": _columns("reason", "source"),
    "verification": _columns("checks", "rules"),
    "witness": _columns("", "desk root packet"),
}
"""Every table but those of the index of words, whose text is that of the steps, and every column that holds bytes."""

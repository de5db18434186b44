"""Desks that exchange packets, for tests."""

from __future__ import annotations

from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, episodes, marks, outcomes, packets
from dreamdesk.desk.database import Connection, create
from dreamdesk.model.canonical import sha256
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Role
from dreamdesk.review import sshsig
from dreamdesk.review.identity import Signer

PASSPHRASE = "correct horse battery"


def desk(folder: Path, name: str, *people: tuple[str, Role]) -> Connection:
    """Make a desk with auditors."""
    db = create(folder / f"{name}.desk")
    for person, role in people:
        pipeline.add_auditor(db, person, role, PASSPHRASE)
    return db


def signer(db: Connection, name: str) -> Signer:
    """Unlock an auditor's key."""
    return pipeline.unlock(db, name, PASSPHRASE)


def prints(*signers: Signer) -> list[str]:
    """Return the fingerprints that a person would compare."""
    return [sshsig.fingerprint(one.auditor.public_key) for one in signers]


def content(db: Connection) -> dict[str, object]:
    """Return what the desk holds of the episodes that went round, with no id in it: what joining must make equal."""
    names = {}
    for identity in sorted({one for packet in packets.all_packets(db) for one in packet.episodes}):
        names[identity] = packets.episode_digest(episodes.load(db, identity), episodes.source_of(db, identity).sha256)
    chains, states = set(), {}
    for identity, name in names.items():
        for source in DreamSource:
            for correction, chain in packets.chains(db, identity, source):
                for number in range(1, len(chain) + 1):
                    chains.add(packets.revision_digest(name, source, chain[:number]))
                states[packets.revision_digest(name, source, chain)] = corrections.get(db, correction).state.value
    return {
        "episodes": sorted(names.values()),
        "revisions": sorted(chains),
        "states": states,
        "decisions": sorted(sha256(d.statement) for _, d in decisions.all_decisions(db)),
        "marks": sorted(str(mark) for _, mark in marks.every(db)),
        "words": sorted(str(word) for identity in names for word in outcomes.words(db, identity)),
        "outcomes": {name: episodes.outcome(db, identity).state.value for identity, name in names.items()},
    }

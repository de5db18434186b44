"""Where corrections stand, worked out anew from sound signatures: the desk's word for it is not taken on trust."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dreamdesk.desk import auditors, corrections, decisions, ledger, releases, settings, versions
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import sha256
from dreamdesk.model.decision import AuditorKey, Decision, ReviewState
from dreamdesk.review import signing, workflow


@dataclass(frozen=True, slots=True)
class Rules:
    """What, beside the decisions, it depends on where things stand: read once, for many of them."""

    four_eyes: bool
    waiver_second: bool
    keys: tuple[AuditorKey, ...]
    outdated: frozenset[int]

    @classmethod
    def of(cls, db: Connection) -> Rules:
        """Return the rules of the desk as they are now."""
        return cls(
            settings.get(db, settings.FOUR_EYES) == "on",
            settings.get(db, settings.WAIVER_SECOND) == "on",
            auditors.keys(db),
            frozenset(corrections.outdated(db)),
        )

    def state(self, made: Iterable[Decision], row: corrections.Row | None, authors: Sequence[str] = ()) -> ReviewState:
        """Return where a correction, or a memory change (no *row*), that has not left stands by *made*."""
        return workflow.state_after(
            list(made),
            self.four_eyes,
            waiver_second=self.waiver_second,
            authors=authors,
            newest=row.revisions if row else None,
            outdated=row is not None and row.episode in self.outdated,
        )


def states(db: Connection) -> list[str]:
    """Return where a correction does not stand where its decisions, its release or its recall have brought it."""
    rules, (released, recalled) = Rules.of(db), left(db)
    faults = []
    for correction in corrections.ids(db):
        row = corrections.get(db, correction)
        if correction in released:
            right = ReviewState.RECALLED if correction in recalled else ReviewState.RELEASED
        else:
            right = rules.state(decisions.of_correction(db, correction), row, corrections.authors(db, correction))
        if row.state is not right:
            faults.append(
                f"correction {correction} is said to be {row.state.called}, which its decisions do not say: "
                f"they make it {right.called}"
            )
    faults += [f"episode {n} is said to stand elsewhere than its correction" for n in corrections.misshown(db)]
    faults += [f"the digest of decision {n} is not that of what was signed" for n in decisions.misnamed(db)]
    return faults + _outdated(db)


def _outdated(db: Connection) -> list[str]:
    """A recording with corrections is outdated exactly where the desk has a newer one."""
    said = corrections.outdated(db)
    return [
        f"episode {episode} is said to have a newer recording, or none, against what was imported"
        for episode in corrections.corrected(db)
        if (versions.newer(db, episode) is not None) != (episode in said)
    ]


def left(db: Connection, kind: str = "corrections") -> tuple[set[int], set[int]]:
    """Return the corrections (or ``memory_changes``) that the ledger says were released, and those recalled since."""
    found = []
    for entry in ("released", releases.RECALLED):
        bodies = [json.loads(body) for body in ledger.sound_bodies(db, entry)]
        found.append({int(number) for body in bodies for number in body.get(kind, [])})
    return found[0], found[1]


def unsound(db: Connection, approved: Iterable[int]) -> list[str]:
    """Return why corrections that the desk has as *approved* must not leave it; [] where all may.

    A row that somebody slipped into the desk has no signature that fits, and no entry in the ledger.
    """
    entered = {str(body.get("statement")) for body in ledger.bodies(db, "decision")}
    wrote = {(b["correction"], b["revision"]): b.get("author") for b in ledger.bodies(db, "revision-added")}
    erased = set(ledger.renamed(db).values())
    rules, (released, _), faults = Rules.of(db), left(db), list[str]()
    for correction in approved:
        if correction in released:
            faults.append(f"correction {correction} has left this desk already, as the ledger says")
        row, digest = corrections.get(db, correction), corrections.revision(db, correction).digest()
        sound = []
        for number, author in enumerate(corrections.authors(db, correction), 1):
            if wrote.get((correction, number)) not in (None, author):  # early entries do not name the author
                faults.append(f"revision {number} of correction {correction} is by somebody else than the ledger says")
        for decision in decisions.of_correction(db, correction):
            if decision.void:
                continue
            if sha256(decision.statement) in erased:
                wrong = ["words were erased from what it signed, so that nobody can check it; decide it again"]
            else:
                wrong = unsigned(decision, rules.keys)
                if sha256(decision.statement) not in entered:
                    wrong.append("it is not in the ledger")
            if decision.revision == row.revisions and not wrong and signing.subject(decision) != digest:
                wrong.append("it was signed for another revision")
            faults += [f"a decision of {decision.auditor} on correction {correction}: {fault}" for fault in wrong]
            sound += [] if wrong else [decision]
        found = rules.state(sound, row, corrections.authors(db, correction))
        if found is not ReviewState.APPROVED:
            faults.append(f"correction {correction} is {found.called} by the decisions that are soundly signed")
    return faults


def unsigned(decision: Decision, keys: Iterable[AuditorKey]) -> list[str]:
    """Return what is wrong with the signature of *decision*: it is by one of the auditor's *keys* that was valid.

    A decision that came with a packet was signed under the id that its correction has on another desk.
    """
    try:
        signed = replace(decision, correction=int(json.loads(decision.statement)["predicate"]["correction"]))
    except (ValueError, KeyError, TypeError) as error:
        return [f"its statement cannot be read ({error})"]
    found = [
        signing.check_decision(signed, key.public_key)
        for key in keys
        if key.auditor == decision.auditor and key.signs_at(decision.at)
    ]
    return min(found, key=len, default=[f"{decision.auditor} had no valid key then"])

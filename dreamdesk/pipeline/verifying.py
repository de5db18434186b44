"""Verify: whether the desk, or a bundle, still is what people signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from dreamdesk.desk import (
    chain,
    corrections,
    database,
    fingerprint,
    heads,
    incidents,
    judgements,
    kept,
    late,
    learned,
    ledger,
    mappings,
    marks,
    outcomes,
    policies,
    search,
    settings,
    sources,
    tallies,
    versions,
)
from dreamdesk.desk.chain import Fault, in_order
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import sha256
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled, Progress
from dreamdesk.pipeline.identity_verifying import auditor_faults, decision_faults
from dreamdesk.pipeline.memory_verifying import memory_changes
from dreamdesk.pipeline.packets import verifying as packets
from dreamdesk.pipeline.release_verifying import release_faults
from dreamdesk.pipeline.sampling import sampling_faults
from dreamdesk.pipeline.sealing import sealing_faults
from dreamdesk.pipeline.standing import states


class Stopped(UserError):
    """Whoever asked for it no longer wants to know."""


STOPPED = "Verifying was stopped; what was looked at so far says nothing about the rest."

_FOREIGN = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading a value raises that DreamDesk never writes: an unknown verdict, a ledger line that is no JSON object."""


def verify_desk(db: Connection, progress: Progress | None = None, cancelled: Cancelled | None = None) -> list[Fault]:
    """Return what is wrong with the desk, in words: storage, ledger, rules, decisions, states, revisions and steps.

    What concerns entries of the ledger comes first, and of that the first bad entry.

    Raises:
        UserError: it was stopped, or the desk is of a newer version, of which not everything is known here.
    """
    if words := database.newer(db):
        raise UserError(words)
    faults: list[str] = []

    def look(what: str, total: int, done: int) -> None:
        if progress:
            progress(done, total, what)
        if cancelled and cancelled():
            raise Stopped(STOPPED)

    parts: dict[str, Callable[[Connection], Sequence[str]]] = {
        "storage": database.integrity,
        "ledger": lambda db: chain.verify(db, partial(look, "ledger", ledger.size(db))),
        "rules": rules,
        "decisions": decision_faults,
        "marks": _marks,
        "weights": _learned,
        "states": states,
        "incidents": incidents.faults,
        "revisions": _revisions,
        "releases": release_faults,
        "memory": memory_changes,
        "sources": _sources,
        "recorded steps": lambda db: _recordings(db, partial(look, "recorded steps", len(sources.ids(db)))),
        "versions": _versions,
        "outcomes": _outcomes,
        "judgements": _judgements,
        "packets": packets.packet_faults,
        "samples": sampling_faults,
        "known-bad corrections": sealing_faults,
        "tables": tallies.faults,
        "index of words": search.faults,
    }
    # What is outside is read first, so that it is never newer than the moment of which all else is read.
    faults += _faults(db, "ledger", heads.faults)
    with database.snapshot(db):
        for number, (name, part) in enumerate(parts.items()):
            look(name, len(parts), number)
            faults += _faults(db, name, part)
    return in_order(faults)


def _faults(db: Connection, name: str, part: Callable[[Connection], Sequence[str]]) -> Sequence[str]:
    """Return what *part* finds, or that it could not even look."""
    try:
        return part(db)
    except Stopped:
        raise
    except database.DatabaseError as error:
        return [f"the desk's storage is damaged ({name}): {error}"]
    except UserError as error:  # what one row names is not there
        return [f"the desk is not whole ({name}): {error}"]
    except _FOREIGN as error:
        return [f"the desk holds what DreamDesk never writes ({name}): {error}"]


def _bodies(db: Connection, kind: str) -> list[dict[str, object]]:
    """Return the bodies of entries of *kind* that match their commitments; the others are named by `_ledger`."""
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]


def _entered(db: Connection, kind: str) -> list[tuple[int, dict[str, object]]]:
    """Return the same with the numbers of the entries."""
    return [(seq, json.loads(body)) for seq, body in ledger.sound(db, kind)]


def rules(db: Connection) -> list[str]:
    """Return where the rules of the review differ from the ledger: keys and roles of the auditors, the settings.

    The bodies of such entries, and those of decisions, are never erased: without them nothing could be compared.
    """
    faults = [f"the body of ledger entry {seq} is missing" for seq in ledger.without_body(db, ledger.KEPT)]
    faults += auditor_faults(db)
    chosen = {str(body["name"]): str(body["to"]) for body in _bodies(db, "setting-changed")}
    for name in sorted({*settings.DEFAULTS, *settings.changed(db), *chosen}):
        if settings.get(db, name) != chosen.get(name, settings.default(name)):
            faults.append(f"the setting {name} is not the one in the ledger")
    return faults + _policies(db) + _mappings(db)


def _mappings(db: Connection) -> list[str]:
    """The kept mappings are those of the ledger, and so is each that a source was read with."""
    changes = _bodies(db, mappings.CHANGED)
    saved = {str(body["name"]): str(body["to"]) for body in changes}
    held = {one.name: sha256(one.body) for one in mappings.all_kept(db)}
    faults = [
        f"the mapping ‘{name}’ is not the one in the ledger"
        for name in sorted({*saved, *held})
        if saved.get(name, "") != held.get(name, "")
    ]
    known = {str(body["to"]) for body in changes}
    return faults + [
        f"{body['name']} was read with a mapping that the ledger does not have"
        for body in _bodies(db, "imported")
        if "mapping_sha256" in body and body["mapping_sha256"] not in known
    ]


def _policies(db: Connection) -> list[str]:
    """The desk's policies are those that the ledger says were added and not withdrawn, word for word."""
    entered = {str(b["policy"]): (b["name"], b["agent"], b["sha256"]) for b in _bodies(db, "policy-added")}
    withdrawn = {str(body["policy"]) for body in _bodies(db, "policy-withdrawn")}
    held = {str(policy.id): policy for policy in policies.every(db)}
    faults = []
    for number in sorted({*entered, *held}):
        policy = held.get(number)
        if policy is None or entered.get(number) != (policy.name, policy.agent, policy.digest):
            faults.append(f"policy {number} is not the one in the ledger")
        elif (policy.withdrawn is not None) != (number in withdrawn):
            faults.append(f"policy {number} is in force or not, against the ledger")
    return faults


def _marks(db: Connection) -> list[str]:
    """The marks of the auditors are those in the ledger."""
    entered = [dict(json.loads(body)) for body in ledger.sound_bodies(db, marks.MARKED)]
    return marks.faults(db, entered, erased=bool(ledger.without_body(db, (marks.MARKED,))))


def _learned(db: Connection) -> list[str]:
    """The weights that rank on this desk are those in the ledger."""
    bodies = ledger.openings(db, (learned.REFIT, learned.SHIPPED))
    return learned.faults(db, [dict(json.loads(bodies[seq][1])) for seq in sorted(bodies)])


def _revisions(db: Connection) -> list[str]:
    """Each revision is, step for step, the one that the ledger has the digest of, and by whom the ledger says."""
    faults, entered, beside = list[str](), set[tuple[int, int]](), corrections.digests(db)
    for seq, body in _entered(db, "revision-added"):
        correction, number = int(str(body["correction"])), int(str(body["revision"]))
        try:
            held = corrections.revision(db, correction, number)
            actual = held.digest()
        except UserError:
            faults.append(Fault(f"revision {number} of correction {correction} is missing", seq))
            continue
        except (ValueError, KeyError, TypeError):
            actual = ""  # what stands there no longer is a revision
        if actual != body["digest"]:
            faults.append(Fault(f"revision {number} of correction {correction} was changed", seq))
        elif held.author != body.get("author", held.author):
            faults.append(Fault(f"the author of revision {number} of correction {correction} was changed", seq))
        elif beside.get((correction, number)) != actual:
            faults.append(Fault(f"the digest beside revision {number} of correction {correction} was changed", seq))
        entered.add((correction, number))
    if not ledger.without_body(db, ("revision-added",)):
        strangers = sorted(beside.keys() - entered)
        faults += [
            f"revision {number} of correction {correction} is not in the ledger" for correction, number in strangers
        ]
    return faults


def _sources(db: Connection) -> list[str]:
    """Each source is the one that was imported, no other was slipped in, and what is kept of it are its bytes."""
    faults, entered = list[str](), set[int]()
    covered = ledger.renamed(db)
    for seq, body in _entered(db, "imported"):
        number, name = int(str(body["source"])), body["name"]
        entered.add(number)
        source = sources.get(db, number)
        if source is None:
            faults.append(Fault(f"the source {name} is missing", seq))
            continue
        if (source.name, source.sha256, source.format) != (name, body["sha256"], body["format"]):
            faults.append(Fault(f"name, digest or format of the source {name} was changed", seq))
        held = kept.kept_digest(db, number)
        needed = source.size <= kept.ALWAYS_KEPT and body.get("kept", True)  # a packet may bring the digest alone
        if held != covered.get(source.sha256, source.sha256) and (held or needed):
            faults.append(Fault(f"the kept bytes of {name} {'were changed' if held else 'are missing'}", seq))
    if not ledger.without_body(db, ("imported",)):
        faults += [f"source {number} is not in the ledger" for number in sources.ids(db) if number not in entered]
    return faults


def _recordings(db: Connection, look: Callable[[int], None]) -> list[str]:
    """What was recorded, and the report of the import, are those of the import; early desks kept no digest of some."""
    faults = list[str]()
    places_entered = {
        int(source): str(entered)
        for body in _bodies(db, fingerprint.PLACES)
        for source, entered in cast(dict[str, str], body["places"]).items()
    }
    for number, (seq, body) in enumerate(_entered(db, "imported")):
        look(number)
        source = int(str(body["source"]))
        steps, places, facts = fingerprint.of_source(db, source)
        if places != places_entered.get(source, body.get("places_sha256", places)):
            faults.append(Fault(f"places or times of the recorded steps of {body['name']} were changed", seq))
        if steps != body["steps_sha256"]:
            faults.append(Fault(f"the recorded steps of {body['name']} were changed", seq))
        if facts != body.get("facts_sha256", facts):
            said = f"what {body['name']} says of its episodes (outcome, task, policy, tools) was changed"
            faults.append(Fault(said, seq))
        if (report := sources.report_digest(db, source)) != body.get("report_sha256", report):
            faults.append(Fault(f"the import report of {body['name']} was changed", seq))
    return faults


def _outcomes(db: Connection) -> list[str]:
    """Auditors said of outcomes what the ledger has, as did verdicts that came late; what counts follows from all."""
    entered = [{name: body[name] for name in outcomes.SAID} for body in _bodies(db, outcomes.ENTRY)]
    faults = [] if outcomes.said(db) == entered else ["what auditors said of outcomes is not what the ledger has"]
    faults += late.faults(db, [dict(body) for body in _bodies(db, late.ENTRY)])
    faults += versions.faults(db, [dict(body) for body in _bodies(db, versions.WITHDRAWN)])
    forged = outcomes.underived(db, settings.outcome_rule(db))
    return faults + [f"the outcome of episode {n} does not follow from its source and the ledger" for n in forged]


def _judgements(db: Connection) -> list[str]:
    """What models said of error points is what the ledger has the digest of, and nothing was slipped in."""
    entered = {int(str(body["judgement"])): str(body["sha256"]) for body in _bodies(db, judgements.ENTRY)}
    faults = []
    for identity, digest in entered.items():
        text = judgements.body(db, identity)
        if text is None or sha256(text.encode()) != digest:
            faults.append(f"judgement {identity} is not the one in the ledger")
    strangers = sorted(judgements.ids(db) - entered.keys())
    return faults + [f"judgement {identity} is not in the ledger" for identity in strangers]


def _versions(db: Connection) -> list[str]:
    """Each source is a later state of the one that its import names, and of no other."""
    entered = {int(str(body["source"])): int(str(body["predecessor"])) for body in _bodies(db, "imported")
               if "predecessor" in body}  # fmt: skip
    held = versions.predecessors(db)
    return [
        f"source {source} is said to be a later state of another one than the ledger names"
        for source in sorted(entered.keys() | held.keys())
        if entered.get(source) != held.get(source)
    ]

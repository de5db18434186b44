"""Release: approved corrections to a signed bundle, or to a sealed draft where more people must sign."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dreamdesk import __version__
from dreamdesk.desk import auditors, corrections, decisions, episodes, exchanges, findings, ledger, releases, settings
from dreamdesk.desk.database import Connection, path_of
from dreamdesk.model.canonical import sha256
from dreamdesk.model.correction import prefix_digest
from dreamdesk.model.decision import Verdict
from dreamdesk.model.episode import OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.text import counted
from dreamdesk.pipeline import drafting, oversight
from dreamdesk.pipeline.common import Cancelled, Progress, write_head
from dreamdesk.pipeline.identities import spans
from dreamdesk.pipeline.leaking import unresolved
from dreamdesk.pipeline.memory_releasing import memory_plans
from dreamdesk.pipeline.release_verifying import release_faults
from dreamdesk.pipeline.standing import left, unsound
from dreamdesk.pipeline.verifying import rules
from dreamdesk.release import bundle, formats, recall, trace
from dreamdesk.release.content import Asked, Content, Item, MemoryPlan
from dreamdesk.release.terms import Terms
from dreamdesk.review.identity import Signer


def release(
    db: Connection,
    out: Path,
    signer: Signer,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    training: Sequence[str] | None = None,
    terms: Terms | None = None,
) -> Path:
    """Write every approved correction and memory change that has not left yet as a bundle into *out*; return it.

    What *terms* leave out stays on the desk; *training*, where given, names the training formats that leave instead of
    theirs (`training_formats`). Where the desk asks for more than one signature, what is returned is a sealed draft, to
    be signed by others (`dreamdesk.pipeline.drafting`).

    Raises:
        UserError: nothing is approved, the auditor may not release, secrets are in it that nobody dealt with, the
            desk's rules or releases are not those of its ledger, or the folder cannot be written; nothing is half done.
    """
    terms = terms or Terms()
    if broken := [*rules(db), *release_faults(db)]:  # what was recalled and when is told in the bundle, too
        raise UserError(f"This desk is not as DreamDesk left it: {broken[0]}. Nothing was written; verify the desk.")
    auditors.current(db, signer)
    drafting.finish_releases(db)
    if training is not None:
        terms = replace(terms, formats=frozenset(training))
    content = collect(db, terms)
    if leaks := unresolved(db, content.items, terms):
        first = leaks[0]
        raise UserError(
            f"{counted(len(leaks), 'secret or personal item')} would leave, the first a {first.what} "
            f"({first.masked}) in correction {first.correction}, {first.where}. Take it out by an amendment, leave the "
            "correction out, or say why it may leave. Nothing was written."
        )
    name = f"{path_of(db).stem}-{content.number}-{time.strftime('%Y%m%d', time.gmtime(content.at / 1e9))}"
    folder = out / "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name.lower())
    folder = _unused(folder)
    told = (lambda done, total: progress(done, total, "files written")) if progress else None
    released = [item.correction for item in content.items]
    changes = [item.change_id for plan in content.memory for item in plan.items]
    who = signer.auditor.name

    def enter(whole: Path, target: Path) -> None:
        digest = recall.digest_of(whole)
        if content.required_signatures > 1:
            revisions = {item.correction: item.digest for item in content.items}
            releases.add_draft(
                db, content.at, str(target), who, digest, revisions, changes, terms.recipient,
                content.required_signatures,
            )  # fmt: skip
        else:
            releases.add(
                db, content.at, str(target), who, digest, released, changes, turns=trace.turns(whole),
                formats=[made.name for made in formats.chosen(content.formats)], recipient=terms.recipient,
                waived=terms.waived,
            )  # fmt: skip

    written = bundle.write(
        folder, content, lambda message, namespace: signer.sshsig(message, namespace), who, told, cancelled, enter
    )
    write_head(db)
    return written


def training_formats() -> tuple[formats.Format, ...]:
    """Return the training formats that a release may choose from, each with its name, title and whether it is usual."""
    return formats.formats()


def waiting(db: Connection) -> list[int]:
    """Return the corrections that a release would take: approved, and in no draft that waits for signatures."""
    drafted = {correction for draft in releases.drafts(db) for correction in draft.revisions}
    return [correction for correction in releases.leaving(db) if correction not in drafted]


def collect(db: Connection, terms: Terms) -> Content:
    """Return what a release on these *terms* would hold.

    Raises:
        UserError: nothing is approved that is not in a draft already, or something approved may not leave any more.
    """
    approved = waiting(db)
    if terms.only is not None:
        if absent := sorted(terms.only - set(approved)):
            raise UserError(f"Correction {absent[0]} is not approved and waiting for release. Nothing was written.")
        approved = [correction for correction in approved if correction in terms.only]
    drafted_memory = {change for draft in releases.drafts(db) for change in draft.memory}
    plans = memory_plans(db) if terms.memory and not drafted_memory else ()
    if not approved and not plans:
        raise UserError("No correction and no memory change is approved and waiting for release.")
    gone, _ = left(db, "memory_changes")
    if again := sorted(item.change_id for plan in plans for item in plan.items if item.change_id in gone):
        raise UserError(f"Memory change {again[0]} has left already, as the ledger says. Nothing was written.")
    if broken := unsound(db, approved):
        raise UserError(f"What is approved cannot leave as it stands: {broken[0]}. Nothing was written.")
    return _content(db, approved, plans, terms)


def _unused(folder: Path) -> Path:
    """Return *folder*, or the first of folder-2, folder-3 … that is not there: a bundle is never written over."""
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in itertools.count(1))
    return next(name for name in names if not name.exists() and not name.with_name(name.name + bundle.DRAFT).exists())


def _content(db: Connection, approved: Sequence[int], plans: tuple[MemoryPlan, ...], terms: Terms) -> Content:
    items = tuple(_item(db, correction) for correction in approved)
    four_eyes = settings.get(db, settings.FOUR_EYES) == "on"
    return Content(
        desk=path_of(db).stem,
        number=releases.next_number(db),
        at=time.time_ns(),
        items=items,
        auditors=tuple(replace(auditor, private_key="") for auditor in auditors.all_auditors(db)),
        signers=spans(db),
        ledger=tuple(ledger.lines(db)),
        openings=_openings(db, items, plans),
        memory=plans,
        checkpoint=ledger.checkpoint(db),
        rejected=dict(
            Counter(d.reason for _, d in decisions.all_decisions(db) if d.verdict is Verdict.REJECT),
        ),
        tool_version=__version__,
        required_approvals=2 if four_eyes else 1,
        quality=oversight.quality(db),
        approvals_over_warnings=2 if four_eyes or settings.get(db, settings.WAIVER_SECOND) == "on" else 1,
        terms=terms,
        formats=None if terms.formats is None else tuple(sorted(terms.formats)),
        required_signatures=int(settings.get(db, settings.RELEASE_SIGNATURES)),
        recalled=tuple(recall.Notice(given.notice, given.sshsig).line for given in releases.recalls(db)),
    )


def _openings(db: Connection, items: tuple[Item, ...], plans: tuple[MemoryPlan, ...]) -> dict[int, tuple[bytes, bytes]]:
    """Return the ledger bodies that concern what leaves, and no others."""
    corrections_out = {item.correction for item in items}
    changes_out = {item.change_id for plan in plans for item in plan.items}
    sources_out = {item.source.sha256 for item in items} | {s.sha256 for plan in plans for s in plan.sources}

    def concerns(body: dict[str, object]) -> bool:
        if "correction" in body:
            return body["correction"] in corrections_out
        if "memory_change" in body:
            return body["memory_change"] in changes_out
        return "public_key" in body or body.get("sha256") in sources_out

    found = ledger.openings(
        db, ("decision", "imported", "auditor-added", "key-rotated", "key-revoked", "revision-added")
    )
    return {seq: opening for seq, opening in found.items() if concerns(json.loads(opening[1]))}


def _item(db: Connection, correction: int) -> Item:
    row = corrections.get(db, correction)
    revision = corrections.revision(db, correction)
    checks, level = corrections.checks(db, correction, revision.number)
    episode = episodes.load(db, row.episode)
    if prefix_digest(episode.steps[: revision.start]) != revision.prefix:
        raise UserError(f"Episode {row.episode} is no longer as it was recorded; correction {correction} cannot leave.")
    if (episode.outcome.state, episode.outcome.source) == (OutcomeState.SUCCEEDED, OutcomeSource.AUDITOR):
        raise UserError(
            f"An auditor has said since that episode {row.episode} succeeded, so there is nothing to correct in it. "
            f"Reject correction {correction}, or take that word back; then release. Nothing was written."
        )
    return Item(
        correction=correction,
        episode_id=row.episode,
        episode=episode,
        source=episodes.source_of(db, row.episode),
        revision=revision,
        decisions=decisions.of_correction(db, correction),
        checks=checks,
        level=level,
        error=findings.standing(db, row.episode),
        asked=_asked(db, revision.exchange),
    )


def _asked(db: Connection, key: str) -> Asked | None:
    """Return the exchange *key*, where the desk keeps it."""
    if not key or exchanges.get(db, key) is None:
        return None
    kept = exchanges.record(db, key)
    return Asked(kept.key, kept.model, sha256(kept.request), sha256(kept.reply))

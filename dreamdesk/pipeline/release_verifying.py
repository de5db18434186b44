"""Verifying what left: releases, drafts and recalls against the entries that were made when they came about."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable

from dreamdesk.desk import ledger, releases
from dreamdesk.desk.database import Connection
from dreamdesk.model.canonical import Json


def release_faults(db: Connection) -> list[str]:
    """Return where a release, a draft or a recall is not the one in the ledger, or is in one of the two alone.

    What people wrote of it (where to, why) is not compared here: it may be erased.
    """
    drafts = [one for state in (releases.WAITING, releases.DONE, releases.GONE) for one in releases.drafts(db, state)]
    left = ledger.bodies(db, releases.RELEASED)
    became = {body["draft"]: releases.DONE for body in left if body.get("draft")}
    became |= {body["draft"]: releases.GONE for body in ledger.bodies(db, releases.WITHDRAWN)}
    signed = {body["digest"]: sorted(body["signers"]) for body in left if "signers" in body}  # early desks had one
    faults = _differences(
        db,
        "bundle",
        releases.RELEASED,
        [(body["digest"], *_content(body), str(signed.get(body["digest"]))) for body in left],
        [
            (one.digest, str(sorted(one.corrections)), str(sorted(one.memory)),
             str(sorted(one.signers) if one.digest in signed else None))
            for one in releases.all_releases(db)
        ],
    )  # fmt: skip
    faults += _differences(
        db,
        "draft",
        releases.DRAFTED,
        [
            (body["digest"], *_content(body), body["required"], became.get(body["draft"], releases.WAITING))
            for body in ledger.bodies(db, releases.DRAFTED)
        ],
        [(one.digest, str(sorted(one.revisions)), str(sorted(one.memory)), one.required, one.state) for one in drafts],
    )
    return faults + _differences(
        db,
        "recall",
        releases.RECALLED,
        [(body["digest"], *_content(body)) for body in ledger.bodies(db, releases.RECALLED)],
        [(said["manifest_sha256"], str(said["corrections"]), "[]") for said in _notices(db)],
    )


def _content(body: dict[str, Json]) -> tuple[str, str]:
    """Return which corrections and memory changes an entry speaks of."""
    return str(sorted(body["corrections"])), str(sorted(body.get("memory_changes", [])))


def _notices(db: Connection) -> list[dict[str, Json]]:
    return [dict(json.loads(one.notice)) for one in releases.recalls(db)]


def _differences(
    db: Connection, called: str, kind: str, entered: Iterable[Hashable], held: Iterable[Hashable]
) -> list[str]:
    told, there = list(entered), list(held)
    strangers = [] if ledger.without_body(db, (kind,)) else [one for one in there if one not in told]
    return [
        *(f"the desk does not have a {called} as the ledger does: {_shown(one)}" for one in told if one not in there),
        *(f"the desk has a {called} that the ledger does not have so: {_shown(one)}" for one in strangers),
    ]


def _shown(one: Hashable) -> str:
    return f"{str(one[0])[:16]}…" if isinstance(one, tuple) else ""

"""A desk with decisions, for the tests of oversight: every failure that came with the samples, decided once."""

from __future__ import annotations

from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions
from dreamdesk.desk.database import Connection, create
from dreamdesk.model.check import CheckResult
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.review.identity import Signer

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
PASSPHRASE = "correct horse battery"
FIRST, SECOND, THIRD, ADMIN = "anna", "ben", "carla", "ada"
ROLES = {FIRST: Role.REVIEWER, SECOND: Role.REVIEWER, THIRD: Role.APPROVER, ADMIN: Role.ADMINISTRATOR}


def signers(db: Connection) -> dict[str, Signer]:
    """Return the unlocked keys of the auditors, who are added; the administrator last."""
    for name, role in ROLES.items():
        pipeline.add_auditor(db, name, role, PASSPHRASE, "system")
    return {name: pipeline.unlock(db, name, PASSPHRASE) for name in ROLES}


def new_desk(folder: Path) -> Connection:
    """Return an empty desk."""
    return create(folder / "oversight.desk")


def fill(db: Connection, *parts: str) -> None:
    """Import the samples and propose corrections."""
    for part in parts or ("customer-support", "data-processing", "workflow-orchestration"):
        list(pipeline.import_paths(db, [SAMPLES / part]))
    pipeline.prepare(db)


def decide_all(db: Connection, signer: Signer, verdict: Verdict = Verdict.APPROVE) -> list[int]:
    """Decide everything that may be decided so; return what was decided."""
    done = []
    for correction in corrections.ids(db):
        checks, _ = corrections.checks(db, correction)
        if decisions.of_correction(db, correction) or any(check.result is CheckResult.BLOCK for check in checks):
            continue
        reason = "warning-not-material" if verdict is Verdict.APPROVE else "breaks-policy"
        pipeline.decide(db, correction, verdict, reason, "read", signer)
        done.append(correction)
    return done

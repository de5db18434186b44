"""Random schedules: whatever three auditors, and somebody with `sqlite3`, do in whatever order, four eyes hold.

A desk is played against a small model of its own. The ordinary suite plays a few schedules; for thousands::

    DREAMDESK_SCHEDULES=3000 pytest tests/review/test_review_schedules.py
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, decisions, episodes, ledger, releases
from dreamdesk.desk import settings as desk_settings
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.standing import unsound
from dreamdesk.review import signing, sshsig
from dreamdesk.review.identity import Signer

ATTEMPT = json.loads((Path(__file__).parents[1] / "hostile" / "records" / "tau-bench.json").read_text())
PASSPHRASE = "correct horse battery"
ROLES = {"Anna": Role.REVIEWER, "Bert": Role.REVIEWER, "Lea": Role.APPROVER}
CASES = 3
WHO = st.sampled_from(sorted(ROLES))
CASE = st.integers(0, CASES - 1)
VERDICTS = [Verdict.APPROVE] * 6 + [verdict for verdict in Verdict if verdict is not Verdict.AMEND]
SCHEDULES = int(os.environ.get("DREAMDESK_SCHEDULES", "12"))

ATTACKS = (
    "UPDATE correction SET state = 'approved' WHERE id = {id} AND state != 'approved'",
    "UPDATE correction SET state = 'released' WHERE id = {id} AND state != 'released'",
    "UPDATE correction SET state = 'second' WHERE id = {id} AND state != 'second'",
    "UPDATE correction SET state = 'recalled' WHERE id = {id} AND state != 'recalled'",
    "UPDATE correction SET state = NULL WHERE id = {id}",
    "UPDATE correction SET episode = episode + 1 WHERE id = {id}",
    "UPDATE episode SET review = 'bogus' WHERE correction = {id}",
    "UPDATE episode SET correction = NULL WHERE correction = {id}",
    "DELETE FROM correction WHERE id = {id}",
    "INSERT OR REPLACE INTO correction SELECT id, episode, source, 'approved', created FROM correction WHERE id = {id}",
    "INSERT INTO correction(episode, source, state, created) VALUES(1, 'authored', 'approved', 1)",
    "INSERT OR REPLACE INTO revision SELECT * FROM revision WHERE correction = {id}",
    "DELETE FROM revision WHERE correction = {id}",
    "UPDATE revision SET author = 'nobody' WHERE correction = {id}",
    "INSERT INTO released_correction VALUES({id}, 999, NULL)",
    "INSERT OR REPLACE INTO released_correction VALUES({id}, 999, 1)",
    "DELETE FROM setting",
    "INSERT INTO release(at, folder, auditor, digest, corrections) VALUES(1, 'x', 'Mallory', '', '[{id}]')",
    "INSERT INTO decision SELECT NULL, correction, revision, 'approve', reason, comment, auditor, at, statement,"
    " sshsig, envelope, until FROM decision WHERE correction = {id} AND verdict != 'approve' LIMIT 1",
    "INSERT INTO decision SELECT NULL, correction, revision, verdict, reason, comment, 'Mallory', at, statement,"
    " sshsig, envelope, until FROM decision WHERE correction = {id} LIMIT 1",
    "INSERT OR REPLACE INTO decision SELECT * FROM decision WHERE correction = {id} LIMIT 1",
    "DELETE FROM decision WHERE correction = {id}",
    "UPDATE decision SET verdict = 'approve' WHERE correction = {id}",
    "UPDATE released_correction SET recalled = NULL WHERE correction = {id}",
    "DELETE FROM released_correction WHERE correction = {id}",
    "UPDATE release SET corrections = '[1,2,3]'",
)
"""What the desk refuses, or does not apply; none of it may change where a correction stands."""


@dataclass
class Case:
    """What the model knows of one correction."""

    id: int
    episode: int
    authors: list[str] = field(default_factory=lambda: ["Otto"])
    words: list[tuple[Verdict, str]] = field(default_factory=list)
    outdated: bool = False
    left: str = ""
    forged: bool = False

    def yes(self) -> set[str]:
        """Who approved the newest revision after the last other word."""
        names: set[str] = set()
        for verdict, who in self.words:
            names = names | {who} if verdict is Verdict.APPROVE else set()
        return names

    def state(self, two: bool) -> str:
        """Where it stands by rights."""
        last = self.words[-1][0] if self.words else None
        good = self.yes() - set(self.authors if two else ())
        rest = {Verdict.RETURN: "returned", Verdict.ESCALATE: "escalated", Verdict.HOLD: "held"}
        return next(
            name
            for name, holds in (
                (self.left, bool(self.left)),
                ("rejected", last is Verdict.REJECT),
                ("stale", self.outdated),
                ("approved", len(good) > int(two)),
                ("second", bool(good)),
                (rest.get(last, "") if last else "", last in rest),
                ("amended" if len(self.authors) > 1 else "proposed", True),
            )
            if holds
        )


@cache
def template() -> tuple[Path, dict[str, Signer], dict[int, int]]:
    """Return a folder with a desk of three corrections, the unlocked keys, and the episodes by their corrections."""
    folder = Path(tempfile.mkdtemp(prefix="schedules-"))
    write_runs(folder, set())
    db = database.create(folder / "a.desk")
    list(pipeline.import_paths(db, [folder / "runs.jsonl"]))
    pipeline.locate(db)
    made = {}
    for identity in sorted(episodes.ids(db)):
        last = episodes.load(db, identity).steps[-1]
        step = replace(last, content="I cannot do that without your word.")
        made[pipeline.author(db, identity, last.index, [step], "Otto", "")] = identity
    for name, role in ROLES.items():
        pipeline.add_auditor(db, name, role, PASSPHRASE)
    keys = {name: pipeline.unlock(db, name, PASSPHRASE) for name in ROLES}
    pipeline.change_setting(db, desk_settings.BLIND_MARK, desk_settings.OFF, "Anna")
    assert len(made) == CASES
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return folder, keys, made


def write_runs(folder: Path, changed: set[int]) -> None:
    """Write the traces; the episodes of *changed* as a later state has them."""
    rows = [{**ATTEMPT, "task_id": n, **({"reward": 0.25} if n in changed else {})} for n in range(CASES)]
    (folder / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


class Schedules(RuleBasedStateMachine):
    """One desk and its model."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.keys, made = template()
        self.folder = Path(tempfile.mkdtemp(prefix="schedule-"))
        for name in ("a.desk", "a.desk.head"):
            shutil.copy(self.source / name, self.folder)
        self.db = database.open_desk(self.folder / "a.desk")
        self.db.execute("PRAGMA synchronous=OFF")
        self.stranger = sqlite3.connect(self.folder / "a.desk", isolation_level=None)
        self.cases = [Case(correction, episode) for correction, episode in made.items()]
        self.four_eyes = self.waiver = False
        self.newer: set[int] = set()

    def two(self, case: Case) -> bool:
        """Whether two must approve *case*; each of its revisions has a warning."""
        return self.four_eyes or (self.waiver and bool(case.yes()))

    @initialize(four_eyes=st.sampled_from([True, True, False]))
    def begin(self, four_eyes: bool) -> None:
        if four_eyes:
            self.switch(desk_settings.FOUR_EYES, True)

    @rule(name=st.sampled_from([desk_settings.FOUR_EYES, desk_settings.WAIVER_SECOND]), on=st.booleans())
    def switch(self, name: str, on: bool) -> None:
        pipeline.change_setting(self.db, name, "on" if on else "off", "Anna")
        if name == desk_settings.FOUR_EYES:
            self.four_eyes = on
        else:
            self.waiver = on

    @rule(n=CASE, who=WHO, verdict=st.sampled_from(VERDICTS))
    def say(self, n: int, who: str, verdict: Verdict) -> None:
        case = self.cases[n]
        reason = "warning-not-material" if verdict is Verdict.APPROVE else "other"
        escalated = case.state(self.two(case)) == "escalated"
        try:
            pipeline.decide(self.db, case.id, verdict, reason, "because", self.keys[who])
        except UserError:
            return
        assert not case.left
        assert not escalated or ROLES[who] is Role.APPROVER or case.forged
        case.words.append((verdict, who))

    @rule(n=CASE, who=WHO)
    def amend(self, n: int, who: str) -> None:
        case = self.cases[n]
        step = corrections.revision(self.db, case.id).steps[0].step
        words = f"I cannot do that, says {who} ({len(case.authors)})."
        try:
            pipeline.amend(self.db, case.id, [replace(step, content=words)], who, "")
        except UserError:
            assert case.left
            return
        assert not case.left
        case.authors.append(who)
        case.words, case.forged = [], False

    @rule(n=CASE)
    def import_newer(self, n: int) -> None:
        self.newer.add(n)
        write_runs(self.source, self.newer)
        list(pipeline.import_paths(self.db, [self.source / "runs.jsonl"]))
        self.cases[n].outdated = True

    @rule(who=WHO)
    def release(self, who: str) -> None:
        due = [case for case in self.cases if case.state(self.two(case)) == "approved" and not case.forged]
        try:
            bundle = pipeline.release(self.db, self.folder / "out", self.keys[who])
        except UserError:
            assert not due or any(case.forged for case in self.cases)
            return
        assert pipeline.verify_bundle(bundle) == []
        assert due
        for case in self.cases:
            if corrections.get(self.db, case.id).state == "released" and not case.left:
                assert case in due
                self.assert_signed(case, 2 if self.two(case) else 1)
                case.left = "released"

    @rule(n=CASE, who=WHO)
    def recall(self, n: int, who: str) -> None:
        case = self.cases[n]
        number = next((one.id for one in releases.all_releases(self.db) if case.id in one.corrections), 1)
        try:
            pipeline.recall_release(self.db, number, "It was wrong.", self.keys[who], only=[case.id])
        except UserError:
            assert case.left != "released"
            return
        assert case.left == "released"
        case.left = "recalled"

    @rule(n=CASE, attack=st.sampled_from(ATTACKS))
    def attack(self, n: int, attack: str) -> None:
        try:
            self.stranger.execute(attack.format(id=self.cases[n].id))
        except sqlite3.Error:
            return
        self.agree()

    @rule(n=CASE, who=WHO)
    def forge(self, n: int, who: str) -> None:
        """Slip in an approval that says all the right things and that nobody signed."""
        case = self.cases[n]
        revision = corrections.revision(self.db, case.id)
        at = 2_000_000_000_000_000_000
        said = {
            "_type": "https://in-toto.io/Statement/v1",
            "predicate": {"at": at, "auditor": {"name": who}, "reason": "", "verdict": "approve", "checks": []},
            "subject": [{"digest": {"sha256": revision.digest()}, "name": "x"}],
        }
        statement = json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
        try:
            self.stranger.execute(
                "INSERT INTO decision VALUES(NULL,?,?,'approve','','',?,?,?,'-----BEGIN SSH…',x'00',NULL)",
                (case.id, revision.number, who, at, statement),
            )
        except sqlite3.Error:
            return
        case.forged = True
        assert unsound(self.db, [case.id]) != []

    def assert_signed(self, case: Case, needed: int) -> None:
        """Count the signatures on the newest revision anew, with the keys as they were handed out."""
        revision = corrections.revision(self.db, case.id)
        signed = {
            sshsig.fingerprint(self.keys[d.auditor].auditor.public_key)
            for d in decisions.of_correction(self.db, case.id, revision.number)
            if d.verdict is Verdict.APPROVE
            and signing.subject(d) == revision.digest()
            and sshsig.verify(d.sshsig, d.statement, signing.NAMESPACE, self.keys[d.auditor].auditor.public_key)
            and (needed == 1 or d.auditor not in case.authors)
        }
        assert len(signed) >= needed

    @invariant()
    def agree(self) -> None:
        """The desk says of each correction, and of its episode, what the model says."""
        for case in self.cases:
            if not case.forged:
                assert corrections.get(self.db, case.id).state == case.state(self.two(case))
        assert corrections.misshown(self.db) == []
        assert ledger.size(self.db) > 0

    def teardown(self) -> None:
        faults = pipeline.verify_desk(self.db)
        forged = self.db.execute("SELECT count(*) FROM decision WHERE envelope = x'00'").fetchone()[0]
        assert bool(faults) == bool(forged), faults
        self.stranger.close()
        self.db.close()
        shutil.rmtree(self.folder)


TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(
    max_examples=SCHEDULES, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)

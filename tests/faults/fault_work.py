"""What is done to a desk while its disk fails, or until it is killed: each piece of work, and what must hold after it.

A piece of work is done in a folder with a desk in it, and tells what was acknowledged. Its `check` is given what was
told and looks at the folder with nothing failing any more; then the work is done once more and must succeed.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from small_desk import ANN, PASSPHRASE, small_desk, write

from dreamdesk import pipeline
from dreamdesk.desk import corrections, database, decisions, episodes, ledger, releases, schema, sources, tallies
from dreamdesk.desk.database import transaction
from dreamdesk.model.decision import Verdict
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.review.identity import Signer

DESK = "a.desk"
Tell = Callable[[str], None]

_signer: list[Signer] = []


def prepare(made: Path) -> None:
    """Unlock the key of the desk in *made*, and do everything once, so that children need not import what it takes."""
    with closing(database.open_desk(made / DESK, readonly=True)) as db:
        _signer.append(pipeline.unlock(db, ANN, PASSPHRASE))
    folder = made.with_name("warm")
    for work in WORK:
        if work != "migration":
            shutil.copytree(made, folder)
            WORK[work](folder, lambda text: None)
            shutil.rmtree(folder)


def make(folder: Path) -> Path:
    """Make the desk that is worked on: two corrections are approved, one waits, and there are traces to import."""
    desk = small_desk(folder / DESK)
    traces = folder / "traces"
    traces.mkdir()
    runs = json.loads((folder / "runs.json").read_text())
    for number in range(3):
        for run in runs:
            run["traj"] = [*run["traj"], {"role": "assistant", "content": f"That was attempt {number}."}]
        (traces / f"more{number}.json").write_text(json.dumps(runs))
    for left in ("runs.json", "policy.md"):
        (folder / left).unlink()
    with closing(database.open_desk(desk)) as db:
        signer = pipeline.unlock(db, ANN, PASSPHRASE)
        step = Step(4, Actor.AGENT, Kind.MESSAGE, "I counted them once more.", turn=4)
        approved = [pipeline.author(db, episode, 4, [step], "Bo", "better") for episode in (1, 2)]
        pipeline.check(db)
        for correction in approved:
            pipeline.decide(db, correction, Verdict.APPROVE, "other", "it is right", signer)
        write(db, 1, "One more moment, please.", "waits")
        pipeline.check(db)
    return desk


def make_older(folder: Path) -> Path:
    """Make a desk of the first version with an import, decisions' worth of ledger, and no tallies."""
    desk = folder / DESK
    scripts, version, rebuild = schema.SCRIPTS, schema.VERSION, tallies.rebuild
    schema.SCRIPTS, schema.VERSION = {1_000: scripts[1_000]}, 1_000
    tallies.rebuild = lambda db: None  # there were none then
    try:
        with closing(database.create(desk)):
            pass
    finally:
        schema.SCRIPTS, schema.VERSION, tallies.rebuild = scripts, version, rebuild
    with closing(sqlite3.connect(desk, isolation_level=None)) as db, transaction(db):
        for number in range(200):
            ledger.append(db, ANN, "noted", {"subject": f"note {number}", "text": "x" * 400})
    return desk


def decide(folder: Path, tell: Tell) -> None:
    """Hold the correction that waits, again and again, each time with other words."""
    hold = pipeline.reasons(Verdict.HOLD)[0].code
    with closing(database.open_desk(folder / DESK)) as db:
        waiting = corrections.ids(db)[-1]
        for number in range(4):
            pipeline.decide(db, waiting, Verdict.HOLD, hold, f"held {number}", _signer[0])
            tell(f"held {number}")


def decided(folder: Path, told: list[str]) -> None:
    """Every acknowledged decision is there, and at most one that was not."""
    with closing(database.open_desk(folder / DESK)) as db:
        kept = [decision.comment for _, decision in decisions.all_decisions(db) if decision.comment.startswith("held")]
    lost = Counter(told) - Counter(kept)
    assert not lost, lost
    assert len(kept) <= len(told) + 1, (kept, told)


def take_in(folder: Path, tell: Tell) -> None:
    """Import traces."""
    with closing(database.open_desk(folder / DESK)) as db:
        for report in pipeline.import_paths(db, [folder / "traces"]):
            tell(report.source)


def taken_in(folder: Path, told: list[str]) -> None:
    """Every file is on the desk whole or not at all, and those that were reported are."""
    with closing(database.open_desk(folder / DESK)) as db:
        names = [source.name for number in sources.ids(db) if (source := sources.get(db, number)) is not None]
        assert set(told) <= set(names), (told, names)
        assert episodes.count(db) == 2 * len(names)


def release(folder: Path, tell: Tell) -> None:
    """Release what is approved."""
    with closing(database.open_desk(folder / DESK)) as db:
        tell(str(pipeline.release(db, folder / "out", _signer[0])))


def released(folder: Path, told: list[str]) -> None:
    """What the ledger says left lies there whole, and there is no bundle that it does not know."""
    with closing(database.open_desk(folder / DESK)) as db:
        pipeline.finish_releases(db)
        known = [made.folder for made in releases.all_releases(db)]
    assert set(told) <= set(known)
    out = folder / "out"
    there = sorted(str(path) for path in out.iterdir() if not path.name.startswith(".")) if out.exists() else []
    assert there == known
    for bundle in there:
        assert pipeline.verify_bundle(Path(bundle), None) == []


def bring_up_to_date(folder: Path, tell: Tell) -> None:
    """Open a desk of an older version."""
    database.open_desk(folder / DESK).close()
    tell("opened")


def is_up_to_date(folder: Path, told: list[str]) -> None:
    """It is of the old version or of the new one, with all that it held; the copy of before is whole."""
    with closing(sqlite3.connect(folder / DESK)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        assert version == (schema.VERSION if told else version)
        assert version in (1_000, schema.VERSION)
        assert db.execute("SELECT count(*) FROM entry").fetchone()[0] >= 201
    before = folder / f"{DESK}.before-{schema.VERSION}"
    assert before.exists() or version == 1_000
    if before.exists():
        with closing(sqlite3.connect(before)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (1_000,)
            assert db.execute("SELECT count(*) FROM entry").fetchone() == (201,)


def back_up(folder: Path, tell: Tell) -> None:
    """Back the desk up."""
    target = folder / "backup.desk"
    with closing(database.open_desk(folder / DESK)) as db:
        if target.exists():
            target = folder / "second.desk"
        tell(str(pipeline.back_up(db, target)))


def backed_up(folder: Path, told: list[str]) -> None:
    """The copy is whole or not there."""
    for copy in (folder / "backup.desk", folder / "second.desk"):
        assert copy.exists() or str(copy) not in told
        if copy.exists():
            _verify(copy)


def restore(folder: Path, tell: Tell) -> None:
    """Put an older copy back."""
    pipeline.restore(folder / "older.desk", folder / DESK, ANN, "to try it")
    tell("restored")


def is_restored(folder: Path, told: list[str]) -> None:
    """It is the desk of before or the restored one."""
    with closing(database.open_desk(folder / DESK)) as db:
        newest = ledger.page(db, 0, 1)[0].type
    assert newest == "desk-restored" or (not told and newest != "desk-restored")


def change(folder: Path, tell: Tell) -> None:
    """Change a setting, and write a policy down."""
    with closing(database.open_desk(folder / DESK)) as db:
        for number in range(3):
            pipeline.change_setting(db, "cost_limit", str(number + 1), ANN)
            tell(str(number + 1))


def changed(folder: Path, told: list[str]) -> None:
    """The last value that was acknowledged is there, or the one after it."""
    with closing(database.open_desk(folder / DESK)) as db:
        (value,) = db.execute("SELECT coalesce(max(value), '0') FROM setting WHERE name = 'cost_limit'").fetchone()
    assert int(value) - len(told) in (0, 1), (value, told)


def create(folder: Path, tell: Tell) -> None:
    """Make a new desk."""
    path = next(path for n in range(9) if not (path := folder / f"new{n}.desk").exists())
    database.create(path).close()
    tell(path.name)


def created(folder: Path, told: list[str]) -> None:
    """It is whole or not there."""
    for name in told:
        assert (folder / name).exists()
    for path in folder.glob("new*.desk"):
        _verify(path)


def erase(folder: Path, tell: Tell) -> None:
    """Erase words."""
    with closing(database.open_desk(folder / DESK)) as db:
        if "erased" not in {entry.type for entry in ledger.page(db, 0, 4)}:
            pipeline.erase(db, ["Castellane"], "asked for", ANN)
        tell("erased")
        pipeline.finish_erasures(db)
        tell("finished")


def erased(folder: Path, told: list[str]) -> None:
    """What was said to be erased is; what was said to be finished is nowhere in the file."""
    if "finished" in told:
        for path in folder.glob(f"{DESK}*"):
            assert b"Castellane" not in path.read_bytes()


def check_everything(folder: Path, tell: Tell) -> None:
    """Read the whole desk: verify it and open every episode."""
    with closing(database.open_desk(folder / DESK, readonly=True)) as db:
        faults = pipeline.verify_desk(db)
        for number in range(1, episodes.count(db) + 1):
            episodes.load(db, number)
        tell(json.dumps(faults))


def nothing_happened(folder: Path, told: list[str]) -> None:
    """Reading changes nothing."""


WORK: dict[str, Callable[[Path, Tell], None]] = {
    "decision": decide,
    "import": take_in,
    "release": release,
    "migration": bring_up_to_date,
    "backup": back_up,
    "restore": restore,
    "setting": change,
    "creation": create,
    "erasure": erase,
    "reading": check_everything,
}
CHECKS: dict[str, Callable[[Path, list[str]], None]] = {
    "decision": decided,
    "import": taken_in,
    "release": released,
    "migration": is_up_to_date,
    "backup": backed_up,
    "restore": is_restored,
    "setting": changed,
    "creation": created,
    "erasure": erased,
    "reading": nothing_happened,
}
DONE_ALREADY = {"release": "waiting for release"}
"""What the second time says where the first one had succeeded."""


def _verify(desk: Path) -> None:
    with closing(database.open_desk(desk, readonly=True)) as db:
        assert pipeline.verify_desk(db) == []


def lay(made: Path, older: Path, folder: Path, work: str) -> None:
    """Lay a fresh copy of what *work* needs into *folder*."""
    shutil.copytree(older if work == "migration" else made, folder)


def whole(folder: Path, work: str, told: list[str]) -> None:
    """Say that the desk in *folder* is whole after *work*, and that what was *told* is kept."""
    CHECKS[work](folder, told)
    with closing(database.open_desk(folder / DESK)) as db:
        faults = pipeline.verify_desk(db)
    assert faults == [], faults


def is_done(work: str, words: str) -> bool:
    """Tell whether *words*, how the work ended the second time, say that it is done now or had been."""
    return words == "done" or (work in DONE_ALREADY and words.startswith("sentence") and DONE_ALREADY[work] in words)

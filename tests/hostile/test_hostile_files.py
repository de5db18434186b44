"""Hostile files, each by its name in `files/`: what `expected.json` says comes out, and nothing else happens.

A file is refused in words, or gives so many episodes and lists so many parts that it passed over.
"""

import codecs
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dreamdesk.desk.database import open_or_create
from dreamdesk.intake.opening import formats, open_source, unpack
from dreamdesk.model.canonical import canonical
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import import_paths, verify_desk

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
FILES = {path.name: path for path in (HERE / "files").iterdir() if not path.name.startswith(".")}

NEVER = ("pickle.", "marshal.", "os.system", "os.exec", "os.posix_spawn", "subprocess.", "socket.", "ctypes.")
events: list[tuple[str, tuple]] = []
_watching = []


def _hook(event, args):
    if _watching and (event in ("open", "exec", "compile", "import") or event.startswith(NEVER)):
        events.append((event, args))


sys.addaudithook(_hook)


@pytest.fixture
def watched():
    """Record what the interpreter is asked to do while a file is read."""
    formats()  # imports the readers now, and the codecs too
    pytest.importorskip("pyarrow.parquet")  # what is imported late is imported before the watch begins
    for codec in ("utf-16-le", "utf-16-be"):
        codecs.lookup(codec)
    events.clear()
    _watching.append(True)
    yield events
    _watching.clear()


def read(path, scratch):
    """Return what `expected.json` would say of the file, and all words about it."""
    inside = unpack(path, scratch)
    if inside is not None:
        return read_members(inside)
    try:
        reading = open_source(path)
        found = list(reading.episodes())
    except UserError as error:
        name, words = str(error).split(": ", 1)
        assert name == path.name
        return {"refused": words}, words, []
    said = " ".join([*(f"{skip.place} {skip.reason}" for skip in reading.skipped), *reading.notes])
    return {"episodes": len(found), "skips": len(reading.skipped)}, said, found


def read_members(inside):
    """Return the same of an archive: a member that is refused is one part that was passed over."""
    said = [f"{skip.place} {skip.reason}" for skip in inside.skipped]
    found, skips = [], len(inside.skipped)
    for file in inside.files:
        try:
            reading = open_source(file)
            found += [replace(e, key=f"{file.place} {e.key}") for e in reading.episodes()]
            skips += len(reading.skipped)
            said += [*(f"{skip.place} {skip.reason}" for skip in reading.skipped), *reading.notes]
        except UserError as error:
            said.append(str(error))
            skips += 1
    return {"episodes": len(found), "skips": skips}, " ".join(said), found


def test_the_table_is_about_these_files():
    assert set(EXPECTED) == set(FILES)
    assert len(FILES) >= 150
    assert all(path.stat().st_size <= 20_000 for path in FILES.values())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_hostile_file_gives_what_the_table_says(name, watched, tmp_path):
    expected, scratch = EXPECTED[name], tmp_path / "scratch"
    outcome, said, found = read(FILES[name], scratch)
    if "refused" in expected:
        assert expected["refused"] in said
        assert "refused" in outcome
    else:
        assert {key: expected[key] for key in ("episodes", "skips")} == outcome
        assert expected.get("words", "") in said
    assert not [event for event, _ in watched if event.startswith(NEVER)]
    writing = [args for event, args in watched if event == "open" and set(str(args[1])) & set("wax+")]
    ours = [args for args in writing if Path(args[0]).parent == scratch and Path(args[0]).name.isdecimal()]
    assert writing == ours, "a file was written elsewhere than in numbered files of our own folder"
    assert len({episode.key for episode in found}) == len(found)
    for episode in found:
        assert [step.index for step in episode.steps] == list(range(len(episode.steps)))
        canonical([[step.content, step.pointer, step.agent, step.tool, step.call_id] for step in episode.steps])
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("name", sorted(name for name in EXPECTED if name.startswith("pickle")))
def test_a_pickle_is_never_opened_as_one(name, watched, tmp_path):
    read(FILES[name], tmp_path / "scratch")
    run = [(event, args) for event, args in watched if event in ("exec", "compile", "import", "pickle.find_class")]
    assert not run
    assert not Path("/tmp/pickle-was-opened").exists()


def test_the_watch_sees_a_pickle_that_is_opened(watched):
    import pickle

    class Harmless:
        def __reduce__(self):
            return int, ("7",)

    assert pickle.loads(pickle.dumps(Harmless())) == 7
    assert any(event.startswith(NEVER) for event, _ in watched)


def test_all_of_them_at_once_leave_a_desk_that_verifies(tmp_path):
    db = open_or_create(tmp_path / "hostile.desk")
    reports = list(import_paths(db, [HERE / "files"]))
    by_name = {report.source: report for report in reports}
    for name, expected in EXPECTED.items():
        report = by_name.get(name)
        if "refused" in expected:
            assert not report.format
            assert expected["refused"] in report.skipped[0].reason
        elif report is not None and report.format not in ("", "archive") and not report.known:
            assert (report.episodes, len(report.skipped)) == (expected["episodes"], expected["skips"]), name
    assert db.execute("SELECT count(*) FROM source WHERE NOT complete").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM episode WHERE NOT live").fetchone() == (0,)
    visible = sum(report.episodes for report in reports if not report.known)
    assert db.execute("SELECT count(*) FROM episode").fetchone() == (visible,)
    assert verify_desk(db) == []
    db.close()

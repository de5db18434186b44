"""2,000 mutants of real traces, and that the harness which judges them notices every kind of harm."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
import mutate  # noqa: E402
from mutations import mutant  # noqa: E402


def test_2000_mutants_of_real_traces_do_no_harm():
    folders = [ROOT / "resources" / "samples", ROOT.parent / "shared" / "data" / "traces"]
    folders = [folder for folder in folders if folder.is_dir()]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "mutate.py"), *map(str, folders), "--count", "2000", "--jobs", "2"],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2,000 mutants" in run.stdout
    assert "0 did harm" in run.stdout
    assert after.ru_utime - before.ru_utime < 120


def harmful(path, noise, index):
    """Stand for a reader that does harm with some mutants."""
    if index == 1:
        raise KeyError("boom")
    if index == 2:
        while True:
            pass
    if index == 3:
        bytearray(2 << 30)
    if index == 4:
        sys.exit(3)
    if index == 5:
        time.sleep(600)
    return "read"


def test_a_crash_a_hang_and_a_swelling_are_noticed_and_the_rest_goes_on(monkeypatch, samples):
    monkeypatch.setattr(mutate, "WALL", 20)
    files = mutate.corpus([samples])
    offences, ends, longest = mutate.run(files, 12, 1, 2, harmful)
    said = {offence.index: offence.what for offence in offences}
    assert set(said) == {1, 2, 3, 4, 5}
    assert "KeyError" in said[1]
    assert "more than 5 s" in said[2]
    assert "MemoryError" in said[3]
    assert "with 3" in said[4]
    assert "said nothing" in said[5]
    assert ends == {"read": 7}
    assert longest < 5


def fine(path, noise, index):
    """Stand for a reader that does no harm."""
    return "read"


def never(path, noise, index):
    """Stand for a reader that must not be asked."""
    raise AssertionError("it was judged before")


def test_a_run_that_was_stopped_goes_on_after_the_last_piece_of_its_journal(monkeypatch, samples, tmp_path):
    monkeypatch.setattr(mutate, "PIECE", 4)
    files, kept = mutate.corpus([samples]), tmp_path / "journal.jsonl"
    first = list(mutate.pieces(files, 6, 1, 2, kept=kept, judged=fine))
    assert [(piece.first, piece.count, piece.ends) for piece in first] == [(0, 4, {"read": 4}), (4, 2, {"read": 2})]
    assert list(mutate.pieces(files, 6, 1, 2, kept=kept, judged=never)) == first
    kept.write_text(kept.read_text()[:-10])  # the program was killed while it wrote
    again = list(mutate.pieces(files, 6, 1, 2, kept=kept, judged=never))
    assert (again[0], len(again[1].offences)) == (first[0], 2)
    assert list(mutate.pieces(files, 6, 1, 2, kept=kept, judged=never)) == again
    with pytest.raises(ValueError, match="files"):
        mutate.journal(kept, 1, 3)


def test_a_mutant_is_the_same_every_time_and_differs_from_its_original(samples):
    files = mutate.corpus([samples])
    first = [mutant(files, 1, index) for index in range(60)]
    assert first == [mutant(files, 1, index) for index in range(60)]
    assert first != [mutant(files, 2, index) for index in range(60)]
    originals = {path.read_bytes() for path in files}
    assert sum(data in originals for data, _ in first) <= 3
    assert len({recipe for _, recipe in first}) > 50


def test_what_no_reader_may_give_is_an_offence(tmp_path, samples, monkeypatch):
    from dataclasses import replace

    from dreamdesk.intake import opening

    path = samples / "workflow-orchestration" / "handoff-review.json"
    real = opening.Reading.episodes
    spoil = {
        "64 bits": lambda e: replace(e, native_steps=2**64),
        "holes": lambda e: replace(e, steps=e.steps[1:]),
        "surrogates": lambda e: replace(e, title="\ud800"),
    }
    for words, change in spoil.items():
        monkeypatch.setattr(opening.Reading, "episodes", lambda self, change=change: map(change, real(self)))
        with pytest.raises((AssertionError, UnicodeEncodeError), match=words):
            mutate.judge(path, mutate.random.Random(1), 1)

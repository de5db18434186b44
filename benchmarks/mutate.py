"""Damages real traces at random and imports what comes of it: nothing may crash, hang, swell or leave half a source.

    python benchmarks/mutate.py FOLDER... [--count 100000] [--seed 1] [--jobs 2] [--journal FILE]
    python benchmarks/mutate.py FOLDER... --only INDEX [--save FILE]      one mutant again, with its traceback

A mutant is named by its seed and its index, which give the same bytes every time: bytes flipped, parts cut out or
doubled, two files spliced, values and types swapped in the parsed JSON, the result sometimes compressed, put into an
archive or made a table, and that damaged again. Each is read
in a worker process that may use 5 s of processor time per mutant and 1 GB of address space; some are imported into a
desk, which must hold no half-done source and verify at the end. Large files are mutated as excerpts, and sometimes
whole. Exit code 1 when any mutant offends.

With ``--journal`` each thousand is written down when it is done, and a run that was stopped goes on after the last.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from mutations import mutant

if TYPE_CHECKING:
    from dreamdesk.intake.files import File

SECONDS = 5
"""Processor time that one mutant may take."""
WALL = 90
"""Seconds after which a worker that says nothing hangs without computing."""
MEMORY = 1 << 30
"""Address space of a worker, in bytes."""
PIECE = 1_000
"""Mutants between two entries of the journal."""
DESK_EVERY = 20
"""One of so many mutants is imported into a desk."""

Judge = Callable[[Path, random.Random, int], str]
"""Reads one mutant and says what became of it; an exception is an offence."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A mutant that did harm: which, how it was made, and what happened."""

    index: int
    recipe: str
    what: str


def corpus(folders: Sequence[Path], largest: int = 8 << 20) -> list[Path]:
    """Return the trace files under *folders*, the smallest first."""
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found = [path for path in found if path.suffix not in (".md", ".csv") and 0 < path.stat().st_size <= largest]
    return sorted(found, key=lambda path: (path.stat().st_size, path.as_posix()))


def judge(path: Path, noise: random.Random, index: int) -> str:
    """Read the mutant at *path* and check what comes out; every so often import it into a desk too.

    Raises:
        AssertionError: Something came out that no reader may give.
    """
    from dreamdesk.intake.files import on_disk
    from dreamdesk.intake.opening import unpack
    from dreamdesk.pipeline import formats

    name = noise.choice(formats()) if noise.random() < 0.1 else None
    if index % DESK_EVERY == 0:
        _import(path, name)
    scratch = path.with_name("scratch")
    try:
        inside = unpack(path, scratch)
        if inside is None:
            return _read(on_disk(path), name)
        assert inside.files or inside.skipped, "an archive gave nothing, and nobody was told"
        ends = {_read(file, name) for file in inside.files}
        return "archive read" if ends - {"refused"} else "archive refused"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _read(file: File, name: str | None) -> str:
    from dreamdesk.intake.opening import open_source
    from dreamdesk.model.canonical import canonical
    from dreamdesk.model.errors import UserError

    try:
        reading = open_source(file, name)
        keys: set[str] = set()
        for episode in reading.episodes():
            assert episode.key not in keys, f"two episodes have the key {episode.key!r}"
            keys.add(episode.key)
            assert [step.index for step in episode.steps] == list(range(len(episode.steps))), "indexes have holes"
            turns = [step.turn for step in episode.steps]
            assert turns == sorted(turns), "turns go back"
            canonical(list(_plain(episode)))
    except UserError:
        return "refused"
    assert keys or reading.skipped or reading.notes, "nothing was read, and nobody was told"
    return "read with skips" if reading.skipped else "read"


def _plain(value: object) -> Iterator[object]:
    """Yield every text and number inside a noun; each must fit into a desk."""
    if isinstance(value, str):
        value.encode()
        yield value
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63, f"{value} does not fit into 64 bits"
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _plain(item)
    elif hasattr(value, "__slots__"):
        for field in value.__slots__:
            found = getattr(value, field)
            if field == "parameters":  # a schema of any shape, which is stored as JSON text
                yield found
            else:
                yield from _plain(found)
    else:
        yield value


_desk: list[Path] = []


def _import(path: Path, name: str | None) -> None:
    from dreamdesk.desk.database import open_or_create
    from dreamdesk.pipeline import import_paths, verify_desk

    if not _desk:
        _desk.append(path.parent / "mutants.desk")
    db = open_or_create(_desk[0])
    try:
        list(import_paths(db, [path], name))
        half = db.execute("SELECT count(*) FROM source WHERE NOT complete").fetchone()[0]
        lost = db.execute(
            "SELECT count(*) FROM episode WHERE NOT live OR source NOT IN (SELECT id FROM source)"
        ).fetchone()[0]
        assert not half, "half a source is left on the desk"
        assert not lost, f"{lost} episodes belong to no complete source"
        if not random.randrange(20):
            assert not (faults := verify_desk(db)), f"the desk does not verify: {faults[:3]}"
    finally:
        db.close()


def _work(pipe: Connection, files: list[Path], seed: int, judged: Judge) -> None:
    """Judge mutants by index until None comes. The system ends this process when one takes too long."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutant")
        while (index := pipe.recv()) is not None:
            data, recipe = mutant(files, seed, index)
            pipe.send(("made", recipe))
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            began = time.process_time()
            try:
                became = judged(path, random.Random(f"{seed}:{index}:judge"), index)
                pipe.send(("fine", became))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                last = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{Path(last.filename).name}:{last.lineno}"
                pipe.send(("harm", f"{type(error).__name__} at {place}: {str(error)[:200]}"))
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            pipe.send(("took", time.process_time() - began))


class _Worker:
    """A worker process and the mutant that it is busy with."""

    def __init__(self, files: list[Path], seed: int, judged: Judge) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, files, seed, judged), daemon=True)
        self.process.start()
        theirs.close()
        self.index, self.recipe, self.since = -1, "", time.monotonic()

    def give(self, index: int | None) -> None:
        self.index, self.since = -1 if index is None else index, time.monotonic()
        self.pipe.send(index)

    def end(self) -> str:
        """Stop the process; return in words how it ended."""
        hung = self.process.is_alive() and time.monotonic() - self.since > WALL
        if hung:
            self.process.kill()
        self.process.join()
        self.pipe.close()
        if hung:
            return f"said nothing for {WALL} s"
        code = self.process.exitcode
        return f"took more than {SECONDS} s" if code == -signal.SIGPROF else f"ended the process with {code}"


def run(
    files: list[Path], count: int, seed: int, jobs: int = 2, judged: Judge = judge, first: int = 0
) -> tuple[list[Offence], Counter[str], float]:
    """Judge *count* mutants; return the offences, how often each good end was met, and the longest time in seconds."""
    offences: list[Offence] = []
    ends: Counter[str] = Counter()
    longest = 0.0
    todo = iter(range(first, first + count))
    workers: list[_Worker] = []

    def begin(worker: _Worker) -> None:
        index = next(todo, None)
        worker.give(index)
        if index is None:
            worker.process.join()
            worker.pipe.close()
            workers.remove(worker)

    for _ in range(min(jobs, count)):
        workers.append(_Worker(files, seed, judged))
        begin(workers[-1])
    while workers:
        ready = wait([worker.pipe for worker in workers], timeout=5)
        for worker in list(workers):
            hung = worker.pipe not in ready and time.monotonic() - worker.since > WALL
            if worker.pipe not in ready and not hung:
                continue
            try:
                kind, said = worker.pipe.recv() if not hung else ("gone", "")
            except (EOFError, OSError):
                kind, said = "gone", ""
            if kind == "made":
                worker.recipe = said
            elif kind == "fine":
                ends[said] += 1
            elif kind == "harm":
                offences.append(Offence(worker.index, worker.recipe, said))
            elif kind == "took":
                longest = max(longest, said)
                begin(worker)
            else:
                workers.remove(worker)
                offences.append(Offence(worker.index, worker.recipe, worker.end()))
                workers.append(_Worker(files, seed, judged))
                begin(workers[-1])
    return offences, ends, longest


@dataclass(slots=True)
class Piece:
    """What became of a range of mutants of one seed; *files* is the number of traces that they were made of."""

    seed: int
    files: int
    first: int
    count: int
    ends: dict[str, int]
    offences: list[Offence]
    longest: float
    seconds: float


def journal(path: Path | None, seed: int, files: int) -> list[Piece]:
    """Return what the journal at *path* holds of this seed; a line that was cut off is left out.

    Raises:
        ValueError: It was written for another number of files.
    """
    found: list[Piece] = []
    for line in path.read_text().splitlines() if path and path.exists() else ():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        piece = Piece(**{**value, "offences": [Offence(**offence) for offence in value["offences"]]})
        if piece.files != files:
            raise ValueError(f"{path}: it was written for {piece.files} files, not {files}")
        if piece.seed == seed:
            found.append(piece)
    return found


def pieces(
    files: list[Path],
    count: int,
    seed: int,
    jobs: int = 2,
    first: int = 0,
    kept: Path | None = None,
    judged: Judge = judge,
) -> Iterator[Piece]:
    """Yield what becomes of *count* mutants, a thousand at a time: what the journal *kept* knows, then the rest."""
    known = {(piece.first, piece.count): piece for piece in journal(kept, seed, len(files))}
    for start in range(first, first + count, PIECE):
        size = min(PIECE, first + count - start)
        if (start, size) not in known:
            began = time.monotonic()
            offences, ends, longest = run(files, size, seed, jobs, judged, start)
            took = time.monotonic() - began
            piece = Piece(seed, len(files), start, size, dict(ends), offences, longest, took)
            known[start, size] = piece
            if kept:
                with kept.open("a") as file:
                    file.write(f"\n{json.dumps(asdict(piece))}\n")  # after a line that was cut off, too
        yield known[start, size]


def _again(files: list[Path], seed: int, index: int, save: Path | None) -> None:
    """Make one mutant again and judge it here, so that its traceback is seen."""
    data, recipe = mutant(files, seed, index)
    print(recipe, f"({len(data):,} bytes)")
    with tempfile.TemporaryDirectory() as folder:
        path = save or Path(folder, "mutant")
        path.write_bytes(data)
        print(judge(path, random.Random(f"{seed}:{index}:judge"), index))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="index of the first mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--journal", type=Path, help="write down here what is done, and go on after it")
    parser.add_argument("--only", type=int, help="make one mutant again, in this process")
    parser.add_argument("--save", type=Path, help="keep the mutant of --only here")
    given = parser.parse_args()
    files = corpus(given.folder)
    if not files:
        parser.error("there are no trace files in these folders")
    if given.only is not None:
        _again(files, given.seed, given.only, given.save)
        return 0
    done: list[Piece] = []
    for piece in pieces(files, given.count, given.seed, given.jobs, given.first, given.journal):
        done.append(piece)
        for offence in sorted(piece.offences, key=lambda offence: offence.index):
            print(f"mutant {offence.index} of seed {given.seed}: {offence.what}\n    {offence.recipe}", flush=True)
        print(f"{sum(one.count for one in done):,} of {given.count:,}", file=sys.stderr, flush=True)
    ends = sum((Counter(piece.ends) for piece in done), Counter[str]())
    offences = sum(len(piece.offences) for piece in done)
    good = ", ".join(f"{number:,} {end}" for end, number in ends.most_common())
    print(
        f"{given.count:,} mutants of {len(files)} files in {sum(piece.seconds for piece in done):.0f} s: {good}; "
        f"{offences} did harm; the longest took {max(piece.longest for piece in done):.1f} s"
    )
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())

"""Clocks that jump: what is done under a wrong clock is kept and verifies, and whoever opens the desk is told of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import fault_work
import pytest
from faulty import Faulty

from dreamdesk import pipeline
from dreamdesk.desk import database, decisions, heads, ledger

DAY = 86_400
JUMPS = {
    "an hour back": -3_600,
    "a day ahead": DAY,
    "a year back": -365 * DAY,
    "ten years ahead": 3_650 * DAY,
    "to 1970": -1_795_000_000,
    "to 2105": 79 * 365 * DAY,
}
Survived = Callable[[str, Mapping[str, int]], None]


def _order(folder: Path) -> list[int]:
    with closing(database.open_desk(folder / fault_work.DESK, readonly=True)) as db:
        return [entry.seq for entry in ledger.page(db, 0, 1_000)]


@pytest.mark.parametrize("work", ["decision", "import", "release", "backup", "setting"])
def test_the_clock_jumps(faulty: Faulty, work: str, survived: Survived) -> None:
    kept = 0
    for words, seconds in JUMPS.items():
        with faulty.laid(work) as folder:
            ended = faulty.do(work, folder, clock=seconds)
            assert ended.words.split(":")[0] in ("done", "sentence"), (words, ended)
            fault_work.whole(folder, work, ended.told)
            order = _order(folder)
            assert order == sorted(order, reverse=True)  # by what came after what, whatever the clock said
            back = faulty.do("decision", folder)  # the clock is right again
            assert back.words == "done", (words, back)
            with closing(database.open_desk(folder / fault_work.DESK)) as db:
                assert pipeline.verify_desk(db) == []
                ahead = any(entry.at > 1e9 * time.time() + 1e12 for entry in ledger.page(db, 0, 1))
                assert any("still to come" in told for told in heads.at_opening(db)) == ahead
            kept += len(ended.told) + len(back.told)
    survived(f"clocks that jump during {work}", {"jumps": len(JUMPS), "acknowledged and kept": kept})


def test_the_clock_goes_back_and_forth_between_decisions(faulty: Faulty, survived: Survived) -> None:
    with faulty.laid("decision") as folder:
        told = []
        for seconds in (0, -3_600, 3_600, -DAY, 30 * DAY, -400 * DAY, 0):
            ended = faulty.do("decision", folder, clock=seconds)
            assert ended.words == "done", (seconds, ended)
            told += ended.told
        with closing(database.open_desk(folder / fault_work.DESK)) as db:
            assert pipeline.verify_desk(db) == []
            held = [made.comment for _, made in decisions.all_decisions(db) if made.comment.startswith("held")]
        assert sorted(held) == sorted(told)
    survived("clocks that go back and forth", {"jumps": 6, "acknowledged and kept": len(told)})

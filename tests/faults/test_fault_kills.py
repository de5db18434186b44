"""Killed at every write: nothing that was acknowledged is lost, nothing is half done, and work goes on.

A process is killed (SIGKILL) before a chosen write, sync, rename or removal, at every second one after half of its
bytes. `DREAMDESK_KILLS=1200 python -m pytest tests/faults/test_fault_kills.py -s` is the whole measure.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping

import fault_work
import pytest
from faulty import KILL, Faulty, spread

KILLS = int(os.environ.get("DREAMDESK_KILLS", "24"))
SHARES = {"decision": 7, "import": 5, "migration": 4, "backup": 3, "restore": 1, "setting": 1, "creation": 1,
          "erasure": 1, "release": 1}  # fmt: skip
"""How many of 24 kills meet what."""


@pytest.mark.parametrize("work", SHARES)
def test_killed_at_a_write(faulty: Faulty, work: str, survived: Callable[[str, Mapping[str, int]], None]) -> None:
    number = max(1, KILLS * SHARES[work] // sum(SHARES.values()))
    counted: Counter[str] = Counter()
    for at in spread(faulty.points(work), number):
        with faulty.laid(work) as folder:
            ended = faulty.do(work, folder, at=at, mode=KILL)
            assert ended.way == "killed", (at, ended)
            fault_work.whole(folder, work, ended.told)
            faulty.again(work, folder)
        counted["killed"] += 1
        counted["acknowledged before"] += len(ended.told)
    survived(f"kills during {work}", counted)


@pytest.mark.parametrize("work", ["decision", "import", "setting", "restore", "backup", "creation"])
def test_what_is_acknowledged_outlives_a_cut_of_the_power(faulty: Faulty, work: str) -> None:
    """All that was written was synced before, so that it does not lie in the memory of the machine alone."""
    with faulty.laid(work) as folder:
        ended = faulty.do(work, folder)
        assert ended.words == "done"
        assert ended.told
        assert ended.unsynced == 0


@pytest.mark.parametrize("work", ["decision", "import"])
def test_killed_at_any_time(faulty: Faulty, work: str, survived: Callable[[str, Mapping[str, int]], None]) -> None:
    """The same by the clock: between two writes too."""
    chance = random.Random(7)
    counted: Counter[str] = Counter()
    for _ in range(max(1, KILLS // 12)):
        with faulty.laid(work) as folder:
            ended = faulty.do(work, folder, after=chance.uniform(0, 0.4))
            fault_work.whole(folder, work, ended.told)
        counted["killed" if ended.way == "killed" else "was faster"] += 1
        counted["acknowledged before"] += len(ended.told)
    survived(f"kills at any time during {work}", counted)

"""Writes that fail: a full disk, a failing one, a read-only one, no permission, no lock, a disk that vanishes.

At chosen calls of each piece of work, once or from then on. What must come of it is a sentence or success, never a
defect; the desk is whole with all that was acknowledged, and once nothing fails any more the work is done.
`DREAMDESK_WRITE_ERRORS=600 python -m pytest tests/faults/test_fault_writes.py -s` is the whole measure.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Callable, Mapping

import fault_work
import pytest
from faulty import GONE, LOCKS, ONCE, READS, STAYS, WRITES, Faulty, spread

NUMBER = int(os.environ.get("DREAMDESK_WRITE_ERRORS", "16"))
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT, errno.EPERM, errno.EFBIG)
WORK = ("decision", "import", "release", "migration", "backup", "restore", "setting", "creation")
Survived = Callable[[str, Mapping[str, int]], None]


def _survive(faulty: Faulty, work: str, counted: Counter[str], **fault: int) -> None:
    """Do *work* under a fault, and see that all is well afterwards."""
    with faulty.laid(work) as folder:
        ended = faulty.do(work, folder, **fault)
        assert ended.way == "ended", (work, fault, ended)
        assert not ended.words.startswith("defect"), (work, fault, ended.words)
        fault_work.whole(folder, work, ended.told)
        faulty.again(work, folder)
    # Where the work takes a way with fewer calls this time, its fault may come too late.
    counted[ended.words.split(":")[0] if ended.count >= fault["at"] else "not met"] += 1


def _met(counted: Counter[str]) -> None:
    """Say that the faults were met, so that the work did not succeed for want of any."""
    assert counted["not met"] * 10 <= counted.total(), counted


@pytest.mark.parametrize("work", WORK)
def test_a_write_fails(faulty: Faulty, work: str, survived: Survived) -> None:
    counted: Counter[str] = Counter()
    for place, at in enumerate(spread(faulty.points(work), max(2, NUMBER // len(WORK)))):
        code, mode = ERRORS[place % len(ERRORS)], (ONCE, STAYS)[place // len(ERRORS) % 2]
        _survive(faulty, work, counted, at=at, error=code, mode=mode, counting=WRITES)
    _met(counted)
    survived(f"failing writes during {work}", counted)


@pytest.mark.parametrize("work", WORK)
def test_a_lock_is_refused(faulty: Faulty, work: str, survived: Survived) -> None:
    counted: Counter[str] = Counter()
    for place, at in enumerate(spread(faulty.points(work, LOCKS), max(1, NUMBER // 32))):
        code = (errno.ENOLCK, errno.EIO)[place % 2]
        _survive(faulty, work, counted, at=at, error=code, mode=(STAYS, ONCE)[place % 2], counting=LOCKS)
    _met(counted)
    survived(f"refused locks during {work}", counted)


@pytest.mark.parametrize("work", WORK)
def test_the_disk_vanishes(faulty: Faulty, work: str, survived: Survived) -> None:
    counted: Counter[str] = Counter()
    for at in spread(faulty.points(work), max(1, NUMBER // 32)):
        _survive(faulty, work, counted, at=at, error=errno.EIO, mode=GONE, counting=WRITES)
    _met(counted)
    survived(f"vanished disks during {work}", counted)


@pytest.mark.parametrize("work", ["reading", "decision", "release", "backup"])
def test_a_read_fails(faulty: Faulty, work: str, survived: Survived) -> None:
    counted: Counter[str] = Counter()
    for place, at in enumerate(spread(faulty.points(work, READS), max(1, NUMBER // 16))):
        _survive(faulty, work, counted, at=at, error=errno.EIO, mode=(ONCE, STAYS)[place % 2], counting=READS)
    _met(counted)
    survived(f"failing reads during {work}", counted)

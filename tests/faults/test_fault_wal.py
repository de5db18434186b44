"""A log that was cut: the desk opens with a beginning of its history or is refused, and what is lost is noticed.

`DREAMDESK_CUTS=1200 python -m pytest tests/faults/test_fault_wal.py -s` is the whole measure.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from small_desk import ANN, small_desk

from dreamdesk import pipeline
from dreamdesk.desk import database, ledger
from dreamdesk.desk.database import transaction
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import write_head

CUTS = int(os.environ.get("DREAMDESK_CUTS", "150"))


def test_a_cut_log_leaves_a_beginning_and_the_head_tells(
    tmp_path: Path, survived: Callable[[str, Mapping[str, int]], None]
) -> None:
    desk = small_desk(tmp_path / "a.desk")
    db = database.open_desk(desk)
    db.execute("PRAGMA wal_autocheckpoint=0")
    for number in range(6):
        with transaction(db):
            ledger.append(db, ANN, "noted", {"subject": f"note {number}"})
        pipeline.change_setting(db, "cost_limit", f"{number + 1}", ANN)
    write_head(db)
    lines = list(ledger.lines(db))
    work = tmp_path / "work"
    work.mkdir()
    for part in tmp_path.glob("a.desk*"):
        shutil.copy(part, work)
    db.close()
    copy = work / "a.desk"
    log = (work / "a.desk-wal").read_bytes()
    base = copy.read_bytes()
    assert len(log) > 100_000
    counted: Counter[str] = Counter()
    words = list[str]()
    seen = 0
    for length in (*(cut * len(log) // CUTS for cut in range(CUTS)), len(log)):
        copy.write_bytes(base)
        (work / "a.desk-wal").write_bytes(log[:length])
        (work / "a.desk-shm").unlink(missing_ok=True)
        try:
            found = database.open_desk(copy, readonly=True)
        except UserError as error:
            counted["refused"] += 1
            words.append(str(error))
            continue
        with closing(found):
            kept = list(ledger.lines(found))
            assert kept == lines[: len(kept)]
            assert len(kept) >= seen, (length, "a longer log gave less")
            seen = len(kept)
            faults = pipeline.verify_desk(found)
            older = [fault for fault in faults if "older copy" in fault]
            assert faults == older
            assert bool(older) == (len(kept) < len(lines)), (length, faults)
            counted["older, noticed" if older else "whole"] += 1
    survived("cuts of the log", counted)
    assert all("a.desk" in refusal for refusal in words)
    assert counted["older, noticed"]
    assert seen == len(lines)  # with the whole log all is there, and nothing is said
    assert counted["whole"]

"""No memory left: an allocation of Python's fails somewhere in an import, and the desk is as it was or whole.

`DREAMDESK_ALLOCATIONS=200 python -m pytest tests/faults/test_fault_memory.py -s` is the whole measure.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping

import fault_work
import pytest
from faulty import Faulty

NUMBER = int(os.environ.get("DREAMDESK_ALLOCATIONS", "6"))


def test_an_allocation_fails(faulty: Faulty, survived: Callable[[str, Mapping[str, int]], None]) -> None:
    pytest.importorskip("_testcapi", reason="this Python was built without what lets allocations fail")
    chance = random.Random(6)
    counted: Counter[str] = Counter()
    for _ in range(NUMBER):
        with faulty.laid("import") as folder:
            # Early ones as often as late ones: the work makes some hundred thousand.
            ended = faulty.do("import", folder, allocation=int(10 ** chance.uniform(1, 5.5)), allocations=1)
            assert ended.way != "hung"
            fault_work.whole(folder, "import", ended.told)
            faulty.again("import", folder)
        # Parts of the interpreter turn the error into another one (os.stat calls it a TypeError), or give up.
        counted[{"defect": "another error", "": "process ended"}.get(way := ended.words.split(":")[0], way)] += 1
    survived("failed allocations during import", counted)

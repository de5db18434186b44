"""Release a copy of a desk in a process of its own: python release_again.py DESK OUT NANOSECONDS [SEED].

NANOSECONDS is what the clock says, 0 for the real one. With SEED, whatever is a mapping or has no order of its own is
put in another order before it is written.
"""

from __future__ import annotations

import locale
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreamdesk.desk import database
from dreamdesk.release import bundle
from dreamdesk.release.content import Content

sys.path[:0] = [str(Path(__file__).parent)]

from desks import release  # noqa: E402


def shuffled(content: Content, seed: int) -> Content:
    """Return equal content whose mappings and corrections come in another order."""
    chance = random.Random(seed)

    def mapping(value: Mapping[Any, Any]) -> dict[Any, Any]:
        entries = [(key, mapping(part) if isinstance(part, dict) else part) for key, part in value.items()]
        chance.shuffle(entries)
        return dict(entries)

    items, auditors = list(content.items), list(content.auditors)
    chance.shuffle(items)
    chance.shuffle(auditors)
    return replace(
        content,
        items=tuple(items),
        auditors=tuple(auditors),
        openings=mapping(content.openings),
        rejected=mapping(content.rejected),
        quality=mapping(content.quality),
    )


if __name__ == "__main__":
    desk, out, at, *seed = sys.argv[1:]
    locale.setlocale(locale.LC_ALL, "")
    if int(at):
        time.time_ns = lambda: int(at)
    if seed:
        write = bundle.write
        bundle.write = lambda folder, content, *rest: write(folder, shuffled(content, int(seed[0])), *rest)
    db = database.open_desk(Path(desk))
    release(db, Path(out))
    db.close()

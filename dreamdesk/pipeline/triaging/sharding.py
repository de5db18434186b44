"""Sharding: the files of a corpus split into pieces of work that depend on nothing but the files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dreamdesk.intake import opening
from dreamdesk.pipeline.triaging.nouns import Shard

MOST_BYTES = 16 << 20
"""Bytes of the files of a shard, unless it is one larger file: a desk that is made in a minute or less."""

MOST_FILES = 500


def shards(paths: Sequence[Path], most_bytes: int = MOST_BYTES) -> Iterator[Shard]:
    """Yield the files that *paths* mean (see `opening.expand`), in that order, in shards of at most *most_bytes*.

    A file is never split: what one of its episodes is may be told by its last line.

    Raises:
        UserError: a path does not exist or cannot be reached.
    """
    files: list[str] = []
    number = total = 0
    for path in opening.expand([path.absolute() for path in paths]):
        size = _stamp(path)[0]
        if files and (total + size > most_bytes or len(files) == MOST_FILES):
            number += 1
            yield Shard(f"shard-{number:06}", tuple(files), total)
            files, total = [], 0
        files.append(str(path))
        total += size
    if files:
        yield Shard(f"shard-{number + 1:06}", tuple(files), total)


def fingerprint(found: Sequence[Shard]) -> str:
    """Return what tells this corpus from another one, or from a later state of itself: names, sizes, times."""
    running = hashlib.sha256()
    for shard in found:
        for file in shard.files:
            running.update(b"%b\0%d\0%d\n" % (os.fsencode(file), *_stamp(Path(file))))
        running.update(b"\n")
    return running.hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    """Return size and time of a file; 0 and 0 where it cannot be reached, which its import tells."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return (status.st_size, status.st_mtime_ns) if path.is_file() else (0, 0)

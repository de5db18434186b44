"""Ways to pack a mutant: compressed, in an archive beside another file, or as a table of rows."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sys
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1, mtime=0),
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstd": lambda data: zstd.compress(data, 1),
}
_NAMES = (
    "run.traj.json",
    "a/b/run.jsonl",
    "results.json",
    "../../up.json",
    "events/event-00001-a.json",
    "ü/\u202e.json",
)


def packed(data: bytes, other: bytes, noise: random.Random) -> tuple[bytes, str]:
    """Return *data* packed in some way, in an archive perhaps beside *other*; and how, in words."""
    how = noise.choice((*_COMPRESS, "zip", "tar", "tar", "parquet"))
    names = noise.sample(_NAMES, 2)
    members = {names[0]: data, **({names[1]: other} if noise.random() < 0.5 else {})}
    if how in _COMPRESS:
        return _COMPRESS[how](data), how
    if how == "parquet":
        return _table(data) or data, "parquet"
    found = _zip(members) if how == "zip" else _tar(members)
    if how == "tar" and noise.random() < 0.5:
        how = noise.choice(list(_COMPRESS))
        found = _COMPRESS[how](found)
    return found, f"{how} of {', '.join(members)}"


def _zip(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()


def _table(data: bytes) -> bytes:
    """Return the objects of *data* as a Parquet table whose nested cells are JSON text; b"" when there are none."""
    import pyarrow as pa
    from pyarrow import parquet

    rows: list[dict[str, Any]] = []
    for line in data.splitlines()[:50]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and row:
            rows.append({str(key): json.dumps(value) for key, value in row.items()})
    if not rows:
        return b""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    try:
        table = pa.table({key: pa.array([row.get(key) for row in rows], pa.string()) for key in keys})
    except (UnicodeEncodeError, pa.ArrowException):
        return b""
    held = io.BytesIO()
    parquet.write_table(table, held)
    return held.getvalue()

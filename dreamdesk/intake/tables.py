"""Tables of rows, a Parquet file or an SQLite database, read as JSON lines: one object per row.

Parquet needs the optional package pyarrow. What reads SQLite is handed in by the pipeline, because SQL has its place
in the desk alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from dreamdesk.intake.compression import MAX_RATIO, MAX_UNPACKED
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.model.errors import UserError

Rows = Iterator[dict[str, Any]]

PARQUET = b"PAR1"
_BATCH = 64
"""Parquet rows in memory at once."""
_DEPTH = 100

_OPENERS: dict[bytes, Callable[[Path], Rows]] = {}


def offer(magic: bytes, rows: Callable[[Path], Rows]) -> None:
    """Let *rows* read the files that begin with *magic*. It may raise UserError for what it does not read."""
    _OPENERS[magic] = rows


def offered() -> dict[bytes, Callable[[Path], Rows]]:
    """Return what was offered, by the first bytes of the files that it reads."""
    return dict(_OPENERS)


def is_table(start: bytes) -> bool:
    """Tell whether a file that begins with *start* is a table that can be read here."""
    return any(start.startswith(magic) for magic in _OPENERS)


def lines(path: Path, start: bytes) -> Iterator[bytes]:
    """Yield the rows of the table at *path* as JSON, one per line.

    Raises:
        Unreadable: The table is damaged, too large, or needs what is not installed.
    """
    rows = next(rows for magic, rows in _OPENERS.items() if start.startswith(magic))
    try:
        for row in rows(path):
            yield json.dumps(_plain(row, 0), ensure_ascii=True, allow_nan=False).encode() + b"\n"
    except UserError as error:
        raise Unreadable(str(error)) from error


def _plain(value: Any, depth: int) -> Any:
    """Return *value*, a cell as the library gives it, as JSON; what JSON has no form for becomes text or null."""
    if depth > _DEPTH:
        raise Unreadable(f"a cell is nested deeper than {_DEPTH} levels")
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return float(value) if isinstance(value, Decimal) and value.is_finite() else str(value)


def _parquet(path: Path) -> Rows:
    """Yield the rows of a Parquet file, a few of one row group at a time.

    What the file's own directory says of its size is checked first: a column of one repeated value packs into nothing.
    """
    try:
        import pyarrow  # type: ignore[import-untyped]
        from pyarrow import parquet
    except ImportError as error:
        raise UserError(
            "a Parquet table; to read it, install the optional part of DreamDesk (pip install 'dreamdesk[parquet]'), "
            "or export it as JSONL"
        ) from error
    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
            size = sum(group.total_byte_size for group in groups)
            most = MAX_RATIO * max(path.stat().st_size, 1 << 20)
            if size > MAX_UNPACKED or size > most or file.metadata.num_rows > most:
                raise UserError(
                    f"a Parquet table that unpacks to more than {MAX_RATIO} times its size or {MAX_UNPACKED >> 30} GB"
                )
            yield from _converted(file.iter_batches(batch_size=_BATCH, use_threads=False))
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        words = str(error).split("\n")[0][:200]
        raise UserError(f"a Parquet table that is damaged, or holds what cannot be read ({words})") from error


def _converted(batches: Iterable[Any]) -> Rows:
    for batch in batches:
        yield from batch.to_pylist()


offer(PARQUET, _parquet)

"""The bytes of a source, kept compressed inside the desk: the evidence that every step points into.

They are kept in frames of 8 MiB, each of which can be read without the others. A frame is Zstandard (RFC 8878) with a
window over all of it, so that a log that repeats its history costs a few per cent; desks of version 1.000 hold zlib.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from types import TracebackType

from dreamdesk.desk.database import Connection
from dreamdesk.model.ahead import Ahead
from dreamdesk.model.errors import UserError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEEP_BYTES = 256 << 20
"""What one source may take of the desk, compressed; a source that takes more is referenced by path and SHA-256."""

ALWAYS_KEPT = 64 << 20
"""Sources up to this size were kept by every version."""

_FRAME = 8 << 20
_BLOCK = 1 << 20  # of a frame, so that it is in memory only compressed
_WINDOW_LOG = 23  # a window of 8 MiB: the whole frame
# Level 1 writes as little as zlib does, three times as fast; level 3 is a fifth smaller at less than half the speed.
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.compression_level: 1,
    zstd.CompressionParameter.window_log: _WINDOW_LOG,
}


class SourceChanged(UserError):
    """The file is no longer the one whose bytes were hashed."""


class Keeping:
    """Compresses and hashes a file in a thread of its own, beside the reading.

    The thread never touches the desk: `write` puts what is ready into the transaction that the caller has open.

    Attributes:
        referenced: The source is too large to be kept; it is only referenced.
    """

    def __init__(self, db: Connection, source: int, path: str, sha256: str) -> None:
        self.referenced = False
        self._db, self._source = db, source
        self._path, self._sha256 = path, sha256
        self._number = self._size = 0
        self._digest = hashlib.sha256()
        self._frames = Ahead(self._compressed())

    def __enter__(self) -> Keeping:
        self._frames.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.__exit__(kind, error, trace)

    def write(self) -> None:
        """Write the frames that are ready; the caller holds the transaction."""
        self._keep(self._frames.ready())

    def finish(self) -> None:
        """Write the rest; the caller holds the transaction.

        Raises:
            SourceChanged: the file is gone, or its bytes are not those that were hashed.
        """
        self._keep(self._frames.rest())
        if self._digest.hexdigest() != self._sha256:
            raise SourceChanged("the file changed while it was read; nothing of it was kept, import it again")

    def _keep(self, frames: Iterator[bytes]) -> None:
        for frame in frames:
            self._size += len(frame)
            if self._size > KEEP_BYTES and not self.referenced:
                self.referenced = True
                self._db.execute("DELETE FROM source_bytes WHERE source = ?", (self._source,))
            if not self.referenced:
                self._db.execute("INSERT INTO source_bytes VALUES(?,?,?)", (self._source, self._number, frame))
            self._number += 1

    def _compressed(self) -> Generator[bytes, None, None]:
        compressor = zstd.ZstdCompressor(options=_OPTIONS)
        parts: list[bytes] = []

        def frame() -> bytes:
            found = b"".join([*parts, compressor.flush(zstd.ZstdCompressor.FLUSH_FRAME)])
            parts.clear()
            return found

        try:
            with open(self._path, "rb") as file:
                while data := file.read(_BLOCK):
                    self._digest.update(data)
                    parts.append(b"" if self.referenced else compressor.compress(data))
                    if len(parts) * _BLOCK == _FRAME:
                        yield frame()
                if parts:
                    yield frame()
        except OSError as error:
            raise SourceChanged(f"the file went away while it was read ({error.strerror or error})") from error


def keep_data(db: Connection, source: int, data: bytes) -> None:
    """Keep *data*, which was made of several files, in the caller's transaction, like the bytes of one file."""
    keep_chunks(db, source, (data[at : at + _FRAME] for at in range(0, len(data), _FRAME)))


def keep_chunks(db: Connection, source: int, chunks: Iterable[bytes]) -> None:
    """Keep the bytes of *source* that come in *chunks* of any length, in the caller's transaction."""
    number, waiting = 0, b""
    for chunk in chain(chunks, (b"",)):
        waiting += chunk
        while len(waiting) >= _FRAME or (waiting and not chunk):
            frame = zstd.compress(waiting[:_FRAME], options=_OPTIONS)
            db.execute("INSERT INTO source_bytes VALUES(?,?,?)", (source, number, frame))
            number, waiting = number + 1, waiting[_FRAME:]


def drop(db: Connection, source: int) -> None:
    """Let go of the bytes of a source, in the transaction that is open."""
    db.execute("DELETE FROM source_bytes WHERE source = ?", (source,))


def kept_bytes(db: Connection, source: int) -> Iterator[bytes]:
    """Yield the kept bytes of *source* in order; nothing when it is only referenced."""
    for (data,) in db.execute("SELECT data FROM source_bytes WHERE source = ? ORDER BY chunk", (source,)):
        yield zstd.decompress(data) if data.startswith(b"\x28\xb5\x2f\xfd") else zlib.decompress(data)


def kept_digest(db: Connection, source: int) -> str:
    """Return the SHA-256 of the kept bytes of *source*, "" when it is only referenced, "damaged" when it has none."""
    found, some = hashlib.sha256(), False
    try:
        for data in kept_bytes(db, source):
            found.update(data)
            some = True
    except (zstd.ZstdError, zlib.error):
        return "damaged"
    return found.hexdigest() if some else ""

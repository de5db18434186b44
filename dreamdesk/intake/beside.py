"""Reading in a process of its own, beside the one that writes, which what Python computes there costs nothing.

It takes some time to come up, so that it is worth it only where much is read.
"""

from __future__ import annotations

import marshal
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from dreamdesk.intake import tables
from dreamdesk.intake.opening import Reading
from dreamdesk.intake.taking import Part, Recorder, Taken, take
from dreamdesk.model.errors import UserError
from dreamdesk.model.interpreter import many_objects

WORTH = 64 << 20
"""Bytes to read from which on a process is started: 300 MB are in by 1.3 times as fast, 60 MB are not."""

_SMALL = 4 << 20
"""A smaller file is sooner read than handed over."""

_LOOK = 0.05  # seconds between two looks at whether it is still wanted


class ReadingEnded(UserError):
    """The process that read a file ended before the file did."""


class Beside:
    """The process, started at once if it is worth it for *size* bytes; a context manager, which ends it.

    Attributes:
        position: Bytes consumed so far of the file that it reads.
    """

    def __init__(self, size: int) -> None:
        self.position = 0
        # A process of a pool may start none.
        self._wanted = size >= WORTH and not multiprocessing.current_process().daemon
        self._pipe: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Beside:
        if self._wanted:
            try:
                self._start()
            except OSError:  # the system gives no more processes: a thread reads
                self._wanted = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, tables.offered()), name="reader", daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe

    def _end(self) -> None:
        if self._process and self._pipe:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def takes(self, size: int) -> bool:
        """Tell whether a file of *size* bytes shall be read in the process."""
        return self._wanted and size >= _SMALL

    def take(
        self, reading: Reading, recorder: Callable[[], Recorder], heed: Callable[[], None]
    ) -> Generator[Part, None, None]:
        """Yield what `taking.take` yields, in the process, with what *recorder* makes there.

        *heed* is called 20 times a second and may raise.

        Raises:
            ReadingEnded: The system ended the process.
        """
        self.position = 0
        pipe = self._pipe or self._start()
        try:
            pipe.send((reading, recorder))
            while True:
                while not pipe.poll(_LOOK):
                    heed()
                self.position, batch, more = marshal.loads(pipe.recv_bytes())  # noqa: S302 - what the process wrote
                if not more:
                    break
                yield batch
            last = pipe.recv()
            if isinstance(last, BaseException):
                raise last
            yield last
        except (EOFError, ConnectionError) as error:
            self._end()
            words = "the process that read the file was ended, perhaps because memory ran out"
            raise ReadingEnded(f"{words}; nothing of it was kept") from error
        except BaseException:  # it is amidst something that nobody wants
            self._end()
            raise


def _serve(pipe: Connection, offered: dict[bytes, Callable[[Path], tables.Rows]]) -> None:
    """Read one file after the other, until the other process closes the pipe or is gone."""
    for magic, rows in offered.items():
        tables.offer(magic, rows)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process hears it and ends this one
    with many_objects(), suppress(EOFError, ConnectionError):
        while True:
            reading, recorder = pipe.recv()
            _read(pipe, reading, recorder)


def _read(pipe: Connection, reading: Reading, recorder: Callable[[], Recorder]) -> None:
    told = time.monotonic()

    def tell(batch: Sequence[tuple[Any, ...]] = (), *, more: bool = True) -> None:
        nonlocal told
        told = time.monotonic()
        pipe.send_bytes(marshal.dumps((reading.position, [tuple(ready) for ready in batch], more)))

    def look() -> None:
        if time.monotonic() - told > _LOOK:
            tell()

    reading.watch(look)
    try:
        for part in take(reading, recorder()):
            if isinstance(part, Taken):
                tell(more=False)
                pipe.send(part)
            else:
                tell(part)
    except (EOFError, ConnectionError):
        raise
    except BaseException as error:  # noqa: BLE001 - raised again where the episodes are taken
        error.add_note("".join(traceback.format_exception(error)))
        tell(more=False)
        pipe.send(error)

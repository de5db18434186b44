"""Work ahead: the next items are made in a thread of their own while the caller is busy with the one before.

That is worth it where either side spends its time outside the interpreter: in SQLite, in a compressor, in hashing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

_LOOK = 0.05  # seconds between two looks at whether it is still wanted


class Unwanted(Exception):
    """Nobody wants the items any more: raised in the thread that makes them, and ends it."""


class Ahead(Generic[T]):
    """Runs a generator in a thread of its own, at most two items ahead; a context manager, which ends the thread.

    What the generator raises is raised again where its items are taken.
    """

    def __init__(self, items: Generator[T, None, None]) -> None:
        self._items = items
        self._made: Queue[tuple[T] | BaseException | None] = Queue(1)
        self._unwanted = Event()
        self._ended = False
        self._thread = Thread(target=self._make, name="ahead", daemon=True)

    def __enter__(self) -> Ahead[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unwanted.set()
        self._thread.join()

    def heed(self) -> None:
        """Raise `Unwanted` once nobody wants more; the generator calls it when one item takes long."""
        if self._unwanted.is_set():
            raise Unwanted

    def ready(self) -> Iterator[T]:
        """Yield the items that are made already."""
        while not self._ended:
            try:
                made = self._made.get_nowait()
            except Empty:
                return
            yield from self._taken(made)

    def rest(self, meanwhile: Callable[[], None] = lambda: None) -> Iterator[T]:
        """Yield all items that are left; *meanwhile* is called 20 times a second while one is waited for."""
        while not self._ended:
            try:
                made = self._made.get(timeout=_LOOK)
            except Empty:
                meanwhile()
                continue
            yield from self._taken(made)

    def _taken(self, made: tuple[T] | BaseException | None) -> tuple[T] | tuple[()]:
        if isinstance(made, tuple):
            return made
        self._ended = True
        if made is not None:
            raise made
        return ()

    def _make(self) -> None:
        end: BaseException | None = None
        try:
            for item in self._items:
                if not self._put((item,)):
                    break
            self._items.close()  # here, because what it has open may belong to this thread
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            end = error
        self._put(end)

    def _put(self, made: tuple[T] | BaseException | None) -> bool:
        """Hand over *made*; False when nobody wants it any more."""
        while not self._unwanted.is_set():
            try:
                self._made.put(made, timeout=_LOOK)
            except Full:
                continue
            return True
        return False

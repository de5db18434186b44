"""Who works on the shards: this process, several of this machine, or the workers of a Dask cluster.

Each gives a `concurrent.futures.Future` for what it is asked, so that one loop serves all. Work may be done twice when
a worker is lost: what comes of a shard is the same whoever made it, and is put in its place whole.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from threading import Thread
from typing import Any, Self

from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.common import Cancelled
from dreamdesk.pipeline.triaging.nouns import Job

MOST_LOSSES = 3
"""Workers that may be lost over one shard: after that it is the shard that kills them."""

_LOOK = 0.2  # seconds between two looks at whether it is still wanted

_PATIENCE = 10  # seconds until a scheduler answers, and until it has a worker

Work = Callable[[Job], int]
"""What is done with a shard; returns how many bytes of the corpus are done."""


class Crew:
    """Workers, here the process that asks, alone; a context manager, which sends them home.

    Attributes:
        size: How many there are.
        far: Whether they may be on other machines.
        lost: What work raises whose worker was lost and who is to be replaced; the work is done again.
        given_up: What work raises that was tried again already, and in vain.
    """

    size = 1
    far = False
    lost: tuple[type[Exception], ...] = ()
    given_up: tuple[type[Exception], ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Begin nothing more, and wait for what is under way."""

    def submit(self, work: Work, job: Job) -> Future[int]:
        """Have *work* done with *job*; here: do it now."""
        done: Future[int] = Future()
        done.set_result(work(job))
        return done

    def replace(self) -> None:
        """Take on others for those that were lost."""


class Processes(Crew):
    """Processes of this machine."""

    lost = (BrokenExecutor,)

    def __init__(self, size: int) -> None:
        self.size = size
        self.replace()

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)

    def replace(self) -> None:
        """Start the processes; of those before none is left, since one that dies takes the others with it."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # Spawned, not forked: what this process has open, SQLite above all, must not be shared.
        self._executor = ProcessPoolExecutor(self.size, get_context("spawn"), initializer=_end_with_parent)

    def submit(self, work: Work, job: Job) -> Future[int]:
        """Have it done by the next process that is free."""
        try:
            return self._executor.submit(work, job)
        except BrokenExecutor as error:
            broken: Future[int] = Future()
            broken.set_exception(error)
            return broken


def _end_with_parent() -> None:
    """Let no worker outlive the triage, not even one that is killed."""
    from multiprocessing import parent_process

    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    Thread(target=watch, name="parent", daemon=True).start()


class Cluster(Crew):
    """The workers of a Dask cluster, which itself does again what a lost worker had under way.

    They run what they are sent and their answers are believed: the address must be one that is trusted.

    Raises:
        UserError: `distributed` is not installed, nobody answers at *address*, or no worker is there.
    """

    far = True

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client, KilledWorker
        except ImportError as error:
            words = "--cluster needs Dask, here and on every worker: pip install 'dreamdesk[cluster]'"
            raise UserError(words) from error
        connect: Any = Client  # has no types
        try:
            self._client = connect(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise UserError(f"{address}: no Dask scheduler answers there ({error}).") from error
        try:
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            self._client.close()
            raise UserError(f"{address}: the cluster has no workers.") from error
        self.size = sum(self._client.nthreads().values())
        self.given_up = (KilledWorker, CancelledError)
        self._executor = self._client.get_executor(pure=False)

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def submit(self, work: Work, job: Job) -> Future[int]:
        """Have it done by a worker of the cluster."""
        future: Future[int] = self._executor.submit(work, job)
        return future


def hire(workers: int, cluster: str = "") -> Crew:
    """Return so many processes of this machine (this one alone where it is one), or the workers of a Dask *cluster*.

    Raises:
        UserError: the cluster cannot be reached.
    """
    if cluster:
        return Cluster(cluster)
    return Processes(workers) if workers > 1 else Crew()


def run(crew: Crew, work: Work, jobs: Iterable[Job], cancelled: Cancelled) -> Iterator[int]:
    """Have *work* done with all *jobs*, only a few at a time under way; yield what each returns, as they end.

    Once *cancelled* says so, nothing more is begun.

    Raises:
        UserError: a worker says so, or workers were lost `MOST_LOSSES` times over one shard.
    """
    coming, again = iter(jobs), deque[Job]()
    under_way, losses = dict[Future[int], Job](), Counter[str]()
    while not cancelled():
        while len(under_way) < 2 * crew.size and (job := again.popleft() if again else next(coming, None)):
            under_way[crew.submit(work, job)] = job
        if not under_way:
            return
        for future in wait(under_way, _LOOK, FIRST_COMPLETED).done:
            job = under_way.pop(future)
            try:
                yield future.result()
            except crew.given_up as error:
                raise _fatal(job) from error
            except crew.lost as error:
                losses[job.shard.name] += 1
                if losses[job.shard.name] == MOST_LOSSES:
                    raise _fatal(job) from error
                again.append(job)
        if again:  # what was under way is lost as well
            again.extend(under_way.values())
            under_way.clear()
            crew.replace()


def _fatal(job: Job) -> UserError:
    files = f"{job.shard.files[0]} to {job.shard.files[-1]}"
    return UserError(
        f"Several workers ended over the files from {files}, for want of memory perhaps. What the others did is kept: "
        "the same command goes on from there, with fewer workers or without these files."
    )

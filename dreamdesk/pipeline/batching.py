"""Asking a model about thousands of episodes in batches, so that nothing is lost and nothing is paid for twice.

A job goes over its episodes with an `AskAll` that answers from the store. Where the store has no answer yet, the
question is gathered and the episode put off; what was gathered is handed over in batches, and when their results are in
the store, the episodes are gone over again. So all that a job needs to know is in the desk at every moment, and to
resume it is to do the same once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from dreamdesk.desk import batches, exchanges
from dreamdesk.desk.batches import Job, SentBatch
from dreamdesk.desk.database import Connection, relaxed, transaction
from dreamdesk.dream import answer, message_batches
from dreamdesk.dream.endpoint import Endpoint, NotTaken
from dreamdesk.dream.message_batches import MOST_BYTES, MOST_REQUESTS, Batch, Result
from dreamdesk.model.ask import AskAll, Prompt, Reply, question_key
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.budget import Budget, BudgetReached
from dreamdesk.pipeline.common import PROGRAM, Cancelled, Progress, write_head
from dreamdesk.pipeline.grouping import group
from dreamdesk.pipeline.outbound import enter, from_store
from dreamdesk.pipeline.redacting import redacting

Work = Callable[[int, AskAll], object]
"""Does all there is to do about one episode, and keeps what comes of it."""

POLL = 30.0
"""Seconds between two looks at how the batches stand."""
SETTLING = 60.0
"""Seconds after which a batch that the endpoint took, though its answer was lost, must be in the endpoint's list."""
PORTION = 64 * 1000 * 1000
"""Bytes of one batch of ours: a quarter of what the API takes, so that it fits the memory of a laptop."""
MOST_TRIES = 3
"""A question that so many batches left unanswered is given up."""

_SKEW = 3600.0
"""Seconds by which this computer's clock may differ from the endpoint's."""
_REPORTED = 0.2
"""Seconds between two reports of progress."""
_AT_ONCE = 200
"""Results that are stored in one transaction."""

_LEFT = {"expired": exchanges.EXPIRED, "canceled": exchanges.CANCELED, "errored": exchanges.ERRORED}

assert PORTION <= MOST_BYTES


class _PutOff(Exception):
    """An episode whose questions are not all answered yet."""


def run(
    db: Connection,
    endpoint: Endpoint,
    identity: int,
    work: Work,
    progress: Progress | None = None,
    cancelled: Cancelled = lambda: False,
    *,
    poll: float = POLL,
    settling: float = SETTLING,
    portion: int = PORTION,
    most: int = MOST_REQUESTS,
) -> Job:
    """Do the job *identity* from wherever it stands, until it is done or *cancelled* says to stop; return it.

    Stopping leaves the batches to the endpoint, and the job to be resumed. A job that was canceled hands over nothing
    more; what is answered already is kept and used.

    Raises:
        UserError: the endpoint cannot be asked, or refuses. The job stays as it is, to be resumed.
        BudgetReached: a limit of the desk stopped it; what was handed over before is answered and kept.
    """
    batch_job = _job(db, identity)
    if (endpoint.url, endpoint.model) != (batch_job.url, batch_job.model):
        raise UserError(
            f"Batch job {identity} asks {batch_job.model} at {batch_job.url}, and not {endpoint.model} at"
            f" {endpoint.url}. Nothing was sent."
        )
    running = _Running(db, endpoint, identity, work, progress, cancelled, settling, portion, most)
    try:
        while not cancelled():
            if running.settle():
                _wait(poll, cancelled)
            elif not running.go_over():
                break
    finally:
        running.enter_bytes("stopped")
        group(db)
        write_head(db)
    return _job(db, identity)


def cancel(db: Connection, endpoint: Endpoint, identity: int) -> None:
    """Have nothing more of a job handed over or answered. `run` then still fetches what was answered before.

    Raises:
        UserError: there is no such job, or the endpoint cannot be told; the job is canceled here all the same.
    """
    batch_job = _job(db, identity)
    if batch_job.state == batches.RUNNING:
        batches.set_job(db, identity, batches.CANCELED, PROGRAM)
    for batch in batches.live(db, batch_job.url, batch_job.model):
        if batch.job == identity and batch.remote:
            sent, received = endpoint.sent_bytes, endpoint.received_bytes
            message_batches.cancel(endpoint, batch.remote)
            crossed = {"sent_bytes": endpoint.sent_bytes - sent, "received_bytes": endpoint.received_bytes - received}
            with transaction(db):
                enter(db, endpoint.url, f"batch {batch.remote}", "canceled", crossed)
    write_head(db)


def abandon(db: Connection, identity: int) -> None:
    """Give up a job whose endpoint is gone for good: what it waits for may be asked again, and be paid for again.

    Raises:
        UserError: there is no such job.
    """
    batch_job = _job(db, identity)
    for batch in batches.live(db, batch_job.url, batch_job.model):
        if batch.job == identity:
            with transaction(db):
                exchanges.forget_batch(db, batch.id)
                batches.set_batch(db, batch.id, batches.ENDED)
    batches.set_job(db, identity, batches.ABANDONED, PROGRAM)
    write_head(db)


def _job(db: Connection, identity: int) -> Job:
    found = batches.job(db, identity)
    if found is None:
        raise UserError(f"There is no batch job {identity} on this desk.")
    return found


def _wait(seconds: float, cancelled: Cancelled) -> None:
    end = time.monotonic() + seconds
    while not cancelled() and (left := end - time.monotonic()) > 0:
        time.sleep(min(0.1, left))


class _Running:
    """One run of a job."""

    def __init__(
        self,
        db: Connection,
        endpoint: Endpoint,
        identity: int,
        work: Work,
        progress: Progress | None,
        cancelled: Cancelled,
        settling: float,
        portion: int,
        most: int,
    ) -> None:
        self._db = db
        self._endpoint = endpoint
        self._job = identity
        self._work = work
        self._progress = progress
        self._cancelled = cancelled
        self._settling = settling
        self._portion = portion
        self._most = most
        self._reported = 0.0
        self._entered = endpoint.sent_bytes, endpoint.received_bytes
        self._gathered: dict[str, bytes] = {}
        self._size = 0
        self._budget: Budget | None = None

    # What was handed over.

    def settle(self) -> bool:
        """See how all batches stand and fetch what has ended; return whether any is still to be waited for."""
        waiting = 0
        for batch in batches.live(self._db, self._endpoint.url, self._endpoint.model):
            if self._cancelled():
                return True
            remote = self._found(batch) if batch.state == batches.SENDING else self._state(batch.remote)
            if remote is not None and remote.status == message_batches.ENDED:
                self._fetch(batch, remote)
            elif remote is not None:
                waiting += 1
        left = batches.live(self._db, self._endpoint.url, self._endpoint.model)
        if left:
            self.enter_bytes("waiting")
            self._report(f"waiting for {waiting or len(left)} batch{'es' * (len(left) > 1)}")
        return bool(left)

    def _state(self, remote: str) -> Batch:
        return message_batches.state(self._endpoint, remote)

    def _found(self, batch: SentBatch) -> Batch | None:
        """Look for a batch of which it is not known whether the endpoint took it; None while that stays unknown.

        The endpoint's list does not say what is in a batch, so one of the same size that nobody knows is waited for and
        recognised by its results. Only when there is none, its questions are free to be asked again.
        """
        if time.time() - batch.created / 1e9 < self._settling:
            return None
        known, keys, unsure = batches.remotes(self._db), exchanges.keys_of(self._db, batch.id), False
        for remote in message_batches.newest(self._endpoint):
            if _made(remote) < batch.created / 1e9 - _SKEW:
                break
            if remote.id in known or remote.requests != batch.requests:
                continue
            if remote.status != message_batches.ENDED:
                unsure = True
            elif any(result.key in keys for result in message_batches.results(self._endpoint, remote, self._cancelled)):
                with transaction(self._db):
                    batches.set_batch(self._db, batch.id, batches.HANDED_OVER, remote.id)
                self.enter_bytes("found again", {"batch": remote.id})
                return remote
        if not unsure and not self._cancelled():
            self._forget(batch.id, "never taken")
        return None

    def _forget(self, batch: int, event: str) -> None:
        with transaction(self._db):
            exchanges.forget_batch(self._db, batch)
            batches.set_batch(self._db, batch, batches.ENDED)
        self.enter_bytes(event)

    def _fetch(self, batch: SentBatch, remote: Batch) -> None:
        """Store the results of an ended batch; what they leave out counts as not answered."""
        portion: list[Result] = []
        answered = 0
        for result in message_batches.results(self._endpoint, remote, self._cancelled):
            portion.append(result)
            if len(portion) >= _AT_ONCE:
                answered += self._store(batch.id, portion)
                portion = []
        answered += self._store(batch.id, portion)
        if self._cancelled():
            return
        with transaction(self._db):
            lost = exchanges.give_up(self._db, batch.id, exchanges.EXPIRED, "The results of its batch lack it.")
            batches.set_batch(self._db, batch.id, batches.ENDED)
        self.enter_bytes("answered", {"batch": remote.id, "answered": answered, "lacking": lost})

    def _store(self, batch: int, results: Sequence[Result]) -> int:
        answered = 0
        with transaction(self._db):
            for result in results:
                if result.state == "succeeded":
                    answered += exchanges.answer(self._db, result.key, batch, answer.counted(result.message))
                else:
                    left = exchanges.REFUSED if result.permanent else _LEFT.get(result.state, exchanges.ERRORED)
                    exchanges.give_up(self._db, batch, left, result.detail, [result.key])
        self._report("results arriving")
        return answered

    # What is still to be done.

    def go_over(self) -> bool:
        """Do the episodes whose questions are answered, hand over those that are not; return whether to go on."""
        active = _job(self._db, self._job).state == batches.RUNNING
        self._budget = Budget(self._db, self._endpoint.model)
        self._budget.input_tokens, self._budget.output_tokens = batches.tokens(self._db, self._job)
        reached: BudgetReached | None = None
        handed_over = put_off = 0
        for episode in batches.open_episodes(self._db, self._job):
            if self._cancelled():
                return False
            try:
                # What is lost of this when the power fails is done again from the store.
                with relaxed(self._db):
                    ask = self._ask if active and reached is None else self._ask_nothing
                    self._work(episode, redacting(self._db, ask))
                    batches.settle_episode(self._db, self._job, episode, batches.DONE)
            except _PutOff:
                put_off += 1
            except BudgetReached as error:
                reached = error
                put_off += 1
            except UserError as error:
                batches.settle_episode(self._db, self._job, episode, batches.FAILED, str(error))
            handed_over += self._hand_over(full=True)
            self._report("episodes done")
        handed_over += self._hand_over(full=False)
        if handed_over:
            return True
        if reached is not None:
            raise reached
        if put_off and active:
            raise UserError(
                "Questions of this job wait in a batch at another address. Resume that job first; this one stays."
            )
        if active:
            batches.set_job(self._db, self._job, batches.ENDED, PROGRAM)
        return False

    def _ask(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Answer from the store, or gather what is missing there."""
        replies = [self._answer(prompt) for prompt in prompts]
        if any(reply is None for reply in replies):
            raise _PutOff
        return [reply for reply in replies if reply is not None]

    def _ask_nothing(self, prompts: Sequence[Prompt]) -> list[Reply]:
        """Answer from the store only."""
        replies = [from_store(self._db, self._endpoint.model, prompt) for prompt in prompts]
        if any(reply is None for reply in replies):
            raise _PutOff
        return [reply for reply in replies if reply is not None]

    def _answer(self, prompt: Prompt) -> Reply | None:
        if reply := from_store(self._db, self._endpoint.model, prompt):
            return reply
        key = question_key(prompt, self._endpoint.model)
        known = exchanges.get(self._db, key)
        if known is not None and known.state == exchanges.WAITING:
            return None
        if known is not None and (known.state == exchanges.REFUSED or known.tries >= MOST_TRIES):
            fault = f"The endpoint did not answer ({known.detail or known.state})."
            return Reply(None, self._endpoint.model, fault=fault, key=key)
        if key not in self._gathered:
            assert self._budget is not None
            self._budget.before(prompt)
            self._gathered[key] = message_batches.request(key, prompt, self._endpoint.model)
            self._size += len(self._gathered[key]) + 1
        return None

    def _hand_over(self, *, full: bool) -> int:
        """Hand over what was gathered, in portions (with *full* only full ones); return how many batches it took."""
        count = 0
        while self._gathered and not (full and self._size < self._portion and len(self._gathered) < self._most):
            portion: dict[str, bytes] = {}
            size = 0
            for key, body in self._gathered.items():
                if portion and (size + len(body) + 1 > self._portion or len(portion) >= self._most):
                    break
                portion[key] = body
                size += len(body) + 1
            for key in portion:
                del self._gathered[key]
            self._size -= size
            self._create(portion)
            count += 1
        return count

    def _create(self, portion: dict[str, bytes]) -> None:
        url, model = self._endpoint.url, self._endpoint.model
        with transaction(self._db):
            batch = batches.add_batch(self._db, self._job, len(portion))
            exchanges.hand_over(self._db, batch, url, model, portion.items())
            enter(self._db, url, f"batch job {self._job}", "asked", {"batch": batch, "questions": len(portion)})
        try:
            made = message_batches.create(self._endpoint, list(portion.values()))
        except NotTaken:
            self._forget(batch, "no answer, not taken")
            raise
        except UserError as error:
            self.enter_bytes("no answer", {"batch": batch, "error": str(error)})
            raise
        with transaction(self._db):
            batches.set_batch(self._db, batch, batches.HANDED_OVER, made.id)
        self.enter_bytes("handed over", {"batch": made.id, "questions": len(portion)})
        self._report(f"{len(portion):,} questions handed over")

    def enter_bytes(self, event: str, details: dict[str, str | int] | None = None) -> None:
        """Enter the bytes that crossed since the last entry; without *details*, nothing where none did."""
        sent, received = self._endpoint.sent_bytes, self._endpoint.received_bytes
        crossed = {"sent_bytes": sent - self._entered[0], "received_bytes": received - self._entered[1]}
        if details is None and not any(crossed.values()):
            return
        self._entered = sent, received
        with transaction(self._db):
            enter(self._db, self._endpoint.url, f"batch job {self._job}", event, {**(details or {}), **crossed})

    def _report(self, words: str) -> None:
        if self._progress and time.monotonic() - self._reported > _REPORTED:
            self._reported = time.monotonic()
            job = _job(self._db, self._job)
            self._progress(job.done + job.failed, job.episodes, words)


def _made(remote: Batch) -> float:
    """Return when the endpoint made a batch, in seconds since 1970; the end of time where it does not say."""
    try:
        return datetime.fromisoformat(remote.created.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return float("inf")

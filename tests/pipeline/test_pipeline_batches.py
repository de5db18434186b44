"""Batches: interrupted and resumed anywhere, nothing is lost, nothing is paid for twice, and every byte is entered."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from batches_server import Batches
from messages_server import MessagesServer

from dreamdesk.desk import batches, chain, exchanges, ledger, settings
from dreamdesk.desk.batches import Job
from dreamdesk.desk.database import Connection, create
from dreamdesk.dream import message_batches
from dreamdesk.dream.endpoint import Endpoint
from dreamdesk.model.ask import AskAll, Prompt, question_key
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import batching
from dreamdesk.pipeline.budget import BudgetReached


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    made = create(tmp_path / "a.desk")
    yield made
    made.close()


def prompt(episode: int, part: int = 0) -> Prompt:
    return Prompt("Be brief.", f"What of {episode}, part {part}?", "reply", {"type": "object"}, 50)


def echo(params: dict[str, Any]) -> Any:
    return {"said": params["messages"][0]["content"]}


class Working:
    """Does an episode in two rounds: a question, and once that is answered two more."""

    def __init__(self) -> None:
        self.done: dict[int, list[str]] = {}

    def __call__(self, episode: int, ask: AskAll) -> None:
        (first,) = ask([prompt(episode)])
        rest = ask([prompt(episode, 1), prompt(episode, 2)])
        faults = [reply.fault for reply in (first, *rest) if reply.fault]
        if faults:
            raise UserError(faults[0])
        self.done[episode] = [reply.data["said"] for reply in (first, *rest)]


def begin(db: Connection, server: MessagesServer, count: int) -> int:
    return batches.add_job(db, "test", {}, server.url, "m", range(1, count + 1), "Ann")


def go(db: Connection, endpoint: Endpoint, job: int, work: Any, cancelled: Any = lambda: False, **more: Any) -> Job:
    fast = {"poll": 0.0, "settling": 0.0, "most": 25, **more}
    return batching.run(db, endpoint, job, work, None, cancelled, **fast)


def whole(work: Working, count: int) -> None:
    assert work.done == {n: [f"What of {n}, part {part}?" for part in range(3)] for n in range(1, count + 1)}


def counted(db: Connection, endpoints: Sequence[Endpoint], server: MessagesServer) -> None:
    """Every byte that an endpoint sent or received is in the ledger, and the server got what was sent."""
    bodies = [json.loads(body) for body in ledger.sound_bodies(db, "model-exchange")]
    for name in ("sent_bytes", "received_bytes"):
        assert sum(body.get(name, 0) for body in bodies) == sum(getattr(one, name) for one in endpoints)
    assert sum(one.sent_bytes for one in endpoints) == sum(request.size for request in server.requests)


def test_all_is_asked_once_in_two_rounds(db: Connection) -> None:
    api, work = Batches(echo, polls=2), Working()
    with MessagesServer(api) as server:
        endpoint = Endpoint(server.url, "m", "secret")
        job = go(db, endpoint, begin(db, server, 40), work)
        assert (job.state, job.done, job.failed, job.waiting) == (batches.ENDED, 40, 0, 0)
        whole(work, 40)
        assert [len(batch["requests"]) for batch in api.made.values()] == [25, 15, 25, 25, 25, 5]
        assert set(api.paid.values()) == {1}
        assert all(request.headers["authorization"] == "Bearer secret" for request in server.requests)
        counted(db, [endpoint], server)
        before = len(server.requests)
        again = Working()
        assert go(db, endpoint, begin(db, server, 40), again).done == 40
        assert len(server.requests) == before
        whole(again, 40)
    assert chain.verify(db) == []


class Killed(BaseException):
    """Ends a run without a chance to tidy up, as far as that goes inside one process."""


class Dying(Endpoint):
    """An endpoint in whose calls the program is killed, before or after they had their effect."""

    dice = random.Random(0)

    def call(self, method: str, path: str, body: bytes = b"", *, repeatable: bool = True) -> dict[str, Any]:
        if self.dice.random() < 0.08:
            raise Killed
        answer = super().call(method, path, body, repeatable=repeatable)
        if self.dice.random() < 0.16:
            raise Killed
        return answer


@pytest.mark.parametrize("seed", range(3))
def test_killed_and_failing_anywhere_nothing_is_lost_or_paid_twice(db: Connection, seed: int) -> None:
    dice = random.Random(seed)
    Dying.dice = random.Random(seed)

    def faults(kind: str) -> str:
        kinds = {"create": ("before", "after", "529", "500"), "results": ("before", "cut", "429")}
        return dice.choice(kinds.get(kind, ("before", "503"))) if dice.random() < 0.15 else ""

    def cancelled() -> bool:
        if dice.random() < 0.002:
            raise Killed
        return dice.random() < 0.002

    api, work, count = Batches(echo, faults=faults, polls=1), Working(), 40
    with MessagesServer(api) as server:
        job = begin(db, server, count)
        runs = 0
        while runs < 400:
            runs += 1
            try:
                if go(db, Dying(server.url, "m"), job, work, cancelled).state == batches.ENDED:
                    break
            except (Killed, UserError):
                continue
        assert 1 < runs < 400
    after = batches.job(db, job)
    assert after is not None
    assert (after.state, after.done, after.failed) == (batches.ENDED, count, 0)
    whole(work, count)
    assert len(api.paid) == 3 * count
    assert set(api.paid.values()) == {1}
    assert chain.verify(db) == []


def test_a_batch_that_was_taken_though_the_answer_was_lost_is_found_again(db: Connection) -> None:
    hang_up: list[str] = []
    api, work = (
        Batches(echo, faults=lambda kind: hang_up.pop() if hang_up and kind == "create" else "", polls=3),
        Working(),
    )
    with MessagesServer(api) as server:
        # A stranger's batches of the same size lie beside it.
        stranger = Endpoint(server.url, "m")
        for number in (98, 99):
            message_batches.create(stranger, [message_batches.request(str(number), prompt(number), "m")])
        hang_up.append("after")
        job = begin(db, server, 1)
        endpoint = Endpoint(server.url, "m")
        with pytest.raises(UserError, match="broke off"):
            go(db, endpoint, job, work)
        (live,) = batches.live(db, server.url, "m")
        assert (live.state, live.remote) == (batches.SENDING, "")
        assert go(db, endpoint, job, work).done == 1
        whole(work, 1)
        assert set(api.paid.values()) == {1}


def test_a_batch_of_unknown_fate_is_not_given_up_at_once(db: Connection) -> None:
    hang_up = iter(["before"])
    api = Batches(echo, faults=lambda kind: next(hang_up, "") if kind == "create" else "")
    with MessagesServer(api) as server:
        job, endpoint, work = begin(db, server, 3), Endpoint(server.url, "m"), Working()
        with pytest.raises(UserError):
            go(db, endpoint, job, work)
        looks = iter([False] * 3)
        assert go(db, endpoint, job, work, lambda: next(looks, True), settling=3600).done == 0
        assert api.made == {}
        assert go(db, endpoint, job, work).done == 3
        whole(work, 3)


def test_overload_is_waited_out_and_a_refusal_is_no_batch(db: Connection) -> None:
    codes = iter(["429", "529", ""])
    api = Batches(echo, faults=lambda kind: next(codes, "") if kind == "create" else "")
    with MessagesServer(api) as server:
        job, endpoint, work = begin(db, server, 2), Endpoint(server.url, "m"), Working()
        assert go(db, endpoint, job, work).done == 2
        codes = iter(["400"])
        other = batches.add_job(db, "test", {}, server.url, "m", [7], "Ann")
        with pytest.raises(UserError, match="400: try later"):
            go(db, endpoint, other, work)
        assert batches.live(db, server.url, "m") == []
        assert go(db, endpoint, other, work).done == 1
        counted(db, [endpoint], server)


@pytest.mark.parametrize(("end", "times"), [("errored", 3), ("expired", 3), ("invalid", 1)])
def test_what_is_not_answered_is_asked_again_a_few_times_and_then_said(db: Connection, end: str, times: int) -> None:
    api, work = Batches(echo, ends=lambda key: end if key == question_key(prompt(2), "m") else "succeeded"), Working()
    with MessagesServer(api) as server:
        job = go(db, Endpoint(server.url, "m"), begin(db, server, 4), work)
    assert (job.done, job.failed, job.state) == (3, 1, batches.ENDED)
    ((episode, reason),) = batches.failures(db, job.id)
    assert episode == 2
    assert "did not answer" in reason
    assert api.asked[question_key(prompt(2), "m")] == times


def test_what_expired_once_is_answered_the_next_time(db: Connection) -> None:
    first: set[str] = set()

    def ends(key: str) -> str:
        fresh = key not in first
        first.add(key)
        return "expired" if fresh else "succeeded"

    api, work = Batches(echo, ends=ends), Working()
    with MessagesServer(api) as server:
        assert go(db, Endpoint(server.url, "m"), begin(db, server, 5), work).done == 5
    whole(work, 5)
    assert set(api.paid.values()) == {1}
    assert set(api.asked.values()) == {2}


def test_a_canceled_job_hands_over_nothing_more_and_keeps_what_was_answered(db: Connection) -> None:
    api, work = Batches(echo, polls=100), Working()
    with MessagesServer(api) as server:
        endpoint, job = Endpoint(server.url, "m"), begin(db, server, 60)
        looks = iter([False] * 70)
        go(db, endpoint, job, work, lambda: next(looks, True))
        made = len(api.made)
        assert made == 3
        batching.cancel(db, endpoint, job)
        after = go(db, endpoint, job, work)
        assert (after.state, after.done, after.waiting) == (batches.CANCELED, 0, 0)
        assert len(api.made) == made
        counted(db, [endpoint], server)
    assert [one.id for one in batches.jobs(db, unfinished=True)] == []


def test_results_on_another_server_are_refused(db: Connection) -> None:
    with MessagesServer(Batches(echo)) as stranger:
        own = f"{stranger.url}/v1/messages/batches/x/results"
        for number, url in enumerate((own, "http://example.com/x", "file:///etc/passwd", "::")):
            with MessagesServer(Batches(echo, results_url=url)) as server:
                job = batches.add_job(db, "test", {}, server.url, "m", [number], "Ann")
                with pytest.raises(UserError, match="another server"):
                    go(db, Endpoint(server.url, "m", "secret"), job, Working())
        assert stranger.requests == []


def test_a_run_stops_at_the_limit_of_the_desk_and_keeps_what_was_answered(db: Connection) -> None:
    settings.put(db, settings.TOKEN_LIMIT, "400", "Ann")
    api, work = Batches(echo), Working()
    with MessagesServer(api) as server:
        job, endpoint = begin(db, server, 30), Endpoint(server.url, "m")
        with pytest.raises(BudgetReached, match="400 tokens"):
            go(db, endpoint, job, work)
        asked = sum(api.asked.values())
        assert 0 < asked < 30
        answered = db.execute("SELECT count(*) FROM exchange WHERE state = 'answered'").fetchone()[0]
        assert answered == asked
        settings.put(db, settings.TOKEN_LIMIT, "", "Ann")
        assert go(db, endpoint, job, work).done == 30
    assert set(api.paid.values()) == {1}


def test_what_waits_at_an_endpoint_that_is_gone_can_be_given_up(db: Connection) -> None:
    with MessagesServer(Batches(echo, polls=100)) as gone:
        first = begin(db, gone, 2)
        looks = iter([False] * 10)
        go(db, Endpoint(gone.url, "m"), first, Working(), lambda: next(looks, True))
    work = Working()
    with MessagesServer(Batches(echo)) as server:
        job, endpoint = begin(db, server, 2), Endpoint(server.url, "m")
        with pytest.raises(UserError, match="another address"):
            go(db, endpoint, job, work)
        batching.abandon(db, first)
        assert go(db, endpoint, job, work).done == 2
    whole(work, 2)
    assert any("abandoned" in entry.subject for entry in ledger.page(db, 0, 100))


def test_a_job_goes_on_only_where_it_began(db: Connection) -> None:
    with MessagesServer(Batches(echo)) as server:
        job = begin(db, server, 1)
        with pytest.raises(UserError, match="Nothing was sent"):
            go(db, Endpoint(server.url, "another"), job, Working())
    assert server.requests == []


def test_results_that_are_none_of_ours_change_nothing(db: Connection) -> None:
    class Odd(Batches):
        def _results(self, name: str, *, cut: bool) -> Any:
            served = super()._results(name, cut=cut)
            odd = b'not json\n[]\n{"custom_id": 5}\n{"custom_id": "stranger", "result": {"type": "succeeded"}}\n'
            lines = served.body.split(b"\n")
            return type(served)(200, served.headers, odd[: odd.index(b"\n") + 1] + b"\n".join(lines), False)

    work = Working()
    with MessagesServer(Odd(echo)) as server:
        assert go(db, Endpoint(server.url, "m"), begin(db, server, 3), work).done == 3
    whole(work, 3)
    assert exchanges.get(db, "stranger") is None

"""Jobs: their results come back in order, once, to those who still want them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from dreamdesk.desk.database import Connection, create
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.model.errors import UserError


@pytest.fixture
def jobs(qtbot: QtBot, tmp_path: Path) -> Jobs:
    create(tmp_path / "a.desk").close()
    made = Jobs()
    made.path = tmp_path / "a.desk"
    yield made
    made.stop()


def finish(qtbot: QtBot, jobs: Jobs) -> None:
    qtbot.waitUntil(lambda: not jobs.busy(), timeout=20_000)


def test_work_runs_in_another_thread_and_its_result_in_this_one(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[tuple[int, int]] = []
    here = threading.get_ident()
    jobs.read("a", lambda db, task: threading.get_ident(), lambda there: seen.append((there, threading.get_ident())))
    finish(qtbot, jobs)
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_only_the_newest_result_of_a_key_is_delivered(qtbot: QtBot, jobs: Jobs) -> None:
    go = threading.Event()
    seen: list[str] = []

    def slow(db: Connection, task: Task) -> str:
        go.wait(10)
        return "old"

    jobs.read("case", slow, seen.append)
    jobs.read("case", lambda db, task: "new", seen.append)
    qtbot.waitUntil(lambda: seen == ["new"], timeout=10_000)
    go.set()
    finish(qtbot, jobs)
    assert seen == ["new"]


def test_a_reading_job_cannot_write(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[str] = []

    def write(db: Connection, task: Task) -> str:
        try:
            db.execute("DELETE FROM entry")
        except Exception as error:
            return str(error)
        return "written"

    jobs.read("w", write, seen.append)
    finish(qtbot, jobs)
    assert "readonly" in seen[0]


def test_writes_follow_one_another_and_each_is_announced(qtbot: QtBot, jobs: Jobs) -> None:
    order: list[int] = []
    changes: list[bool] = []
    jobs.changed.connect(lambda: changes.append(True))
    for number in range(5):
        jobs.write("same key", lambda db, task, number=number: number, order.append)
    finish(qtbot, jobs)
    assert order == [0, 1, 2, 3, 4]
    assert len(changes) == 5


def test_words_for_the_person_go_to_the_asker_or_to_trouble(qtbot: QtBot, jobs: Jobs) -> None:
    def fail(db: Connection, task: Task) -> None:
        raise UserError("Not today.")

    own: list[str] = []
    general: list[str] = []
    jobs.trouble.connect(general.append)
    jobs.read("a", fail, print, own.append)
    jobs.read("b", fail, print)
    finish(qtbot, jobs)
    assert own == ["Not today."]
    assert general == ["Not today."]


def test_a_defect_reaches_the_exception_hook(qtbot: QtBot, jobs: Jobs) -> None:
    with qtbot.captureExceptions() as caught:
        jobs.read("a", lambda db, task: 1 // 0, print)
        finish(qtbot, jobs)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_a_cancelled_job_delivers_nothing(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[int] = []

    def work(db: Connection, task: Task) -> int:
        while not task.cancelled():
            pass
        return 1

    jobs.read("a", work, seen.append).cancel()
    finish(qtbot, jobs)
    assert seen == []


def test_progress_comes_at_most_twenty_times_a_second_and_ends_complete(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[int] = []
    jobs.progressed.connect(lambda task, done, total, what: seen.append(done))

    def work(db: Connection, task: Task) -> None:
        for number in range(50_001):
            task.progress(number, 50_000, "things")

    jobs.read("a", work, lambda nothing: None)
    finish(qtbot, jobs)
    assert seen[-1] == 50_000
    assert len(seen) < 100


def test_sizes_beyond_32_bits_arrive_whole(qtbot: QtBot, jobs: Jobs) -> None:
    seen: list[tuple[int, int]] = []
    jobs.progressed.connect(lambda task, done, total, what: seen.append((done, total)))
    jobs.read("a", lambda db, task: task.progress(2**40, 2**40, "bytes"), lambda nothing: None)
    finish(qtbot, jobs)
    assert seen == [(2**40, 2**40)]


def test_a_result_for_a_widget_that_is_gone_is_dropped(qtbot: QtBot, jobs: Jobs) -> None:
    class Receiver(QObject):
        def take(self, result: int) -> None:
            self.setObjectName(str(result))

    receiver = Receiver()
    go = threading.Event()
    jobs.read("a", lambda db, task: go.wait(10), receiver.take)
    delete(receiver)
    go.set()
    finish(qtbot, jobs)


def test_a_lambda_or_inner_function_about_a_closed_widget_is_not_called(qtbot: QtBot, jobs: Jobs) -> None:
    """Of the callbacks, one holds the widget itself, one in another function, and one speaks of a living widget."""
    closed, living, called, go = QWidget(), QWidget(), [], threading.Event()

    def rename(name: object) -> None:
        called.append("closed")
        closed.setObjectName(str(name))

    def anew(name: object) -> None:
        again(name) if name == "twice" else rename(name)

    def again(name: object) -> None:
        anew("once")

    work = lambda db, task: go.wait(10)  # noqa: E731
    jobs.read("a", work, lambda found: rename(found))
    jobs.write("b", work, again)
    jobs.write("c", work, lambda found: called.append("living"))
    jobs.read("d", _refuse, print, lambda words: rename(words))
    trouble: list[str] = []
    jobs.trouble.connect(trouble.append)
    jobs.write("f", _refuse, print, lambda words: rename(words))
    jobs.read("e", work, lambda found: living.setObjectName(f"found {found}"))
    delete(closed)
    go.set()
    finish(qtbot, jobs)
    assert called == ["living"]
    assert trouble == ["no"]  # of a write that failed somebody is told
    assert living.objectName() == "found True"


def _refuse(db: Connection, task: Task) -> None:
    raise UserError("no")


def test_opening_what_is_no_desk_fails_in_words(qtbot: QtBot, jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "b.desk").write_text("not a desk at all, but long enough to look at" * 100)
    words: list[str] = []
    jobs.open(tmp_path / "b.desk", new=False, done=print, failed=words.append)
    finish(qtbot, jobs)
    assert "b.desk" in words[0]

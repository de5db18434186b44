"""Several windows, one program, and coming back to where one was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk.database import open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.app import Windows
from dreamdesk.gui.instance import Instance
from dreamdesk.gui.memory import Memory
from dreamdesk.model.decision import Role


def test_the_first_instance_takes_the_notes_of_later_ones(qtbot: QtBot, tmp_path: Path) -> None:
    first = Instance(tmp_path)
    assert first.is_first()
    heard: list[list[Path]] = []
    first.listen(heard.append)
    code = f"""
        from pathlib import Path
        from dreamdesk.gui.instance import Instance
        later = Instance(Path({str(tmp_path)!r}))
        assert not later.is_first()
        assert later.hand_over([Path("/a b/é.desk"), Path("/t.jsonl")])
    """
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=env) as later:
        qtbot.waitUntil(lambda: later.poll() is not None, timeout=30_000)
    assert later.returncode == 0
    assert heard == [[Path("/a b/é.desk"), Path("/t.jsonl")]]
    assert not list(tmp_path.glob("*.open"))
    first.leave()
    assert Instance(tmp_path).is_first()


def test_where_no_lock_can_be_made_every_program_is_the_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert Instance(tmp_path / "file" / "below").is_first()


def test_whoever_gets_no_answer_goes_on_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreamdesk.gui.instance._PATIENCE", 0.1)
    assert Instance(tmp_path).hand_over([]) is False
    assert not list(tmp_path.glob("*.open"))


@pytest.mark.parametrize("note", [b"\xff", b"{", b'{"a": 1}', b"[1]", b"[" * 5_000, b""])
def test_a_note_that_makes_no_sense_is_dropped(note: bytes, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "1.open").write_bytes(note)
    heard: list[list[Path]] = []
    Instance(tmp_path).listen(heard.append)
    assert heard == []
    assert not list(tmp_path.glob("*.open"))


def test_a_note_that_is_a_link_is_not_read(qtbot: QtBot, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(json.dumps(["/x.desk"]))
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "1.open").symlink_to(secret)
    heard: list[list[Path]] = []
    Instance(tmp_path / "notes").listen(heard.append)
    assert heard == []
    assert secret.exists()


def windows(qtbot: QtBot, folder: Path) -> Windows:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
    return Windows(Memory())


def test_what_one_window_changes_the_other_shows(qtbot: QtBot, tmp_path: Path) -> None:
    desk = retail_desk(tmp_path)
    db = open_desk(desk)
    pipeline.add_auditor(db, "Ada", Role.REVIEWER, PASSPHRASE)
    db.close()
    opened = windows(qtbot, tmp_path)
    one = opened.open(desk)
    qtbot.waitUntil(lambda: one.desk() == desk and one.review.case is not None and not one.jobs.busy(), timeout=30_000)
    one.do("new-window")
    assert len(opened.all) == 2
    two = opened.all[1]
    qtbot.waitUntil(lambda: two.desk() == desk and two.review.case is not None and not two.jobs.busy(), timeout=30_000)
    waiting = len(one.review.queue.model.ids)
    assert waiting == len(two.review.queue.model.ids)
    case = one.review.current()
    assert case is not None
    assert case.correction is not None
    correction = case.correction.id

    def reject(db: object, task: object) -> None:
        signer = pipeline.unlock(db, "Ada", PASSPHRASE)
        pipeline.decide(db, correction, pipeline_verdict("reject"), "wrong-error-point", "no", signer)

    one.jobs.write("reject", reject, lambda nothing: None, lambda words: pytest.fail(words))
    for window in (one, two):
        qtbot.waitUntil(lambda w=window: len(w.review.queue.model.ids) == waiting - 1, timeout=30_000)
    two.close()
    assert opened.all == [one]
    one.close()
    assert opened.all == []


def pipeline_verdict(name: str) -> object:
    from dreamdesk.model.decision import Verdict

    return Verdict(name)


def test_a_desk_that_is_asked_for_again_comes_up_where_it_is_shown(qtbot: QtBot, tmp_path: Path) -> None:
    desk = retail_desk(tmp_path)
    opened = windows(qtbot, tmp_path)
    one = opened.open(desk)
    qtbot.waitUntil(lambda: one.desk() == desk and not one.jobs.busy(), timeout=30_000)
    opened.open_all([desk])
    opened.open_all([])
    assert opened.all == [one]
    other = tmp_path / "other.desk"
    other.write_bytes(desk.read_bytes())
    opened.open_all([other])
    assert len(opened.all) == 2
    two = opened.all[1]
    qtbot.waitUntil(lambda: two.desk() == other and not two.jobs.busy(), timeout=30_000)
    for window in (one, two):
        window.close()


def test_a_desk_opens_where_it_was_left(qtbot: QtBot, tmp_path: Path) -> None:
    desk = retail_desk(tmp_path)
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.review.queue.show_tab(Tab.ALL)
    officer.settle()
    for _ in range(3):
        officer.press(Qt.Key.Key_J)
        officer.settle()
    episode = officer.window.review.queue.current()
    officer.window.do("page-ledger")
    officer.settle()
    officer.close()
    again = Officer(qtbot, tmp_path)
    again.open(desk)
    assert again.window.shown == "ledger"
    assert again.window.review.queue.current() == episode
    assert again.window.review.queue.pills.current() is Tab.ALL
    again.close()

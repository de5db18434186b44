"""A desk that was replaced by an older copy, or whose history was rewritten: noticed, each way that we can think of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from small_desk import ANN, PASSPHRASE, small_desk

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import heads, ledger, settings, witness
from dreamdesk.desk.database import Connection, open_desk, transaction
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import erasing


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_desk(tmp_path_factory.mktemp("first") / "a.desk")


class Days:
    """A desk of yesterday and of today, in a folder of its own, with all that was recorded outside it."""

    def __init__(self, first: Path, folder: Path) -> None:
        self.folder, self.desk = folder / "desk", folder / "desk" / "a.desk"
        self.yesterday, self.stick = folder / "yesterday", folder / "stick"
        for made in (self.folder, self.yesterday, self.stick):
            made.mkdir()
        for part in first.parent.glob("a.desk*"):
            shutil.copy(part, self.folder)
        with closing(open_desk(self.desk)) as db:
            pipeline.change_setting(db, settings.HEAD_FOLDERS, str(self.stick), ANN)
            self.early = witness.receipt(db)
        for part in self.folder.iterdir():
            shutil.copy(part, self.yesterday)
        with closing(open_desk(self.desk)) as db:
            self.work(db, "today")
            self.receipt, self.checkpoint = witness.receipt(db), ledger.checkpoint(db)
            self.head = ledger.head_text(db)
            self.size = ledger.size(db)

    @staticmethod
    def work(db: Connection, value: str, times: int = 3) -> None:
        for number in range(times):
            pipeline.change_setting(db, "environments", f"{value}{number}", ANN)

    def roll_back(self, *, head: bool = False) -> None:
        """Put yesterday's copy in place: the desk, and the head beside it if asked for."""
        shutil.copy(self.yesterday / "a.desk", self.desk)
        for suffix in ("-wal", "-shm"):
            Path(f"{self.desk}{suffix}").unlink(missing_ok=True)
        if head:
            shutil.copy(self.yesterday / "a.desk.head", self.folder)

    def without_places(self) -> None:
        for file in (self.folder / "a.desk.head", *self.stick.iterdir()):
            file.unlink()

    def said(self, outside: str = "") -> list[str]:
        """Return what is noticed at opening, what `verify --desk` finds, and what something from outside says."""
        with closing(open_desk(self.desk)) as db:
            words = [*heads.at_opening(db), *pipeline.verify_desk(db)]
            return words + (witness.compare(db, witness.read(outside)) if outside else [])


@pytest.fixture
def days(first: Path, tmp_path: Path) -> Days:
    made = Days(first, tmp_path)
    assert made.said() == []
    return made


def _by_head_beside(days: Days) -> str:
    days.roll_back()
    for file in days.stick.iterdir():
        file.unlink()
    return ""


def _by_head_on_the_stick(days: Days) -> str:
    days.roll_back(head=True)
    return ""


def _with_yesterdays_log(days: Days) -> str:
    days.roll_back()
    shutil.copy(days.desk, days.folder / "b.desk")
    with closing(open_desk(days.folder / "b.desk")) as db:  # yesterday's desk, its last change still in the log
        with transaction(db):
            ledger.append(db, ANN, "noted", {"subject": "in the log"})
        shutil.copy(days.folder / "b.desk", days.desk)
        shutil.copy(days.folder / "b.desk-wal", f"{days.desk}-wal")
    return ""


def _log_removed(days: Days) -> str:
    with closing(open_desk(days.desk)) as db:
        days.work(db, "later")
        shutil.copy(days.desk, days.yesterday)
    shutil.copy(days.yesterday / "a.desk", days.desk)
    return ""


def _by_receipt(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    return days.receipt


def _by_receipt_typed_in(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    return days.receipt.upper().replace(" ", "").replace("\n", "  ").replace("DESK", "desk ").replace("0", "O")


def _by_checkpoint(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    return days.checkpoint


def _by_kept_head(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    return days.head


def _worked_on_since(days: Days) -> str:
    days.roll_back()
    with closing(open_desk(days.desk)) as db:
        days.work(db, "another")
    return ""


def _worked_on_beyond(days: Days) -> str:
    days.roll_back()
    with closing(open_desk(days.desk)) as db:
        days.work(db, "another", times=9)
        assert ledger.size(db) > days.size
    return ""


def _beyond_by_receipt(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    with closing(open_desk(days.desk)) as db:
        days.work(db, "another", times=9)
    return days.receipt


def _beyond_by_checkpoint(days: Days) -> str:
    days.roll_back(head=True)
    days.without_places()
    with closing(open_desk(days.desk)) as db:
        days.work(db, "another", times=9)
    return days.checkpoint


def _a_plain_copy_of_a_backup(days: Days) -> str:
    with closing(open_desk(days.desk)) as db:
        copy = pipeline.back_up(db, days.yesterday)
        days.work(db, "after the backup")
    for suffix in ("-wal", "-shm"):
        Path(f"{days.desk}{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, days.desk)
    return ""


def _head_of_another_desk(days: Days) -> str:
    days.roll_back(head=True)
    text = (days.folder / "a.desk.head").read_text()
    (days.folder / "a.desk.head").write_text(("0" if text[0] != "0" else "1") + text[1:])
    return ""


def _head_made_unreadable(days: Days) -> str:
    days.roll_back()
    (days.folder / "a.desk.head").write_bytes(b"\xff\xfe\x00")
    return ""


def _stick_put_back_in(days: Days) -> str:
    days.stick.rename(days.stick.with_name("away"))
    days.roll_back(head=True)
    with closing(open_desk(days.desk)) as db:
        days.work(db, "another", times=9)
        assert any("is not there now" in words for words in heads.at_opening(db))
    days.stick.with_name("away").rename(days.stick)
    return ""


def _clock_set_back(days: Days) -> str:
    with closing(open_desk(days.desk)) as db, pytest.MonkeyPatch.context() as clock:
        clock.setattr("time.time_ns", lambda: 4_000_000_000_000_000_000)
        days.work(db, "in the year 2096")
    return ""


def _entries_cut_off(days: Days) -> str:
    import sqlite3

    with closing(sqlite3.connect(days.desk, isolation_level=None)) as stranger:
        (sql,) = stranger.execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_kept'").fetchone()
        stranger.execute("DROP TRIGGER entry_kept")
        stranger.execute("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
        stranger.execute("DELETE FROM entry_body WHERE seq NOT IN (SELECT seq FROM entry)")
        stranger.execute(sql)
    return ""


def _restored_twice_without_a_word(days: Days) -> str:
    with closing(open_desk(days.desk)) as db:
        copy = pipeline.back_up(db, days.yesterday)
        days.work(db, "one")
    pipeline.restore(copy, days.desk, ANN, "a mistake")
    with closing(open_desk(days.desk)) as db:
        assert heads.at_opening(db) == []
        days.work(db, "two")
    shutil.copy(copy, days.desk)
    return ""


def _bundle_newer_than_the_desk(days: Days) -> str:
    bundle = days.folder / "bundle" / "data" / "audit"
    bundle.mkdir(parents=True)
    (bundle / "checkpoint.txt").write_text(days.checkpoint)
    days.roll_back(head=True)
    days.without_places()
    assert run(["verify", "--desk", str(days.desk), "--receipt", str(days.folder / "bundle"), "--json"]) == 1
    return (bundle / "checkpoint.txt").read_text()


SCENARIOS: list[Callable[[Days], str]] = [
    _by_head_beside,
    _by_head_on_the_stick,
    _with_yesterdays_log,
    _log_removed,
    _by_receipt,
    _by_receipt_typed_in,
    _by_checkpoint,
    _by_kept_head,
    _worked_on_since,
    _worked_on_beyond,
    _beyond_by_receipt,
    _beyond_by_checkpoint,
    _a_plain_copy_of_a_backup,
    _head_of_another_desk,
    _head_made_unreadable,
    _stick_put_back_in,
    _clock_set_back,
    _entries_cut_off,
    _restored_twice_without_a_word,
    _bundle_newer_than_the_desk,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__.strip("_"))
def test_a_rollback_is_noticed(days: Days, scenario: Callable[[Days], str]) -> None:
    outside = scenario(days)
    said = days.said(outside)
    words = "older copy|not those that were recorded|of another desk|cannot be read|still to come"
    import re

    assert any(re.search(words, one) for one in said), said


def test_there_are_twenty() -> None:
    assert len(SCENARIOS) >= 20


def test_what_is_recorded_outside_stays_true_while_the_desk_grows(days: Days) -> None:
    with closing(open_desk(days.desk)) as db:
        days.work(db, "more", times=5)
    for outside in (days.early, days.receipt, days.checkpoint, days.head):
        assert days.said(outside) == []


def test_a_receipt_that_was_mistyped_is_no_alarm(days: Days) -> None:
    letters = days.receipt.rsplit("root", 1)
    place = letters[1].index("a") if "a" in letters[1] else letters[1].index("b")
    wrong = f"{letters[0]}root{letters[1][:place]}c{letters[1][place + 1 :]}"
    with pytest.raises(UserError, match="mistyped"):
        witness.read(wrong)
    with pytest.raises(UserError, match="no receipt"):
        witness.read("Thursday")


def test_a_restored_backup_is_announced_and_nothing_else_is(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(open_desk(days.desk)) as db:
        copy = pipeline.back_up(db, days.yesterday)
        days.work(db, "lost")
        lost, between = witness.receipt(db), ledger.head_text(db)
    pipeline.restore(copy, days.desk, ANN, "the disk failed")
    assert days.said(lost) == []
    assert days.said(between) == []
    with closing(open_desk(days.desk)) as db:
        newest = ledger.page(db, 0, 1)[0]
        assert newest.type == witness.RESTORED
        assert "the disk failed" in newest.subject
        days.work(db, "after")
    assert days.said() == []
    forged = between.replace(between.split("\n")[2], "0" * 64)
    assert days.said(forged)
    assert list(days.folder.glob("a.desk.replaced-*"))


def test_an_erasure_after_a_restore_knows_every_backup(days: Days) -> None:
    with closing(open_desk(days.desk)) as db:
        copy = pipeline.back_up(db, days.yesterday)
        days.work(db, "later")
        later = pipeline.back_up(db, days.folder)
    pipeline.restore(copy, days.desk, ANN, "the disk failed")
    with closing(open_desk(days.desk)) as db:
        here, _ = erasing.copies(db)
    assert {copy.resolve(), later.resolve()} <= {path.resolve() for path in here}


def test_a_folder_for_heads_is_named_with_its_whole_path(days: Days) -> None:
    with closing(open_desk(days.desk)) as db, pytest.raises(UserError, match="whole path"):
        pipeline.change_setting(db, "head_folders", f"{days.folder}|heads", ANN)


def test_a_backup_that_does_not_verify_is_not_put_back(days: Days) -> None:
    import sqlite3

    with closing(open_desk(days.desk)) as db:
        copy = pipeline.back_up(db, days.yesterday)
    with closing(sqlite3.connect(copy, isolation_level=None)) as stranger:
        stranger.execute("UPDATE step SET content = content || '!' WHERE id = (SELECT min(id) FROM step)")
    before = days.desk.read_bytes()
    with pytest.raises(UserError, match="does not verify"):
        pipeline.restore(copy, days.desk, ANN, "why not")
    with pytest.raises(UserError, match="Say why"):
        pipeline.restore(copy, days.desk, ANN, " ")
    assert days.desk.read_bytes() == before


def test_an_older_desk_can_be_gone_on_with_if_the_ledger_says_so(days: Days) -> None:
    days.roll_back(head=True)
    assert days.said()
    with closing(open_desk(days.desk)) as db:
        pipeline.accept_older(db, ANN, "the newer one burnt")
        with pytest.raises(UserError, match="contradicts"):
            pipeline.accept_older(db, ANN, "again")
    assert days.said() == []
    assert list(days.stick.glob("*.contradicted-*"))


def test_backup_receipt_and_restore_by_command(
    days: Days, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", PASSPHRASE)
    desk = str(days.desk)
    assert run(["desk", "backup", "--desk", desk, "--out", str(days.yesterday), "--json"]) == 0
    copy = json.loads(capsys.readouterr().out)["backup"]
    assert run(["desk", "receipt", "--desk", desk]) == 0
    receipt = capsys.readouterr().out
    assert run(["verify", "--desk", desk, "--receipt", receipt, "--json"]) == 0
    assert run(["desk", "heads", "--desk", desk, "--json"]) == 0
    capsys.readouterr()
    back = ["desk", "restore", "--desk", desk, "--from", copy, "--as", ANN, "--reason", "to try it", "--json"]
    assert run(back) == 0
    assert json.loads(capsys.readouterr().out)["replaced"]
    assert run(["verify", "--desk", desk, "--json"]) == 0

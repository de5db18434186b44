"""An officer makes a packet, opens one that comes, compares keys, takes it in and reads what contradicts what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from officer import PASSPHRASE, Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import corrections, decisions, packets, queue
from dreamdesk.desk.database import Connection, create, open_desk
from dreamdesk.gui.packets.conflicts import ConflictsDialog
from dreamdesk.gui.packets.making import MakePacketDialog
from dreamdesk.gui.packets.opening import OpenPacketDialog
from dreamdesk.gui.packets.tree import FindingsTree
from dreamdesk.model.decision import Role, Verdict

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, tmp_path: Path) -> Iterator[Officer]:
    path = retail_desk(tmp_path)
    db = open_desk(path)
    pipeline.change_setting(db, "blind_mark", "off", "x")
    db.close()
    made = Officer(qtbot, tmp_path)
    made.open(path)
    yield made
    made.close()


def _told(tree: FindingsTree) -> list[str]:
    def lines(item: QTreeWidgetItem) -> list[str]:
        return [item.text(0), *(line for n in range(item.childCount()) for line in lines(item.child(n)))]

    return [line for n in range(tree.topLevelItemCount()) for line in lines(tree.topLevelItem(n))]


def _colleague(folder: Path) -> tuple[Connection, pipeline.Signer]:
    db = create(folder / "colleague.desk")
    pipeline.add_auditor(db, "Bob", Role.REVIEWER, PASSPHRASE)
    pipeline.change_setting(db, "blind_mark", "off", "x")
    return db, pipeline.unlock(db, "Bob", PASSPHRASE)


def test_a_packet_goes_out_by_keyboard_and_its_answer_is_taken_in(officer: Officer, tmp_path: Path) -> None:
    window = officer.window
    officer.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    making = officer.wait_dialog(MakePacketDialog)
    officer.until(lambda: making.go_button.isEnabled())
    officer.press(Qt.Key.Key_Return)
    assert "for whom" in making.trouble()
    officer.type("Bob")
    making.episodes.setCurrentIndex(making.episodes.findData(queue.Tab.REVIEW.value))
    making.file.setText(str(tmp_path / "out.packet"))
    making.why.setText("Before <b>Friday</b>, please")
    making.go()
    officer.sign_in("Ada Officer")
    officer.until(lambda: making.fingerprint.isVisible())
    assert making.outcome.full_text().startswith("✓ Written")
    fingerprint = making.fingerprint.full_text()
    assert fingerprint.startswith("SHA256:")
    making.go_button.click()
    officer.until(lambda: officer.dialog(MakePacketDialog) is None)

    # The colleague decides against what Ada decides meanwhile.
    db, bob = _colleague(tmp_path)
    pipeline.join_packet(db, tmp_path / "out.packet", bob, [fingerprint])
    correction = corrections.ids(db)[0]
    pipeline.decide(db, correction, Verdict.HOLD, "awaiting-information", "I have <i>asked</i>", bob)
    name = corrections.revision(db, correction).digest()
    pipeline.answer_packet(db, tmp_path / "back.packet", bob)
    db.close()
    own = open_desk(window.jobs.path)
    here = next(one for one in corrections.ids(own) if corrections.revision(own, one).digest() == name)
    ada = pipeline.unlock(own, "Ada Officer", PASSPHRASE)
    pipeline.decide(own, here, Verdict.REJECT, "not-an-error", "no", ada)

    # The file is dropped on the window: it is recognised, and nothing is written before it is taken in.
    officer.drop([tmp_path / "back.packet"])
    opening = officer.wait_dialog(OpenPacketDialog)
    officer.until(lambda: bool(opening.boxes))
    assert not opening.go_button.isEnabled()
    (box,) = opening.boxes.values()
    assert "Bob" in box.accessibleName()
    told = _told(opening.tree)
    assert "1 conflict: both sides are kept" in told
    assert any("I have <i>asked</i>" in line for line in told)
    assert packets.all_packets(own)[-1].sent
    officer.until(box.hasFocus)
    officer.press(Qt.Key.Key_Space)
    officer.until(lambda: opening.go_button.isEnabled())
    opening.go_button.click()
    officer.until(lambda: opening.outcome.isVisible())
    assert "Taken in: 1 auditor, 1 decision" in opening.outcome.full_text()
    officer.press(Qt.Key.Key_Return)
    assert len(decisions.of_correction(own, here)) == 2
    assert pipeline.verify_desk(own) == []

    # The conflict is listed, and Enter leads to the episode.
    officer.press(Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    listed = officer.wait_dialog(ConflictsDialog)
    officer.until(lambda: listed.tree.topLevelItemCount() > 0)
    told = _told(listed.tree)
    assert any("Ada Officer rejects" in line for line in told)
    assert any(line.startswith("desk ") and "entries" in line for line in told)
    officer.press(Qt.Key.Key_Return)
    officer.settle()
    assert window.review.case is not None
    assert window.review.case.number == corrections.get(own, here).episode
    own.close()


def test_what_is_no_packet_is_told_in_the_dialog(officer: Officer, tmp_path: Path) -> None:
    bad = tmp_path / "bad.packet"
    bad.write_bytes(b"PK not quite")
    officer.drop([bad])
    dialog = officer.wait_dialog(OpenPacketDialog)
    officer.until(lambda: bool(dialog.trouble()))
    assert "no sound packet" in dialog.trouble()
    assert not dialog.go_button.isEnabled()
    officer.press(Qt.Key.Key_Escape)
    assert officer.dialog(OpenPacketDialog) is None


def test_a_desk_that_never_met_another_says_what_to_do(officer: Officer) -> None:
    officer.window.do("conflicts")
    dialog = officer.wait_dialog(ConflictsDialog)
    officer.until(lambda: dialog.tree.topLevelItemCount() > 0)
    assert any("Make a packet" in line for line in _told(dialog.tree))

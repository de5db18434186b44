"""The overview: every number is the desk's own, every card leads to what it counts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from officer import PASSPHRASE, Officer
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dreamdesk import pipeline
from dreamdesk.desk import overview, settings
from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.desk.queue import Tab
from dreamdesk.gui.overview.bars import Bars
from dreamdesk.gui.overview.page import CARD_WIDTH, OverviewPage
from dreamdesk.gui.widgets import Button
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import OutcomeState


def reject(db: Connection, correction: int) -> None:
    signer = pipeline.unlock(db, "Ada Officer", PASSPHRASE)
    pipeline.decide(db, correction, Verdict.REJECT, "other", "no", signer)


def test_the_counts_are_those_of_the_desk(desk: Path) -> None:
    db = open_desk(desk)
    pipeline.add_auditor(db, "Ada Officer", Role.REVIEWER, PASSPHRASE)
    before = overview.overview(db)
    assert sum(before.outcomes.values()) == before.waiting[Tab.ALL] > 0
    assert sum(before.failures.times) == before.outcomes[OutcomeState.FAILED] + before.outcomes[OutcomeState.PARTIAL]
    assert before.risk is not None
    assert sum(before.risk.values()) == before.waiting[Tab.REVIEW]
    assert not any(before.verdicts.values())
    correction = db.execute("SELECT correction FROM episode WHERE review = 'proposed' LIMIT 1").fetchone()[0]
    reject(db, correction)
    after = overview.overview(db)
    assert after.verdicts[Verdict.REJECT] == 1
    assert after.waiting[Tab.REVIEW] == before.waiting[Tab.REVIEW] - 1
    assert after.bundles == ()
    db.close()


def test_a_desk_that_requires_marks_does_not_tell_its_view_of_the_risk(desk: Path) -> None:
    db = open_desk(desk)
    pipeline.change_setting(db, settings.BLIND_MARK, "required", "Ada")
    assert overview.overview(db).risk is None
    db.close()


def words(page: OverviewPage) -> str:
    from dreamdesk.gui.widgets import Label

    return "\n".join(label.full_text() for label in page.sheet.findChildren(Label) if label.isVisible())


def test_the_page_shows_them_and_leads_on(qtbot: QtBot, desk: Path, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.press(Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    officer.settle()
    page = officer.window.places["overview"]
    assert isinstance(page, OverviewPage)
    assert officer.window.shown == "overview"
    assert "from 1 source" in words(page)
    assert "Nobody has decided anything yet." in words(page)
    named = [bars.accessibleName() for bars in page.sheet.findChildren(Bars)]
    assert any(name.startswith("Episodes by outcome: Failed ") for name in named)
    leading = [button for button in page.sheet.findChildren(Button) if button.text() == "Go to the patterns"]
    leading[0].setFocus()
    qtbot.keyClick(leading[0], Qt.Key.Key_Space)
    officer.settle()
    assert officer.window.shown == "patterns"
    officer.close()


def test_every_card_leads_to_an_action_that_there_is(qtbot: QtBot, desk: Path, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.turn_to("overview")
    officer.settle()
    page = officer.window.places["overview"]
    assert isinstance(page, OverviewPage)
    wanted: list[str] = []
    page.wanted.disconnect()
    page.wanted.connect(wanted.append)
    for card in page.sheet.cards:
        for button in card.findChildren(Button):
            button.click()
    assert len(wanted) == len(page.sheet.cards)
    assert set(wanted) <= set(officer.window.menus.actions)
    officer.close()


def test_cards_stand_in_as_many_columns_as_there_is_room_for(qtbot: QtBot, desk: Path, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(desk)
    officer.window.turn_to("overview")
    officer.settle()
    page = officer.window.places["overview"]
    assert isinstance(page, OverviewPage)
    for width, columns in ((1_600, 3), (1_000, 2)):
        officer.window.resize(width, 900)
        officer.settle()
        lefts = {card.x() for card in page.sheet.cards}
        assert len(lefts) == columns, width
        assert min(card.width() for card in page.sheet.cards) >= CARD_WIDTH
        for left in lefts:
            column = sorted((card for card in page.sheet.cards if card.x() == left), key=lambda card: card.y())
            assert [below.y() - above.geometry().bottom() for above, below in pairwise(column)] == [13] * (
                len(column) - 1
            )
        for card in page.sheet.cards:
            wanted = card.heightForWidth(card.width()) if card.hasHeightForWidth() else card.sizeHint().height()
            assert card.height() <= wanted + 2, f"{card.accessibleName()} has room to spare"
    officer.close()


def test_an_empty_desk_says_what_to_do(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    officer.open(tmp_path / "empty.desk", new=True)
    officer.window.turn_to("overview")
    officer.settle()
    page = officer.window.places["overview"]
    assert isinstance(page, OverviewPage)
    assert page.empty.isVisible()
    assert page.empty.button is not None
    assert page.empty.button.hasFocus()
    officer.close()

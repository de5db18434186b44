"""The page of patterns and the strip beside an episode, with real key presses."""

from __future__ import annotations

from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt

from dreamdesk import pipeline
from dreamdesk.desk import families, findings, marks, patterns, queue
from dreamdesk.desk.database import open_desk, transaction
from dreamdesk.gui.patterns.naming import NameDialog
from dreamdesk.gui.patterns.page import PatternsPage
from dreamdesk.gui.patterns.trend import trend_words
from dreamdesk.gui.widgets import Label
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.finding import Candidate, Category

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CONTROL = Qt.KeyboardModifier.ControlModifier
PASSPHRASE = "correct horse battery"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return the retail desk, three of whose episodes share a cause."""
    path = retail_desk(tmp_path)
    db = open_desk(path)
    why = "The refund was made although the customer had not confirmed the amount."
    for episode in list(queue.ids(db, queue.Tab.REVIEW))[:3]:
        with transaction(db):
            claim = Candidate(1, Category.D2, 0.5, "offline", why)
            findings.save(db, episode, [claim], ("offline", "label", "divergence"))
    pipeline.group(db)
    db.close()
    return path


def page(officer: Officer) -> PatternsPage:
    found = officer.window.places["patterns"]
    assert isinstance(found, PatternsPage)
    return found


def words(widget: object) -> str:
    return "\n".join(label.full_text() for label in widget.findChildren(Label) if not label.isHidden())  # type: ignore[attr-defined]


def test_families_stand_largest_first_and_the_chosen_one_says_what_it_is(officer: Officer) -> None:
    officer.press(Qt.Key.Key_2, CONTROL)
    shown = page(officer)
    assert officer.window.shown == "patterns"
    assert officer.focus() is shown.table
    sizes = [family.size for family in shown.model.patterns.families]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] >= 3
    family = shown.detail.family
    assert family is not None
    told = words(shown.detail)
    assert family.category.title in told
    assert f"{family.size} of {shown.model.patterns.failures} failures" in told
    assert len(shown.detail.model.ids) == family.size
    assert shown.detail.trend.full_text() == "All on one day"  # these traces have no times but that of the import
    officer.press(Qt.Key.Key_Down)
    assert shown.detail.family is not None
    assert shown.detail.family.id != family.id


def test_enter_takes_a_family_episode_by_episode_with_the_first_decision_at_hand(officer: Officer, desk: Path) -> None:
    officer.press(Qt.Key.Key_2, CONTROL)
    family = page(officer).model.family(0)
    assert family is not None
    officer.press(Qt.Key.Key_Return)
    review = officer.window.review
    assert officer.window.shown == "review"
    db = open_desk(desk)
    together = patterns.members(db, family.id)
    assert review.case is not None
    assert review.case.number == together[0]
    assert review.is_shown()  # who comes from its family knows what the desk says of it
    assert review.strip.isVisible()
    assert f"1 of {len(together)}" in words(review.strip)
    assert "none decided yet" in words(review.strip)
    assert marks.knows(db, together[0], marks.ANYONE)
    correction = queue.rows(db, together[:1])[0].correction
    assert correction is not None
    pipeline.add_auditor(db, "Anna", Role.APPROVER, PASSPHRASE)
    signer = pipeline.unlock(db, "Anna", PASSPHRASE)
    code = next(reason.code for reason in pipeline.reasons(Verdict.REJECT))
    pipeline.decide(db, correction, Verdict.REJECT, code, "the amount was never named", signer)
    db.close()
    officer.press(Qt.Key.Key_F)
    assert review.case.number == together[1]
    assert "the first was rejected by Anna" in words(review.strip)
    assert "the amount was never named" in words(review.strip)


def test_enter_leads_to_the_family_whatever_episode_is_on_the_screen(officer: Officer) -> None:
    officer.press(Qt.Key.Key_2, CONTROL)
    family = page(officer).model.family(0)
    assert family is not None
    together = list(page(officer).detail.model.ids)
    officer.window.do("page-review")
    officer.settle()
    for _ in range(5):
        officer.press(Qt.Key.Key_J)
    review = officer.window.review
    assert review.case is not None
    assert review.case.number not in together
    officer.press(Qt.Key.Key_2, CONTROL)
    officer.press(Qt.Key.Key_Return)
    assert review.case.number == together[0]
    assert review.queue.current() == together[0]
    assert review.is_shown()
    name, place = review.strip.name.geometry(), review.strip.place.geometry()
    assert name.right() < place.left()  # nothing is drawn over the name


def test_a_name_stays_with_the_family(officer: Officer, desk: Path) -> None:
    officer.press(Qt.Key.Key_2, CONTROL)
    officer.press(Qt.Key.Key_F2)
    dialog = officer.wait_dialog(NameDialog)
    assert isinstance(dialog, NameDialog)
    officer.type("Refund without <b>consent</b>")
    officer.press(Qt.Key.Key_Return)
    officer.sign_in()
    family = page(officer).model.family(0)
    assert family is not None
    assert family.title == "Refund without <b>consent</b>"
    assert page(officer).detail.title.full_text() == family.title
    assert page(officer).detail.title.textFormat() == Qt.TextFormat.PlainText


def test_what_is_not_grouped_yet_is_grouped_when_the_page_is_shown(officer: Officer, desk: Path) -> None:
    db = open_desk(desk)
    before = patterns.overview(db)
    with transaction(db):
        db.execute("UPDATE family_member SET cause = ''")
    officer.press(Qt.Key.Key_2, CONTROL)
    officer.until(lambda: not page(officer)._grouping)
    officer.settle()
    assert families.unplaced(db) == 0
    after = patterns.overview(db)
    assert [family.id for family in after.families] == [family.id for family in before.families]
    db.close()


def test_an_empty_desk_says_what_to_do(officer: Officer, tmp_path: Path) -> None:
    officer.open(tmp_path / "new.desk", new=True)
    officer.press(Qt.Key.Key_2, CONTROL)
    assert page(officer).empty.isVisible()
    assert "Ctrl+O" in words(page(officer).empty)


def test_while_a_mark_is_required_unmarked_failures_are_in_no_family(officer: Officer) -> None:
    officer.choose_blind_mark("required")
    officer.press(Qt.Key.Key_2, CONTROL)
    assert page(officer).empty.isVisible()
    assert "your own mark first" in words(page(officer).empty)


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ((0, 0, 5, 7), "rising: 0 in the first half, 12 in the second"),
        ((4, 0, 0, 1), "falling: 4 in the first half, 1 in the second"),
        ((1, 1, 1, 1), "steady: 2 in each half"),
        ((0, 0, 0, 3), "all at one time"),
    ],
)
def test_a_trend_in_words(times: tuple[int, ...], told: str) -> None:
    assert trend_words(times) == told

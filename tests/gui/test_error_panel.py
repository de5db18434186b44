"""The panel of the error point: confidence and its hit rate, signs and shares, voices, evidence, other places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dreamdesk.desk import episodes, explanations, findings, queue
from dreamdesk.desk.database import open_desk, transaction
from dreamdesk.gui.attempts.dialog import AttemptsDialog
from dreamdesk.gui.review.error_parts import ENOUGH, ShareBar, band_words, confidence
from dreamdesk.gui.review.error_section import ErrorSection, others
from dreamdesk.gui.review.methods import found_by, voices
from dreamdesk.gui.review.parts import QuoteCard
from dreamdesk.gui.widgets import Label
from dreamdesk.model.explanation import Band, Contribution, Explained, Explanation
from dreamdesk.model.finding import Candidate, Category, Citation, Opinion, Quote

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

HEDGE = "The agent <i>assumes</i> what no tool said."


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return the retail desk; three methods spoke of its first episode, and the ranker explained itself."""
    path = retail_desk(tmp_path)
    db = open_desk(path)
    ids = list(queue.ids(db, queue.Tab.REVIEW))
    first = ids[0]
    steps = episodes.load(db, first).steps
    agent = [step for step in steps if step.actor.value == "agent"]
    named, other = agent[-1].index, agent[0].index
    quote = Quote(named, agent[-1].content[:30])
    with transaction(db):
        findings.save(
            db,
            first,
            [
                Candidate(
                    *(named, Category.D5, 0.61, "offline", "Why.", (quote,)),
                    opinions=(Opinion("offline", 1, 0.5), Opinion("divergence", 1, 0.3)),
                    citations=(Citation("Refunds need consent."), Citation("It was done so.", ids[1], 1)),
                ),
                Candidate(other, Category.D1, 0.2, "offline", "Less.", opinions=(Opinion("offline", 2, 0.2),)),
                Candidate(other, Category.D1, 0.1, "model", "Other."),
            ],
            ("offline", "label", "divergence", "model"),
        )
        told = Explained(
            named,
            0.55,
            Band(0.5, 0.7, 25, 58),
            (Contribution("hedging", HEDGE, 1.2, 0.7), Contribution("+user", "It is short.", -0.4, 0.0)),
        )
        explanations.save(db, first, Explanation("", (told,), (other, named), 0.83, 120))
    db.close()
    return path


@pytest.fixture
def officer(qtbot: QtBot, desk: Path, tmp_path: Path) -> Iterator[Officer]:
    made = Officer(qtbot, tmp_path)
    made.open(desk)
    db = open_desk(desk, readonly=True)
    told = {episode: explanations.load(db, episode) for episode in queue.ids(db, queue.Tab.ALL)}
    first = next(e for e, said in told.items() if said and said.explained[0].contributions[0].why == HEDGE)
    db.close()
    made.window.review.queue.show_episode(first)
    made.settle()
    made.press(Qt.Key.Key_V)
    yield made
    made.close()


def words(section: ErrorSection) -> str:
    return "\n".join(label.full_text() for label in section.findChildren(Label) if not label.isHidden())


def test_it_says_how_sure_it_is_and_how_often_that_was_right(officer: Officer) -> None:
    said = words(officer.window.review.side.error)
    assert "0.61" in said  # of all methods together; the band is the ranker's own
    assert "detectors alone say 0.55" in said
    assert "43% were the marked one (n = 58)" in said
    assert "In 83% of 120 such cases it was one of" in said
    assert "Weights as shipped." in said


def test_a_set_measured_on_few_episodes_is_not_offered(officer: Officer) -> None:
    case = officer.window.review.case
    assert case is not None
    assert case.explanation is not None
    section = officer.window.review.side.error
    for measured, offered in ((ENOUGH, True), (ENOUGH - 1, False), (0, False)):  # 0: kept before this was counted
        few = replace(case, explanation=replace(case.explanation, measured=measured))
        section.show_case(few, shown=True, auditor="")
        officer.settle()
        assert ("such cases it was one of" in words(section)) is offered


def test_each_sign_stands_with_its_share_as_plain_text(officer: Officer) -> None:
    section = officer.window.review.side.error
    assert HEDGE in words(section)
    shares = [bar.accessibleName() for bar in section.findChildren(ShareBar) if not bar.isHidden()]
    assert shares == ["70% of what speaks for it", "speaks against it"]


def test_the_methods_that_differ_say_which_step_they_name(officer: Officer) -> None:
    case = officer.window.review.case
    assert case is not None
    assert case.standing is not None
    said = voices(case, case.standing.step)
    assert found_by(said) == "2 of 3 methods"
    model = next(voice for voice in said if voice.method == "model")
    assert not model.agrees
    assert f"a model: step {model.step}" in words(officer.window.review.side.error)


def test_keys_jump_to_the_other_candidates_and_cards_to_their_places(officer: Officer) -> None:
    review = officer.window.review
    case = review.case
    assert case is not None
    officer.press(Qt.Key.Key_1)
    assert review.timeline.selected == ("recorded", others(case)[0].step)
    cards = [card for card in review.side.error.findChildren(QuoteCard) if not card.isHidden()]
    assert [card.accessibleName().split(":")[0] for card in cards][-2:] == [
        "Evidence in policy",
        f"Evidence in episode {case.candidates[0].citations[1].attempt}, step 1, which succeeded",
    ]
    QTest.keyClick(cards[0], Qt.Key.Key_Space)
    officer.settle()
    assert review.timeline.selected == ("recorded", cards[0].step)
    cards[-1].click()
    officer.wait_dialog(AttemptsDialog).close()


@pytest.mark.parametrize(
    ("band", "told"),
    [
        (None, "No hit rate was measured"),
        (Band(0.1, 0.2, 0, 0), "No hit rate was measured"),
        (Band(0.1, 0.2, 3, 7), "too few measured to say how often they hit (n = 7)"),
        (Band(0.1, 0.2, 10, 40), "25% were the marked one (n = 40)"),
    ],
)
def test_a_hit_rate_is_said_only_where_enough_was_measured(band: Band | None, told: str) -> None:
    assert told in band_words(band)


def test_a_score_of_the_ranker_alone_is_shown_as_its_band(qtbot: QtBot) -> None:
    line = confidence(0.6, Band(0.5, 0.7, 25, 58))
    qtbot.addWidget(line)
    assert [label.full_text() for label in line.findChildren(Label)] == ["0.50 – 0.70"]

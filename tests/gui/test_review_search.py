"""Finding episodes by what was said in them, and seeing where."""

from __future__ import annotations

import pytest
from officer import Officer
from PySide6.QtCore import Qt

from dreamdesk.desk.database import DatabaseError
from dreamdesk.gui.models.queue_model import ROW
from dreamdesk.gui.review.queue_delegate import subtitle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_words_of_a_step_find_its_episode_and_are_shown(officer: Officer) -> None:
    queue = officer.window.review.queue
    everything = len(queue.model.ids)
    officer.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    officer.type("unuse")
    officer.settle()
    assert 0 < len(queue.model.ids) < everything
    officer.until(lambda: queue.model.index(0, 0).data(ROW) is not None)
    for position in range(len(queue.model.ids)):
        row = queue.model.index(position, 0).data(ROW)
        assert "unused" in row.found.lower()
        assert subtitle(row, shown=False) == row.found
    officer.press(Qt.Key.Key_Escape)
    officer.settle()
    assert queue.model.index(0, 0).data(ROW).found == ""


def test_a_search_ends_when_more_is_typed(officer: Officer) -> None:
    jobs, ended = officer.window.jobs, list[bool]()
    forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

    def endless(db: object, task: object) -> None:
        try:
            db.execute(forever).fetchone()  # type: ignore[attr-defined]
        except DatabaseError:
            ended.append(True)
            raise

    jobs.read("queue", endless, lambda _: pytest.fail("a replaced job is not delivered"))
    officer.bot.wait(50)
    jobs.read("queue", lambda db, task: "later", lambda found: ended.append(found == "later"))
    officer.until(lambda: len(ended) == 2)
    assert ended == [True, True]

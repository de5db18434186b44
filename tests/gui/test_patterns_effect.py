"""The part of a family that tells what came after its bundle."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dreamdesk.desk.effects import Effect, Tally
from dreamdesk.gui.patterns.effect import effect_parts
from dreamdesk.gui.widgets import Label
from dreamdesk.pipeline.recurring import Comparison, recurrence

AT = 1_795_000_000_000_000_000


def words(parts: list[QWidget]) -> list[str]:
    found = []
    for part in parts:
        labels = [part] if isinstance(part, Label) else part.findChildren(Label)
        found.append(" ".join(label.full_text() for label in labels))
    return found


def test_without_a_bundle_it_says_what_will_stand_there(qtbot: QtBot) -> None:
    (line,) = words(effect_parts(None))
    assert line.startswith("No bundle holds a correction of this family yet.")


def test_before_and_since_stand_with_intervals_and_versions_as_plain_text(qtbot: QtBot) -> None:
    before, after = (Tally("bot v1", 40, 20),), (Tally("<b>bot</b> v2", 50, 2), Tally("bot v3", 3, 0))
    effect = Effect(7, "A family", 3, AT, before, after, 4)
    shown = words(effect_parts(Comparison(effect, recurrence(before), recurrence(after))))
    assert shown[0].startswith("Bundle 3, ")
    assert shown[0].endswith("Rarer than before.")
    assert shown[1] == "Before 20 of 40 attempts (50%, 95%\N{NO-BREAK SPACE}interval 35 to 65%)"
    assert shown[2] == "Since then 2 of 53 attempts (4%, 95%\N{NO-BREAK SPACE}interval 1 to 13%)"
    assert shown[3:5] == ["   <b>bot</b> v2 2 of 50", "   bot v3 0 of 3"]
    assert shown[5] == "4 later failures not located yet may belong here too."

"""The list of actions: each once, each reachable, each in a menu."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from officer import Officer
from pytestqt.qtbot import QtBot

from dreamdesk import actions
from dreamdesk.gui.dialogs.keys import KeysDialog
from dreamdesk.gui.widgets import Label


def test_ids_and_keys_are_unique() -> None:
    names = [action.id for action in actions.ACTIONS]
    keys = [key for action in actions.ACTIONS for key in action.keys]
    assert len(names) == len(set(names))
    assert len(keys) == len(set(keys))


def test_each_action_stands_in_a_group_and_explains_itself() -> None:
    for action in actions.ACTIONS:
        assert action.group in actions.GROUPS
        assert action.when in ("always", "desk", "episode", "correction")
        assert action.help.endswith(".")
        assert actions.get(action.id) is action


def test_an_unknown_action_is_an_error() -> None:
    with pytest.raises(KeyError):
        actions.get("fly")


def test_every_verb_is_one_of_the_command_line() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "dreamdesk", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for verb in {action.verb for action in actions.ACTIONS if action.verb}:
        assert f"    {verb} " in shown


def test_menus_hold_every_action_with_its_keys(qtbot: QtBot, tmp_path: Path) -> None:
    officer = Officer(qtbot, tmp_path)
    menus = officer.window.menus
    for action in actions.ACTIONS:
        made = menus.actions[action.id]
        assert made in menus.menus[action.group].actions()
        assert len(made.shortcuts()) == len(action.keys)
        assert not any(key.isEmpty() for key in made.shortcuts())
    officer.close()


def test_the_page_of_keys_lists_every_key(qtbot: QtBot) -> None:
    dialog = KeysDialog()
    qtbot.addWidget(dialog)
    shown = {label.full_text() for label in dialog.findChildren(Label)}
    for action in actions.ACTIONS:
        assert not action.keys or action.help in shown

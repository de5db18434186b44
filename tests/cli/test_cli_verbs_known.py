"""Every verb of the command line is one that the program starts with, for else its name is taken for a file's."""

from __future__ import annotations

import argparse

from dreamdesk.__main__ import VERBS
from dreamdesk.cli.main import parser


def test_the_program_knows_every_verb_once() -> None:
    made = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert sorted(VERBS) == sorted(made.choices)

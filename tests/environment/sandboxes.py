"""Environments of somebody else's, installed as a package would install them: on the path, with an entry point."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = """
import os, sys, time
from dreamdesk.model.execution import Answer


class World:
    def __init__(self, steps):
        self.recorded = iter([s for s in steps if s.kind.value == "tool_result"])
        self.count = 0

    def call(self, tool, arguments):
        {on_call}
        self.count += 1
        return Answer("answer %d" % self.count)

    def state(self):
        return {{"calls": self.count}}

    def goal(self):
        return {{"calls": 1}}


class Sandbox:
    name = "{name}"
    version = 3

    def fits(self, episode):
        return {fits}

    def begin(self, episode):
        return World(episode.steps)


ENVIRONMENT = Sandbox()
"""


def install(where: Path, patch: pytest.MonkeyPatch, name: str, on_call: str = "pass", fits: str = "True") -> None:
    """Put an environment of this *name* on the path; *on_call* is what it does when it is called."""
    module = name.replace("-", "_") + "_sandbox"
    (where / f"{module}.py").write_text(SOURCE.format(name=name, on_call=on_call, fits=fits))
    info = where / f"{module}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[dreamdesk.environments]\n{name} = {module}:ENVIRONMENT\n")
    patch.syspath_prepend(str(where))

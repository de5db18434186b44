"""What the built program does before anything else, tried without building it; `make dist` tries the built one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dreamdesk import __main__ as program


@pytest.mark.parametrize("before", [None, "/opt/lib"])
def test_the_built_program_starts_others_with_the_libraries_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "dreamdesk"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(os, "environ", {"LD_LIBRARY_PATH": "/bundled", "_PYI_PARENT_PROCESS_LEVEL": "0", "HOME": "/h"})
    if before:
        os.environ["LD_LIBRARY_PATH_ORIG"] = before
    program._settle()
    assert os.environ == {"HOME": "/h"} | ({"LD_LIBRARY_PATH": before} if before else {})
    assert sys.path[-1] == str(tmp_path / "environments")

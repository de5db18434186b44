"""What the pipeline offers: the same to whoever checks types and to the program, and no module of its own is hidden."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from dreamdesk import pipeline
from dreamdesk.pipeline.offered import OFFERED

PACKAGE = Path(pipeline.__file__)


def test_the_program_finds_what_types_are_checked_against() -> None:
    declared = {
        name.asname or name.name: (node.module, name.name)
        for node in ast.walk(ast.parse(PACKAGE.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dreamdesk.")
        for name in node.names
    }
    for one in ("OFFERED", "mapping"):
        del declared[one]
    assert declared == OFFERED
    assert {*declared, "mapping"} == set(pipeline.__all__)


def test_everything_offered_is_there() -> None:
    assert [name for name in pipeline.__all__ if getattr(pipeline, name, None) is None] == []
    assert not hasattr(pipeline, "nothing_of_that_name")


def test_nothing_offered_is_called_like_a_module_beside_it() -> None:
    # Importing that module would put it in the place of what is offered.
    assert {path.stem for path in PACKAGE.parent.iterdir()} & set(OFFERED) == set()


def test_asking_for_one_stage_imports_no_other() -> None:
    code = "import sys; from dreamdesk import pipeline; pipeline.reserve; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(ran.stdout.split())
    assert "dreamdesk.pipeline.flowing" in loaded
    assert not loaded & {"dreamdesk.release", "dreamdesk.intake", "dreamdesk.memory", "jsonschema", "ssl"}

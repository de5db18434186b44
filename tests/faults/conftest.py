"""A failing disk for the tests here, compiled on the spot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from faulty import Faulty

SOURCE = Path(__file__).with_name("faulty_disk.c")


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Work on a failing disk."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        pytest.skip("the failing disk is made with a C compiler, on Linux")
    scratch = tmp_path_factory.mktemp("faulty")
    library = scratch / "faulty_disk.so"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    made = Faulty(scratch, library)
    yield made
    made.close()

"""Fixtures shared by all tests."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from small_desk import copied

from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.review import identity

# No deadline: a busy machine is no fault. In CI the same examples each time, so that a red run can be repeated.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# As many examples of each property as one likes, for tests that do not say how many themselves.
settings.register_profile("many", deadline=None, max_examples=int(os.environ.get("DREAMDESK_EXAMPLES", "100")))
settings.load_profile("many" if "DREAMDESK_EXAMPLES" in os.environ else "ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def rounds() -> Iterator[int]:
    """Lock the keys of the tests with one round of bcrypt, as each is opened anew; yield how many the program takes."""
    taken = identity.ROUNDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "ROUNDS", 1)
        yield taken


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real traces that lies beside some checkouts; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real traces (../shared/data) are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Our own sample traces."""
    return ROOT / "resources" / "samples"


@pytest.fixture
def survived() -> Callable[[str, Mapping[str, int]], None]:
    """Write down what was survived: on standard error, and in the file that `benchmarks/faults.py` names."""

    def write(what: str, counted: Mapping[str, int]) -> None:
        sys.stderr.write(f"{what}: {dict(counted)}\n")
        if path := os.environ.get("DREAMDESK_SURVIVED"):
            with Path(path).open("a") as file:
                file.write(json.dumps({"what": what, "counted": dict(counted)}) + "\n")

    return write


@pytest.fixture
def db(ready: Path, tmp_path: Path) -> Iterator[Connection]:
    """A copy of its own, opened, of the desk that a file has made for its tests with a fixture `ready`."""
    with closing(open_desk(copied(ready, tmp_path))) as opened:
        yield opened

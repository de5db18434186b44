"""Environments that others wrote: run in a process of their own, with a time limit and without our secrets."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path

from dreamdesk.dream.environment import GROUP
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Episode
from dreamdesk.model.errors import UserError
from dreamdesk.model.execution import Answer, Call, Played
from dreamdesk.model.text import one_line

SECONDS = 20.0
"""What an environment may take for one episode."""
# The built program is no Python that takes -m; it knows this word instead (dreamdesk/__main__.py).
_HOW = ["run-environment"] if getattr(sys, "frozen", False) else ["-m", "dreamdesk.dream.outside_process"]
_MOST = 32 << 20
"""Bytes of an answer that are read."""
_SECRET = ("DREAMDESK_", "ANTHROPIC_")
"""Variables that begin so are not handed on."""


def names() -> list[str]:
    """Return the environments that are installed beside the program. None of their code is run for it."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def play(
    name: str, episode: Episode, runs: Sequence[Sequence[Call]], seconds: float = SECONDS
) -> tuple[str, list[Played]]:
    """Make each run's calls in a fresh world of the environment *name*; return "name version" and what came of them.

    Nothing is returned for an episode that the environment does not fit.

    Raises:
        UserError: it is not installed, broke off, took too long, or answered something that is no answer.
    """
    if name not in names():
        raise UserError(f"The environment {name} is not installed here.")
    with tempfile.TemporaryDirectory() as folder:
        answer, said = Path(folder, "answer"), Path(folder, "said")
        with said.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, *_HOW, name, str(answer)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=folder,
                env=_surroundings(),
                start_new_session=True,
            )
            try:
                process.communicate(pickle.dumps((episode, [list(run) for run in runs])), seconds)
            except subprocess.TimeoutExpired:
                raise UserError(
                    f"The environment {name} gave no answer within {seconds:g} s and was stopped."
                ) from None
            finally:
                _end(process)
        if process.returncode or not answer.is_file():
            raise UserError(f"The environment {name} broke off: {_last_words(said)}")
        with answer.open("rb") as file:
            data = file.read(_MOST + 1)
    try:
        if len(data) > _MOST:
            raise ValueError
        value = json.loads(data)
        played = [_played(one, run) for one, run in zip(value["played"], runs, strict=bool(value["played"]))]
        return one_line(str(value["environment"]), 80), played
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UserError(f"The environment {name} answered something that is no answer.") from None


def _surroundings() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRET)}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _last_words(said: Path) -> str:
    lines = said.read_bytes()[-4000:].decode(errors="replace").strip().splitlines()
    if lines and lines[-1].startswith("[PYI-"):  # the built program says last that a script failed, as if that helped
        del lines[-1]
    return one_line(lines[-1], 200) if lines else "it said nothing."


def _played(value: Json, run: Sequence[Call]) -> Played:
    answers = tuple(
        None if one is None else Answer(_text(one["text"]), bool(one["is_error"])) for one in value["answers"]
    )
    if len(answers) != len(run):
        raise ValueError("not one answer for each call")
    missing = value["missing"]
    return Played(answers, None if missing is None else tuple(one_line(_text(words), 200) for words in missing))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a desk holds no lone surrogates

"""Lessons leave with the bundle, word for word as they were approved, and verify.py misses none."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from release_cases import content_of, corrected, item, refund_episode

from dreamdesk.release.bundle import write
from dreamdesk.release.trace import trace
from dreamdesk.release.verify_content import check_lessons
from dreamdesk.review.identity import Signer

LESSON = "Before a refund, look the order up."


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory, anna: Signer, lea: Signer) -> Path:
    made = [refund_episode("/0"), refund_episode("/1")]
    items = [
        item(n, [anna, lea], episode, replace(corrected(episode), lesson=LESSON if n == 1 else ""))
        for n, episode in enumerate(made, 1)
    ]
    content = content_of(items, [anna.auditor, lea.auditor])
    return write(tmp_path_factory.mktemp("lessons") / "desk-1", content, lea.sshsig, lea.auditor.name)


def test_the_lesson_stands_with_its_sources_and_as_text(taught: Path) -> None:
    (line,) = (taught / "data/lessons/lessons.jsonl").read_bytes().splitlines()
    row = json.loads(line)
    assert row["lesson"] == LESSON
    assert row["error"]["quotes"] == [{"step": 2, "text": '{"order": 7}'}]
    assert row["replaces_step"] == 1
    assert trace(taught, "lessons/lessons.jsonl", 1)["source"]["sha256"] == row["source_sha256"]
    assert (taught / "data/lessons/lessons.md").read_text() == f"- {LESSON}\n"
    done = subprocess.run([sys.executable, "-I", taught / "verify.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def _approved(taught: Path) -> dict[tuple[str, str, str], set[str]]:
    row = json.loads((taught / "data/lessons/lessons.jsonl").read_bytes())
    return {(row["source_sha256"], row["episode"]["key"], row["revision_sha256"]): {"anna", "Lea Müller"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: (d / "lessons.md").write_text("- Refund everything.\n"), "lessons.md"),
        (lambda d: (d / "lessons.md").unlink(), "lessons.md"),
        (lambda d: (d / "lessons.jsonl").unlink(), "lessons.jsonl does not hold"),
        (lambda d: _reword(d, "Refund everything."), "no approved revision teaches it"),
        (lambda d: _reword(d, LESSON, source_sha256="0" * 64), "no approved revision teaches it"),
    ],
)
def test_a_lesson_that_nobody_approved_is_found(
    taught: Path, tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    assert check_lessons(taught, _approved(taught), 2) == []
    copy = tmp_path / "copy"
    shutil.copytree(taught, copy)
    change(copy / "data" / "lessons")
    assert any(words in fault for fault in check_lessons(copy, _approved(taught), 2))


def _reword(folder: Path, words: str, **more: object) -> None:
    row = json.loads((folder / "lessons.jsonl").read_bytes())
    (folder / "lessons.jsonl").write_bytes(json.dumps({**row, "lesson": words, **more}).encode() + b"\n")


def test_one_approval_of_two_is_not_enough(taught: Path) -> None:
    (key,) = _approved(taught)
    assert check_lessons(taught, {key: {"anna"}}, 2)

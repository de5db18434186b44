"""Memory changes leave as operations, diffs and files that say what was decided, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_stores import folder, held

from dreamdesk import pipeline
from dreamdesk.desk import memory as rows
from dreamdesk.desk.database import create
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.release import memory_files
from dreamdesk.release.verify import verify
from dreamdesk.release.verify_memory import _hashes, check_files

PASSPHRASE = "correct horse battery"
BEFORE = {
    "CLAUDE.md": "# Rules\n\nRefund at once.\nBe short.\n",
    "AGENTS.md": "Work alone.",
    "skills/refund/SKILL.md": "---\nname: refund\n---\nPay.\r\nThen say so.\r\n",
    "skills/warranty.md": "Count from delivery.\n",
    "notes/old name.md": "Gone soon.\n",
}
AFTER = {
    "CLAUDE.md": "# Rules\n\nAsk before a refund.\nBe short.\n",
    "AGENTS.md": "Work alone.\nAsk when unsure.",
    "skills/refund/SKILL.md": "---\nname: refund\n---\nAsk.\r\nThen pay.\r\n",
    "skills/claims.md": "Count from delivery.\n",
    "new.md": "Fresh.\n",
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("memory-files")
    db = create(where / "a.desk")
    pipeline.add_auditor(db, "Ada", Role.APPROVER, PASSPHRASE)
    ada = pipeline.unlock(db, "Ada", PASSPHRASE)
    identity = pipeline.import_memory(db, folder(where / "before", BEFORE), folder(where / "after", AFTER))
    for row in rows.changes(db, identity):
        pipeline.decide_memory(db, row.id, Verdict.APPROVE, "warning-not-material", "Right.", ada)
    out = pipeline.release(db, where / "out", ada)
    db.close()
    return out


def test_they_say_what_the_plan_does(bundle: Path) -> None:
    assert verify(bundle) == []
    (ops,) = (bundle / "data/memory").glob("*.ops.jsonl")
    said = {op["path"]: op for op in map(json.loads, ops.read_bytes().splitlines())}
    assert said["/CLAUDE.md"]["op"] == "update"
    assert said["/CLAUDE.md"]["content"] == AFTER["CLAUDE.md"]
    assert set(said["/CLAUDE.md"]["precondition"]) == {"type", "content_sha256"}
    assert said["/new.md"] == {"op": "create", "path": "/new.md", "content": "Fresh.\n"}
    assert said["/notes/old name.md"]["op"] == "delete"
    (files,) = (path for path in (bundle / "data/memory").iterdir() if path.is_dir())
    assert held(files) == AFTER
    card = (bundle / "data/README.md").read_text()
    assert "1 change left out, because its path cannot be the name of a file on every system." in card


def test_an_operation_leads_back_to_the_states_and_the_decision(bundle: Path) -> None:
    (ops,) = (bundle / "data/memory").glob("*.ops.jsonl")
    for number in range(1, ops.read_bytes().count(b"\n") + 1):
        found = pipeline.trace_line(bundle, f"memory/{ops.name}:{number}")
        (decision,) = found["decisions"]
        assert (decision["auditor"], decision["verdict"]) == ("Ada", "approve")
        assert (bundle / "data/provenance" / decision["signature"]).exists()
        assert len(found["sources"]) == 2
        told = pipeline.told(found)
        assert any("by Ada" in sentence for sentence in told)
        assert any(sentence.startswith("Operation: ") for sentence in told)


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed here")
def test_patch_applies_it(bundle: Path, tmp_path: Path) -> None:
    work = folder(tmp_path / "work", BEFORE)
    (made,) = (bundle / "data/memory").glob("*.patch")
    subprocess.run(["patch", "--binary", "-p1", "-i", str(made)], cwd=work, check=True, capture_output=True)
    assert held(work) == {**AFTER, "notes/old name.md": "Gone soon.\n"}  # what is no plain name is not in the patch
    (work / "AGENTS.md").write_text("Something else.\n")
    again = ["patch", "--binary", "--force", "--dry-run", "-p1", "-i", str(made)]
    assert subprocess.run(again, cwd=work, check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("set-*.ops.jsonl", b"Ask before", b"Never ask before"),
        ("set-*.ops.jsonl", b'"op":"create"', b'"op":"delete"'),
        ("set-*.patch", b"+Ask before a refund.", b"+Refund at once."),
        ("set-*.patch", b" Be short.", b" Be long."),
        ("set-*/CLAUDE.md", b"Ask", b"Do not ask"),
    ],
)
def test_what_says_something_else_is_found(bundle: Path, tmp_path: Path, name: str, old: bytes, new: bytes) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    assert check_files(copy) == []
    (path,) = (copy / "data/memory").glob(name)
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    assert len(check_files(copy)) == 1
    extra = copy / "data/memory/more.md"
    extra.write_text("More.\n")
    assert any("no plan is known" in fault for fault in check_files(copy))


TEXTS = st.text(alphabet="ab \n\r\u2028\x0b+-\\@é", max_size=30)


@given(TEXTS, TEXTS)
def test_a_diff_holds_both_texts_to_the_byte(before: str, after: str) -> None:
    if before == after:
        return
    made = _Change(before, after)
    found = _hashes(memory_files.diff(made))  # type: ignore[arg-type]
    assert found == (memory_files.content_sha256(before), memory_files.content_sha256(after))


class _Change:
    """As much of a `MemoryItem` as a diff is made from."""

    def __init__(self, before: str, after: str) -> None:
        digests = {
            "expected_sha256": memory_files.content_sha256(before),
            "content_sha256": memory_files.content_sha256(after),
        }
        self.entry = {"operation": "modify", "path": "a.md", **digests}
        self.text = after
        self.change = self
        self.before, self.after = before, after


@pytest.mark.parametrize(
    ("path", "plain"),
    [("/a.md", True), ("a/b/SKILL.md", True), ("con", False), ("a/nul.txt", False), ("a b.md", False), ("ä.md", False),
     ("../a", False), ("a/../b", False), ("a.", False), ("a//b", False), (".claude/x.md", True), ("a\nb", False)],
)  # fmt: skip
def test_a_plain_name_is_one_on_every_system(path: str, plain: bool) -> None:
    assert memory_files.plain(path) is plain


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"content": "x" * 102_401}, "larger"),
        ({"path": "/" + "a/" * 20 + "b"}, "deeper"),
        ({"path": "/e\u0301.md"}, "characters"),
        ({"path": "/a\u200b.md"}, "characters"),
        ({"path": "/a//b"}, "deeper"),
        ({}, ""),
    ],
)
def test_what_a_memory_store_does_not_take_is_left_out_with_the_reason(change: dict[str, str], reason: str) -> None:
    fault = memory_files.unfit({"op": "create", "path": "/a.md", "content": "x", **change})
    assert (reason in fault) if reason else fault == ""

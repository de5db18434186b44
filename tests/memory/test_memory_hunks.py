"""Hunks and plans: whatever is taken, the text that results is made of whole lines, and all or nothing is exact."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_stores import folder, held

from dreamdesk.memory import compare, folders, plan
from dreamdesk.memory.hunks import MOST_LINES, added, apply, hunks, lines, removed
from dreamdesk.model.canonical import canonical
from dreamdesk.model.errors import UserError
from dreamdesk.model.memory import ChangeSet, Memory, Operation, Store, StoreKind
from dreamdesk.release.apply_memory import NotApplied, apply_plan

LINE = st.sampled_from(["- a rule", "- another", "", "# Head", "Text.", "\r", "1. one", "ü\u202e", "\x0b\u2028"])
TEXT = st.tuples(st.lists(LINE, max_size=12), st.booleans()).map(lambda t: "\n".join(t[0]) + ("\n" if t[1] else ""))
PATHS = ["CLAUDE.md", "AGENTS.md", "skills/refunds/SKILL.md", "skills/search.md", "notes/a.txt"]
TREE = st.dictionaries(st.sampled_from(PATHS), TEXT, max_size=5)


@given(TEXT, TEXT, st.data())
def test_any_selection_of_hunks_gives_whole_lines(before: str, after: str, data: st.DataObject) -> None:
    found = hunks(before, after)
    assert apply(before, after, found, range(len(found))) == after
    assert apply(before, after, found, ()) == before
    chosen = data.draw(st.sets(st.sampled_from(range(len(found)))) if found else st.just(set()))
    text = apply(before, after, found, chosen)
    known = {line.rstrip("\n") for line in lines(before) + lines(after)}
    assert {line.rstrip("\n") for line in lines(text)} <= known
    brought = added(after, found, chosen)
    result = lines(text)
    assert all(result[number] == line for number, line in brought)
    old = lines(before)
    gone = removed(before, found, chosen)
    assert all(old[number] == line for number, line in gone)
    assert len(result) == len(old) - len(gone) + len(brought)


def test_items_that_are_added_come_one_by_one() -> None:
    found = hunks("# Notes\n", "# Notes\n- one\n- two\n\nA paragraph\nof two lines.\n")
    assert [hunk.new_stop - hunk.new_start for hunk in found] == [1, 2, 2]


def test_hostile_repetition_costs_no_time() -> None:
    before, after = "\n" * 100_000, "x\n" + "\n" * 99_000 + "y"
    found = hunks(before, after)
    assert apply(before, after, found, range(len(found))) == after
    many = "".join(f"{n}\n" for n in range(MOST_LINES + 1))
    assert len(hunks(many, many.replace("\n", "!\n"))) == 1


def change_set(before: dict[str, str], after: dict[str, str], *, in_place: bool = False) -> ChangeSet:
    """Compare two folders as they would be read."""
    with TemporaryDirectory() as place:
        stores = [folders.read(folder(Path(place) / name, tree)) for name, tree in (("a", before), ("b", after))]
    found = compare.changes(*stores, in_place=in_place)
    return ChangeSet("t", "11" * 32, "22" * 32, StoreKind.FOLDER, "a", in_place, found, tuple(after))


def carried_out(about: ChangeSet, verdicts: list[tuple[str, set[int] | None]], start: dict[str, str]) -> dict[str, str]:
    """Decide each change, make the plan, apply it to a folder with *start* in it, and return what it holds then."""
    entries = []
    for number, (change, (verdict, chosen)) in enumerate(zip(about.changes, verdicts, strict=True)):
        every = set(range(len(compare.hunks_of(change))))
        subject = plan.subject(about, number, change, every if chosen is None else chosen)
        entries.append(plan.entry(subject, verdict))
    made = plan.plan(about.kind, about.store, [entry for entry in entries if entry is not None])
    with TemporaryDirectory() as place:
        target = folder(Path(place) / "t", start)
        receipt = apply_plan(canonical(made), target)
        assert len(receipt["operations"]) == len(made["operations"])
        for operation in receipt["operations"]:
            path = target / operation["path"]
            actual = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
            assert operation["sha256_after"] == actual
        return held(target)


@settings(max_examples=30)
@given(TREE, TREE)
def test_everything_approved_gives_exactly_what_was_proposed(before: dict[str, str], after: dict[str, str]) -> None:
    about = change_set(before, after)
    assert carried_out(about, [("approve", None)] * len(about.changes), before) == after


@settings(max_examples=30)
@given(TREE, TREE)
def test_everything_rejected_gives_exactly_what_was_there(before: dict[str, str], after: dict[str, str]) -> None:
    about = change_set(before, after)
    assert carried_out(about, [("reject", None)] * len(about.changes), before) == before
    written = change_set(before, after, in_place=True)
    assert carried_out(written, [("reject", None)] * len(written.changes), after) == before
    assert carried_out(written, [("approve", None)] * len(written.changes), after) == after


@settings(max_examples=30)
@given(TREE, TREE, st.booleans(), st.data())
def test_any_selection_applies_cleanly(
    before: dict[str, str], after: dict[str, str], in_place: bool, data: st.DataObject
) -> None:
    about = change_set(before, after, in_place=in_place)
    verdicts: list[tuple[str, set[int] | None]] = []
    wanted = dict(before)
    for change in about.changes:
        found = compare.hunks_of(change)
        chosen = data.draw(st.sets(st.sampled_from(range(len(found)))) if found else st.just(set()))
        approved = data.draw(st.booleans())
        verdicts.append(("approve" if approved else "reject", chosen))
        if approved:
            wanted.pop(change.old_path or change.path, None)
            if change.after is not None:
                wanted[change.path] = apply(change.before or "", change.after, found, chosen)
    assert carried_out(about, verdicts, after if in_place else before) == wanted


def test_a_moved_memory_is_told_from_a_deleted_one() -> None:
    text = "Refunds take five working days to arrive at the bank of the customer.\n"
    changes = change_set({"a.md": text, "b.md": "x"}, {"c.md": text, "d.md": text.replace("five", "six")}).changes
    assert [(c.operation, c.old_path, c.path) for c in changes] == [
        (Operation.DELETE, "", "b.md"),
        (Operation.RENAME, "a.md", "c.md"),
        (Operation.ADD, "", "d.md"),
    ]
    (moved,) = change_set({"a.md": text}, {"z.md": text.replace("five", "six")}).changes
    assert (moved.operation, moved.old_path) == (Operation.RENAME, "a.md")


def test_requests_are_those_of_the_memory_stores_api() -> None:
    before = {"/a.md": Memory("/a.md", "one", "mem_a"), "/b.md": Memory("/b.md", "two words more", "mem_b")}
    after = {"/a.md": Memory("/a.md", "uno", "mem_x"), "/new.md": Memory("/new.md", "three", "mem_y")}
    old, new = Store(StoreKind.STORE, "memstore_in", before), Store(StoreKind.STORE, "memstore_out", after)
    about = ChangeSet("t", "11" * 32, "22" * 32, StoreKind.STORE, "memstore_in", False, compare.changes(old, new), ())
    made = []
    for number, change in enumerate(about.changes):
        entry = plan.entry(plan.subject(about, number, change, (0,)), "approve")
        assert entry is not None
        made.append(entry)
    by_operation = {entry["operation"]: entry["request"] for entry in made}
    memories = "/v1/memory_stores/memstore_in/memories"
    assert by_operation["create"] == {
        "method": "POST",
        "path": memories,
        "body": {"path": "/new.md", "content": "three"},
    }
    assert by_operation["modify"] == {
        "method": "POST",
        "path": f"{memories}/mem_a",
        "body": {
            "precondition": {"type": "content_sha256", "content_sha256": hashlib.sha256(b"one").hexdigest()},
            "content": "uno",
        },
    }
    assert by_operation["delete"] == {
        "method": "DELETE",
        "path": f"{memories}/mem_b",
        "query": {"expected_content_sha256": hashlib.sha256(b"two words more").hexdigest()},
    }
    whole = plan.plan(StoreKind.STORE, "memstore_in", made)
    assert [entry["operation"] for entry in whole["operations"]] == ["delete", "modify", "create"]
    with TemporaryDirectory() as place, pytest.raises(NotApplied, match="memory store"):
        apply_plan(canonical(whole), Path(place))


HOSTILE = ["../out.md", "/etc/out.md", "a/../../out.md", "C:/out.md", "a\\..\\out.md", "a//b", "", ".", "a/./b", "x\0y"]


@pytest.mark.parametrize("path", HOSTILE)
def test_no_path_of_a_plan_leads_out_of_the_folder(path: str, tmp_path: Path) -> None:
    text = "x"
    digest = hashlib.sha256(text.encode()).hexdigest()
    made = {"operation": "create", "path": path, "content": text, "content_sha256": digest, "revision_sha256": "0"}
    target = folder(tmp_path / "t", {"keep.md": "k"})
    with pytest.raises(NotApplied):
        apply_plan(canonical(plan.plan(StoreKind.FOLDER, "t", [made])), target)
    assert held(tmp_path) == {"t/keep.md": "k"}


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target, outside = folder(tmp_path / "t", {"keep.md": "k"}), folder(tmp_path / "o", {"a.md": "secret"})
    (target / "link").symlink_to(outside)
    (target / "file.md").symlink_to(outside / "a.md")
    digest = {text: hashlib.sha256(text.encode()).hexdigest() for text in ("secret", "x")}
    create = {"operation": "create", "path": "link/b.md", "content": "x", "content_sha256": digest["x"]}
    modify = {**create, "operation": "modify", "path": "file.md", "expected_sha256": digest["secret"]}
    for made in (create, modify):
        with pytest.raises(NotApplied, match="link"):
            apply_plan(canonical(plan.plan(StoreKind.FOLDER, "t", [made])), target)
    assert held(outside) == {"a.md": "secret"}


def test_a_plan_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    before, after = {"a.md": "one", "b.md": "two"}, {"a.md": "uno"}
    about = change_set(before, after)
    entries: list[Any] = [plan.entry(plan.subject(about, n, c, (0,)), "approve") for n, c in enumerate(about.changes)]
    data = canonical(plan.plan(about.kind, "t", entries))
    drifted = folder(tmp_path / "t", {"a.md": "changed since", "b.md": "two"})
    with pytest.raises(NotApplied, match="has changed since"):
        apply_plan(data, drifted)
    assert held(drifted) == {"a.md": "changed since", "b.md": "two"}
    for spoilt in (b"{}", b"[]", b"nonsense", data.replace(b"uno", b"due"), data.replace(b"plan/1", b"plan/9")):
        with pytest.raises(NotApplied):
            apply_plan(spoilt, folder(tmp_path / "u", before))
    assert json.loads(data)["kind"] == "folder"


def test_paths_that_cannot_stand_together_are_refused() -> None:
    plan.check_tree(["a.md", "A.md"], ["other.md"])  # stood there before: nothing of ours
    with pytest.raises(UserError, match="side by side"):
        plan.check_tree(["a.md", "A.md"], ["A.md"])
    with pytest.raises(UserError, match="a folder"):
        plan.check_tree(["/notes", "/notes/a.md"], ["/notes/a.md"])

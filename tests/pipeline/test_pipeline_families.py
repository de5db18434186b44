"""Families on a desk: failures of one cause together, identity and name kept while failures arrive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import families, findings, ledger, marks, patterns, queue
from dreamdesk.desk import settings as desk_settings
from dreamdesk.desk.database import Connection, create, open_desk, transaction
from dreamdesk.locate.families import Cause, Families, words
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Candidate, Category, Citation

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


def tau(number: int, tool: str, said: str) -> dict[str, object]:
    """Return one failed tau-bench episode in which *tool* was called after *said*."""
    call = {"id": "c1", "type": "function", "function": {"name": tool, "arguments": "{}"}}
    return {
        "task_id": number,
        "reward": 0.0,
        "info": {"task": {"instruction": f"task {number}"}},
        "trial": 0,
        "traj": [
            {"role": "system", "content": "Ask for consent before any refund."},
            {"role": "user", "content": said},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "name": tool, "content": "Error: not allowed"},
            {"role": "user", "content": "###STOP###"},
        ],
    }


def put(db: Connection, folder: Path, name: str, episodes: list[dict[str, object]]) -> list[int]:
    """Import *episodes* and say of each that its call was the error."""
    before = set(queue.ids(db, queue.Tab.ALL))
    file = folder / name
    file.write_text(json.dumps(episodes))
    list(pipeline.import_paths(db, [file]))
    return sorted(set(queue.ids(db, queue.Tab.ALL)) - before)


def claim(db: Connection, episode: int, why: str, category: Category = Category.D12, clause: str = "") -> None:
    cites = (Citation(clause),) if clause else ()
    with transaction(db):
        findings.save(
            db,
            episode,
            [Candidate(2, category, 0.9, "offline", why, citations=cites)],
            ("offline", "label", "divergence"),
        )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    made = create(tmp_path / "a.desk")
    yield made
    made.close()


REFUND = "The refund was made although the customer had not confirmed the amount."
SEAT = "A window seat was chosen before anybody asked about luggage."


def test_failures_of_one_cause_come_together_and_others_do_not(db: Connection, tmp_path: Path) -> None:
    made = put(db, tmp_path, "a.json", [tau(n, "refund" if n < 3 else "book", "Hello") for n in range(5)])
    for episode in made[:2]:
        claim(db, episode, REFUND)
    claim(db, made[2], SEAT)
    claim(db, made[3], REFUND)
    claim(db, made[4], REFUND, Category.D4)
    assert pipeline.group(db) == 5
    assert pipeline.group(db) == 0
    found = patterns.overview(db)
    assert [(family.size, family.category, family.tool) for family in found.families] == [
        (2, Category.D12, "refund"),
        (1, Category.D12, "refund"),
        (1, Category.D12, "book"),
        (1, Category.D4, "book"),
    ]
    assert found.failures == 5
    assert sum(found.families[0].times) == 2
    assert patterns.members(db, found.families[0].id) == made[:2]


def test_a_family_keeps_its_identity_and_name_while_failures_arrive(db: Connection, tmp_path: Path) -> None:
    (first,) = put(db, tmp_path, "a.json", [tau(1, "refund", "Hello")])
    claim(db, first, REFUND)
    pipeline.group(db)
    (family,) = patterns.overview(db).families
    pipeline.name_family(db, family.id, "  Refund without\nconfirmation ", "Ann")
    assert ledger.page(db, 0, 1)[0].subject == f"family {family.id}: (no name) → Refund without confirmation"
    more = put(db, tmp_path, "b.json", [tau(n, "refund", "Hello") for n in range(2, 6)])
    for episode in more:
        claim(db, episode, REFUND)
    pipeline.group(db)
    (again,) = patterns.overview(db).families
    assert (again.id, again.title, again.size) == (family.id, "Refund without confirmation", 5)
    with pytest.raises(UserError, match="no family 99"):
        pipeline.name_family(db, 99, "x", "Ann")
    with pytest.raises(UserError, match="at most 120"):
        pipeline.name_family(db, family.id, "x" * 121, "Ann")


def test_a_mark_of_another_kind_moves_the_episode_out_of_its_family(db: Connection, tmp_path: Path) -> None:
    made = put(db, tmp_path, "a.json", [tau(n, "refund", "Hello") for n in range(3)])
    for episode in made:
        claim(db, episode, REFUND)
    pipeline.group(db)
    pipeline.mark(db, made[1], "Ann", 2, Category.D3, True)
    assert families.unplaced(db) == 1
    pipeline.group(db)
    assert [family.size for family in patterns.overview(db).families] == [2, 1]
    assert patterns.member(db, made[1]) is None


def test_the_strip_knows_the_place_the_next_one_and_the_first_decision(db: Connection, tmp_path: Path) -> None:
    made = put(db, tmp_path, "a.json", [tau(n, "refund", "Hello") for n in range(3)])
    for episode in made:
        claim(db, episode, REFUND)
    pipeline.group(db)
    member = patterns.member(db, made[0])
    assert member is not None
    assert (member.place, member.size, member.following, member.first) == (1, 3, made[1], None)
    last = patterns.member(db, made[2])
    assert last is not None
    assert last.following == made[0]


def test_a_family_of_withheld_episodes_is_not_shown(db: Connection, tmp_path: Path) -> None:
    made = put(db, tmp_path, "a.json", [tau(n, "refund", "Hello") for n in range(2)])
    for episode in made:
        claim(db, episode, REFUND)
    pipeline.group(db)
    pipeline.change_setting(db, desk_settings.BLIND_MARK, desk_settings.REQUIRED, "Ann")
    assert patterns.overview(db, "Ann").families == ()
    pipeline.mark(db, made[0], "Ann", None, Category.D0, True)
    (family,) = patterns.overview(db, "Ann").families
    assert (family.size, family.hidden) == (1, 1)
    assert patterns.open_members(db, family.id, "Ann") == [made[0]]
    assert patterns.member(db, made[0], "Ann") is None  # alone, as far as Ann may know
    assert marks.withheld(db, made, "Ann") == {made[1]}


def test_failures_of_one_clause_draw_together() -> None:
    one = words(Cause(Category.D1, "", "Basic economy cannot be changed.", "The flight was moved."))
    other = words(Cause(Category.D1, "", "Basic economy cannot be changed.", "An upgrade went through."))
    apart = words(Cause(Category.D1, "", "", "An upgrade went through."))
    known = Families()
    known.add(7, Category.D1, "", one)
    assert known.nearest(Category.D1, "", other) == 7
    assert known.nearest(Category.D1, "", apart) is None
    assert known.nearest(Category.D1, "refund", other) is None


TEXTS = st.lists(
    st.sampled_from(
        ["refund", "seat", "consent", "luggage", "order", "amount", "wrong", "total", "late", "café", "日本語", "<b>"]
    ),
    max_size=9,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([Category.D1, Category.D4]), st.sampled_from(["", "t"]), TEXTS), max_size=30))
def test_in_two_batches_as_in_one(causes: list[tuple[Category, str, list[str]]]) -> None:
    def run(parts: list[list[tuple[Category, str, list[str]]]]) -> list[int]:
        placed: list[int] = []
        kept: list[tuple[int, Category, str, dict[str, int]]] = []
        for part in parts:
            known = Families()  # read from the desk anew
            for family in kept:
                known.add(*family)
            for category, tool, text in part:
                terms = words(Cause(category, tool, "", " ".join(text)))
                family = known.nearest(category, tool, terms)
                if family is None:
                    family = len(kept) + 1
                    kept.append((family, category, tool, terms))
                    known.add(family, category, tool, terms)
                placed.append(family)
        return placed

    middle = len(causes) // 2
    assert run([causes]) == run([causes[:middle], causes[middle:]])


def test_the_samples_are_grouped_when_they_are_prepared(tmp_path: Path) -> None:
    db = create(tmp_path / "s.desk")
    list(pipeline.import_paths(db, [SAMPLES / "customer-support" / "support-week44.jsonl"]))
    pipeline.prepare(db)
    assert families.unplaced(db) == 0
    found = patterns.overview(db)
    assert sum(family.size for family in found.families) == found.failures > 0
    for row in patterns.listed(found):
        json.dumps(row)
    db.close()
    again = open_desk(tmp_path / "s.desk", readonly=True)
    assert patterns.overview(again) == found
    again.close()

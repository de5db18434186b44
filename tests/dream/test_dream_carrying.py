"""What a graft carries over: this episode's identifiers, and none that only the other attempt knows."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from dream_episodes import SUCCEEDED, episode, sound

from dreamdesk.dream.carrying import identifiers, names
from dreamdesk.dream.graft import NoGraft, graft
from dreamdesk.intake.opening import open_source
from dreamdesk.model.correction import Provenance, Revision
from dreamdesk.model.episode import Actor, Episode, Kind, OutcomeState, turns

OURS = episode(
    ("user", "Please cancel order W-4411, it is late"),
    ("agent", "", ("get_order", {"order": "W-4411"}, '{"order": "W-4411", "owner": "Mia Li", "item": "kettle"}')),
    ("agent", "", ("ship", {"order": "W-4411"}, "Error: shipped")),
    ("agent", "Sorry."),
    key="ours",
)
THEIRS = episode(
    ("user", "I want order W-9920 cancelled"),
    ("agent", "", ("get_order", {"order": "W-9920"}, '{"order": "W-9920", "owner": "Tom Ray", "item": "lamp"}')),
    ("agent", "Shall I cancel order W-9920, Tom Ray?"),
    ("user", "Yes"),
    ("agent", "", ("cancel", {"order": "W-9920"}, '{"receipt": "R-551"}')),
    ("agent", "Order W-9920 is cancelled, receipt R-551."),
    key="theirs",
    outcome=SUCCEEDED,
)


def test_identifiers_are_what_names_one_thing():
    text = "Order #W8855135 of mia_li_91 (mia@example.com), 4711999 at 9am on 2026-11-03 for $45, the 3rd of 12"
    assert identifiers(text) == {"#W8855135", "mia_li_91", "mia@example.com", "4711999"}


def test_what_the_users_named_and_what_was_found_of_it_give_way():
    assert names(OURS, 3, THEIRS) == {"W-9920": "W-4411", "Tom Ray": "Mia Li", "lamp": "kettle"}


def test_a_graft_speaks_of_this_episodes_order_and_ends_where_nothing_is_known():
    revision = graft(OURS, 3, {7: THEIRS})
    assert isinstance(revision, Revision)
    sound(OURS, revision)
    assert [c.step.content for c in revision.steps] == [
        "Shall I cancel order W-4411, Mia Li?",
        "Yes",
        '{"order": "W-4411"}',
    ]
    assert revision.steps[-1].step.tool == "cancel"
    assert revision.note.endswith("it ends where nobody recorded what cancel answers in this episode")


def test_what_this_episode_recorded_answers_the_carried_call():
    ours = episode(
        ("user", "Please cancel order W-4411"),
        ("agent", "", ("ship", {"order": "W-4411"}, "Error: late")),
        ("agent", "", ("get_order", {"order": "W-4411"}, '{"owner": "Mia Li"}')),
        ("agent", "Sorry."),
    )
    theirs = episode(
        ("user", "Please cancel order W-9920"),
        ("agent", "", ("ship", {"order": "W-9920"}, "Error: late")),
        ("agent", "", ("get_order", {"order": "W-9920"}, '{"owner": "Tom Ray"}')),
        ("agent", "Found it."),
        outcome=SUCCEEDED,
    )
    revision = graft(ours, 3, {1: theirs})
    assert isinstance(revision, Revision)
    assert [(c.step.content, c.provenance) for c in revision.steps] == [
        ('{"order": "W-4411"}', Provenance.REPLAYED),
        ('{"owner": "Mia Li"}', Provenance.REPLAYED),
        ("Found it.", Provenance.GRAFTED),
    ]


def test_what_an_agent_chose_by_itself_is_not_carried_over():
    ours = episode(
        ("user", "A seat to Oslo on the first free day please"),
        ("agent", "", ("search", {"flight": "HAT001"}, "[]")),
        ("agent", "Nothing is free."),
    )
    theirs = episode(
        ("user", "A seat to Oslo on the first free day please"),
        ("agent", "", ("search", {"flight": "HAT002"}, '["HAT002"]')),
        ("agent", "HAT002 is free."),
        outcome=SUCCEEDED,
    )
    assert names(ours, 3, theirs) == {}


def test_what_only_the_other_attempt_knows_is_refused_with_the_word():
    donor = episode(
        ("user", "Cancel it"), ("agent", "I cancel V-7788 now."), ("user", "Fine"), key="d", outcome=SUCCEEDED
    )
    failed = episode(("user", "Cancel it"), ("agent", "No."))
    refused = graft(failed, 1, {3: donor})
    assert isinstance(refused, NoGraft)
    assert refused.reason == "Episode 3: from step 1 on it speaks of V-7788, which only that attempt knows."
    assert graft(failed, 1, {}) == NoGraft("No other attempt at this task succeeded.")


# Written again from scratch, so that the test does not believe the code that it tests.
TOKEN = re.compile(r"[A-Za-z0-9_#@.+-]+")


def things(text: str) -> set[str]:
    found = set()
    for raw in TOKEN.findall(text):
        word = raw.strip(".-+#")
        digits, letters = sum(map(str.isdigit, word)), sum(map(str.isalpha, word))
        if digits >= 2 and letters >= 2 and not re.fullmatch(r"\d+[a-z]{2,4}", word) and "." not in word:
            found.add(word)
    return found


@pytest.fixture(scope="module")
def airline(shared_data: Path) -> dict[str, list[tuple[int, Episode]]]:
    tasks = defaultdict(list)
    path = shared_data / "traces" / "tau-bench" / "gpt-4o-airline-tasks-00-24.json"
    for number, found in enumerate(open_source(path).episodes()):
        tasks[found.task_key].append((number, found))
    return tasks


def test_no_pair_of_attempts_gives_a_graft_with_an_identifier_of_the_other_alone(
    airline: dict[str, list[tuple[int, Episode]]],
) -> None:
    pairs = made = 0
    for attempts in airline.values():
        for _, failed in attempts:
            for number, donor in attempts:
                states = (failed.outcome.state, donor.outcome.state)
                if states != (OutcomeState.FAILED, OutcomeState.SUCCEEDED):
                    continue
                decisions = [turn.start for turn in turns(failed.steps) if turn.actor is Actor.AGENT]
                for start in {decisions[0], decisions[len(decisions) // 2], decisions[-1]}:
                    pairs += 1
                    revision = graft(failed, start, {number: donor})
                    if isinstance(revision, NoGraft):
                        assert str(number) in revision.reason
                        continue
                    made += 1
                    sound(failed, revision)
                    own = things("\n".join([failed.policy, failed.task, *(s.content for s in failed.steps)]))
                    for corrected in revision.steps:
                        said = things(corrected.step.content)
                        if corrected.step.kind is Kind.TOOL_RESULT:
                            own |= said  # what a tool was recorded to answer is known from there on
                        assert said <= own, (number, start, said - own)
    assert pairs >= 100
    assert made >= 80


def test_every_failed_attempt_with_a_successful_one_beside_it_has_a_graft_or_a_reason(
    airline: dict[str, list[tuple[int, Episode]]],
) -> None:
    tried = 0
    for attempts in airline.values():
        donors = {n: e for n, e in attempts if e.outcome.state is OutcomeState.SUCCEEDED}
        for _, failed in attempts:
            if failed.outcome.state is OutcomeState.FAILED and donors:
                tried += 1
                decisions = [turn.start for turn in turns(failed.steps) if turn.actor is Actor.AGENT]
                found = graft(failed, decisions[1], donors)
                assert isinstance(found, Revision) or found.reason.endswith(".")
    assert tried == 29

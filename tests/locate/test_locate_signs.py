"""The signs that came later, each on the smallest episode that shows it and on one that must not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from locate_episodes import SUCCEEDED, agent, call, episode, result, user
from test_locate_detectors import STEPS, built

from dreamdesk.intake.opening import expand, open_source
from dreamdesk.locate.calibration import Calibration
from dreamdesk.locate.detectors import detectors
from dreamdesk.locate.explaining import explain
from dreamdesk.locate.offline import locate, located
from dreamdesk.locate.ranker import Weights
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Episode, Kind
from dreamdesk.model.errors import UserError
from dreamdesk.model.explanation import Explanation
from dreamdesk.model.finding import Category, Finding, cited, stands

RULE = "A pending order can only be cancelled once the user has confirmed it."
ORDERS = {
    "order_id": "#W1",
    "status": "delivered",
    "items": [
        {"item_id": "111", "name": "Blue boot", "price": 20.0, "available": False},
        {"item_id": "222", "name": "Steel kettle", "price": 10.0, "available": True},
        {"item_id": "333", "name": "Red boot", "price": 5.0, "available": True},
    ],
}
VARIANTS = {"name": "Boot", "variants": {"222": {"price": 10.0}, "333": {"price": 5.0, "available": True}}}
KETTLE = [user("Cancel my boot please."), call("get_order", id="#W1"), result(json.dumps(ORDERS), "get_order")]
PAGE = "Address: x.org\nThe viewport shows 20% of the page. " + " ".join(f"word{n:03}" for n in range(60))


def order(text: str, to: str = "Worker") -> list[dict[str, object]]:
    return agent(text, "Leader", Kind.HANDOFF)


SHOWN: dict[str, tuple[list[list[dict[str, object]]], int]] = {
    "wrong-arithmetic": ([user("Add."), agent("So 12 + 30 = 43 in all.")], 1),
    "wrong-count": ([user("List."), agent("There are three files:\n- a\n- b\n")], 1),
    "claimed-action": (
        [user("Look it up."), call("get_order", id="1"), result("{}", "get_order"), agent("It has been cancelled.")],
        3,
    ),
    "claimed-source": ([user("Who?"), agent("I start."), agent("Based on the search results, it is Ann.")], 2),
    "invented-data": (
        [user("Count."), agent('```python\ndata = {"Aland": 91, "Borduria": 72, "Syldavia": 83, "Sylvania": 64}\n```')],
        1,
    ),
    "empty-result": ([user("Go"), call("get_order", id="1"), result("[]", "get_order")], 1),
    "same-error-again": (
        [agent("one"), result("Error: no file 'a'"), agent("two"), result("Error: no file 'b'")],
        2,
    ),
    "nothing-to-run": ([agent("Run it."), result("There is no code from the last message for me to execute.")], 0),
    "broken-program": ([agent("```python\nx\n```"), result("Traceback: NameError: name 'x' is not defined")], 0),
    "first-program": ([agent("Hello."), agent("```python\nprint(1)\n```")], 1),
    "answer-without-evidence": ([user("Who?"), agent("FINAL ANSWER: Borduria")], 1),
    "changed-answer": ([user("Who?"), agent("The answer is Ann."), agent("The answer is Bob.")], 1),
    "waved-through": ([agent("It is 4."), agent("I agree, this is correct.")], 1),
    "plan-only": ([agent("Hello."), agent("Here is the plan: first this, then that.")], 1),
    "new-plan": ([agent("I look."), agent("Stalled. Replanning.")], 1),
    "repeated-instruction": (
        [
            order("Please open the report page and read table seven"),
            agent("I saw nothing.", "Worker"),
            order("Please open the report page and read table seven again"),
            agent("Still nothing.", "Worker"),
        ],
        1,
    ),
    "same-view-again": ([agent("a"), result(PAGE), agent("b"), result(PAGE)], 2),
    "off-topic-view": ([agent("a"), result(PAGE)], 0),
    "narrowed-search": ([user("Go"), call("search", query="boots")], 1),
    "blocked-view": ([agent("I open it."), result("404 page not found")], 0),
    "partial-view": ([agent("I open it."), result(PAGE), agent("Next."), result("done")], 0),
    "unsatisfied-after": ([agent("I looked.", "W"), agent("This did not provide the date.", "L")], 0),
    "unanswered-request": (
        [order("Measure the bridge length over river Elbe near Dresden"), agent("Sunny today.", "Worker")],
        1,
    ),
    "own-knowledge": ([order("Ask."), agent("It is Borduria.", "Worker")], 1),
    "misdirected": ([agent("Over to Bob.", "Ann"), agent("I am here.", "Cid"), agent("Me too.", "Bob")], 0),
    "guess-after-failure": ([agent("a"), result("Error: no"), agent("Let us assume that it is 7.")], 2),
    "unsupported-end": ([agent("The date is not yet known."), agent("TERMINATE")], 1),
    "last-evidence": ([agent("a"), result("x"), agent("b"), result("y"), agent("End.")], 2),
    "wrong-record": (
        [
            user("Give me the tracking number for my tablet."),
            call("get_order", id="7"),
            result('{"items": "espresso", "tracking": "194496721133"}', "get_order"),
            agent("The tracking number for your tablet is 194496721133."),
        ],
        3,
    ),
    "unavailable-choice": ([*KETTLE, call("exchange_order_items", id="#W1", item="111")], 3),
    "wrong-state": ([*KETTLE, call("cancel_pending_order", id="#W1")], 3),
    "not-the-best": (
        [
            user("The cheapest please."),
            call("get_product", id="7"),
            result(json.dumps(VARIANTS)),
            call("buy", item="222"),
        ],
        3,
    ),
    "whole-for-part": ([*KETTLE, call("cancel_pending_order", id="#W1")], 3),
    "known-already": (
        [user("a"), call("get_order", id="1"), result("{}", "get_order"), call("get_order", id="1")],
        3,
    ),
    "user-correction": ([user("a"), agent("Done."), user("That's not what I asked.")], 1),
    "user-changes": ([user("a"), agent("Fine."), user("Actually, take the other.")], 2),
    "policy-clause": ([*KETTLE, call("cancel_pending_order", id="#W1")], 3),
    "identity-unchecked": ([user("Cancel it."), call("cancel_order", id="1")], 1),
}


def subject(name: str) -> Episode:
    policy = f"Rules.\n\n- {RULE}\n- First authenticate the user."
    task = "Boots of Ruritania, measured at Strelsau"
    return episode(*SHOWN[name][0], policy=policy, task=task)


def by(name: str, found: Episode) -> list[Finding]:
    return list(detectors()[name](Trace(found)))


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_each_sign_is_noticed_at_its_decision_with_words_that_stand(name: str) -> None:
    shown = subject(name)
    found = by(name, shown)
    assert SHOWN[name][1] in {finding.step for finding in found}
    first = next(finding for finding in found if finding.step == SHOWN[name][1])
    assert first.why.endswith((".", "…"))
    assert first.quotes
    assert all(stands(quote, shown.steps) for quote in first.quotes)
    assert all(cited(citation, shown.policy, {}) for citation in first.citations)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_no_sign_is_seen_in_a_plain_exchange(name: str) -> None:
    plain = episode(user("Good morning."), agent("Good morning."), user("Thank you."), agent("You are welcome."))
    assert not by(name, plain)


def test_a_true_sum_a_right_list_and_a_done_action_accuse_nobody() -> None:
    assert not by("wrong-arithmetic", episode(agent("12 + 30 = 42, 10 / 4 = 2.5 and 2,000 * 3 = 6,000")))
    assert not by("wrong-count", episode(agent("There are two files:\n- a\n- b\n")))
    done = episode(user("Cancel"), call("cancel_order", id="1"), result("{}"), agent("It has been cancelled."))
    assert not by("claimed-action", done)


def test_the_clause_of_the_policy_is_cited_word_for_word() -> None:
    (found,) = by("policy-clause", subject("policy-clause"))
    assert [citation.text for citation in found.citations] == [RULE]
    candidates = located(Trace(subject("policy-clause"))).candidates
    assert any(citation.text == RULE for candidate in candidates for citation in candidate.citations)


def test_a_divergence_quotes_both_attempts_and_names_the_other() -> None:
    failed = episode(user("Cancel"), call("get_order", id="1"), result("{}"), call("cancel_order", id="9"))
    other = episode(
        user("Cancel"), call("get_order", id="1"), result("{}"), call("cancel_order", id="1"), outcome=SUCCEEDED
    )
    found = located(Trace(failed), {42: other}).candidates
    (part,) = [candidate for candidate in found if candidate.citations]
    assert part.step == 3
    (citation,) = part.citations
    assert (citation.attempt, citation.step) == (42, 3)
    assert cited(citation, "", {42: other.steps})
    assert not cited(citation, "", {})
    assert any('"9"' in quote.text for quote in part.quotes)


@given(STEPS)
def test_whatever_the_trace_contributions_add_up_and_citations_stand(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    made = built(rows)
    found = located(Trace(made))
    told = found.explanation
    decisions = {turn.start for turn in Trace(made).decisions}
    assert set(told.likely) <= decisions
    for one in told.explained:
        assert one.step in decisions
        assert 0 <= one.probability <= 1
        assert all(contribution.why for contribution in one.contributions)
        assert sum(c.share for c in one.contributions) <= 1 + 1e-9
    for candidate in found.candidates:
        assert all(stands(quote, made.steps) for quote in candidate.quotes)
        assert all(cited(citation, made.policy, {}) for citation in candidate.citations)


def test_a_prediction_set_says_how_many_episodes_it_was_measured_on_and_needs_twenty() -> None:
    trace = Trace(episode(*KETTLE, agent("It is done."), user("Thanks."), agent("You are welcome.")))
    count = len(trace.decisions)
    chances = [1 / count] * count

    def told(shown: int) -> Explanation:
        measured = Calibration(mass=1.5 / count, coverage=0.9, episodes=99, shown=shown)
        return explain(trace, [{}] * count, chances, [], Weights({}, 0.0), measured, "", 3)

    enough, few = told(20), told(19)
    assert (len(enough.likely), enough.coverage, enough.measured) == (2, 0.9, 20)
    assert (few.likely, few.coverage, few.measured) == ((), 0.0, 0)


def test_every_quote_of_every_episode_at_hand_stands(shared_data: Path) -> None:
    seen = 0
    for path in expand([shared_data]):
        try:
            episodes = list(open_source(path).episodes())
        except UserError:
            continue
        for one in filter(lambda episode: episode.steps, episodes):
            seen += 1
            for candidate in locate(one):
                assert all(stands(quote, one.steps) for quote in candidate.quotes), (path, one.key)
                assert all(cited(citation, one.policy, {}) for citation in candidate.citations), (path, one.key)
    assert seen > 1000


def test_categories_and_names_are_those_of_the_desk() -> None:
    assert len(detectors()) > 45
    for name in SHOWN:
        for finding in by(name, subject(name)):
            assert isinstance(finding.category, Category)
            assert finding.detector == name

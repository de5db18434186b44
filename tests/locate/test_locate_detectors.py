"""Each detector on an episode where it must speak and on one where it must be silent."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locate_episodes import agent, call, episode, result, user

from dreamdesk.locate.consequence import is_consequential
from dreamdesk.locate.detectors import detectors
from dreamdesk.locate.offline import findings
from dreamdesk.locate.text import find, fold, head, passage
from dreamdesk.model.episode import Actor, Episode, Kind, Step, ToolSchema, turn_start
from dreamdesk.model.finding import Category, Finding, stands

ORDER_TOOL = ToolSchema("cancel_order", "", {"properties": {"id": {"type": "string"}}, "required": ["id"]})


def by(name: str, subject: Episode) -> list[Finding]:
    return [finding for finding in findings(subject) if finding.detector == name]


def test_every_detector_is_found_by_its_file() -> None:
    names = set(detectors())
    assert len(names) >= 10
    assert {"first-error", "unconfirmed-action", "invalid-call", "misreport", "repetition"} <= names


def test_first_error_accuses_the_decision_before_it_and_counts_later_ones_less() -> None:
    subject = episode(
        user("Look up order 77."), call("get_order", id="77"), result("Error: order not found", error=True),
        call("get_order", id="78"), result("Error: timed out", error=True),
    )  # fmt: skip
    first, second = by("first-error", subject)
    assert (first.step, first.strength, first.category) == (1, 1.0, Category.D13)
    assert (second.step, second.strength, second.category) == (3, 0.25, Category.D14)
    assert first.quotes[0].text == "Error: order not found"
    assert not by("first-error", episode(user("Hi"), call("get_order"), result("fine")))


def test_an_output_that_reads_like_an_error_is_one_without_a_flag() -> None:
    subject = episode(agent("Run it."), result('Traceback (most recent call last):\n  File "a.py"'))
    assert [f.step for f in by("first-error", subject)] == [0]


def test_error_text_names_the_first_turn_that_speaks_of_trouble_outside_code() -> None:
    subject = episode(agent("```\nraise Error\n```\nAll fine."), agent("The search failed."), agent("It failed again."))
    (found,) = by("error-text", subject)
    assert (found.step, found.quotes[0].text) == (1, "The search failed.")


def test_error_ignored_needs_a_claim_of_success_and_no_candour() -> None:
    def told(text: str) -> Episode:
        return episode(user("Cancel"), call("cancel_order"), result("Error: no such order", error=True), agent(text))

    (found,) = by("error-ignored", told("Your order has been cancelled."))
    assert (found.step, found.category) == (3, Category.D5)
    assert not by("error-ignored", told("Sorry, the order could not be found; nothing has been cancelled."))


def test_consequential_actions_are_told_by_their_verbs() -> None:
    assert all(
        map(is_consequential, ["cancel_order", "updateReservation", "refund", "send_email", "transfer_to_human"])
    )
    assert not any(map(is_consequential, ["get_return_policy", "list_orders", "calculate", "think", "", "address"]))
    subject = episode(
        user("Go"), call("get_order"), result("ok"), call("cancel_order"), result("ok"), call("send_mail")
    )
    assert [(f.step, f.strength) for f in by("consequential-action", subject)] == [(3, 1.0), (5, 0.5)]


def test_unconfirmed_action_listens_to_the_last_words_of_the_user() -> None:
    def asked(answer: str) -> Episode:
        return episode(user("I want my order gone."), agent("Shall I cancel it?"), user(answer), call("cancel_order"))

    (found,) = by("unconfirmed-action", asked("What would that cost?"))
    assert (found.step, found.category) == (3, Category.D12)
    assert {quote.step for quote in found.quotes} == {2, 3}
    assert not by("unconfirmed-action", asked("Yes, go ahead."))


def test_an_agent_that_works_alone_needs_no_confirmation_unless_its_rules_ask_for_it() -> None:
    alone = (user("Clean up the disk."), call("delete_files"))
    assert not by("unconfirmed-action", episode(*alone))
    assert by("unconfirmed-action", episode(*alone, policy="Always obtain confirmation first."))


def test_ungrounded_argument_looks_in_task_policy_and_all_earlier_text() -> None:
    subject = episode(user("Cancel W123."), call("cancel_order", id="W999"), call("cancel_order", id="#W123"))
    (found,) = by("ungrounded-argument", subject)
    assert (found.step, found.quotes[0].text) == (1, "W999")
    assert not by("ungrounded-argument", episode(user("Cancel it."), call("cancel_order", id="W9"), task="Order W9"))


def test_numbers_are_compared_by_value() -> None:
    assert not by("ungrounded-argument", episode(user("Pay 1,095.50 please"), call("pay", amount=1095.5)))
    assert by("ungrounded-argument", episode(user("Pay 1,095.50 please"), call("pay", amount=1095.6)))


def test_ungrounded_fact_counts_numbers_and_names_outside_code() -> None:
    subject = episode(user("How many albums?"), agent("There are 47 albums, produced by Karl Ottomann.\n```\n99\n```"))
    (found,) = by("ungrounded-fact", subject)
    assert found.step == 1
    assert found.strength == pytest.approx(0.6)
    assert not by("ungrounded-fact", episode(user("Are there 47?"), agent("Yes, 47, in 3 lists.")))


def test_invalid_call_knows_tools_schemas_and_broken_json() -> None:
    tools = (ORDER_TOOL,)
    unknown = by("invalid-call", episode(call("drop_table", id="1"), tools=tools))
    assert "not among the tools" in unknown[0].why
    assert "'id' is a required property" in by("invalid-call", episode(call("cancel_order"), tools=tools))[0].why
    broken = [{"actor": Actor.AGENT, "kind": Kind.TOOL_CALL, "content": '{"id": ', "tool": "cancel_order"}]
    assert "no valid JSON" in by("invalid-call", episode(broken, tools=tools))[0].why
    assert not by("invalid-call", episode(call("cancel_order", id="7"), tools=tools))


@pytest.mark.parametrize(
    "parameters",
    [
        {"$ref": "http://example.invalid/schema.json"},
        {"$ref": "#"},
        {"properties": {"id": {"pattern": "(a+)+$", "type": "string"}}},
        {"patternProperties": {"(a+)+$": {}}, "additionalProperties": False},
        {"type": 7},
        "no schema",
        functools.reduce(lambda inner, _: {"not": inner}, range(5000), {}),
    ],
)
def test_a_hostile_or_broken_schema_accuses_nobody(parameters: object) -> None:
    subject = episode(call("cancel_order", id="a" * 40 + "!"), tools=(ToolSchema("cancel_order", "", parameters),))
    assert not by("invalid-call", subject)


def test_a_property_called_pattern_is_still_checked() -> None:
    schema = {"properties": {"pattern": {"type": "string"}}, "required": ["pattern"], "additionalProperties": False}
    tools = (ToolSchema("find_text", "", schema),)
    assert by("invalid-call", episode(call("find_text", pattern=1), tools=tools))
    assert not by("invalid-call", episode(call("find_text", pattern="x"), tools=tools))


def test_repetition_blames_the_first_and_excuses_the_repeats() -> None:
    again = call("search", query="oldest flavour")
    subject = episode(user("Find it"), again, result("nothing"), again, result("nothing"), again, agent("Okay."))
    found = {finding.step: finding.strength for finding in by("repetition", subject)}
    assert found == {1: 0.6, 3: -0.5, 5: -0.5}


def test_misreport_compares_amounts_ids_and_counts_with_the_result() -> None:
    def told(answer: str, text: str) -> list[Finding]:
        return by("misreport", episode(user("Tell me."), call("get_order"), result(answer), agent(text)))

    order = '{"order_id": "#W5166363", "price": 54.04, "other": 10.00, "date": "2024-05-16"}'
    assert told(order, "It costs $54.40.")[0].category is Category.D5
    assert told(order, "Order #W5166336 is on its way.")
    assert told(order, "It ships on 2024-05-17.")
    assert not told(order, "Order #W5166363 costs $54.04 and ships on 2024-05-16; together that is $64.04.")
    shirts = '{"a": {"available": true}, "b": {"available": false}, "c": {"available": true}}'
    assert "holds 2" in told(shirts, "There are 3 available.")[0].why
    assert not told(shirts, "There are 2 available.")


def test_correction_after_accuses_the_decision_before_the_apology() -> None:
    subject = episode(
        user("When?"), agent("On Monday."), user("Sure?"), agent("I apologize for the confusion: Tuesday.")
    )
    assert [f.step for f in by("correction-after", subject)] == [1]


def test_hedging_weighs_invented_data_over_guesses() -> None:
    subject = episode(agent("I assume it is open."), agent("Let us use a hypothetical dataset."), agent("It is open."))
    assert [(f.step, f.strength) for f in by("hedging", subject)] == [(0, 0.5), (1, 1.0)]


def test_handoff_needs_two_named_agents() -> None:
    assert [f.step for f in by("handoff", episode(agent("Go.", "Planner"), agent("Went.", "Worker")))] == [0]
    assert not by("handoff", episode(agent("Go."), agent("Went.")))


def test_final_answer_is_traced_to_its_first_statement() -> None:
    subject = episode(
        user("Which flavour?"), agent("I see Dastardly Mash here."), agent("Let me check."),
        agent("FINAL ANSWER: Dastardly Mash"), task="Which flavour?",
    )  # fmt: skip
    (found,) = by("final-answer", subject)
    assert (found.step, found.category) == (1, Category.D11)
    assert not by("final-answer", episode(agent("The final answer is: yes"), task="Answer yes or no."))


@pytest.mark.parametrize(
    "last",
    [
        agent("I will now look it up."),
        agent("Max rounds (30) reached."),
        call("get_order", id="1"),
        agent("Running."),
    ],
)
def test_premature_end_speaks_of_the_last_agent_turn(last: list[dict[str, object]]) -> None:
    tail = [result("Error: broken pipe", error=True)] if last[0]["content"] == "Running." else []
    assert [f.step for f in by("premature-end", episode(user("Do it"), last, *tail))] == [1]


def test_an_episode_that_ends_well_has_no_premature_end() -> None:
    assert not by("premature-end", episode(user("Do it"), call("do"), result("ok"), agent("It is done.")))


def test_refusal_counts_words_and_transfers() -> None:
    subject = episode(user("Help"), agent("Unfortunately, I can't."), user("Why?"), call("transfer_to_human_agents"))
    assert [(f.step, f.strength) for f in by("refusal", subject)] == [(1, 1.0), (3, 0.5)]


def test_stall_reads_ledgers_and_accuses_the_decision_before() -> None:
    ledger = '{"is_in_loop": {"reason": "again", "answer": true}}'
    assert [f.step for f in by("stall", episode(agent("Scroll."), agent(ledger)))] == [0]
    assert not by("stall", episode(agent("Scroll."), agent(ledger.replace("true", "false"))))


def test_user_choice_names_the_words_an_action_rests_on() -> None:
    subject = episode(
        user("Cancel both."), agent("Sure?"), user("Yes, both."), call("cancel_order"), call("cancel_order")
    )
    (found,) = by("user-choice", subject)
    assert (found.step, found.category) == (2, Category.D15)


def test_a_tool_name_of_a_stranger_cannot_hide_or_flood_in_the_reason() -> None:
    (found,) = by("consequential-action", episode(user("Go"), call("cancel_\u202e\n" + "x" * 5000)))
    assert "⟦U+202E⟧" in found.why
    assert "\n" not in found.why
    assert len(found.why) <= 300


def test_folding_keeps_every_character_in_its_place() -> None:
    text = "İstanbul ORDER #7: Straße"
    folded = fold(text)
    assert len(folded) == len(text)
    hit = find(folded, ("order",))
    assert hit is not None
    assert text[slice(*hit)] == "ORDER"


@given(st.text(max_size=300), st.data())
def test_a_passage_is_always_verbatim_and_holds_the_hit(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 50)))
    cut = passage(text, start, stop)
    assert cut in text
    assert text[start:stop].strip() in cut


WORDS = st.sampled_from(
    ["Error: no", "I apologize", "404", "replanning", "2 + 2 = 5", "three files:\n- a", "policy", "has been cancelled",
     "cancel", "W123", "47", "$5.00", "yes", "FINAL ANSWER: 8", "```", "İ", "\ud800",
     '"is_in_loop"', "assume", "successfully", "\n", "**8**", "Karl Ottomann", "I will", "{", "}",
     "2024-05-16", "exitcode: 1"]
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(Actor), st.sampled_from(Kind), st.lists(WORDS, max_size=6).map(" ".join), st.booleans(),
        st.sampled_from(["", "cancel_order", "get_order"]), st.sampled_from(["", "A", "B", "C"]), st.integers(0, 1),
    ),
    max_size=14,
)  # fmt: skip


def built(rows: list[tuple[Actor, Kind, str, bool, str, str, int]]) -> Episode:
    turn, steps = 0, []
    for index, (actor, kind, content, wrong, tool, name, forward) in enumerate(rows):
        turn += forward
        steps.append(Step(index, actor, kind, content, turn, agent=name, tool=tool, is_error=wrong))
    return Episode("/0", "Any", tuple(steps), tools=(ORDER_TOOL,), task="Any task")


@given(STEPS)
def test_whatever_the_trace_every_finding_names_a_turn_and_quotes_what_stands(rows: list[tuple]) -> None:  # type: ignore[type-arg]
    subject = built(rows)
    for finding in findings(subject):
        assert turn_start(subject.steps, finding.step) == finding.step
        assert finding.why
        assert -1 <= finding.strength <= 1
        assert all(stands(quote, subject.steps) for quote in finding.quotes)


@pytest.mark.parametrize("start", [0, 150, 233, 400])
def test_passages_begin_and_end_with_whole_words(start: int) -> None:
    text = "delivered " * 60
    found = passage(text, start, start + 3)
    assert found in text
    assert set(found.split()) == {"delivered"} or len(found) < 12
    assert set(head(text).split()) == {"delivered"}

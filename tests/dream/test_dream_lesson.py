"""What a correction teaches, drawn from the two decisions, without what belongs to the one case."""

from __future__ import annotations

from dataclasses import replace

from dream_episodes import episode
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.dream.carrying import identifiers
from dreamdesk.dream.lesson import MOST, drawn, with_lesson
from dreamdesk.dream.path import lay
from dreamdesk.model.correction import CorrectedStep, Provenance
from dreamdesk.model.episode import Actor, Kind, Step

RECORDING = episode(
    ("user", "Please close claim CL-9082"),
    ("agent", "", ("close_claim", {"claim": "CL-9082", "decision": "denied", "days": 3}, "closed")),
    ("agent", "It is closed."),
)


def step(content: str, kind: Kind = Kind.MESSAGE, tool: str = "", actor: Actor = Actor.AGENT) -> Step:
    return Step(0, actor, kind, content, 0, tool=tool)


def call(content: str, tool: str = "close_claim") -> Step:
    return step(content, Kind.TOOL_CALL, tool)


def test_calls_are_told_by_what_they_choose_and_not_by_the_case() -> None:
    right = [call('{"claim": "CL-9082", "decision": "approved", "days": 9}')]
    assert drawn(RECORDING.steps[1:], right) == (
        "Instead of calling close_claim with decision “denied”, call close_claim with decision “approved”."
    )


def test_calls_that_differ_in_what_belongs_to_the_case_are_told_by_the_names_of_it() -> None:
    refund = '{"amount": 58.41, "card": "pm_2390", "order": "W7731904"}'
    assert drawn([call(refund)], [call(refund.replace("pm_2390", "pm_8841"))]) == (
        "Call close_claim with another card than the agent chose."
    )
    more = call(refund.replace("58.41", "50").replace("pm_2390", "pm_8841"))
    assert (
        drawn([call(refund)], [more]) == "Call close_claim with another amount and another card than the agent chose."
    )
    assert drawn([call(refund)], [call(refund + " ")]) == "", "white space teaches nothing"
    assert drawn([step("It is order 12.")], [step("It is order 13.")]) == ""


def test_words_are_quoted_and_questions_asked() -> None:
    asked = [step("Shall I close claim CL-9082 as denied?")]
    assert drawn(RECORDING.steps[1:], asked) == (
        "Instead of calling close_claim with decision “denied”, ask “Shall I close claim – as denied?”."
    )
    assert drawn([step("No.")], [step("Yes, of course.")]) == "Instead of saying “No”, say “Yes, of course”."


def test_what_both_did_alike_is_passed_over() -> None:
    same = call("{}", "look")
    assert drawn([same, step("It is gone.")], [same, step("It is there.")]) == (
        "Instead of saying “It is gone”, say “It is there”."
    )


def test_no_lesson_where_there_are_no_two_decisions_of_an_agent() -> None:
    assert drawn([], [step("Hi.")]) == ""
    assert drawn([step("Hi.")], [step("Hi.")]) == ""
    assert drawn([step("Hi.", actor=Actor.USER)], [step("Ho.")]) == ""


def test_a_lesson_that_is_there_stays() -> None:
    steps = [CorrectedStep(step("Shall I?"), Provenance.DREAMED)]
    revision = replace(lay(RECORDING, 1, steps), lesson="Ask before closing.")
    assert with_lesson(RECORDING, revision) is revision
    assert with_lesson(RECORDING, replace(revision, lesson="")).lesson.endswith("ask “Shall I?”.")


def test_the_lesson_is_a_part_of_what_is_signed() -> None:
    revision = lay(RECORDING, 1, [CorrectedStep(step("Shall I?"), Provenance.DREAMED)])
    assert revision.digest() != replace(revision, lesson="Ask.").digest()
    assert "lesson" not in revision.body()


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from([Kind.MESSAGE, Kind.TOOL_CALL]))
def test_any_two_decisions_give_one_short_line(wrong: str, right: str, kind: Kind) -> None:
    lesson = drawn([step(wrong, kind, "a_tool")], [step(right, kind, "a_tool")])
    assert len(lesson) <= MOST
    assert len(lesson.splitlines()) <= 1
    if kind is Kind.MESSAGE:
        assert not identifiers(lesson) & identifiers(wrong[:100])

"""Training examples and what may stand in a row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.model.check import Level
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Actor, Episode, Kind, Step
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import Source
from dreamdesk.release.content import Item
from dreamdesk.release.examples import Example, examples
from dreamdesk.release.formats import chosen
from dreamdesk.release.messages import assistant, context
from dreamdesk.release.validate import LARGEST, encode

(SFT,) = chosen(["sft/trl_prompt_completion"])


def a(
    index: int, actor: Actor, content: str, turn: int, kind: Kind = Kind.MESSAGE, tool: str = "", agent: str = ""
) -> Step:
    return Step(index, actor, kind, content, turn, tool=tool, agent=agent)


USER = a(0, Actor.USER, "Hello", 0)
WRONG = a(1, Actor.AGENT, "Wrong", 1)


def made(steps: list[Step], start: int, path: list[tuple[Step, Provenance]], **episode: Any) -> Item:
    recorded = Episode("/0", "t", tuple(steps), **episode)
    revision = Revision(start, tuple(CorrectedStep(step, provenance) for step, provenance in path), number=1)
    return Item(1, 1, recorded, Source("s", "s", "", 0), revision, (), (), Level.V0, None)


def only(item: Item) -> Example:
    (example,) = examples(item)
    return example


def test_a_recorded_system_prompt_is_not_repeated_and_a_policy_fills_its_place() -> None:
    right = [(a(1, Actor.AGENT, "Right", 1), Provenance.AUTHORED)]
    assert only(made([USER, WRONG], 1, right)).prompt == [{"role": "user", "content": "Hello"}]
    with_policy = only(made([USER, WRONG], 1, right, policy="Rules")).prompt
    assert with_policy[0] == {"role": "system", "content": "Rules"}
    system = [a(0, Actor.SYSTEM, "Rules as recorded", 0), a(1, Actor.USER, "Hello", 1), a(2, Actor.AGENT, "Wrong", 2)]
    found = only(made(system, 2, [(a(2, Actor.AGENT, "Right", 2), Provenance.AUTHORED)], policy="Rules")).prompt
    assert [message["content"] for message in found] == ["Rules as recorded", "Hello"]


def test_the_task_stands_in_for_an_empty_prompt_and_nothing_stands_in_for_nothing() -> None:
    first = [(a(0, Actor.AGENT, "Right", 0), Provenance.AUTHORED)]
    recorded = [a(0, Actor.AGENT, "Wrong", 0)]
    assert only(made(recorded, 0, first, task="Do it")).prompt == [{"role": "user", "content": "Do it"}]
    with pytest.raises(UserError, match="Correction 1 begins with the very first"):
        examples(made(recorded, 0, first))


def test_thinking_is_not_taught() -> None:
    thinking = a(1, Actor.AGENT, "I know that key", 1, Kind.THINKING)
    spoken = a(2, Actor.AGENT, "Right", 1)
    example = only(made([USER, WRONG], 1, [(thinking, Provenance.DREAMED), (spoken, Provenance.DREAMED)]))
    assert example.answer.trl == {"role": "assistant", "content": "Right"}
    assert (example.start, example.stop) == (1, 3)
    assert examples(made([USER, WRONG], 1, [(thinking, Provenance.DREAMED)])) == []


@pytest.mark.parametrize("provenance", list(Provenance))
def test_nothing_is_taught_after_a_tool_result_that_nobody_recorded(provenance: Provenance) -> None:
    path = [
        (a(1, Actor.AGENT, "{}", 1, Kind.TOOL_CALL, "look"), Provenance.DREAMED),
        (a(2, Actor.TOOL, "found", 2, Kind.TOOL_RESULT, "look"), provenance),
        (a(3, Actor.AGENT, "Found", 3), Provenance.DREAMED),
    ]
    recorded = provenance in (Provenance.REPLAYED, Provenance.GRAFTED)
    item = made([USER, WRONG], 1, path)
    assert len(examples(item)) == (2 if recorded else 1)
    assert len(examples(item, simulated_rows=True)) == 2


def test_no_preference_where_there_is_nothing_to_prefer_it_to() -> None:
    right = [(a(1, Actor.AGENT, "Right", 1), Provenance.AUTHORED)]
    same = [(a(1, Actor.AGENT, "Wrong", 1), Provenance.AUTHORED)]
    assert only(made([USER, WRONG], 1, right)).happened.trl == {"role": "assistant", "content": "Wrong"}
    assert only(made([USER, WRONG], 1, same)).happened is None
    assert only(made([USER], 1, right)).happened is None
    assert only(made([USER, replace(WRONG, actor=Actor.USER)], 1, right)).happened is None


def test_what_another_agent_said_is_input_and_not_taught() -> None:
    steps = [
        USER,
        a(1, Actor.AGENT, "Search it", 1, agent="Boss"),
        a(2, Actor.AGENT, '{"q":1}', 2, Kind.TOOL_CALL, "search", "Clerk"),
        a(3, Actor.AGENT, "Found nothing", 3, agent="Searcher"),
    ]
    right = a(3, Actor.AGENT, "Found it", 3, agent="Searcher")
    assert [message["content"] for message in only(made(steps, 3, [(right, Provenance.AUTHORED)])).prompt] == [
        "Hello",
        "Boss: Search it",
        'Clerk: search({"q":1})',
    ]
    mine = context(steps, "Boss")
    assert mine[1].trl == {"role": "assistant", "content": "Search it"}


def test_a_recorded_call_that_is_no_object_is_text_and_a_corrected_one_is_refused() -> None:
    broken = a(1, Actor.AGENT, "{oops", 1, Kind.TOOL_CALL, "look")
    assert assistant([broken]).trl == {"role": "assistant", "content": "look({oops)"}
    example = only(made([USER, broken], 1, [(a(1, Actor.AGENT, "Right", 1), Provenance.AUTHORED)]))
    assert example.happened.trl == {"role": "assistant", "content": "look({oops)"}
    for content in ("{oops", "[1]", "3", "null"):
        with pytest.raises(UserError, match=r"Correction 1, step 1.*'look'.*JSON object"):
            examples(made([USER, WRONG], 1, [(replace(broken, content=content), Provenance.AUTHORED)]))


def row(value: Any = "x", **more: Any) -> dict[str, Any]:
    """Return a row whose completion says *value*, or calls a tool with it where it is no text."""
    call = {"type": "function", "function": {"name": "f", "arguments": {"value": value}}}
    said = {"content": value} if isinstance(value, str) else {"content": "", "tool_calls": [call]}
    return {
        "prompt": [{"role": "user", "content": "q"}],
        "completion": [{"role": "assistant", **said}],
        **more,
    }


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (row("a\x00b"), "NUL"),
        (row("a\ud800b"), "surrogate"),
        (row(LARGEST + 1), "too large"),
        (row({"deep": [{"er": -(2**70)}]}), "too large"),
        (row(10**5000), "40 digits"),
        (row({"\x00": 1}), "NUL"),
        (row(float("nan")), "no JSON number"),
        (row(float("inf")), "no JSON number"),
        (row(weight=0), "the key 'weight' must not be there"),
        (
            {**row(), "completion": [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "y"}]},
            "completion: role: .tool. is not .assistant.",
        ),
        ({**row(), "completion": [{"role": "tool", "content": "y"}]}, "completion: role: 'tool' is not 'assistant'"),
        ({**row(), "completion": []}, "completion: it is too short"),
        (row(tools=[]), "tools: it is too short"),
    ],
)
def test_a_row_that_breaks_trainers_or_loaders_is_refused(bad: dict[str, Any], match: str) -> None:
    with pytest.raises(UserError, match=f"^Correction 5: .*{match}"):
        encode(bad, SFT, "Correction 5")


def test_a_row_nested_beyond_all_reason_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UserError, match="nested too deeply"):
        encode(row(deep), SFT, "Correction 5")


def test_a_good_row_passes() -> None:
    good = row({"n": LARGEST, "f": 0.5, "t": True, "z": None, "s": "\\u0000 \ufffd 12345678901234567890"})
    assert json.loads(encode(good, SFT, "Correction 5")) == good


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=5), st.integers(-5, 5), max_size=3))
def test_what_a_turn_says_is_what_its_row_says(text: str, arguments: dict[str, int]) -> None:
    steps = [a(1, Actor.AGENT, text, 1), a(2, Actor.AGENT, json.dumps(arguments), 1, Kind.TOOL_CALL, "f")]
    message = assistant(steps).trl
    assert message["content"] == text
    assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": arguments}

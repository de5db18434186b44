"""Pairing, differences, layout of JSON and row heights: the comparison without Qt."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.gui.compare.align import align
from dreamdesk.gui.compare.content import FOLD, content, find_quote, heading, pieces, slices, styles
from dreamdesk.gui.compare.heights import Heights
from dreamdesk.gui.compare.pretty import is_json, pretty
from dreamdesk.gui.compare.sheet import Sheet
from dreamdesk.gui.compare.words import differences
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.text import reveal

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=30,
)


def _step(text: str, kind: Kind = Kind.MESSAGE, actor: Actor = Actor.AGENT, tool: str = "", i: int = 0) -> Step:
    return Step(i, actor, kind, text, turn=i, tool=tool)


def _marked(text: str, spans: list[tuple[int, int]]) -> list[str]:
    return [text[a:b] for a, b in spans]


def test_whole_words_are_marked() -> None:
    left = "runs from the purchase date, so it expired on 14 October."
    right = "runs from the delivery date, so it is valid."
    a, b = differences(left, right)
    assert _marked(left, a) == ["purchase", "expired on 14 October"]
    assert _marked(right, b) == ["delivery", "is valid"]


def test_a_date_or_a_number_is_one_word() -> None:
    a, b = differences("on 2024-10-14 for 1.25", "on 2024-11-03 for 1.25")
    assert (a, b) == ([(3, 13)], [(3, 13)])


def test_white_space_is_no_difference() -> None:
    assert differences("a  b\n c", "a b c") == ([], [])


@given(st.text(alphabet="ab c.\n", max_size=80), st.text(alphabet="ab c.\n", max_size=80))
def test_marks_cover_all_that_differs(left: str, right: str) -> None:
    a, b = differences(left, right)

    def rest(text: str, spans: list[tuple[int, int]]) -> str:
        kept = "".join(" " if any(i <= at < j for i, j in spans) else letter for at, letter in enumerate(text))
        return "".join(kept.split())

    assert rest(left, a) == rest(right, b)
    for spans in (a, b):
        assert all(i < j for i, j in spans)
        assert all(x[1] <= y[0] for x, y in pairwise(spans))


@pytest.mark.parametrize("text", ["a b " * 40_000, "word " * 900, "x\n" * 60_000, "{}" * 90_000])
def test_repetitive_text_is_compared_in_bounded_time(text: str) -> None:
    begin = time.process_time()
    differences(text, "other " + text[: len(text) // 2] + " new " + text[len(text) // 2 + 7 :])
    assert time.process_time() - begin < 3


def test_the_failed_turn_stands_beside_the_first_corrected_turn(claim: tuple[Step, ...], dream: Revision) -> None:
    pairs = align(claim, dream.steps, 9)
    assert pairs[:3] == [(9, 9), (10, 10), (11, 11)]
    assert pairs[3:] == [(i, None) for i in range(12, 18)]


def test_a_decision_of_another_kind_still_faces_what_it_replaces() -> None:
    recorded = [_step('{"a":1}', Kind.TOOL_CALL, tool="delete")]
    corrected = [CorrectedStep(_step("May I delete it?"), Provenance.DREAMED)]
    assert align(recorded, corrected, 0) == [(0, 0)]


def test_the_same_tool_is_found_some_steps_later() -> None:
    recorded = [
        _step("Well.", i=0),
        _step("{}", Kind.TOOL_CALL, tool="search", i=1),
        _step("{}", Kind.TOOL_RESULT, Actor.TOOL, "search", i=2),
        _step('{"id":1}', Kind.TOOL_CALL, tool="refund", i=3),
    ]
    corrected = [
        CorrectedStep(_step("Let me do it.", i=0), Provenance.DREAMED),
        CorrectedStep(_step('{"id":2}', Kind.TOOL_CALL, tool="refund", i=1), Provenance.DREAMED),
    ]
    assert align(recorded, corrected, 0) == [(0, 0), (1, None), (2, None), (3, 1)]


steps_of = st.lists(
    st.tuples(
        st.sampled_from(list(Kind)), st.sampled_from(list(Actor)), st.sampled_from(["", "a", "b"]), st.booleans()
    ),
    max_size=20,
)


@given(steps_of, steps_of, st.integers(0, 22))
def test_every_step_has_its_place_in_order(recorded: list, corrected: list, start: int) -> None:
    def build(rows: list, first: int) -> list[Step]:
        turn, made = 0, []
        for i, (kind, actor, tool, new) in enumerate(rows):
            turn += new
            made.append(Step(first + i, actor, kind, "{}", turn=turn, tool=tool))
        return made

    mine = build(recorded, 0)
    yours = [CorrectedStep(s, Provenance.DREAMED) for s in build(corrected, start)]
    pairs = align(mine, yours, start)
    assert [a for a, _ in pairs if a is not None] == list(range(start, len(mine)))
    assert [b for _, b in pairs if b is not None] == [c.step.index for c in yours]
    assert all(pair != (None, None) for pair in pairs)


@given(values)
def test_laid_out_json_is_the_same_json(value: object) -> None:
    text = json.dumps(value)
    if not isinstance(value, dict | list):
        assert not is_json(text)
        return
    assert is_json(text)
    shown, used = pretty(text, 1_000_000)
    assert json.loads(shown) == value
    assert used == len(text)
    assert "".join(shown.split()) == "".join(text.split())


def test_json_keeps_what_a_parser_would_swallow() -> None:
    shown, _ = pretty('{"a": 1.50, "a": 12345678901234567890, "b": "\\u202e"}', 1_000)
    assert shown == '{"a": 1.50, "a": 12345678901234567890, "b": "\\u202e"}'


@pytest.mark.parametrize(
    "text", ["", "hello", "[INFO] started", "{not json}", "[1, 2", '"x"', "[" * 5_000, "12", "{" * 400_000]
)
def test_what_is_not_json_is_left_alone(text: str) -> None:
    assert not is_json(text)
    assert content(_step(text)).text.startswith(text[:100])


def test_a_call_is_written_with_its_arguments() -> None:
    step = _step('{"order_id":"#W8","decision":"denied"}', Kind.TOOL_CALL, tool="close_claim")
    assert content(step).text == 'close_claim(order_id="#W8", decision="denied")'
    long = _step(json.dumps({"first": "x" * 40, "second": [1, {"a": 2}], "odd key": None}), Kind.TOOL_CALL, tool="go")
    assert content(long).text == 'go(\n  first="' + "x" * 40 + '",\n  second=[1, {"a": 2}],\n  "odd key"=null\n)'
    assert content(_step("{}", Kind.TOOL_CALL, tool="go")).text == "go()"
    assert content(_step("broken {", Kind.TOOL_CALL, tool="go")).text == "go(broken {)"
    assert content(_step("[1]", Kind.TOOL_CALL)).text == "call([1])"


def test_what_fits_shares_a_line_further_in() -> None:
    text = json.dumps(
        {"flights": [{"from": "DFW", "to": "ATL", "number": "HAT128", "date": "2024-05-18"}], "n": [*range(30)]}
    )
    lines = pretty(text, 1_000)[0].split("\n")
    assert lines[1:5] == [
        '  "flights": [',
        "    {",
        '      "from": "DFW", "to": "ATL", "number": "HAT128",',
        '      "date": "2024-05-18"',
    ]
    assert max(map(len, lines)) <= 58
    assert len(lines) <= 14


def test_hidden_characters_are_written_out() -> None:
    assert content(_step("pay\u202e evil\u200b")).text == "pay⟦U+202E⟧ evil⟦U+200B⟧"
    assert content(_step('{"a":"x\u202ey"}')).text == '{"a": "x⟦U+202E⟧y"}'
    assert "⟦U+202E⟧" in content(_step("{}", Kind.TOOL_CALL, tool="a\u202eb")).text
    assert "\u202e" not in heading(_step("x", Kind.TOOL_RESULT, tool="a\u202eb"), False)


def test_a_long_step_is_folded_and_unfolded() -> None:
    text = "word " * 20_000
    folded = content(_step(text))
    assert len(folded.text) == FOLD
    assert folded.folded == len(text) - FOLD
    whole = content(_step(text), whole=True)
    assert whole.text == text
    assert whole.folded == 0


def test_five_megabytes_are_shown_by_their_beginning() -> None:
    text = json.dumps([{"id": i, "name": "x" * 20} for i in range(120_000)])
    assert len(text) > 5_000_000
    shown = content(_step(text))
    list(styles(shown.text, shown.language))
    assert shown.text.startswith('[\n  {"id": 0, "name"')
    assert 0 < shown.folded < len(text)


def test_deep_nesting_neither_fails_nor_grows() -> None:
    text = "[" * 900 + "]" * 900
    shown, _ = pretty(text, 10_000_000)
    assert len(shown) < 120 * len(text)


def test_keys_strings_and_numbers_are_told_apart() -> None:
    text = 'close_claim(decision="denied", amount=12.5, note2=true)'
    found = {text[a:b]: style for a, b, style in styles(text, "call")}
    assert found == {"close_claim": "name", '"denied"': "string", "12.5": "number", "true": "number"}
    keys = {t[a:b]: s for t in ['{"a": null}'] for a, b, s in styles(t, "json")}
    assert keys == {'"a"': "key", "null": "number"}
    assert list(styles("12 true", "text")) == []
    assert list(styles("a⟦U+202E⟧", "text")) == [(1, 9, "hidden")]


@pytest.mark.parametrize(
    ("quote", "kind"),
    [
        ('"starts":"delivery_date"', Kind.TOOL_RESULT),
        ('"starts":"delivery_date"', Kind.TOOL_CALL),
        ("delivery_date", Kind.TOOL_CALL),
    ],
)
def test_a_quote_is_found_in_the_laid_out_text(quote: str, kind: Kind) -> None:
    recorded = '{"warranty":{"months":24,"starts":"delivery_date","a":"' + "x" * 70 + '"}}'
    shown = content(_step(recorded, kind, tool="t")).text
    span = find_quote(quote, shown)
    assert span is not None
    assert "delivery_date" in shown[slice(*span)]
    assert "months" not in shown[slice(*span)]
    assert find_quote("purchase_date", shown) is None
    assert find_quote("", shown) is None


def test_a_quote_with_a_hidden_character_is_found() -> None:
    assert find_quote("b\u202ec", "a b⟦U+202E⟧c d") == (2, 12)


@given(st.text(alphabet="ab\n", max_size=300), st.integers(1, 50))
def test_pieces_cover_the_text(text: str, size: int) -> None:
    spans = pieces(text, size)
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(b - a <= size for a, b in spans)


def test_heights_are_corrected_when_measured() -> None:
    heights = Heights([10.0] * 5)
    assert heights.total == 50
    heights.measured(1, 30)
    assert (heights.top(2), heights.total, len(heights), heights[1]) == (40, 70, 5, 30)
    assert [heights.row_at(y) for y in (-5, 0, 9.9, 10, 39, 40, 999)] == [0, 0, 0, 1, 1, 2, 4]


def test_the_sheet_holds_every_step_once_on_each_side(claim: tuple[Step, ...], dream: Revision) -> None:
    sheet = Sheet(claim, dream)
    places = [sheet.places(pair) for pair in range(sheet.pairs)]
    assert [left[1] for left, _ in places if left] == list(range(18))
    assert [right for _, right in places if right] == [("recorded", i) for i in range(9)] + [
        ("dreamed", i) for i in (9, 10, 11)
    ]
    assert all(sheet.pair_of(place) == n for n, pair in enumerate(places) for place in pair if place)
    assert sheet.pair_of(("dreamed", 12)) is None
    assert sheet.marks(8, 0) == []
    assert sheet.marks(11, 0) == []
    assert _marked(sheet.content(("dreamed", 10)).text, sheet.marks(10, 1)) == ["approved"]


def test_unfolding_gives_a_long_step_more_rows() -> None:
    steps = [_step("short"), _step("word " * 40_000, i=1), _step("end", i=2)]
    sheet = Sheet(steps, None)
    assert len(sheet.rows) == 3
    assert not sheet.toggle(("recorded", 0))
    assert sheet.toggle(("recorded", 1))
    assert len(sheet.rows) == 2 + len(pieces("word " * 40_000))
    assert sheet.row_of(("recorded", 2)) == len(sheet.rows) - 1
    assert sheet.row_of(("recorded", 1), 150_000) == 1 + 150_000 // FOLD
    assert sheet.toggle(("recorded", 1))
    assert len(sheet.rows) == 3


@given(st.text(st.sampled_from("ab\r\n\u202e"), max_size=40), st.integers(1, 9))
def test_a_text_in_parts_is_revealed_as_the_whole_is(text: str, size: int) -> None:
    assert "".join(slices(text, size)) == text
    assert "".join(map(reveal, slices(text, size))) == reveal(text)

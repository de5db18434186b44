"""Containers: where records begin and end, whatever surrounds them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.intake import containers
from dreamdesk.intake.bytesource import ByteSource
from dreamdesk.intake.containers import Damage, Layout, Record, layout, records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    max_leaves=9,
)
SPACE = st.text(" \t\r\n", max_size=3)


class Source:
    """Gives its bytes out a few at a time, so that every record crosses a border."""

    own_offsets, start, unit = True, 0, "line"

    def __init__(self, data, step):
        self.data, self.step = data, step

    def read(self, size=0):
        block, self.data = self.data[: self.step], self.data[self.step :]
        return block


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(containers, "BLOCK", 1)


@given(st.lists(VALUES, max_size=6), st.integers(1, 5), st.lists(SPACE, min_size=8, max_size=8))
def test_every_element_of_an_array_is_found_at_its_place(values, step, spaces):
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    body = ",".join(spaces[i] + text + spaces[i + 1] for i, text in enumerate(texts))
    data = (spaces[7] + "[" + body + "]" + spaces[6]).encode("utf-8", "surrogatepass")
    found = list(records(Source(data, step), Layout.ARRAY, split=True))
    assert [record.value for record in found] == values
    for record, text in zip(found, texts, strict=True):
        assert data[record.offset : record.offset + record.length] == text.encode("utf-8", "surrogatepass")


@given(st.lists(VALUES, max_size=6), st.integers(1, 5), SPACE)
def test_documents_back_to_back(values, step, space):
    data = (space + "\n").join(json.dumps([value], indent=1) for value in values).encode()
    found = list(records(Source(data, step), Layout.DOCUMENTS, split=False))
    assert [record.value for record in found] == [[value] for value in values]


@given(st.lists(VALUES, max_size=6), st.integers(1, 5), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_lines(values, step, end):
    data = "".join(json.dumps(value) + end for value in values).encode()
    found = list(records(Source(data, step), Layout.LINES, split=True))
    assert [record.value for record in found] == values
    for record in found:
        assert json.loads(data[record.offset : record.offset + record.length]) == record.value


@given(st.binary(max_size=60), st.integers(1, 9), st.sampled_from(list(Layout)), st.booleans())
def test_any_bytes_end(data, step, kind, split):
    for found in records(Source(data, step), kind, split=split):
        assert isinstance(found, Record | Damage)
    layout(data)


def test_a_record_beyond_the_limit_costs_only_itself(monkeypatch):
    monkeypatch.setattr(containers, "MAX_RECORD", 100)
    big, small = {"a": [{"b": n} for n in range(90)]}, {"c": 1}
    array = json.dumps([small, big, small]).encode()
    lines = "\n".join(map(json.dumps, [small, big, small])).encode()
    for data, kind in ((array, Layout.ARRAY), (lines, Layout.LINES)):
        first, damage, last = records(Source(data, 7), kind, split=True)
        assert (first.value, last.value) == (small, small)
        assert "larger than" in damage.reason


def test_one_object_per_long_line_is_told_from_one_long_document(tmp_path):
    for text, expected in (
        ('{"a": 1}\n{"a": 2}\n', True),
        ('{"a": 1}\n', False),
        ('{"a": 1}', False),
        ('{"a":', False),
    ):
        path = tmp_path / "file"
        path.write_text(text)
        with ByteSource(path) as source:
            assert containers.lines_of_long_records(source) is expected

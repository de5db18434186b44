"""Logs of Inspect that are damaged or mean harm cost what is bad in them, and nothing else."""

import contextlib
import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspect_logs import EVENTS, HEADER, MESSAGES, SAMPLE, log, read, zipped

from dreamdesk.intake.archive import Archive
from dreamdesk.intake.parsing import Unreadable
from dreamdesk.model.errors import UserError


def with_method(data, name, method, flags=0):
    """Return the archive with another compression method and flags written beside the member *name*."""
    changed = bytearray(data)
    for sign, method_at, name_at in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        at = -1
        while (at := data.find(sign, at + 1)) >= 0:
            if data[at + name_at :].startswith(name.encode()):
                struct.pack_into("<HH", changed, at + method_at - 2, flags, method)
    return bytes(changed)


@pytest.mark.parametrize(("method", "words"), [(93, "damaged"), (14, "lzma (zip method 14)"), (77, "unknown method")])
def test_a_member_of_another_compression_is_named_and_the_rest_is_read(tmp_path, method, words):
    two = {**SAMPLE, "id": 2}
    found, reading = read(tmp_path, with_method(log(SAMPLE, two), "samples/1_epoch_1.json", method))
    assert [episode.key for episode in found] == ["samples/2_epoch_1.json"]
    (skip,) = reading.skipped
    assert skip.place == "samples/1_epoch_1.json"
    assert words in skip.reason


def test_a_header_that_cannot_be_read_costs_only_itself(tmp_path):
    (episode,), reading = read(tmp_path, with_method(log(SAMPLE), "header.json", 93))
    assert episode.task_key.startswith("task:sums:1:")
    assert [skip.place for skip in reading.skipped] == ["header.json"]


def test_an_encrypted_member_is_named(tmp_path):
    _, reading = read(tmp_path, with_method(log(SAMPLE), "samples/1_epoch_1.json", 8, flags=1))
    assert reading.skipped[0].reason == "it is encrypted"


def test_a_bomb_is_stopped_and_the_rest_is_read(tmp_path):
    bomb = b'{"messages": "' + b" " * (64 << 20) + b'"}'
    data = zipped([("samples/b.json", bomb), ("samples/g.json", SAMPLE), ("header.json", HEADER)])
    found, reading = read(tmp_path, data)
    assert len(found) == 1
    assert "200 times" in reading.skipped[0].reason


def test_the_declared_size_is_not_believed(tmp_path):
    data = bytearray(zipped([("samples/b.json", b" " * (8 << 20)), ("header.json", HEADER)]))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    found, reading = read(tmp_path, bytes(data))
    assert not found
    assert len(reading.skipped) == 1


def test_members_that_share_bytes_are_refused(tmp_path):
    data = log(SAMPLE, {**SAMPLE, "id": 2})
    entry = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
    first = struct.unpack_from("<I", data, entry + 42)[0]
    overlapped = bytearray(data)
    struct.pack_into("<I", overlapped, data.find(b"PK\x01\x02", entry + 1) + 42, first)
    found, reading = read(tmp_path, bytes(overlapped))
    assert not found
    assert {skip.reason for skip in reading.skipped} == {"it shares bytes with another member"}


def test_a_giant_directory_is_refused(tmp_path):
    data = bytearray(log(SAMPLE))
    struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 1 << 30)
    path = tmp_path / "trace"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="larger than 16 MB"):
        Archive(path)


def test_other_archives_are_refused_in_words(tmp_path):
    for members in ([("a.json", SAMPLE)], [("old/header.json", HEADER)], [("header.json.bak", HEADER)]):
        with pytest.raises(UserError, match="zip archive"):
            read(tmp_path, zipped(members))


def test_a_cut_archive_says_so(tmp_path):
    found, reading = read(tmp_path, log(SAMPLE)[:-30])
    assert not found
    assert "cut off" in reading.skipped[0].reason


PARTS = st.sampled_from([b"null", b"[]", b"{}", b"7", b'"\\ud800"', b"1e999", b'"', b",", b"NaN", b"attachment://"])
DOCUMENT = json.dumps({**HEADER, "samples": [SAMPLE]}).encode()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutation_of_a_document_breaks_the_reader(tmp_path_factory, data):
    mutate(tmp_path_factory, data, DOCUMENT, PARTS)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutation_of_an_archive_breaks_the_reader(tmp_path_factory, data):
    mutate(tmp_path_factory, data, log(SAMPLE, {**SAMPLE, "id": 2}), st.binary(max_size=6))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutation_inside_an_archive_breaks_the_reader(tmp_path_factory, data):
    sample = changed(data, json.dumps(SAMPLE).encode(), PARTS)
    packed = zipped(
        [("samples/1_epoch_1.json", sample), ("header.json", changed(data, json.dumps(HEADER).encode(), PARTS))]
    )
    folder = tmp_path_factory.mktemp("m")
    read(folder, packed)


def changed(data, original, parts):
    start = data.draw(st.integers(0, len(original)))
    end = min(len(original), start + data.draw(st.integers(0, 40)))
    return original[:start] + data.draw(parts) + original[end:]


def mutate(factory, data, original, parts):
    with contextlib.suppress(UserError):
        read(factory.mktemp("m"), changed(data, original, parts))


def test_values_of_any_type_are_borne(tmp_path):
    for odd in (None, 7, "x", [], {}, [None, 7, "x", [], {}], True):
        for key in SAMPLE:
            read(tmp_path, {**HEADER, "samples": [{**SAMPLE, key: odd}]})
        for position in range(len(MESSAGES)):
            for key in MESSAGES[position]:
                messages = [dict(message) for message in MESSAGES]
                messages[position][key] = odd
                read(tmp_path, {**HEADER, "samples": [{**SAMPLE, "messages": messages}]})
        for key in ("event", "timestamp", "tools", "output", "id", "type"):
            read(tmp_path, {**HEADER, "samples": [{**SAMPLE, "events": [{**EVENTS[0], key: odd}]}]})

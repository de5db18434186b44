"""Bad input gives a UserError or a listed skip, never a crash; what is good in it is read."""

import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreamdesk.intake.opening import expand, formats, open_source
from dreamdesk.model.errors import UserError

ATTEMPT = {
    "task_id": 1, "reward": 0.0, "info": {"task": {"instruction": "cancel"}}, "trial": 0,
    "traj": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
}  # fmt: skip
GOOD = json.dumps(ATTEMPT).encode()
TALK_MESSAGES = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1.5}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "ok"}]},
]
TALK = json.dumps({"model": "m", "messages": TALK_MESSAGES}).encode()
RUN = json.dumps(
    {
        "history": [{"role": "human", "content": "q"}, {"role": "O (-> W)", "content": "go"}],
        "question": "q", "mistake_agent": "O", "mistake_step": "1", "mistake_reason": "r", "is_corrected": False,
    }
).encode()  # fmt: skip
AGENT = {
    "traceId": "a" * 32, "spanId": "b" * 16, "name": "run", "startTimeUnixNano": "1795334036150291664",
    "status": {"code": 2},
    "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}}],
}  # fmt: skip
HEARD = '[{"role":"user","parts":[{"type":"text","content":"q"}]}]'
SAID = {"kvlistValue": {"values": [{"key": "role", "value": {"stringValue": "assistant"}}]}}
CHAT = {
    "traceId": "a" * 32, "spanId": "c" * 16, "parentSpanId": "b" * 16, "name": "chat",
    "attributes": [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.input.messages", "value": {"stringValue": HEARD}},
        {"key": "gen_ai.output.messages", "value": {"arrayValue": {"values": [SAID]}}},
    ],
}  # fmt: skip
SPANS = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [AGENT, CHAT]}]}]}).encode()
STREAM = b"""event: message_start
data: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"output_tokens":1}}}

data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}

data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\": 1}"}}

data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6}}
"""


def read(tmp_path, data, format_name=None):
    path = tmp_path / "trace"
    path.write_bytes(data)
    reading = open_source(path, format_name)
    return list(reading.episodes()), reading


def lines(*records):
    return b"\n".join(records) + b"\n"


TWICE = GOOD.replace(b'"trial": 0', b'"trial": 0, "trial": 1')
WRONG = (
    b'{"task_id":[],"reward":{},"info":[],"traj":[1,null,{"role":{},"content":{"a":[]},"tool_calls":{}},'
    b'{"role":"assistant","tool_calls":[1,{"function":7},{"id":{},"function":{"name":[],"arguments":{"a":null}}}]}]}'
)

# Name, bytes, episodes, skipped parts, words that a skip or a note must hold.
ODD = [
    ("two lines", lines(GOOD, GOOD), 2, 0, ""),
    ("crlf", GOOD + b"\r\n" + GOOD + b"\r\n", 2, 0, ""),
    ("no final newline", GOOD + b"\n" + GOOD, 2, 0, ""),
    ("blank lines", lines(b"", GOOD, b"  ", GOOD, b""), 2, 0, ""),
    ("bom", b"\xef\xbb\xbf" + lines(GOOD, GOOD), 2, 0, ""),
    ("utf-16 le", b"\xff\xfe" + lines(GOOD, GOOD).decode().encode("utf-16-le"), 2, 0, ""),
    ("utf-16 be", b"\xfe\xff" + lines(GOOD, GOOD).decode().encode("utf-16-be"), 2, 0, ""),
    ("gzip", gzip.compress(lines(GOOD, GOOD)), 2, 0, ""),
    ("two gzip members", gzip.compress(lines(GOOD)) + gzip.compress(lines(GOOD)), 2, 0, ""),
    ("array", b"[" + GOOD + b"," + GOOD + b"]", 2, 0, ""),
    ("pretty array", json.dumps([ATTEMPT, ATTEMPT], indent=1).encode(), 2, 0, ""),
    ("one object", json.dumps(ATTEMPT, indent=2).encode(), 1, 0, ""),
    ("documents back to back", json.dumps(ATTEMPT, indent=2).encode() * 3, 3, 0, ""),
    ("bad first line", lines(GOOD[:-9], GOOD, GOOD), 2, 1, "cut off"),
    ("bad line in the middle", lines(GOOD, b"{oops", GOOD), 2, 1, "line 2"),
    ("truncated tail", lines(GOOD, GOOD) + GOOD[: len(GOOD) // 2], 2, 1, "cut off"),
    ("truncated array", b"[" + GOOD + b"," + GOOD[:50], 1, 1, "ends inside"),
    ("array without its end", b"[" + GOOD + b",", 1, 1, "before the array"),
    ("bad element", b"[" + GOOD + b', {"task_id": tru}, ' + GOOD + b"]", 2, 1, "element 1"),
    ("element of another type", b"[" + GOOD + b", 7, null, " + GOOD + b"]", 2, 2, "tau-bench attempt"),
    ("stray brackets", GOOD + b"}}]" + b"\n" + GOOD, 1, 1, "end of the value"),
    ("nan", lines(GOOD, GOOD.replace(b"0.0", b"NaN")), 1, 1, "NaN"),
    ("infinity", lines(GOOD, GOOD.replace(b"0.0", b"-Infinity")), 1, 1, "NaN or Infinity"),
    ("too deep", lines(GOOD, GOOD.replace(b'"cancel"', b"[" * 300 + b"]" * 300)), 1, 1, "nested deeper"),
    ("far too deep", lines(GOOD, b"[" * 1_000_000), 1, 1, "line 2"),
    ("huge number", lines(GOOD, GOOD.replace(b'"task_id": 1', b'"task_id": ' + b"9" * 5000)), 1, 1, "4,300"),
    ("number beyond bounds", lines(GOOD, GOOD.replace(b'"task_id": 1', b'"task_id": 1e999')), 1, 1, "too large"),
    ("duplicate key", lines(GOOD, TWICE), 2, 0, "stands twice"),
    ("bad utf-8", lines(GOOD, GOOD.replace(b"hello", b"h\xffllo")), 2, 0, "not UTF-8"),
    ("overlong utf-8", lines(GOOD, GOOD.replace(b"hello", b"\xc0\xaf")), 2, 0, "not UTF-8"),
    ("lone surrogate", lines(GOOD, GOOD.replace(b"hello", rb"\ud800 \udc00 \\ud800")), 2, 0, "lone surrogates"),
    ("everything at once", lines(GOOD, TWICE.replace(b"hello", b"\\ud800\xff")), 2, 0, "twice"),
    ("escaped nul", lines(GOOD, GOOD.replace(b"hello", rb"\u0000")), 2, 0, ""),
    ("raw nul", lines(GOOD, GOOD.replace(b"hello", b"\0")), 1, 1, "control character"),
    ("wrong types", lines(GOOD, WRONG), 2, 0, ""),
    ("no trajectory", lines(GOOD, b'{"task_id":1,"reward":0,"info":{},"traj":null}'), 1, 1, "traj is missing"),
    ("crashed run", lines(GOOD, b'{"task_id":1,"reward":0,"info":{"error":"boom"},"traj":[]}'), 2, 0, ""),
]  # fmt: skip


@pytest.mark.parametrize(("data", "episodes", "skips", "words"), [o[1:] for o in ODD], ids=[o[0] for o in ODD])
def test_an_odd_file_gives_what_is_good_in_it(tmp_path, data, episodes, skips, words):
    found, reading = read(tmp_path, data)
    assert len(found) == episodes
    assert len(reading.skipped) == skips
    said = " ".join([f"{skip.place} {skip.reason}" for skip in reading.skipped] + reading.notes)
    assert words in said
    assert len({episode.key for episode in found}) == episodes
    for episode in found:
        for step in episode.steps:
            step.content.encode()  # no lone surrogate is left


REFUSED = [
    ("empty", b"", "empty"),
    ("white space", b" \n\n", "unknown"),
    ("zip", b"PK\x03\x04rest", "zip archive"),
    ("parquet", b"PAR1rest", "Parquet"),
    ("sqlite", b"SQLite format 3\x00rest", "SQLite"),
    ("pickle", b"\x80\x04\x95rest", "pickle"),
    ("git lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\n", "Git LFS"),
    ("zstd", b"\x28\xb5\x2f\xfdrest", "zstd"),
    ("bzip2", b"BZh91AY", "bzip2"),
    ("xz", b"\xfd7zXZ\x00rest", "xz"),
    ("pickle inside gzip", gzip.compress(b"\x80\x04\x95rest"), "pickle"),
    ("prose", b"Dear auditor,\nthis is a letter.\n", "Dear auditor"),
    ("other json", b'{"hello": 1, "world": [2]}', "hello, world"),
    ("binary", bytes(range(256)), "unknown"),
    ("broken gzip", gzip.compress(GOOD)[:20], "cut off"),
    ("not gzip", b"\x1f\x8bxxxxxxxxxxxxxxxxxxx", "damaged"),
    ("number", b"7", "unknown"),
    ("empty array", b"[]", "unknown"),
    ("markup in a key", b'{"<b>\xe2\x80\xaex</b>": 1}', "U+202E"),
]


@pytest.mark.parametrize(("data", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_trace_is_refused_in_words(tmp_path, data, words):
    with pytest.raises(UserError) as refusal:
        read(tmp_path, data)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("trace: ")


def test_a_gzip_bomb_is_stopped(tmp_path):
    found, reading = read(tmp_path, gzip.compress(GOOD[:-1] + b" " * (64 << 20) + b"}"))
    assert not found
    assert "200 times" in reading.skipped[0].reason


def test_a_gzip_bomb_behind_a_good_start_costs_only_the_rest(tmp_path):
    pack = zlib.compressobj(9, wbits=31)
    start = lines(*[GOOD.replace(b"hello", str(n * 7919).encode()) for n in range(20_000)])
    data = pack.compress(start) + pack.compress(b" " * (2 << 30 >> 3)) + pack.flush()
    found, reading = read(tmp_path, data)
    assert len(found) == 20_000
    assert any("200 times" in skip.reason for skip in reading.skipped)


def test_a_damaged_gzip_keeps_what_came_before(tmp_path):
    import random

    noise = random.Random(1)
    many = lines(*[GOOD.replace(b"hello", noise.randbytes(40).hex().encode()) for _ in range(20_000)])
    data = gzip.compress(many)
    found, reading = read(tmp_path, data[: len(data) - 1000])
    assert 10_000 < len(found) < 20_000
    assert any("cut off" in skip.reason for skip in reading.skipped)


def test_many_bad_lines_are_counted_and_not_all_listed(tmp_path):
    found, reading = read(tmp_path, lines(GOOD, *[GOOD] * 59, *[b"{"] * 5000))
    assert len(found) == 60
    assert len(reading.skipped) == 1001
    assert "4000 more" in reading.skipped[-1].reason


def test_a_format_can_be_named(tmp_path):
    found, reading = read(
        tmp_path, b'[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]', "anthropic-messages"
    )
    assert [step.content for step in found[0].steps] == ["be kind", "hi"]
    assert reading.source.format == "anthropic-messages"
    with pytest.raises(UserError, match="no format named 'nonsense'"):
        read(tmp_path, GOOD, "nonsense")


def test_folders_are_walked_in_order_without_hidden_files_and_links_out(tmp_path):
    inside = tmp_path / "in"
    (inside / "b").mkdir(parents=True)
    (inside / ".hidden").mkdir()
    for name in ("b/2.json", "a.json", ".hidden/x.json", ".y.json", "b/1.json"):
        (inside / name).write_text("{}")
    (tmp_path / "secret.json").write_text("{}")
    (inside / "link.json").symlink_to(tmp_path / "secret.json")
    (inside / "loop").symlink_to(inside, target_is_directory=True)
    assert [path.relative_to(inside).as_posix() for path in expand([inside])] == ["a.json", "b/1.json", "b/2.json"]
    assert expand([inside / "a.json", inside / "a.json"]) == [inside / "a.json"]
    with pytest.raises(UserError, match="no such file"):
        expand([tmp_path / "absent"])


def test_a_folder_or_a_device_is_no_file(tmp_path):
    with pytest.raises(UserError, match="not a regular file"):
        open_source(tmp_path)


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path):
    path = tmp_path / "trace"
    path.write_bytes(lines(GOOD, GOOD))
    reading = open_source(path)
    episodes = reading.episodes()
    next(episodes)
    with path.open("ab") as file:
        file.write(GOOD)
    list(episodes)
    assert any("changed while it was read" in skip.reason for skip in reading.skipped)


def test_progress_reaches_the_size(tmp_path):
    _, reading = read(tmp_path, lines(GOOD, GOOD))
    assert reading.position == reading.source.size


SEEDS = {"tau": GOOD, "taus": b"[" + GOOD + b",\n" + GOOD + b"]", "talk": TALK, "talks": lines(TALK, TALK), "run": RUN,
         "spans": SPANS, "stream": STREAM, "packed": gzip.compress(lines(GOOD, TALK), mtime=0)}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_mutation_breaks_a_reader(tmp_path_factory, seed, data):
    original = SEEDS[seed]
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(changed)))
        removed = data.draw(st.integers(0, 6))
        changed[place : place + removed] = data.draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b'"', b"{", b"}", b"[", b"]", b"null", b"1e999", b"\\", b",", b"\n"]),
            )
        )
    folder = tmp_path_factory.mktemp("mutant")
    for name in (None, *formats()):
        try:
            found, reading = read(folder, bytes(changed), name)
        except UserError:
            continue
        assert found or reading.skipped or reading.notes
        for episode in found:
            json.dumps([step.content for step in episode.steps], allow_nan=False).encode()
            assert [step.index for step in episode.steps] == list(range(len(episode.steps)))


def test_a_number_beyond_every_bound_in_place_of_a_block_is_told(tmp_path):
    _, reading = read(tmp_path, b'{"messages": [{"role": "user", "content": [1e999]}]}')
    assert [skip.reason for skip in reading.skipped] == ["it holds a number that is too large for JSON"]

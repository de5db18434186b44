"""Bombs, made here because they are large or unpack to it: each is stopped, soon and within bounded memory."""

import gzip
import io
import json
import resource
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib
from pathlib import Path

import pytest

from dreamdesk.intake.opening import open_source
from dreamdesk.model.errors import UserError

RECORDS = Path(__file__).parent / "records"
ATTEMPT = json.dumps(json.loads((RECORDS / "tau-bench.json").read_text())).encode()
HEADER = json.dumps({"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}})
SAMPLE = json.dumps({"id": 1, "epoch": 1, "input": "q", "messages": [{"role": "user", "content": "q"}]})


def packed(first, byte=b" ", megabytes=400, last=b"}"):
    pack = zlib.compressobj(9, wbits=31)
    parts = [pack.compress(first)]
    parts += [pack.compress(byte * ((1 << 20) // len(byte))) for _ in range(megabytes)]
    return b"".join([*parts, pack.compress(last), pack.flush()])


def zipped(*members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


def quine(first):
    """One deflated member that many directory entries share, as in the bombs of D. Fifield (2019)."""
    whole = zipped(("header.json", HEADER), ("samples/1_epoch_1.json", first))
    start = whole.rindex(b"PK\x01\x02")
    directory = whole.index(b"PK\x01\x02")
    entry, end = whole[start : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    copies = b"".join(entry.replace(b"samples/1_", b"samples/%d_" % number) for number in range(2, 10)) * 200
    size = len(copies) + start + len(entry) - directory
    end = end[:8] + struct.pack("<HHII", 1602, 1602, size, directory) + end[20:]
    return whole[: start + len(entry)] + copies + end


BOMBS = {
    "spaces.json.gz": (lambda: packed(ATTEMPT[:-1]), "200 times"),
    "brackets.json.gz": (lambda: packed(b"[", b"["), "levels|200 times|unknown"),
    "text.json.gz": (lambda: packed(b'{"task_id": "', b"x"), "200 times|unknown"),
    "newlines.jsonl.gz": (lambda: packed(ATTEMPT + b"\n", b"\n"), "200 times"),
    "objects.json.gz": (lambda: packed(b"[" + ATTEMPT + b",", b"{}," + b" " * 800), "200 times"),
    "nested.gz": (lambda: gzip.compress(gzip.compress(bytes(50 << 20))), "compressed twice"),
    "member.eval": (lambda: zipped(("header.json", HEADER), ("samples/1_epoch_1.json", bytes(400 << 20))), "200 times"),
    "header.eval": (lambda: zipped(("header.json", bytes(400 << 20)), ("samples/1_epoch_1.json", SAMPLE)), "200 times"),
    "shared.eval": (lambda: quine(SAMPLE), "shares bytes"),
    "many-members.eval": (
        lambda: zipped(("header.json", HEADER), *((f"samples/{n}_epoch_1.json", "[") for n in range(5000))),
        "cut off",
    ),
    "empty-objects.json": (lambda: b"[" + ATTEMPT + b",{}" * 200_000 + b"]", "no tau-bench attempt"),
    "empty-arrays.json": (lambda: ATTEMPT[:-1] + b', "x": [' + b"[]," * 1_000_000 + b"[]]}", ""),
    "commas.json": (lambda: b"[" + b"," * 20_000_000, "unknown|ends before"),
    "open-brackets.json": (lambda: b"[" * 20_000_000, "unknown"),
    "open-objects.json": (lambda: ATTEMPT[:-1] + b', "x": ' + b'{"a":' * 2_000_000, "unknown"),
    "backslashes.json": (lambda: ATTEMPT[:-1] + b', "x": "' + b"\\" * 20_000_000, "ends inside"),
    "escapes.json": (lambda: ATTEMPT[:-1] + b', "x": "' + b"\\ud800" * 3_000_000 + b'"}', "lone surrogates"),
    "giant-line.jsonl": (lambda: ATTEMPT[:-1] + b', "x": "' + b"y" * 30_000_000 + b'"}\n' + ATTEMPT, ""),
    "giant-key.json": (lambda: ATTEMPT[:-1] + b', "' + b"k" * 20_000_000 + b'": 1}', ""),
    "many-keys.json": (
        lambda: ATTEMPT[:-1] + b", " + b",".join(b'"k%d":1' % number for number in range(700_000)) + b"}",
        "",
    ),
    "many-digits.json": (lambda: ATTEMPT[:-1] + b', "x": ' + b"1" * 5_000_000 + b"}", "unknown"),
    "many-bad-lines.jsonl": (lambda: (ATTEMPT + b"\n") * 40 + b"{\n" * 100_000, "more parts"),
    "one-line-no-end.sse": (
        lambda: b'event: message_start\ndata: {"type":"message_start"' + b" " * (70 << 20),
        "longer",
    ),
}

READ = """
    import resource, sys, time
    from pathlib import Path
    from dreamdesk.intake.opening import formats, open_source
    from dreamdesk.model.errors import UserError
    formats()
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    before = time.process_time()
    try:
        reading = open_source(Path(sys.argv[1]))
        count = sum(1 for episode in reading.episodes())
        print(count, *(skip.place + " " + skip.reason for skip in reading.skipped), *reading.notes, sep=" | ")
    except UserError as error:
        print(error)
    print(time.process_time() - before)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_stopped_within_5_seconds_and_1_gigabyte(tmp_path, name):
    make, words = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(READ), str(path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *said, seconds = done.stdout.strip().rsplit("\n", 1)
    assert any(word in "\n".join(said) for word in words.split("|")), said[0][:500]
    assert float(seconds) < 5


def test_the_limit_of_memory_would_be_noticed(tmp_path):
    """The tests above mean something only where the system enforces the limit."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); bytearray(2 << 30)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "MemoryError" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 1 << 30


def test_an_episode_of_too_many_steps_costs_only_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("dreamdesk.intake.opening.MAX_STEPS", 50)
    talk = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ok"}] * 30}
    short = {"messages": talk["messages"][:4]}
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(map(json.dumps, [short, talk, short])))
    reading = open_source(path, "anthropic-messages")
    assert [len(episode.steps) for episode in reading.episodes()] == [4, 4]
    assert "60 steps" in reading.skipped[0].reason


def test_a_damaged_archive_inside_gzip_is_refused(tmp_path):
    path = tmp_path / "log.eval"
    path.write_bytes(gzip.compress(zipped(("header.json", HEADER), ("samples/1_epoch_1.json", SAMPLE))))
    with pytest.raises(UserError, match="zip archive"):
        list(open_source(path).episodes())

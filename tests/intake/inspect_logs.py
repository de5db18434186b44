"""A small log of Inspect, and what tests of such logs share."""

import io
import json
import warnings
import zipfile

from expectations import check

from dreamdesk.intake.opening import open_source

# The shape of a log and its samples, as small as it gets.
HEADER = {
    "version": 2,
    "status": "success",
    "eval": {"task": "sums", "model": "m", "run_id": "r"},
    "plan": {"steps": []},
}
MESSAGES = [
    {"id": "1", "role": "system", "content": "Be exact."},
    {"id": "2", "role": "user", "content": "Add 2 and 2."},
    {
        "id": "3", "role": "assistant", "model": "m-1",
        "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "I add."}],
        "tool_calls": [{"id": "c", "function": "add", "arguments": {"b": 2, "a": 2}}],
    },
    {"id": "4", "role": "tool", "tool_call_id": "c", "function": "add", "content": "", "error": {"message": "no"}},
    {"id": "5", "role": "assistant", "content": "Five"},
]  # fmt: skip
EVENTS = [
    {
        "event": "model", "timestamp": "2026-01-01T00:00:01+00:00",
        "tools": [{"name": "add", "description": "Adds.", "parameters": {"type": "object"}}],
        "output": {"choices": [{"message": MESSAGES[2]}], "usage": {"output_tokens": 7}},
    },
    {"event": "tool", "timestamp": "2026-01-01T00:00:02+00:00", "message_id": "4"},
]  # fmt: skip
SAMPLE = {
    "id": 1, "epoch": 1, "input": "Add 2 and 2.", "target": "4", "messages": MESSAGES, "events": EVENTS,
    "scores": {"match": {"value": "I", "explanation": "Five is not 4"}}, "attachments": {},
}  # fmt: skip


def zipped(members, method=zipfile.ZIP_DEFLATED):
    """Return an archive of *members*, pairs of a name and what it holds."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that stands twice is what some tests are about
        for name, value in members:
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return held.getvalue()


def log(*samples, header=HEADER):
    members = [("_journal/start.json", HEADER)]
    members += [(f"samples/{s['id']}_epoch_{s['epoch']}.json", s) for s in samples]
    return zipped([*members, ("header.json", header)])


def read(folder, data):
    path = folder / "trace"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    reading = open_source(path)
    episodes = list(reading.episodes())
    for episode in episodes:
        check(episode)
    return episodes, reading

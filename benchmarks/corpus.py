"""Traces to measure with: seeded, so that two machines measure the same bytes.

python benchmarks/corpus.py episodes|events|calls SIZE_MB FILE [--seed N]

- episodes: one conversation per line (OpenAI Chat Completions), 20 to 200 messages, half of them failed;
- events: one event per line, as Claude Code writes them, one session after the other;
- calls: one logged API call per line, each with its whole history, as a gateway writes them.

Texts are 200 B to 20 KB (median about 700 B) of an 80,000-word vocabulary under Zipf's law, freshly drawn for every
step, so that only what truly repeats can be stored once.
"""

from __future__ import annotations

import argparse
import json
import random
from array import array
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

WORDS = 80_000
_DRAWS = 1 << 20
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "la",
    "me",
    "ni",
    "po",
    "ru",
    "sa",
    "te",
    "vi",
    "zo",
    "ka",
    "el",
    "in",
    "or",
    "un",
    "est",
    "ra",
    "mo",
]

FORMS = ("episodes", "events", "calls")


class Writer:
    """Draws words, texts and conversations from one seeded source of chance."""

    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self.words = [self._word(rank) for rank in range(WORDS)]
        weights = list(accumulate(1 / (rank + 2.7) for rank in range(WORDS)))
        whole = weights[-1]
        self._drawn = [self.words[bisect(weights, self.chance.random() * whole)] for _ in range(_DRAWS)]

    def _word(self, rank: int) -> str:
        parts = 1 + (rank > 20) + (rank > 400) + (rank > 9_000)
        return "".join(self.chance.choice(_SYLLABLES) for _ in range(parts)) + ("" if rank < 400 else format(rank, "x"))

    def text(self) -> str:
        """Return a text of 200 B to 20 KB."""
        count = round(min(max(self.chance.lognormvariate(6.55, 1.0), 200), 20_000) / 6.2)
        draws = array("I", self.chance.randbytes(4 * count))
        drawn = [self._drawn[draw % _DRAWS] for draw in draws]
        return "\n".join(" ".join(drawn[start : start + 14]) for start in range(0, count, 14))

    def conversation(self) -> list[dict[str, object]]:
        """Return the messages of one conversation, those of the agent mostly with a call that the next one answers."""
        count = round(min(max(self.chance.lognormvariate(4.25, 0.5), 20), 200))
        messages: list[dict[str, object]] = [
            {"role": "system", "content": self.text()},
            {"role": "user", "content": self.text()},
        ]
        while len(messages) < count:
            call = f"call_{self.chance.getrandbits(48):012x}"
            arguments = json.dumps({"path": self.chance.choice(self.words), "text": self.text()[:600]})
            name = self.chance.choice(("read_file", "run", "search", "edit", "book", "refund"))
            function = {"name": name, "arguments": arguments}
            calls = [{"id": call, "type": "function", "function": function}]
            messages.append({"role": "assistant", "content": self.text(), "tool_calls": calls})
            error = "Error: " if self.chance.random() < 0.05 else ""
            messages.append({"role": "tool", "tool_call_id": call, "content": error + self.text()})
        messages.append({"role": "assistant", "content": self.text()})
        return messages

    def lines(self, form: str) -> Iterator[bytes]:
        """Yield the lines of *form* without end."""
        number = 0
        while True:
            number += 1
            yield from getattr(self, f"_{form}")(number)

    def _episodes(self, number: int) -> Iterator[bytes]:
        yield _line(
            {
                "id": f"episode-{number}",
                "task_id": f"task-{number // 4}",
                "model": f"model-{number % 5}",
                "agent": f"agent-{number % 3}",
                "reward": number % 2,
                "messages": self.conversation(),
            }
        )

    def _events(self, number: int) -> Iterator[bytes]:
        before: str | None = None
        session = f"session-{number}"
        for position, message in enumerate(self.conversation()[1:]):
            uuid = f"{number:08x}-{position:08x}"
            if message["role"] == "tool":
                result = {"type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"]}
                body: dict[str, object] = {"role": "user", "content": [result]}
            elif message["role"] == "user":
                body = message
            else:
                content: list[object] = [{"type": "text", "text": message["content"]}]
                for call in message.get("tool_calls", []):  # type: ignore[attr-defined]
                    given = json.loads(call["function"]["arguments"])
                    content.append(
                        {"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": given}
                    )
                body = {"role": "assistant", "id": f"msg_{uuid}", "model": "model-1", "content": content}
            yield _line(
                {
                    "type": body["role"],
                    "uuid": uuid,
                    "parentUuid": before,
                    "sessionId": session,
                    "isSidechain": False,
                    "version": "2.1.0",
                    "timestamp": f"2026-01-{1 + number % 28:02d}T10:{position // 60 % 60:02d}:{position % 60:02d}.000Z",
                    "message": body,
                }
            )
            before = uuid

    def _calls(self, number: int) -> Iterator[bytes]:
        messages = self.conversation()
        tools = [{"type": "function", "function": {"name": name}} for name in ("read_file", "run", "search")]
        for position, reply in enumerate(messages):
            if reply["role"] != "assistant":
                continue
            response = {
                "object": "chat.completion",
                "id": f"chatcmpl-{number}-{position}",
                "model": "model-1",
                "choices": [{"index": 0, "message": reply, "finish_reason": "stop"}],
                "usage": {"completion_tokens": 100 + position},
            }
            request = {"model": "model-1", "tools": tools, "messages": messages[:position]}
            yield _line({"id": f"call-{number}-{position}", "request": request, "response": response, "status": 200})


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def write(path: Path, form: str, size: int, seed: int = 7) -> Path:
    """Write at least *size* bytes of *form* to *path*, whole lines, unless it holds them already; return *path*."""
    if path.exists() and path.stat().st_size >= size:
        return path
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        for line in Writer(seed).lines(form):
            file.write(line)
            if file.tell() >= size:
                break
    return draft.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("megabytes", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    path = write(given.file, given.form, given.megabytes * 1_000_000, given.seed)
    print(f"{path}: {path.stat().st_size / 1e6:,.0f} MB of {given.form}")


if __name__ == "__main__":
    main()

"""How fast error points are found offline: 1,000 episodes of 50 steps, all detectors, on one core.

    python benchmarks/locate.py [episodes] [steps]

The episodes are made up: half of them a service that calls tools, half a team that chats, writes programs and reads
outputs of some hundred words. The time is CPU time of this process; target: 1,000 episodes of 50 steps in 20 seconds.
"""

from __future__ import annotations

import json
import random
import sys
import time

from dreamdesk.locate.offline import located
from dreamdesk.locate.trace import Trace
from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeState, Step

WORDS = ["order", "refund", "result", "search", "page", "table", "count", "error", "total", "price", "date", "verify"]


def words(draw: random.Random, count: int) -> str:
    return " ".join(
        draw.choice(WORDS) + (str(draw.randrange(10_000)) if draw.random() < 0.2 else "") for _ in range(count)
    )


def service(draw: random.Random, size: int) -> list[Step]:
    made: list[Step] = []
    for i in range(size):
        kind = i % 4
        if kind == 0:
            made.append(Step(i, Actor.USER, Kind.MESSAGE, "Yes, " + words(draw, 30), i))
        elif kind == 1:
            arguments = json.dumps({"order_id": f"W{draw.randrange(10**6)}", "note": words(draw, 4)})
            tool = draw.choice(["get_order", "cancel_pending_order", "find_user_id"])
            made.append(Step(i, Actor.AGENT, Kind.TOOL_CALL, arguments, i, tool=tool, call_id=f"c{i}"))
        elif kind == 2:
            items = [
                {"id": str(draw.randrange(10**6)), "name": words(draw, 2), "price": 3.5, "available": True}
                for _ in range(12)
            ]
            text = json.dumps({"order_id": made[-1].content[14:21], "status": "delivered", "items": items})
            made.append(Step(i, Actor.TOOL, Kind.TOOL_RESULT, text, i, tool=made[-1].tool, call_id=f"c{i - 1}"))
        else:
            made.append(Step(i, Actor.AGENT, Kind.MESSAGE, words(draw, 80) + ".", i))
    return made


def team(draw: random.Random, size: int) -> list[Step]:
    made = []
    for i in range(size):
        if i % 3 == 2:
            text = "exitcode: 1\nTraceback\nNameError: x" if draw.random() < 0.3 else "exitcode: 0\n" + words(draw, 120)
            made.append(Step(i, Actor.TOOL, Kind.TOOL_RESULT, text, i, agent="Terminal"))
        else:
            text = words(draw, 150) + "\n```python\nprint([1, 2, 3])\n```\nThe answer is " + str(draw.randrange(99))
            made.append(Step(i, Actor.AGENT, Kind.MESSAGE, text, i, agent=f"Expert_{i % 4}"))
    return made


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    draw = random.Random(1)
    made = [
        Episode(
            f"/{n}",
            "made up",
            tuple((service if n % 2 else team)(draw, size)),
            Outcome(OutcomeState.FAILED),
            task=words(draw, 40),
        )
        for n in range(count)
    ]
    located(Trace(made[0]))
    begin = time.process_time()
    for episode in made:
        located(Trace(episode))
    spent = time.process_time() - begin
    print(f"{count} episodes of {size} steps: {spent:.1f} s of CPU, {1_000 * spent / count:.1f} ms an episode")


if __name__ == "__main__":
    main()

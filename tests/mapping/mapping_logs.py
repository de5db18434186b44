"""Logs of home-made kinds, as small teams write them: no format of any product."""

from __future__ import annotations

import json
from pathlib import Path

CHAT_ROWS = """conversation_id,sender,message,sent_at,resolved
c-1,customer,"Hello, my order ""A-7"" has not arrived yet.",2026-03-01T09:00:00Z,
c-1,bot,Let me look at that for you.,2026-03-01T09:00:05Z,
c-1,bot,"Your order was delivered, so I cannot help.",2026-03-01T09:00:20Z,no
c-2,customer,Can I change my address?,2026-03-01T10:00:00Z,
c-2,bot,"Yes: go to
settings, then addresses.",2026-03-01T10:00:09Z,yes
"""

GERMAN = """Vorgang;Absender;Nachricht;Zeitpunkt;Erfolg
4711;Kunde;Ich möchte meinen Vertrag kündigen, bitte.;01.03.2026 09:00:00;
4711;Assistent;Ihr Vertrag läuft noch zwölf Monate.;01.03.2026 09:00:04;nein
4712;Kunde;Wie lange gilt mein Rabatt noch?;01.03.2026 09:10:00;
4712;Assistent;Ihr Rabatt gilt bis Ende Mai.;01.03.2026 09:10:03;ja
"""

_BOOKING = (
    ("message", "user", "Please book a table for four people."),
    ("tool_call", "agent", '{"people":4}'),
    ("tool_result", "tool", '{"ok":true}'),
    ("message", "agent", "I booked a table for four."),
)
NESTED = [
    {
        "meta": {"session": {"id": f"s{n // 4}"}},
        "event": {"type": t, "by": by, "payload": {"text": x}},
        "ts": 1772355600 + n,
    }
    for n, (t, by, x) in enumerate(_BOOKING * 3)
]

TURNS = [
    {
        "id": f"x{n}",
        "turns": [
            {"from": "human", "value": "What is my balance today, please?"},
            {"from": "gpt", "value": "Your balance is 40 euros."},
        ],
        "reward": n % 2,
    }
    for n in range(4)
]

_TICKET = (
    ("client", "The invoice is wrong, it says 30 instead of 20.", "open"),
    ("support bot", "I have corrected the invoice for you.", "open"),
    ("client", "No, it is still wrong!", "unresolved"),
)
TICKETS = [
    {"ticket": 1000 + n // 3, "created": 1772355600000 + n * 1500, "author": who, "body": text, "status": status}
    for n, (who, text, status) in enumerate(_TICKET * 3)
]

SUPPORT = [
    {"chat": f"k{n // 2}", "from": who, "text": text}
    for n, (who, text) in enumerate(
        [("Anna", "Where is my parcel? It was due on Monday."), ("HelpBot", "It is on the way, and arrives tomorrow.")]
        * 4
    )
]

_REFUND = (
    ("user", "Refund order 7 to my card.", None, None, None),
    ("assistant", "I look up the order first.", "get_order", {"id": 7}, '{"total": 20}'),
    ("assistant", "I refunded 200 euros to your card.", None, None, None),
)
TOOL_COLUMNS = [
    {"run_id": f"r{n // 3}", "step": n % 3, "role": role, "content": text, "tool_name": tool, "tool_input": given,
     "tool_output": out}
    for n, (role, text, tool, given, out) in enumerate(_REFUND * 3)
]  # fmt: skip

STEPS = {
    "version": 2,
    "runs": [
        {
            "run": f"a{n}",
            "goal": "Sort the files by their date of change.",
            "success": bool(n % 2),
            "steps": [
                {"thought": "I should list the files first of all.", "action": "ls", "args": {"path": "/"},
                 "observation": "a.txt b.txt"},
                {"thought": "Now I sort them by the date of change.", "action": "sort", "args": {"by": "date"},
                 "observation": "done"},
            ],
        }
        for n in range(3)
    ],
}  # fmt: skip

QUESTIONS = [
    {"question": "How many days of leave do I have left?", "answer": "You have twelve days left.",
     "correct": n > 0, "model": "gpt-4o"}
    for n in range(3)
]  # fmt: skip

NEWEST_FIRST = [
    {
        "session": "s1",
        "at": f"2026-03-01T09:0{9 - n}:00Z",
        "speaker": "user" if n % 2 else "agent",
        "text": f"Sentence number {n}, said.",
    }
    for n in range(6)
]

SCORED = "chat,who,says,rating\n" + "".join(
    f"{n},caller,What are your opening hours on day {n}?,\n{n},voicebot,We are open from nine to five.,{n % 5 + 1}\n"
    for n in range(10)
)


def write(folder: Path, name: str, value: object) -> Path:
    """Write *value* as the file *name*: text as it is, a list as JSON lines, an object as one document."""
    path = folder / name
    if isinstance(value, str):
        path.write_text(value, encoding="utf-8")
    elif isinstance(value, list):
        path.write_text("".join(json.dumps(one) + "\n" for one in value), encoding="utf-8")
    else:
        path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path

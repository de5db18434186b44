"""Claude on Amazon Bedrock: texts of user and assistant in turn, and no other keys.

Source: platform.claude.com/cookbook, finetuning-finetuning-on-bedrock. The one model that it is documented for,
Claude 3 Haiku, ended on 2026-09-10.
"""

from __future__ import annotations

from collections.abc import Sequence

from dreamdesk.model.canonical import Json
from dreamdesk.release.examples import Example
from dreamdesk.release.formats import Format, Unfit
from dreamdesk.release.messages import Message


def row(example: Example) -> dict[str, Json]:
    """Return system, where there is one, and messages."""
    if example.answer.calls:
        raise Unfit("the corrected turn calls a tool, which the format cannot say")
    system, said = texts(example.said)
    made: dict[str, Json] = {"system": system} if system else {}
    turns = [{"role": role, "content": text} for role, text in said]
    return {**made, "messages": [*turns, {"role": "assistant", "content": example.answer.content}]}


def texts(said: Sequence[Message]) -> tuple[str, list[tuple[str, str]]]:
    """Return the system prompt and, in turn, the texts of user and assistant, from user to user.

    Raises:
        Unfit: there is a call or a result among them, a system message in the middle, or the two are not in turn.
    """
    if any(message.calls or message.role == "tool" for message in said):
        raise Unfit("tools are called before the corrected turn, which the format cannot say")
    opening = next((n for n, message in enumerate(said) if message.role != "system"), len(said))
    if any(message.role == "system" for message in said[opening:]):
        raise Unfit("a system message stands in the middle of the conversation")
    found: list[tuple[str, str]] = []
    for message in said[opening:]:
        if found and found[-1][0] == message.role == "user":
            found[-1] = ("user", f"{found[-1][1]}\n\n{message.content}")
        else:
            found.append((message.role, message.content))
    if in_turn([role for role, _ in found], "user", "assistant", answered=False):
        raise Unfit("user and agent do not speak in turn")
    return "\n\n".join(message.content for message in said[:opening]), found


def in_turn(roles: Sequence[str], user: str, agent: str, *, answered: bool) -> str:
    """Say what is wrong with *roles*: *user* and *agent* in turn; *answered* says whether the last is the agent's."""
    wanted = [user, agent] * (len(roles) // 2) + [user] * (len(roles) % 2)
    return "" if list(roles) == wanted and (len(roles) % 2 == 0) is answered else "the two do not speak in turn"


FORMAT = Format(
    path="sft/bedrock_claude.jsonl",
    config="bedrock_claude",
    title="Supervised fine-tuning of Claude on Amazon Bedrock, for models that still offer it: texts alone, without "
    "the list of tools",
    columns={"system": "string", "messages": "json"},
    row=row,
    rule=lambda made: in_turn([m["role"] for m in made["messages"]], "user", "assistant", answered=True),
)

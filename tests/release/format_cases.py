"""Episodes of every sort that a format may or may not be able to say, with their corrections."""

from __future__ import annotations

from dataclasses import replace

from release_cases import content_of, corrected, item, refund_episode, step

from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, prefix_digest
from dreamdesk.model.episode import Actor, Episode, Kind, Outcome, OutcomeState, Step, ToolSchema
from dreamdesk.release.content import Content
from dreamdesk.review.identity import Signer

USER, AGENT, TOOL, SYSTEM = Actor.USER, Actor.AGENT, Actor.TOOL, Actor.SYSTEM
SAID, CALL, RESULT = Kind.MESSAGE, Kind.TOOL_CALL, Kind.TOOL_RESULT
LOOK = (ToolSchema("look", "Looks", {"type": "object", "properties": {"order": {"type": "integer"}}}),)


def call(index: int, turn: int, arguments: str, tool: str = "look", identity: str = "") -> Step:
    return replace(step(index, AGENT, CALL, arguments, turn, tool), call_id=identity)


def result(index: int, turn: int, text: str, tool: str = "look", identity: str = "") -> Step:
    return replace(step(index, TOOL, RESULT, text, turn, tool), call_id=identity)


def episode(key: str, *steps: Step, tools: tuple[ToolSchema, ...] = LOOK, policy: str = "Be kind.") -> Episode:
    return Episode(
        key, key, steps, Outcome(OutcomeState.FAILED), task="Help", policy=policy, tools=tools, sha256="bb" * 32
    )


def chat(key: str = "/chat", opening: str = "Can you help me?") -> Episode:
    """Texts alone; the agent's second answer is wrong."""
    said = (opening, "Of course.", "What is 2 + 2?", "5")
    return episode(key, *(step(n, (USER, AGENT)[n % 2], SAID, text, n) for n, text in enumerate(said)), tools=())


def parallel() -> Episode:
    """Two calls at once, with ids of their own, answered the other way round; then a wrong answer."""
    return episode(
        "/parallel",
        step(0, USER, SAID, "Where are 7 and 8?", 0),
        call(1, 1, '{"order": 7}', identity="a"),
        call(2, 1, '{"order": 8}', identity="b"),
        result(3, 2, "8 is here", identity="b"),
        result(4, 2, "7 is there", identity="a"),
        step(5, AGENT, SAID, "I do not know.", 3),
    )


def interrupted() -> Episode:
    """A system message in the middle, and a call that nothing answers."""
    return episode(
        "/interrupted",
        step(0, USER, SAID, "Where is 7?", 0),
        call(1, 1, '{"order": 7}'),
        step(2, SYSTEM, SAID, "Time is short.", 2),
        step(3, AGENT, SAID, "Nowhere.", 3),
    )


def oddly_named() -> Episode:
    """A tool whose name no hosted service takes."""
    tools = (ToolSchema("look up!", "Looks", {"type": "object"}),)
    first = step(0, USER, SAID, "Where is 7?", 0)
    return episode("/odd", first, call(1, 1, '{"order": 7}', "look up!"), tools=tools, policy="")


def talkative() -> Episode:
    """The agent speaks twice, and first."""
    said = ((AGENT, "Hello."), (USER, "Hi."), (AGENT, "One moment."), (AGENT, "Wrong."))
    return episode("/talk", *(step(n, actor, SAID, text, n) for n, (actor, text) in enumerate(said)), policy="")


def answered(wrong: Episode, *texts: str) -> Revision:
    """Replace the last step by turns of the agent that say *texts*."""
    start = len(wrong.steps) - 1
    last = wrong.steps[-1]
    steps = [step(start + n, AGENT, SAID, text, last.turn + n) for n, text in enumerate(texts)]
    path = tuple(CorrectedStep(made, Provenance.AUTHORED) for made in steps)
    return Revision(start, path, "a-model", "because", prefix_digest(wrong.steps[:start]), 2)


def called(wrong: Episode, arguments: str, tool: str = "look") -> Revision:
    """Replace the last step by a call."""
    start = len(wrong.steps) - 1
    made = call(start, wrong.steps[-1].turn, arguments, tool)
    path = (CorrectedStep(made, Provenance.DREAMED),)
    return Revision(start, path, "a-model", "because", prefix_digest(wrong.steps[:start]), 2)


def every_sort(signers: list[Signer], formats: tuple[str, ...] | None = None) -> Content:
    """Corrections of all episodes above."""
    refund = refund_episode("/refund")
    pairs = [
        (refund, corrected(refund)),
        (chat(), answered(chat(), "4")),
        (parallel(), answered(parallel(), "7 is there, 8 is here.")),
        (parallel(), called(parallel(), '{"order": 9, "deep": {"a": [1, null, 0.5, {"b": "ü"}]}}')),
        (interrupted(), answered(interrupted(), "I shall look again.")),
        (oddly_named(), called(oddly_named(), '{"order": "7"}', "look up!")),
        (talkative(), answered(talkative(), "Right.")),
    ]
    items = [item(number, signers, wrong, right) for number, (wrong, right) in enumerate(pairs, 1)]
    return replace(content_of(items, [signer.auditor for signer in signers]), formats=formats)

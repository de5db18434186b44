"""A small desk's worth of content, built by hand, with real keys and real signatures."""

from __future__ import annotations

import base64
import hashlib

from dreamdesk.model.canonical import canonical
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision, prefix_digest
from dreamdesk.model.decision import Auditor, Role, Verdict
from dreamdesk.model.episode import Actor, Episode, Gap, GapKind, Kind, Outcome, OutcomeState, Step, ToolSchema
from dreamdesk.model.finding import Candidate, Category, Quote
from dreamdesk.model.source import Source
from dreamdesk.release.content import Content, Item
from dreamdesk.release.verify_decisions import merkle_root
from dreamdesk.review.identity import Signer, make_auditor, unlock
from dreamdesk.review.signing import decide

HOSTILE = "<script>alert(1)</script><img src=file:///etc/passwd>\u202eevil $title ${style} & ```\n---\n\x1b[31m"
AT = 1_795_000_000_000_000_000


def step(index: int, actor: Actor, kind: Kind, content: str, turn: int, tool: str = "", agent: str = "") -> Step:
    return Step(index, actor, kind, content, turn, tool=tool, agent=agent)


def refund_episode(key: str = "/0", hostile: str = "") -> Episode:
    """User asks; the agent refunds without looking; the tool answers."""
    steps = (
        step(0, Actor.USER, Kind.MESSAGE, f"Refund order 7 please.{hostile}", 0),
        step(1, Actor.AGENT, Kind.THINKING, "Hm.", 1),
        step(2, Actor.AGENT, Kind.TOOL_CALL, '{"order": 7}', 1, "refund"),
        step(3, Actor.TOOL, Kind.TOOL_RESULT, "Error: not allowed", 2, "refund"),
    )
    return Episode(
        key, f"Refund {hostile}", steps, Outcome(OutcomeState.FAILED), task="Refund", agent="desk-agent", model="m-1",
        policy="Look before you refund.", tools=(ToolSchema("refund", "Pays", {"type": "object"}), ToolSchema("look")),
        gaps=(Gap(GapKind.WITHHELD, "thinking", 1),), sha256="aa" * 32,
    )  # fmt: skip


def corrected(episode: Episode, last: Provenance = Provenance.REPLAYED, hostile: str = "") -> Revision:
    """Look first, read the result, then answer."""
    path = (
        (step(1, Actor.AGENT, Kind.MESSAGE, f"Let me look.{hostile}", 1), Provenance.DREAMED),
        (step(2, Actor.AGENT, Kind.TOOL_CALL, '{"order": 7}', 1, "look"), Provenance.DREAMED),
        (step(3, Actor.TOOL, Kind.TOOL_RESULT, '{"paid": false}', 2, "look"), last),
        (step(4, Actor.AGENT, Kind.MESSAGE, "It was never paid, so I cannot refund it.", 3), Provenance.AUTHORED),
    )
    steps = tuple(CorrectedStep(made, provenance, "step 3") for made, provenance in path)
    return Revision(1, steps, "a-model", "because", prefix_digest(episode.steps[:1]), 2)


def auditor(name: str, role: Role) -> Signer:
    return unlock(make_auditor(name, role, "long enough"), "long enough")


def item(number: int, signers: list[Signer], episode: Episode, revision: Revision) -> Item:
    source = Source("run.jsonl", "/home/secret/run.jsonl", "ef" * 32, 1234, "jsonl", 1)
    checks = (
        Check("secrets", "No secrets", CheckResult.WARN, f"Looks like a key.{HOSTILE}", (Quote(1, "Let me"),)),
        Check("schema", "Calls fit their schema", CheckResult.PASS),
    )
    error = Candidate(1, Category.D1, 0.6, "auditor", f"It refunded unseen.{HOSTILE}", (Quote(2, '{"order": 7}'),), 1)
    decisions = tuple(
        decide(
            correction=number, revision=revision, episode=episode, source=source, error=error, checks=checks,
            level=Level.V2, verdict=Verdict.APPROVE, reason="warning-false-alarm", comment=f"Not a key. {HOSTILE}",
            signer=signer, at=AT + number * 100 + n, tool_version="0.1.0",
        )
        for n, signer in enumerate(signers)
    )  # fmt: skip
    return Item(number, number + 40, episode, source, revision, decisions, checks, Level.V2, error)


def ledger(items: list[Item], others: int) -> tuple[tuple[bytes, ...], dict[int, tuple[bytes, bytes]], str]:
    """Return lines, openings of the items' decisions and revisions, of every second other entry, the checkpoint."""
    bodies: list[tuple[str, dict[str, str]]] = [
        ("decision", {"statement": hashlib.sha256(decision.statement).hexdigest()})
        for item in items
        for decision in item.decisions
    ]
    bodies += [("imported", {"subject": f"thing {number}{HOSTILE}"}) for number in range(others)]
    bodies += [("revision-added", {"digest": item.revision.digest()}) for item in items]
    lines: list[bytes] = []
    openings = {}
    prev = "0" * 64
    for seq, (kind, said) in enumerate(bodies, 1):
        salt, body = hashlib.sha256(b"%d" % seq).digest(), canonical(said)
        commit = hashlib.sha256(salt + body).hexdigest()
        entry = {"seq": seq, "prev": prev, "at": AT + seq, "actor": "anna", "type": kind, "body_commit": commit}
        lines.append(canonical(entry))
        prev = hashlib.sha256(lines[-1]).hexdigest()
        if kind in ("decision", "revision-added") or seq % 2:
            openings[seq] = (salt, body)
    root = base64.b64encode(merkle_root(lines)).decode()
    return tuple(lines), openings, f"dreamdesk/abc\n{len(lines)}\n{root}\n"


def content_of(items: list[Item], auditors: list[Auditor]) -> Content:
    lines, openings, checkpoint = ledger(items, 7)
    return Content(
        "Refund desk", 3, AT + 10**12, tuple(items), tuple(auditors), lines, openings, checkpoint,
        {"invented-facts": 2}, "0.1.0", 2,
    )  # fmt: skip

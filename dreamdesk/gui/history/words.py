"""What was done with an episode, in a line and in full. No Qt."""

from __future__ import annotations

from datetime import UTC, datetime

from dreamdesk import pipeline
from dreamdesk.desk.corrections import Made
from dreamdesk.desk.incidents import Incident
from dreamdesk.desk.marks import Mark
from dreamdesk.desk.releases import Release
from dreamdesk.desk.sampling import Look
from dreamdesk.gui.review.decision_section import DONE
from dreamdesk.model.check import Level
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Decision
from dreamdesk.model.outcome import Word
from dreamdesk.model.source import Source
from dreamdesk.model.text import one_line

MADE = {
    DreamSource.IMPORTED: "came with the trace",
    DreamSource.GRAFT: "grafted from a successful attempt",
    DreamSource.MODEL: "dreamed by a model",
    DreamSource.AUTHORED: "written by an auditor",
}


def at(nanoseconds: int) -> str:
    """Return a time in UTC: "26 Nov 2026 02:55"."""
    when = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    return f"{when.day} {when:%b %Y %H:%M}"


def line(event: pipeline.Event) -> tuple[str, str, str]:
    """Return *event* in a line: its sign, the tone of that, and what was done."""
    thing = event.thing
    if isinstance(thing, Source):
        return "↓", "muted", f"Imported from {one_line(thing.name, 80)}"
    if isinstance(thing, Word):
        return "◐", "warn", f"Outcome set: {thing.state.value}" if thing.state else "Outcome taken back"
    if isinstance(thing, Mark):
        return "⚑", "error", f"Marked{' blind' if thing.blind else ''}: {thing.words}"
    if isinstance(thing, Made):
        return "✎", "accent", f"Correction {thing.correction}, version {thing.number}: {_how(thing)}"
    if isinstance(thing, Decision):
        sign, tone = {"approve": ("✓", "ok"), "reject": ("✕", "error")}.get(thing.verdict.value, ("•", "warn"))
        void = " (void)" if thing.void else ""
        return sign, tone, f"Version {thing.revision} of correction {thing.correction} {DONE[thing.verdict]}{void}"
    if isinstance(thing, Look):
        agrees = "differs from" if thing.overturned else "agrees with"
        return "◎", "warn" if thing.overturned else "ok", f"Second look: {agrees} the first decision"
    if isinstance(thing, Incident):
        return "!", "error", f"Incident {'closed' if event.at == thing.closed else 'opened'}: {thing.kind.called}"
    if isinstance(thing, Release):
        return (
            "→",
            "ok",
            f"Left the desk in bundle {thing.id}" + (f" to {one_line(thing.recipient, 60)}" * bool(thing.recipient)),
        )
    return "↩", "error", f"Bundle {thing.release} was recalled"


def _how(made: Made) -> str:
    return MADE[made.source] if made.number == 1 else "amended"


def full(event: pipeline.Event) -> list[tuple[str, str]]:
    """Return all that is known of *event*, as names and values for people."""
    thing = event.thing
    who = one_line(event.who, 120)
    facts = [("When", f"{at(event.at)} UTC"), ("Who", who or "the program")]
    if isinstance(thing, Source):
        facts = [
            facts[0],
            ("File", thing.path),
            ("SHA-256", thing.sha256),
            ("Format", f"{thing.format} {thing.reader_version}"),
        ]
    elif isinstance(thing, Word):
        facts.append(("Reason", thing.reason))
    elif isinstance(thing, Mark):
        facts += [("Quote", thing.quote.text if thing.quote else ""), ("Words", thing.note)]
    elif isinstance(thing, Made):
        level = "not checked" if thing.level is Level.NONE else thing.level.name
        facts += [("Verified", level), ("Note", thing.note), ("Lesson", thing.lesson)]
    elif isinstance(thing, Decision):
        block = pipeline.signature_block(thing)
        until = at(thing.until) if thing.until else ""
        facts += [
            (
                "Reason",
                next((reason.title for reason in pipeline.reasons() if reason.code == thing.reason), thing.reason),
            ),
            ("Comment", thing.comment),
            ("Until", until),
            ("Role", block.role),
            ("Signed", block.meaning),
            ("Key", block.key),
        ]
    elif isinstance(thing, Look):
        first, second = (verdict.value if verdict else "" for verdict in (thing.first, thing.second))
        facts += [("First", first), ("Second", second), ("Sampling plan", str(thing.plan))]
    elif isinstance(thing, Incident):
        closing = event.at == thing.closed
        facts += [("Reason", thing.closing if closing else thing.reason), ("To be reported by", at(thing.deadline))]
    elif isinstance(thing, Release):
        signed = ", ".join(one_line(name, 60) for name in thing.signers)
        facts += [("Folder", thing.folder), ("Signed by", signed), ("Digest", thing.digest)]
    return [(name, value) for name, value in facts if value]

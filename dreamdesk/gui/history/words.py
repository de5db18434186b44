"""What was done with an episode, in a line and in full. No Qt."""

from __future__ import annotations

from datetime import UTC, datetime

from dreamdesk import pipeline
from dreamdesk.desk.corrections import Made
from dreamdesk.desk.incidents import Incident
from dreamdesk.desk.marks import NO_STEP, Mark
from dreamdesk.desk.releases import Release
from dreamdesk.desk.sampling import Look
from dreamdesk.gui.review.decision_section import DONE
from dreamdesk.language import day, inside, t
from dreamdesk.model.check import Level
from dreamdesk.model.correction import DreamSource
from dreamdesk.model.decision import Decision
from dreamdesk.model.outcome import Word
from dreamdesk.model.source import Source
from dreamdesk.model.text import one_line

MADE = {
    DreamSource.IMPORTED: t("came with the trace"),
    DreamSource.GRAFT: t("grafted from a successful attempt"),
    DreamSource.MODEL: t("dreamed by a model"),
    DreamSource.AUTHORED: t("written by an auditor"),
}


def at(nanoseconds: int) -> str:
    """Return a time in UTC: "26 Nov 2026 02:55 UTC"."""
    when = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    return f"{day(nanoseconds)} {when:%H:%M} UTC"


def line(event: pipeline.Event) -> tuple[str, str, str]:
    """Return *event* in a line: its sign, the tone of that, and what was done."""
    thing = event.thing
    if isinstance(thing, Source):
        return "↓", "muted", t("Imported from {thing}", thing=one_line(thing.name, 80))
    if isinstance(thing, Word):
        return (
            "◐",
            "warn",
            t("Outcome set: {state}", state=t(thing.state.value)) if thing.state else t("Outcome taken back"),
        )
    if isinstance(thing, Mark):
        words = _marked(thing)
        return (
            "⚑",
            "error",
            t("Marked blind: {words}", words=words) if thing.blind else t("Marked: {words}", words=words),
        )
    if isinstance(thing, Made):
        return (
            "✎",
            "accent",
            t(
                "Correction {correction}, version {number}: {thing}",
                correction=thing.correction,
                number=thing.number,
                thing=_how(thing),
            ),
        )
    if isinstance(thing, Decision):
        sign, tone = {"approve": ("✓", "ok"), "reject": ("✕", "error")}.get(thing.verdict.value, ("•", "warn"))
        void = t(" (void)") if thing.void else ""
        return (
            sign,
            tone,
            t(
                "Version {revision} of correction {correction} {done}{void}",
                revision=thing.revision,
                correction=thing.correction,
                done=DONE[thing.verdict],
                void=void,
            ),
        )
    if isinstance(thing, Look):
        agrees = t("differs from") if thing.overturned else t("agrees with")
        return "◎", "warn" if thing.overturned else "ok", t("Second look: {agrees} the first decision", agrees=agrees)
    if isinstance(thing, Incident):
        return (
            "!",
            "error",
            t(
                "Incident {what}: {called}",
                what=t("closed") if event.at == thing.closed else t("opened"),
                called=t(thing.kind.called),
            ),
        )
    if isinstance(thing, Release):
        return (
            "→",
            "ok",
            t("Left the desk in bundle {id} to {whom}", id=thing.id, whom=one_line(thing.recipient, 60))
            if thing.recipient
            else t("Left the desk in bundle {id}", id=thing.id),
        )
    return "↩", "error", t("Bundle {release} was recalled", release=thing.release)


def _marked(mark: Mark) -> str:
    """Return what a mark says, in the language of the window."""
    if mark.step is not None:
        return f"{t('step {step}', step=mark.step)}, {inside(mark.category.title)}"
    return inside(mark.category.title) if mark.category in NO_STEP else t("no step named")


def _how(made: Made) -> str:
    return MADE[made.source] if made.number == 1 else t("amended")


def full(event: pipeline.Event) -> list[tuple[str, str]]:
    """Return all that is known of *event*, as names and values for people."""
    thing = event.thing
    who = one_line(event.who, 120)
    facts = [(t("When"), at(event.at)), (t("Who"), who or t("the program"))]
    if isinstance(thing, Source):
        facts = [
            facts[0],
            (t("File"), thing.path),
            (t("SHA-256"), thing.sha256),
            (t("Format"), f"{thing.format} {thing.reader_version}"),
        ]
    elif isinstance(thing, Word):
        facts.append((t("Reason"), thing.reason))
    elif isinstance(thing, Mark):
        facts += [(t("Quote"), thing.quote.text if thing.quote else ""), (t("Words"), thing.note)]
    elif isinstance(thing, Made):
        level = t("not checked") if thing.level is Level.NONE else thing.level.name
        facts += [(t("Verified"), level), (t("Note"), thing.note), (t("Lesson"), thing.lesson)]
    elif isinstance(thing, Decision):
        block = pipeline.signature_block(thing)
        until = at(thing.until) if thing.until else ""
        facts += [
            (
                t("Reason"),
                next((t(reason.title) for reason in pipeline.reasons() if reason.code == thing.reason), thing.reason),
            ),
            (t("Comment"), thing.comment),
            (t("Until"), until),
            (t("Role"), t(block.role)),
            (t("Signed"), block.meaning),
            (t("Key"), block.key),
        ]
    elif isinstance(thing, Look):
        first, second = (t(verdict.value) if verdict else "" for verdict in (thing.first, thing.second))
        facts += [(t("First"), first), (t("Second"), second), (t("Sampling plan"), str(thing.plan))]
    elif isinstance(thing, Incident):
        closing = event.at == thing.closed
        facts += [
            (t("Reason"), thing.closing if closing else thing.reason),
            (t("To be reported by"), at(thing.deadline)),
        ]
    elif isinstance(thing, Release):
        signed = ", ".join(one_line(name, 60) for name in thing.signers)
        facts += [(t("Folder"), thing.folder), (t("Signed by"), signed), (t("Digest"), thing.digest)]
    return [(name, value) for name, value in facts if value]

"""One correction, or one change to a memory, in the report: what happened, what should have, and who said so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence

from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.correction import CorrectedStep, Revision
from dreamdesk.model.decision import Decision, Verdict
from dreamdesk.model.episode import Episode, Kind, turns
from dreamdesk.model.episode import Step as Recorded
from dreamdesk.model.finding import Quote as Evidence
from dreamdesk.model.text import one_line
from dreamdesk.release.content import Item, MemoryItem, MemoryPlan
from dreamdesk.release.report.differing import differing
from dreamdesk.release.report.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Path,
    Quote,
    Run,
    Sides,
    Signature,
    Step,
    Table,
    plain,
)

LONGEST = 20_000
"""Characters of one step that the report shows; the rest stands in the data files."""

LEVELS = {
    "NONE": "not verified at all",
    "V0": "its structure is sound: it begins as the recording did, with roles in order",
    "V1": "every tool call is known and fits its schema",
    "V2": "every tool result is recorded, or an environment gives it",
    "V3": "every fact stands in the recording, the policy or a recorded result",
    "V4": "the error is gone: what found it finds it no more",
    "V5": "executed again in an environment, with the same results and the goal reached",
    "V6": "decided by a person",
}
"""What each level means, in words."""

_KINDS = {
    Kind.MESSAGE: "message",
    Kind.THINKING: "thinking",
    Kind.TOOL_CALL: "calls",
    Kind.TOOL_RESULT: "result of",
    Kind.HANDOFF: "hands over",
    Kind.GAP: "gap in the recording",
}


def correction(item: Item, taught: int, numbers: Mapping[int, int]) -> Iterator[Block]:
    """Yield what the report says of a correction; *taught* turns of it are learned, *numbers* number the decisions."""
    episode, revision = item.episode, item.revision
    facts = {
        "Task": episode.task,
        "Agent": " ".join(part for part in (episode.agent, episode.model) if part),
        "Outcome": f"{episode.outcome.state.value} ({episode.outcome.source.value}) {episode.outcome.detail}",
        "Source": f"{item.source.name}, {episode.key}, SHA-256 {item.source.sha256}",
        "Revision": made(revision, item.digest),
        "Note": revision.note,
        "Teaches": revision.lesson,
        "Verification": f"{item.level.name}: {LEVELS[item.level.name]}",
        "Learned turns": str(taught),
        "Not recorded": "; ".join(f"{gap.kind.value.replace('_', ' ')}: {gap.note}" for gap in episode.gaps),
    }
    yield Heading(
        f"Correction {item.correction}: {one_line(episode.title)}", 2, f"correction-{item.correction}", page=True
    )
    yield about(facts)
    yield Heading("Error point", 3)
    if item.error is None:
        yield Paragraph(plain("None was marked."))
    else:
        error = item.error
        how = f"Step {error.step}, found by {error.method}: {error.category.value} {error.category.title}"
        yield Paragraph((Run(how, "strong"),))
        yield Paragraph(plain(error.why))
        yield from quotes(error.quotes)
    yield from sides(episode, revision)
    yield from tested(item.checks)
    yield from decided(item.decisions, numbers)


def memory_change(item: MemoryItem, plan: MemoryPlan, numbers: Mapping[int, int]) -> Iterator[Block]:
    """Yield what the report says of one change to a memory."""
    change = item.change
    outcome = "taken back" if item.verdict is Verdict.REJECT else "nothing is to be done"
    facts = {
        "Change set": plan.title,
        "Store": str(plan.plan["store"]),
        "Moved from": change.old_path,
        "Written by": " ".join(part for part in (change.author.name, change.author.at) if part),
        "Outcome": outcome if item.verdict is Verdict.REJECT or item.entry is None else str(item.entry["operation"]),
    }
    title = f"Memory: {one_line(change.path)} ({change.operation.value})"
    yield Heading(title, 2, f"memory-{item.change_id}", page=True)
    yield about(facts)
    before, after = differing(cut(change.before or ""), cut(item.text or ""))
    yield Sides(
        ("Before", "As decided"),
        () if change.before is None else (Step(change.old_path or change.path, before),),
        () if item.text is None else (Step(change.path, after),),
    )
    yield Heading("New statements and their sources", 3)
    if not item.statements:
        yield Paragraph(plain("None."))
    for statement in item.statements:
        yield Bullets((plain(cut(statement.text, 600)),))
        for support in statement.support:
            where = f"{support.actor.value}, episode {one_line(support.key)}, step {support.step}"
            yield Quote(cut(support.quote, 2_000), where)
        if not statement.support:
            yield Paragraph(plain("No source found."), "note")
    yield from tested(item.checks)
    yield from decided(item.decisions, numbers)


def about(facts: Mapping[str, str]) -> Facts:
    """Return names and what they are, without those that say nothing."""
    return Facts(tuple((name, plain(cut(value, 600))) for name, value in facts.items() if value.strip()))


def sides(episode: Episode, revision: Revision) -> Iterator[Block]:
    """Yield the recorded turn at the error point beside the corrected one, and below what follows."""
    rest = episode.steps[revision.start :]
    was = rest[: turns(rest)[0].stop] if rest else ()
    corrected = revision.steps
    first = turns([c.step for c in corrected])[0].stop if corrected else 0
    now = corrected[:first]
    left, right = [plain(cut(step.content)) for step in was], [plain(cut(c.step.content)) for c in now]
    for at, (step, other) in enumerate(zip(was, now, strict=False)):
        if step.kind is other.step.kind:
            left[at], right[at] = differing(cut(step.content), cut(other.step.content))
    yield Sides(
        ("What happened", "What should have happened"),
        tuple(Step(what(step), content) for step, content in zip(was, left, strict=True)),
        tuple(_corrected(c, content) for c, content in zip(now, right, strict=True)),
    )
    if after := corrected[first:]:
        yield Heading("And then", 3)
        yield Path(tuple(_corrected(c, plain(cut(c.step.content))) for c in after))


def _corrected(corrected: CorrectedStep, content: Cell) -> Step:
    where = corrected.provenance.value + (f" ({corrected.origin})" if corrected.origin else "")
    return Step(f"{what(corrected.step)}, {where}", content)


def what(step: Recorded) -> str:
    """Return what a step is, in a few words."""
    return f"step {step.index}, {step.agent or step.actor.value}, {_KINDS[step.kind]} {step.tool}".strip()


def made(revision: Revision, digest: str) -> str:
    """Return which revision it is, who made it (a graft and an import have no author) and its digest."""
    author = f" by {revision.author}" if revision.author else ", without an author"
    return f"{revision.number}{author}, SHA-256 {digest}"


def tested(checks: Sequence[Check]) -> Iterator[Block]:
    """Yield what the guardrails said, the worst first."""
    yield Heading("Checks", 3)
    if not checks:
        yield Paragraph(plain("None was run."))
        return
    order = list(CheckResult)
    rows = []
    for check in sorted(checks, key=lambda c: -order.index(c.result)):
        quoted = "".join(f"\n“{cut(quote.text, 300)}” (step {quote.step})" for quote in check.quotes)
        found = cut(check.detail + quoted, 3_000)
        rows.append(((Run(check.result.value, check.result.value),), plain(check.title), plain(found)))
    if any(check.detail or check.quotes for check in checks):
        yield Table(("Result", "What was checked", "What was found"), tuple(rows), (0.1, 0.45, 0.45))
    else:
        yield Table(("Result", "What was checked"), tuple(row[:2] for row in rows), (0.1, 0.9))


def decided(decisions: Sequence[Decision], numbers: Mapping[int, int] | None = None) -> Iterator[Block]:
    """Yield the decisions, oldest first; *numbers* number their files in the bundle, if this is a report of one."""
    yield Heading("Decisions", 3)
    for decision in sorted(decisions, key=lambda made: made.at):
        said = json.loads(decision.statement)["predicate"]
        auditor, file = said["auditor"], f"decisions/{numbers[id(decision)]}.json.sig" if numbers else ""
        accepted = ", ".join(said["warnings_accepted"])
        lines: list[Cell] = [
            (Run(said["verdict"], "strong"), Run(f" {said['reason']}, of revision {decision.revision}")),
            plain(said["comment"]),
            plain(f"Warnings accepted: {accepted}" if accepted else ""),
            (Run(said["meaning"], "meaning"),),
            (
                Run("Signed by "),
                Run(f"{auditor['name']} ({auditor['role']})", "strong"),
                Run(f", {when(decision.at)}"),
            ),
            (
                Run(auditor["key"], "code"),
                *((Run(" in "), Run(file, "code", f"../provenance/{file}")) if file else ()),
            ),
        ]
        yield Signature(tuple(line for line in lines if any(run.text for run in line)))


def quotes(found: Sequence[Evidence]) -> Iterator[Block]:
    """Yield the words that a claim rests on."""
    for quote in found:
        yield Quote(cut(quote.text, 2_000), f"step {quote.step}")


def cut(text: str, longest: int = LONGEST) -> str:
    """Return *text*; of a longer one its beginning, and how much more it has."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"


def when(at: int) -> str:
    """Return the time *at*, in nanoseconds since 1970, for people."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at // 10**9))

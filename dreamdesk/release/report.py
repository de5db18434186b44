"""The report: one self-contained page for a person, without scripts and without anything from elsewhere.

All text from traces, and everything that people wrote, is escaped and its hidden characters are written out.
"""

from __future__ import annotations

import html
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template

from dreamdesk.model.check import Check, CheckResult
from dreamdesk.model.correction import Provenance
from dreamdesk.model.decision import Auditor, Decision, Verdict
from dreamdesk.model.episode import Kind, Step, turns
from dreamdesk.model.finding import Quote
from dreamdesk.model.memory import Statement
from dreamdesk.model.text import one_line, reveal
from dreamdesk.release.content import Content, Item, MemoryItem, MemoryPlan

TEMPLATES = Path(__file__).resolve().parents[2] / "resources" / "report"
LONGEST = 20_000
"""Characters of one step that the page shows; the rest stands in the data files."""

_KINDS = {
    Kind.MESSAGE: "message",
    Kind.THINKING: "thinking",
    Kind.TOOL_CALL: "calls",
    Kind.TOOL_RESULT: "result of",
    Kind.HANDOFF: "hands over",
    Kind.GAP: "gap in the recording",
}


def report(
    content: Content,
    rows: Mapping[str, int],
    taught: Mapping[int, int],
    signer: Auditor,
    omissions: Sequence[str] = (),
) -> str:
    """Return the page.

    *rows* counts the rows of each file, *taught* the learned turns of each correction; *omissions* say which turns a
    file could not hold.
    """
    numbers = {id(decision): number for number, decision in enumerate(content.decisions, 1)}
    made = Counter(decision.auditor for decision in content.decisions)
    title = f"{content.desk}, release {content.number}"
    facts = {
        "Released": f"{_when(content.at)} by {signer.name}",
        "Corrections": str(len(content.items)),
        "Memory changes": str(sum(len(plan.items) for plan in content.memory) or ""),
        "Training rows": ", ".join(f"{count} in {path}" for path, count in sorted(rows.items())),
        "Approvals required": f"{content.required_approvals} for each correction",
        "Rejected, not in here": ", ".join(f"{n} for {reason}" for reason, n in sorted(content.rejected.items()))
        or "none",
        "Ledger": f"{len(content.ledger)} entries",
        "DreamDesk": content.tool_version,
    }
    return _template("report.html").substitute(
        title=_text(one_line(title)),
        style=_read("report.css"),
        summary=_text(
            f"{len(content.items)} corrections of recorded agent runs, each read and approved by people before "
            "anything may learn from it."
        ),
        facts="\n".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in facts.items() if value),
        auditors="\n".join(
            f"<tr><td>{_text(a.name)}</td><td>{_text(a.role.value)}</td><td><code>{_text(a.public_key)}</code></td>"
            f"<td>{made[a.name]}</td></tr>"
            for a in sorted(content.auditors, key=lambda auditor: auditor.name)
        ),
        contents="\n".join(
            f'<li><a href="#correction-{item.correction}">{_text(one_line(item.episode.title))}</a></li>'
            for item in content.items
        )
        + "".join(
            f'<li><a href="#memory-{item.change_id}">{_text(one_line(item.change.path))}</a></li>'
            for plan in content.memory
            for item in plan.items
        ),
        corrections="\n".join(
            [
                *(_correction(item, taught[item.correction], numbers) for item in content.items),
                *(_memory(item, plan, numbers) for plan in content.memory for item in plan.items),
            ]
        ),
        limits="\n".join(f"<li>{_text(limit)}</li>" for limit in [*_limits(content), *omissions]),
        footer=_text("Checkpoint of the ledger: " + " ".join(content.checkpoint.split())),
    )


def _correction(item: Item, taught: int, numbers: Mapping[int, int]) -> str:
    episode, revision = item.episode, item.revision
    facts = {
        "Task": episode.task,
        "Agent": " ".join(part for part in (episode.agent, episode.model) if part),
        "Outcome": f"{episode.outcome.state.value} ({episode.outcome.source.value}) {episode.outcome.detail}",
        "Source": f"{item.source.name}, {episode.key}, SHA-256 {item.source.sha256}",
        "Revision": f"{revision.number} by {revision.author or 'no person'}, SHA-256 {revision.digest()}",
        "Note": revision.note,
        "Verification": item.level.name,
        "Learned turns": str(taught),
    }
    shown = "\n".join(f"<dt>{name}</dt><dd>{_text(_cut(value, 600))}</dd>" for name, value in facts.items() if value)
    return f"""<article id="correction-{item.correction}">
<h2>Correction {item.correction}: {_text(one_line(episode.title))}</h2>
<dl class="facts">
{shown}
</dl>
{_error(item)}
{_sides(item)}
{_checks(item.checks)}
<h3>Decisions</h3>
{"".join(_decision(decision, numbers[id(decision)]) for decision in sorted(item.decisions, key=lambda d: d.at))}
</article>"""


def _memory(item: MemoryItem, plan: MemoryPlan, numbers: Mapping[int, int]) -> str:
    """Show one change to a memory: what stood there, what stands there now, and where it comes from."""
    change = item.change
    facts = {
        "Change set": plan.title,
        "Store": str(plan.plan["store"]),
        "Moved from": change.old_path,
        "Written by": " ".join(part for part in (change.author.name, change.author.at) if part),
        "Outcome": "taken back"
        if item.verdict is Verdict.REJECT
        else "nothing is to be done"
        if item.entry is None
        else str(item.entry["operation"]),
    }
    shown = "\n".join(f"<dt>{name}</dt><dd>{_text(_cut(value, 600))}</dd>" for name, value in facts.items() if value)
    sources = "".join(
        f"<li>{_text(_cut(statement.text, 600))}{_supports(statement)}</li>" for statement in item.statements
    )
    before = "<p>Nothing.</p>" if change.before is None else f"<pre>{_text(_cut(change.before))}</pre>"
    after = "<p>Nothing.</p>" if item.text is None else f"<pre>{_text(_cut(item.text))}</pre>"
    return f"""<article id="memory-{item.change_id}">
<h2>Memory: {_text(one_line(change.path))} ({change.operation.value})</h2>
<dl class="facts">
{shown}
</dl>
<div class="sides">
<div class="side was"><h3>Before</h3>{before}</div>
<div class="side now"><h3>As decided</h3>{after}</div>
</div>
<h3>New statements and their sources</h3>
<ul>{sources or "<li>None.</li>"}</ul>
{_checks(item.checks)}
<h3>Decisions</h3>
{"".join(_decision(decision, numbers[id(decision)]) for decision in item.decisions)}
</article>"""


def _supports(statement: Statement) -> str:
    if not statement.support:
        return '<p class="note">No source found.</p>'
    return "".join(
        f"<blockquote><pre>{_text(_cut(support.quote, 2_000))}</pre>"
        f'<p class="note">{_text(support.actor.value)}, episode {_text(one_line(support.key))}, step {support.step}</p>'
        "</blockquote>"
        for support in statement.support
    )


def _error(item: Item) -> str:
    if item.error is None:
        return "<h3>Error point</h3>\n<p>None was marked.</p>"
    error = item.error
    how = f"step {error.step}, found by {error.method}: {error.category.value} {error.category.title}"
    return f"<h3>Error point</h3>\n<p>{_text(how)}</p>\n<p>{_text(error.why)}</p>\n{_quotes(error.quotes)}"


def _sides(item: Item) -> str:
    """Show the recorded turn at the error point beside the corrected one, and below what follows."""
    start = item.revision.start
    rest = item.episode.steps[start:]
    was = rest[: turns(rest)[0].stop] if rest else ()
    corrected = item.revision.steps
    first = turns([c.step for c in corrected])[0].stop if corrected else 0
    left = "".join(_step(step) for step in was) or "<p>The recording ends here.</p>"
    right = "".join(_step(c.step, c.provenance, c.origin) for c in corrected[:first]) or "<p>Nothing more is done.</p>"
    after = "".join(_step(c.step, c.provenance, c.origin) for c in corrected[first:])
    after = f'<h3>And then</h3>\n<div class="side">{after}</div>' if after else ""
    return f"""<div class="sides">
<div class="side was"><h3>What happened</h3>{left}</div>
<div class="side now"><h3>What should have happened</h3>{right}</div>
</div>
{after}"""


def _step(step: Step, provenance: Provenance | None = None, origin: str = "") -> str:
    what = [f"step {step.index}", step.agent or step.actor.value, f"{_KINDS[step.kind]} {step.tool}".strip()]
    if provenance:
        what.append(f"{provenance.value} ({origin})" if origin else provenance.value)
    return f'<div class="step"><p class="what">{_text(", ".join(what))}</p><pre>{_text(_cut(step.content))}</pre></div>'


def _checks(checks: Sequence[Check]) -> str:
    if not checks:
        return "<h3>Checks</h3>\n<p>None was run.</p>"
    order = list(CheckResult)
    lines = [
        f'<tr><td class="{check.result.value}">{check.result.value}</td><td>{_text(check.title)}</td>'
        f"<td>{_text(check.detail)}{_quotes(check.quotes)}</td></tr>"
        for check in sorted(checks, key=lambda c: -order.index(c.result))
    ]
    return (
        "<h3>Checks</h3>\n<table>"
        "<thead><tr><th>Result</th><th>What was checked</th><th>What was found</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _decision(decision: Decision, number: int) -> str:
    said = json.loads(decision.statement)["predicate"]
    accepted = ", ".join(said["warnings_accepted"])
    lines = [
        f"<strong>{_text(said['verdict'])}</strong> {_text(said['reason'])}, of revision {decision.revision}",
        _text(said["comment"]),
        f"Warnings accepted: {_text(accepted)}" if accepted else "",
        f'<span class="meaning">{_text(said["meaning"])}</span>',
        f"Signed by {_text(said['auditor']['name'])} ({_text(said['auditor']['role'])}), {_when(decision.at)}",
        f"<code>{_text(said['auditor']['key'])}</code> in provenance/decisions/{number}.json.sig",
    ]
    return f'<div class="signature">{"".join(f"<p>{line}</p>" for line in lines if line)}</div>'


def _quotes(quotes: Sequence[Quote]) -> str:
    return "".join(
        f'<blockquote><pre>{_text(_cut(quote.text, 2_000))}</pre><p class="note">step {quote.step}</p></blockquote>'
        for quote in quotes
    )


def _limits(content: Content) -> list[str]:
    simulated = sum(c.provenance is Provenance.SIMULATED for item in content.items for c in item.revision.steps)
    gaps = sum(len(item.episode.gaps) for item in content.items)
    return [
        "The steps before each error are as recorded; nobody vouches that they were good.",
        f"{simulated} corrected steps are tool results that nobody recorded."
        + (
            " Turns after them are training rows."
            if content.simulated_rows
            else " Turns after them are no training rows."
        ),
        f"The recordings have {gaps} known gaps: things that happened and are not shown.",
        "The checks are programs: they find what they look for and nothing else.",
        "An approval says that people read the correction, not that training on it helps.",
    ]


def _text(text: str) -> str:
    """Return *text* as HTML text: nothing in it is markup, nothing in it is hidden."""
    return html.escape(reveal(text), quote=True)


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"


def _when(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at // 10**9))


def _template(name: str) -> Template:
    return Template(_read(name))


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")

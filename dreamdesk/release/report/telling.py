"""What the report tells of a bundle: what left, who signed it, why, on which evidence, under which rules."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from dreamdesk.model.correction import Provenance
from dreamdesk.model.decision import Auditor, Verdict
from dreamdesk.model.text import counted, one_line
from dreamdesk.release.content import Content
from dreamdesk.release.report import evidence
from dreamdesk.release.report.cases import LEVELS, correction, memory_change, when
from dreamdesk.release.report.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Run,
    Table,
    linked,
    plain,
)
from dreamdesk.release.verify_signature import fingerprint


def tell(
    content: Content,
    rows: Mapping[str, int],
    taught: Mapping[int, int],
    signer: Auditor,
    omissions: Sequence[str],
    there: Callable[[str], bool],
) -> tuple[list[Block], Iterator[list[Block]]]:
    """Return the report: what comes before the cases, and case by case what is told of each.

    *rows* counts the rows of each file, *taught* the learned turns of each correction; *omissions* say which turns a
    file could not hold; *there* tells whether a file, named by its path below the bundle, is in it.
    """
    blocks = [*_opening(content, rows, signer), *_signers(content), *_rules(content), *_unseen(content)]
    blocks += [
        *_waivers(content),
        *_recalls(content),
        *_quality(content),
        *_evidence(there),
        *_limits(omissions),
    ]
    blocks += _contents(content)
    return blocks, _cases(content, taught)


def _cases(content: Content, taught: Mapping[int, int]) -> Iterator[list[Block]]:
    numbers = {id(decision): number for number, decision in enumerate(content.decisions, 1)}
    for item in content.items:
        yield list(correction(item, taught[item.correction], numbers))
    for plan in content.memory:
        for change in plan.items:
            yield list(memory_change(change, plan, numbers))


def _opening(content: Content, rows: Mapping[str, int], signer: Auditor) -> Iterator[Block]:
    memories = sum(len(plan.items) for plan in content.memory)
    yield Paragraph(plain("DreamDesk correction bundle"), "kicker")
    yield Heading(one_line(f"{content.desk}, release {content.number}"), 1)
    yield Paragraph(
        plain(
            f"{counted(len(content.items), 'correction')} of recorded agent runs, each read and approved by people "
            "before anything may learn from it."
        ),
        "lead",
    )
    terms = content.terms
    change = "" if terms.predetermined is None else f"{'yes' if terms.predetermined else 'no'}. {terms.change}"
    levels = Counter(item.level.name for item in content.items)
    facts = {
        "Released": f"{when(content.at)} by {signer.name}",
        "Recipient": terms.recipient,
        "Corrections": str(len(content.items)),
        "Levels": ", ".join(f"{count} at {level}" for level, count in sorted(levels.items())),
        "Memory changes": str(memories or ""),
        "Training rows": ", ".join(f"{count} in {path}" for path, count in sorted(rows.items())),
        "Rejected, not in here": ", ".join(f"{n} for {reason}" for reason, n in sorted(content.rejected.items()))
        or "none",
        "Change determined beforehand": change,
        "Ledger": f"{len(content.ledger)} entries; checkpoint {' '.join(content.checkpoint.split())}",
        "DreamDesk": content.tool_version,
    }
    yield Facts(tuple((name, plain(value)) for name, value in facts.items() if value))
    if levels:
        rows_ = tuple((plain(name), plain(LEVELS[name]), plain(str(levels[name]))) for name in sorted(levels))
        yield Heading("How far the corrections are verified", 3)
        yield Table(("Level", "Means", "Corrections"), rows_, (0.12, 0.7, 0.18))


def _signers(content: Content) -> Iterator[Block]:
    made = Counter(decision.auditor for decision in content.decisions)
    yield Heading("Who signed", 2, "signers")
    yield Table(
        ("Auditor", "Role", "Key", "Decisions in here"),
        tuple(
            (plain(a.name), plain(a.role.value), (Run(_fingerprint(a.public_key), "code"),), plain(str(made[a.name])))
            for a in sorted(content.auditors, key=lambda auditor: auditor.name)
        ),
        (0.24, 0.16, 0.44, 0.16),
    )
    yield Paragraph(
        plain(
            "Compare the fingerprints with a list that you hold yourself (ssh-keygen -l prints them). VERIFY.txt in "
            "the bundle says how to check every signature, and what that proves."
        ),
        "note",
    )


def _fingerprint(line: str) -> str:
    return fingerprint(base64.b64decode(line.split()[1]))


def _rules(content: Content) -> Iterator[Block]:
    required, over = content.required_approvals, max(content.required_approvals, content.approvals_over_warnings)
    signatures = content.required_signatures
    yield Heading("Under which rules", 2, "rules")
    said = [
        f"Each correction had to be approved by {counted(required, 'auditor')}"
        + (", none of whom wrote it." if required > 1 else "."),
        f"Where a guardrail warned, by {counted(over, 'auditor')} and with a reason.",
        "What a guardrail blocks could not be approved by anybody.",
        f"The bundle had to be signed by {'one person' if signatures == 1 else f'{signatures} people'}.",
    ]
    yield Bullets(tuple(map(plain, said)))


def _unseen(content: Content) -> Iterator[Block]:
    gaps = Counter(gap.kind.value.replace("_", " ") for item in content.items for gap in item.episode.gaps)
    simulated = sum(c.provenance is Provenance.SIMULATED for item in content.items for c in item.revision.steps)
    yield Heading("What could not be seen", 2, "unseen")
    said = [f"{counted(count, 'gap')} in the recordings: {kind}." for kind, count in sorted(gaps.items())]
    said += ["The recordings have no known gaps."] if not gaps else []
    said.append(
        f"{simulated} corrected steps are tool results that nobody recorded."
        + (" Turns after them are training rows." if content.simulated_rows else " Turns after them are no rows.")
    )
    yield Bullets(tuple(map(plain, said)))


def _waivers(content: Content) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    for item in content.items:
        for decision in item.decisions:
            said = json.loads(decision.statement)["predicate"]
            if said["warnings_accepted"] and decision.verdict is Verdict.APPROVE:
                why = f"{said['reason']}. {said['comment']}"
                where = linked(f"Correction {item.correction}", f"#correction-{item.correction}")
                rows.append((where, plain(", ".join(said["warnings_accepted"])), plain(decision.auditor), plain(why)))
        if why := content.terms.waived.get(item.correction, ""):
            where = linked(f"Correction {item.correction}", f"#correction-{item.correction}")
            rows.append((where, plain("secrets or personal data leave"), plain("at the release"), plain(why)))
    yield Heading("Waivers", 2, "waivers")
    if rows:
        yield Table(("Where", "What", "By", "Why"), tuple(rows), (0.18, 0.24, 0.18, 0.4))
    else:
        yield Paragraph(plain("No warning was waived."))


def _recalls(content: Content) -> Iterator[Block]:
    if not content.recalled:
        return
    yield Heading("Recalled before", 2, "recalls")
    notices = [json.loads(line) for line in content.recalled]
    yield Table(
        ("Bundle", "Corrections", "By", "When", "Why"),
        tuple(
            (plain(n["bundle"]), plain(", ".join(map(str, n["corrections"]))), plain(n["by"]), plain(when(n["at"])),
             plain(n["reason"]))
            for n in notices
        ),
        (0.16, 0.14, 0.16, 0.2, 0.34),
    )  # fmt: skip


def _quality(content: Content) -> Iterator[Block]:
    """Yield the figures on those who decided: plain values as facts, lists of objects as tables."""
    for name, figures in sorted(content.quality.items()):
        yield Heading(_words(name.removesuffix(".json")), 2)
        plain_ones = {key: value for key, value in figures.items() if not isinstance(value, list | dict)}
        if about := plain_ones.pop("about", ""):
            yield Paragraph(plain(str(about)), "note")
        yield Facts(tuple((_words(key), plain(_short(value))) for key, value in plain_ones.items()))
        for key, value in figures.items():
            if isinstance(value, dict) and value:
                rows = ((plain(_words(inner)), plain(_short(shown))) for inner, shown in value.items())
                yield Heading(_words(key), 3)
                yield Table(("", ""), tuple(rows), (0.3, 0.7))
            elif isinstance(value, list):
                yield Heading(_words(key), 3)
                yield _listed(value)


def _listed(rows: Sequence[object]) -> Block:
    objects = [row for row in rows if isinstance(row, dict)]
    if not rows or len(objects) < len(rows):
        return Paragraph(plain(", ".join(map(_short, rows)) or "None."))
    head = tuple(dict.fromkeys(key for row in objects for key in row))
    body = tuple(tuple(plain(_short(row.get(key))) for key in head) for row in objects)
    return Table(tuple(map(_words, head)), body, (1 / len(head),) * len(head))


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _short(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _evidence(there: Callable[[str], bool]) -> Iterator[Block]:
    rows: dict[str, list[tuple[Cell, ...]]] = {}
    for clause, files in evidence.found(there):
        links: list[Run] = []
        for name in files:
            links += [*([Run("\n")] if links else []), Run(name, "code", f"../../{name}")]
        rows.setdefault(clause.rule, []).append(
            (plain(clause.clause), plain(clause.about), plain(clause.says), tuple(links))
        )
    yield Heading("Evidence by clause", 2, "evidence")
    yield Paragraph(
        plain(
            "This bundle produces evidence for the clauses below; whether a rule applies and is met is for people to "
            "say. Listed is only what is in this bundle. Sources and the days on which they were looked up: "
            "evidence.csv beside this report."
        )
    )
    for rule, lines in rows.items():
        yield Heading(rule, 3)
        yield Table(
            ("Clause", "About", "Produces evidence for", "In this bundle"), tuple(lines), (0.15, 0.2, 0.35, 0.3)
        )


def _limits(omissions: Sequence[str]) -> Iterator[Block]:
    yield Heading("Limits", 2, "limits")
    said = [
        "The steps before each error are as recorded; nobody vouches that they were good.",
        "The checks are programs: they find what they look for and nothing else.",
        "An approval says that people read the correction, not that training on it helps.",
        "A signature proves which key signed, not whose hand held it; times are those of the auditors' computers.",
        *omissions,
    ]
    yield Bullets(tuple(map(plain, said)))


def _contents(content: Content) -> Iterator[Block]:
    items = [
        linked(one_line(item.episode.title) or f"Correction {item.correction}", f"#correction-{item.correction}")
        for item in content.items
    ]
    items += [
        linked(one_line(item.change.path), f"#memory-{item.change_id}")
        for plan in content.memory
        for item in plan.items
    ]
    yield Heading("Corrections" if content.items else "Changes to memory", 2, "contents")
    yield Bullets(tuple(items), numbered=True)

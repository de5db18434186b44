"""Where every row comes from: decisions, revisions and sources, as files that `verify.py` and stock tools can check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.correction import step_json
from dreamdesk.model.episode import turns
from dreamdesk.model.source import Source
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content, Item
from dreamdesk.release.messages import tools

FOLDER = "data/provenance"


def write_decisions(bag: Bag, content: Content) -> None:
    """Write each decision as it was signed, for ssh-keygen and for in-toto tools, and all of them in one table."""
    for number, decision in enumerate(content.decisions, 1):
        name = f"decisions/{number}.json"
        bag.write(f"{FOLDER}/{name}", decision.statement)
        bag.write(f"{FOLDER}/{name}.sig", decision.sshsig.encode())
        bag.line(f"{FOLDER}/attestations.intoto.jsonl", decision.envelope)
        said = json.loads(decision.statement)
        shown = {
            "file": name,
            "sha256": hashlib.sha256(decision.statement).hexdigest(),
            "revision_sha256": said["subject"][0]["digest"]["sha256"],
            **said["predicate"],
        }
        bag.line(f"{FOLDER}/decisions.jsonl", canonical(shown))


def write_revisions(bag: Bag, items: tuple[Item, ...]) -> None:
    """Write the approved revisions, one a line; the SHA-256 of a line (without its line feed) is what was approved."""
    for line in sorted({item.line for item in items}):
        bag.line(f"{FOLDER}/revisions.jsonl", line)


def write_recorded(bag: Bag, items: tuple[Item, ...]) -> None:
    """Write what each revision was recorded after, one list of steps a line, and what the trace says around it.

    The SHA-256 of a line of recorded.jsonl is the ``prefix`` of a revision, so that an approval covers it.
    context.jsonl holds what rows may say besides: task, policy, tools, and the recorded turn that is replaced.
    """
    prefixes = {canonical([step_json(step) for step in item.episode.steps[: item.revision.start]]) for item in items}
    for line in sorted(prefixes):
        bag.line(f"{FOLDER}/recorded.jsonl", line)
    for item in items:
        episode, rest = item.episode, item.episode.steps[item.revision.start :]
        replaced = rest[: turns(rest)[0].stop] if rest else ()
        entry = {
            "correction": item.correction,
            "episode_key": episode.key,
            "source_sha256": item.source.sha256,
            "revision_sha256": item.digest,
            "task": episode.task,
            "policy": episode.policy,
            "tools": tools(episode),
            "replaced": [step_json(step) for step in replaced],
        }
        bag.line(f"{FOLDER}/context.jsonl", canonical(entry))


def write_corrections(bag: Bag, content: Content) -> None:
    """Write a line for each correction: where its recording lies, who or what made it, and who checked and decided it.

    ``rows.jsonl`` leads from a line of training data to it, by the id of the correction.
    """
    numbers = {id(decision): number for number, decision in enumerate(content.decisions, 1)}
    for item in content.items:
        bag.line(f"{FOLDER}/corrections.jsonl", canonical(_correction(item, numbers)))


def _correction(item: Item, numbers: Mapping[int, int]) -> dict[str, Json]:
    episode, revision, error = item.episode, item.revision, item.error
    return {
        "correction": item.correction,
        "source": {"name": item.source.name, "sha256": item.source.sha256, "format": item.source.format},
        "episode": {"id": item.episode_id, "key": episode.key, "agent": episode.agent, "model": episode.model},
        "span": {"offset": episode.offset, "length": episode.length, "sha256": episode.sha256},
        "revision": {"number": revision.number, "sha256": item.digest, "author": revision.author},
        "exchange": None if item.asked is None else asdict(item.asked),
        "steps": [
            {"index": made.step.index, "provenance": made.provenance.value, "origin": made.origin}
            for made in revision.steps
        ],
        "error": None
        if error is None
        else {"step": error.step, "category": error.category.value, "method": error.method},
        "gaps": [{"kind": gap.kind.value, "step": gap.step, "note": gap.note} for gap in episode.gaps],
        "level": item.level.name,
        "checks": [{"guardrail": c.guardrail, "result": c.result.value, "detail": c.detail} for c in item.checks],
        "decisions": [
            {
                "file": f"decisions/{numbers[id(decision)]}.json",
                "signature": f"decisions/{numbers[id(decision)]}.json.sig",
                "auditor": decision.auditor,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "revision": decision.revision,
                "at": decision.at,
            }
            for decision in sorted(item.decisions, key=lambda made: (made.at, made.auditor))
        ],
    }


def write_sources(bag: Bag, content: Content) -> None:
    """Write the files that the episodes and memories came from, with the place of each episode. No folder is named."""
    sources: dict[tuple[str, str], dict[str, Json]] = {}

    def described(source: Source) -> dict[str, Json]:
        fresh: dict[str, Json] = {
            "name": source.name,
            "sha256": source.sha256,
            "size": source.size,
            "format": source.format,
            "reader_version": source.reader_version,
            "episodes": {},
        }
        return sources.setdefault((source.sha256, source.name), fresh)

    for plan in content.memory:
        for source in plan.sources:
            described(source).setdefault("memory_sets", []).append(plan.set_id)
    for item in content.items:
        source, episode = item.source, item.episode
        entry = described(source)
        place = {"key": episode.key, "sha256": episode.sha256, "offset": episode.offset, "length": episode.length}
        entry["episodes"].setdefault(str(item.episode_id), {**place, "corrections": []})["corrections"].append(
            item.correction
        )
    for _, entry in sorted(sources.items()):
        bag.line(f"{FOLDER}/sources.jsonl", canonical(entry))


def write_ledger(bag: Bag, content: Content) -> None:
    """Write the ledger, its checkpoint and the bodies that are disclosed."""
    for name in ("events", "openings"):
        bag.begin(f"data/audit/{name}.jsonl")
    for line in content.ledger:
        bag.line("data/audit/events.jsonl", line)
    bag.write("data/audit/checkpoint.txt", content.checkpoint.encode())
    for seq, (salt, body) in sorted(content.openings.items()):
        bag.line("data/audit/openings.jsonl", canonical({"seq": seq, "salt": salt.hex(), "body": body.decode()}))

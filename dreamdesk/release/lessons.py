"""Lessons in a bundle: what the approved corrections teach, as data with sources and as text for a prompt."""

from __future__ import annotations

from dreamdesk.model.canonical import Json, canonical
from dreamdesk.model.text import one_line
from dreamdesk.release.bag import Bag
from dreamdesk.release.content import Content, Item

FOLDER = "data/lessons"


def write(bag: Bag, content: Content) -> None:
    """Write ``lessons.jsonl``, a lesson with its sources a line, and ``lessons.md``, the same sentences as a list.

    A lesson is a part of the revision that was approved, so that what is signed covers its words.
    """
    taught = [item for item in content.items if item.revision.lesson]
    if not taught:
        return
    for item in taught:
        bag.line(f"{FOLDER}/lessons.jsonl", canonical(_row(item)))
    sentences = sorted({item.revision.lesson for item in taught})
    bag.write(f"{FOLDER}/lessons.md", "".join(f"- {sentence}\n" for sentence in sentences).encode())


def _row(item: Item) -> dict[str, Json]:
    error, episode, revision = item.error, item.episode, item.revision
    quotes = [{"step": quote.step, "text": quote.text} for quote in error.quotes] if error else []
    return {
        "lesson": revision.lesson,
        "revision_sha256": item.digest,
        "correction": item.correction,
        "episode": {"id": item.episode_id, "key": episode.key, "task": one_line(episode.title, 200)},
        "agent": episode.agent,
        "error": {"step": error.step, "category": error.category.value, "quotes": quotes} if error else None,
        "replaces_step": revision.start,
        "source_sha256": item.source.sha256,
    }

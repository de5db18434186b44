"""Memory: what an agent remembers between sessions, and a change to it, path by path and hunk by hunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dreamdesk.model.canonical import sha256
from dreamdesk.model.episode import Actor
from dreamdesk.model.finding import Quote
from dreamdesk.model.source import Skip

MAX_BYTES = 102_400
"""Bytes of UTF-8 that one memory of a store may hold (anthropic SDK 2.12, ``MemoryCreateParams.content``)."""


def content_sha256(text: str) -> str:
    """Return the ``content_sha256`` of *text*: of its UTF-8 bytes, without any normalisation."""
    return sha256(text.encode())


class StoreKind(StrEnum):
    """Where memories live."""

    STORE = "store"
    """A memory store of Claude Managed Agents; paths begin with a slash."""
    FOLDER = "folder"
    """A folder of text files (CLAUDE.md, AGENTS.md, skills); paths are relative to it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """One text at one path; *id* is the store's own (``mem_…``), "" in a folder."""

    path: str
    content: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """What a store or folder held at one time.

    Attributes:
        kind: See `StoreKind`.
        name: The store's id (``memstore_…``), or the folder's name.
        memories: By path.
        left_out: Paths whose content is not known, and why: they are never compared.
        notes: What was noticed while reading.
    """

    kind: StoreKind
    name: str
    memories: Mapping[str, Memory]
    left_out: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a version: in words, the session where one is named, and when (RFC 3339, as recorded)."""

    name: str = ""
    session: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Dream:
    """A dream object: which job rewrote the store, from which sessions, and whether it wrote into the input store."""

    id: str
    status: str = ""
    model: str = ""
    instructions: str = ""
    input_store: str = ""
    output_store: str = ""
    sessions: tuple[str, ...] = ()
    session: str = ""
    in_place: bool = False


class Operation(StrEnum):
    """What happens to one path."""

    ADD = "add"
    MODIFY = "modify"
    DELETE = "delete"
    RENAME = "rename"


@dataclass(frozen=True, slots=True)
class Change:
    """What two stores differ in at one path.

    Attributes:
        operation: See `Operation`. A rename may change the content as well.
        path: Where the memory stands afterwards; of a deletion, where it stood.
        before, after: The contents; None where there is none.
        old_path: Where a renamed memory stood before, else "".
        memory: Id of the memory in the store that is to be changed, "" where there is none.
        author: Who wrote what stands there now, where versions tell.
    """

    operation: Operation
    path: str
    before: str | None
    after: str | None
    old_path: str = ""
    memory: str = ""
    author: Author = field(default_factory=Author)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines that differ: ``before[start:stop]`` become ``after[new_start:new_stop]``; lines from 0."""

    start: int
    stop: int
    new_start: int
    new_stop: int


@dataclass(frozen=True, slots=True)
class Support:
    """Words of a session that carry a statement: verbatim in step *step* of episode number *episode* of this desk."""

    episode: int
    key: str
    step: int
    actor: Actor
    quote: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or list item that a change brings in, the hunk that brings it, and what supports it.

    Attributes:
        text: The sentence as it stands in the text.
        line: Its line in the changed text, from 0.
        hunk: Number of the hunk, from 0.
        support: What carries it; () means that no source was found.
    """

    text: str
    line: int
    hunk: int
    support: tuple[Support, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Two stores, compared.

    Attributes:
        title: For people.
        before, after: SHA-256 of the two sources.
        kind: Of both.
        store: The store or folder that a plan is for.
        in_place: What is proposed stands in the store already: approving accepts it, rejecting takes it back.
        changes: What differs, in the order of paths.
        paths: Every path that stands after the changes if all are approved, so that collisions are seen.
        unchanged: How many memories are the same in both.
        left_out: Paths that could not be compared, and why.
        notes: What was noticed.
        dream: The job that proposes it, where there is one.
    """

    title: str
    before: str
    after: str
    kind: StoreKind
    store: str
    in_place: bool
    changes: tuple[Change, ...]
    paths: tuple[str, ...]
    unchanged: int = 0
    left_out: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()
    dream: Dream | None = None


@dataclass(frozen=True, slots=True)
class MemoryCase:
    """One change before the guardrails, with the hunks that are to be taken.

    Attributes:
        change: What is changed.
        kind: Of the store.
        text: What would stand there; None where the path goes.
        added: Lines that would be new: (line in *text* from 0, the line).
        removed: Lines that would go: (line in what stands there now, from 0, the line).
        statements: The new statements of the hunks that are taken.
        paths: The paths of the whole store once every change of the set is made.
        policies: Texts of the policies that the agent is bound by.
    """

    change: Change
    kind: StoreKind
    text: str | None
    added: tuple[tuple[int, str], ...]
    removed: tuple[tuple[int, str], ...]
    statements: tuple[Statement, ...]
    paths: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()

    def quote(self, text: str) -> Quote:
        """Return *text*, a piece of a new line, with the line where it stands; line 0 where it does not."""
        return Quote(next((number for number, line in self.added if text in line), 0), text)

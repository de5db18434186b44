"""What goes into a bundle, as plain nouns: the pipeline collects it from the desk, this package writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dreamdesk.model.canonical import Json, canonical, sha256
from dreamdesk.model.check import Check, Level
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Auditor, Decision, Verdict
from dreamdesk.model.episode import Episode
from dreamdesk.model.finding import Candidate
from dreamdesk.model.memory import Change, Statement
from dreamdesk.model.signers import Span
from dreamdesk.model.source import Source
from dreamdesk.release.terms import Terms


@dataclass(frozen=True, slots=True)
class Asked:
    """The question to a model whose answer a revision is: its key on the desk, the model, and both digests."""

    key: str
    model: str
    request_sha256: str
    reply_sha256: str


@dataclass(frozen=True)
class Item:
    """One approved correction with all that it rests on.

    Attributes:
        correction: Its id on the desk.
        episode_id: Id of the episode on the desk.
        episode, source: What is corrected, and the file that it stands in.
        revision: The approved one.
        decisions: All signed decisions on the correction; those on earlier revisions are its history.
        checks, level: The guardrails' answers on it.
        error: The error point that stands, if any.
        asked: The exchange that dreamed it, where a model did and the desk keeps both sides.
    """

    correction: int
    episode_id: int
    episode: Episode
    source: Source
    revision: Revision
    decisions: tuple[Decision, ...]
    checks: tuple[Check, ...]
    level: Level
    error: Candidate | None
    asked: Asked | None = None

    @property
    def line(self) -> bytes:
        """The canonical JSON of the revision: the bytes that an approval speaks of."""
        return canonical(self.revision.body())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `line`, which is ``revision.digest()``."""
        return sha256(self.line)


@dataclass(frozen=True, slots=True)
class MemoryItem:
    """One decided change to a memory.

    Attributes:
        change_id: Its id on the desk.
        change: What was proposed.
        verdict: What was decided: approve, or reject of what was written before anybody decided.
        line: The canonical JSON that the decisions sign; it holds what each outcome does.
        entry: What the plan does, None where nothing is to be done.
        text: What stands there afterwards, None where nothing does.
        statements: The new statements that are taken, with their sources.
        checks: The guardrails' answers on it.
        decisions: All signed decisions on the change.
    """

    change_id: int
    change: Change
    verdict: Verdict
    line: bytes
    entry: dict[str, Json] | None
    text: str | None
    statements: tuple[Statement, ...]
    checks: tuple[Check, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What is done to one store or folder.

    Attributes:
        set_id: Id of the change set on the desk.
        title: For people.
        plan: The apply plan: `dreamdesk.memory.plan.plan` over the entries of *items*.
        items: The changes that were decided.
        sources: The two states that were compared, and nothing else.
    """

    set_id: int
    title: str
    plan: dict[str, Json]
    items: tuple[MemoryItem, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a bundle is made from. Equal contents and signatures give equal bytes.

    Attributes:
        desk: Name of the desk, for people.
        number: Of the release, from 1.
        at: When it was released, in nanoseconds since 1970 UTC; the only clock in the bundle.
        items: The corrections.
        auditors: Whoever signed something in here, with public keys.
        signers: When which key was one that signs; without it, those of *auditors* always do.
        ledger: The canonical lines of the whole ledger, from entry 1, without line feeds.
        openings: Salt and body of the entries that are disclosed, by sequence number.
        checkpoint: Three lines: origin, number of entries, base64 of the RFC 9162 root over *ledger*.
        rejected: How many corrections were rejected, by reason code.
        tool_version: Of DreamDesk.
        required_approvals: How many auditors must have approved each revision: 2 with four eyes.
        approvals_over_warnings: How many, where a guardrail warned of it.
        simulated_rows: Whether turns after a simulated tool result become training rows, too.
        memory: What is done to memories.
        formats: Names of the training formats that leave (`dreamdesk.release.formats.Format.name`); None: the usual.
        quality: Figures on those who decided: a JSON object for each file of ``quality/``, by its name without ".json".
        terms: What the people who release it chose and said.
        required_signatures: How many people must sign the bundle; with more than one it is a draft until they have.
        recalled: A line of canonical JSON for each recall notice that the desk has given, without line feeds.
    """

    desk: str
    number: int
    at: int
    items: tuple[Item, ...]
    auditors: tuple[Auditor, ...]
    ledger: tuple[bytes, ...]
    openings: Mapping[int, tuple[bytes, bytes]]
    checkpoint: str
    rejected: Mapping[str, int] = field(default_factory=dict)
    tool_version: str = ""
    required_approvals: int = 1
    approvals_over_warnings: int = 1
    simulated_rows: bool = False
    memory: tuple[MemoryPlan, ...] = ()
    formats: tuple[str, ...] | None = None
    signers: tuple[Span, ...] = ()
    terms: Terms = field(default_factory=Terms)
    required_signatures: int = 1
    recalled: tuple[bytes, ...] = ()
    quality: Mapping[str, Json] = field(default_factory=dict)

    @property
    def decisions(self) -> list[Decision]:
        """All decisions; the position, from 1, is a decision's number in the bundle."""
        made = [decision for item in self.items for decision in item.decisions]
        made += [decision for plan in self.memory for item in plan.items for decision in item.decisions]
        return sorted(made, key=lambda d: (d.correction, d.at, d.auditor))

"""A source: one imported file, and the report of what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Skip:
    """A part of a source that could not be read: where it stands and why it was passed over."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Companion:
    """Another file that was joined with a source: its name, from the source's folder on, and its SHA-256."""

    name: str
    sha256: str
    part: bool = False
    """It is a part of the source and no trace of its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """One imported file.

    Attributes:
        name: File name as given, without its folder.
        path: Where it was read from.
        sha256: Of its bytes, taken before anything was parsed.
        size: In bytes.
        format: Name of the format that the reader found.
        reader_version: Version of the reader, so that a later one can be told apart.
    """

    name: str
    path: str
    sha256: str
    size: int
    format: str = ""
    reader_version: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import understood of one source, and what it did not: the line that `dreamdesk import` prints."""

    source: str
    sha256: str
    format: str
    episodes: int = 0
    failed: int = 0
    succeeded: int = 0
    partial: int = 0
    unknown: int = 0
    steps: int = 0
    native_steps: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    gaps: int = 0
    skipped: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()
    known: bool = False
    """The desk already held these bytes: nothing was added."""
    gap_kinds: dict[str, int] = field(default_factory=dict)
    """How many gaps of each `GapKind`, and how many records were told twice, which are gaps of no episode."""
    dialects: dict[str, int] = field(default_factory=dict)
    """Versions and forms of the format that were met, and in how many records or spans."""
    mappable: str = ""
    """Where the file is, when its format is unknown and a mapping may read it."""
    companions: tuple[Companion, ...] = ()
    """Files that belong to the source, such as verdicts and labels: they were joined and are no sources themselves."""
    version: int = 1
    """2 and more: of a file that the desk holds an earlier state of. `episodes` counts those that were added."""
    unchanged: int = 0
    """Episodes that an earlier version holds already, and that were not added again."""
    changed: int = 0
    """Episodes that stand beside an earlier state of themselves."""
    joined: int = 0
    """Verdicts that came after the trace and were joined to its episodes now."""
    mapping: str = ""
    """SHA-256 of the mapping that it was read with, "" for any other format."""

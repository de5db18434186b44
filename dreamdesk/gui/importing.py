"""Importing, in a process of its own: the window never waits for a parser, and a cancelled import is simply ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from dreamdesk.language import t
from dreamdesk.model.canonical import Json
from dreamdesk.model.source import Companion, ImportReport, Skip

GRACE_MS = 3000
"""How long a cancelled import may take to end by itself before it is killed."""


def command(paths: Sequence[Path], desk: Path, format_name: str = "") -> tuple[str, list[str]]:
    """Return program and arguments of an import of *paths* into *desk*, read as *format_name* if one is named."""
    arguments = ["import", *(str(path) for path in paths), "--desk", str(desk), "--json", "--progress"]
    if format_name:
        arguments += ["--format", format_name]
    if getattr(sys, "frozen", False):
        return sys.executable, arguments
    return sys.executable, ["-m", "dreamdesk", *arguments]


def report(line: Json) -> ImportReport:
    """Build the report from one decoded line of the importer's output.

    Raises:
        ValueError, KeyError, TypeError: the line is no report.
    """
    counts = (
        "episodes", "failed", "succeeded", "partial", "unknown", "steps", "native_steps",
        "tool_calls", "tool_errors", "gaps", "unchanged", "changed",
    )  # fmt: skip
    return ImportReport(
        source=str(line["source"]),
        sha256=str(line.get("sha256", "")),
        format=str(line.get("format", "")),
        skipped=tuple(Skip(str(skip["place"]), str(skip["reason"])) for skip in line.get("skipped", ())),
        notes=tuple(str(note) for note in line.get("notes", ())),
        known=bool(line.get("known", False)),
        gap_kinds={str(kind): int(count) for kind, count in dict(line.get("gap_kinds") or {}).items()},
        dialects={str(name): int(count) for name, count in dict(line.get("dialects") or {}).items()},
        version=int(line.get("version") or 1),
        mappable=str(line.get("mappable", "")),
        mapping=str(line.get("mapping", "")),
        companions=tuple(
            Companion(str(item["name"]), str(item["sha256"]), bool(item.get("part")))
            for item in line.get("companions", ())
        ),
        **{name: int(line.get(name) or 0) for name in counts},
    )


class ImportProcess(QObject):
    """One import that runs.

    Signals:
        progressed: What is done, out of how much, and words for what is done, how fast and how much longer.
        finished: The reports of all files that were read.
        failed: Words for the person, and the reports of the files that were read before.
        cancelled: The import was ended on request; the desk is complete or as it was.
    """

    progressed = Signal(object, object, str)
    finished = Signal(object)
    failed = Signal(str, object)
    cancelled = Signal()

    def __init__(self, paths: Sequence[Path], desk: Path, parent: QObject | None = None, format_name: str = "") -> None:
        super().__init__(parent)
        self._reports: list[ImportReport] = []
        self._rest = b""
        self._errors = b""
        self._stopped = False
        self._process = QProcess(self)
        program, arguments = command(paths, desk, format_name)
        self._process.setProgram(program)
        self._process.setArguments(arguments)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._end)
        self._process.errorOccurred.connect(self._broken)

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def cancel(self) -> None:
        """End the import; `cancelled` follows."""
        self._stopped = True
        self._process.terminate()

    def stop(self) -> None:
        """End the import and wait for its end, at most a few seconds: the window is being closed."""
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self.cancel()
            if not self._process.waitForFinished(GRACE_MS):
                self._process.kill()
                self._process.waitForFinished(GRACE_MS)

    def _read(self) -> None:
        """Take in whole lines of the importer's output."""
        self._rest += bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        """Take in one line: progress or a report. Anything else is kept for the error message."""
        try:
            data = json.loads(line)
            if "progress" in data:
                now = data["progress"]
                self.progressed.emit(int(now["done"]), int(now["total"]), str(now.get("what", "")))
            elif "source" in data:
                self._reports.append(report(data))
            else:
                self._errors += line + b"\n"
        except (ValueError, KeyError, TypeError):
            self._errors += line + b"\n"

    def _read_errors(self) -> None:
        """Keep what the importer says on its error output."""
        self._errors += bytes(self._process.readAllStandardError().data())

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        """Say how it went."""
        self._read()
        self._read_errors()
        if self._stopped:
            self.cancelled.emit()
        elif status == QProcess.ExitStatus.NormalExit and (code == 0 or self._reports):
            self.finished.emit(tuple(self._reports))
        else:
            words = self._errors.decode(errors="replace").strip()[-2000:]
            self.failed.emit(
                words or t("The importer ended with code {code} and said nothing.", code=code), tuple(self._reports)
            )

    def _broken(self, error: QProcess.ProcessError) -> None:
        """Say that the importer could not be started (any other error ends in `_end`)."""
        if error == QProcess.ProcessError.FailedToStart:
            self.failed.emit(t("The importer could not be started: {reason}", reason=self._process.errorString()), ())

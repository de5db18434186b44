"""GUI tests run without a display. This must be set before Qt is imported."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from officer import Officer, retail_desk
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from dreamdesk.gui import theme
from dreamdesk.gui.window import Window
from dreamdesk.model.correction import CorrectedStep, Provenance, Revision
from dreamdesk.model.episode import Actor, Kind, Step


def pytest_configure(config: pytest.Config) -> None:
    """Qt's offscreen screen says of size hints and of tooltips what it cannot do; all other warnings fail the test."""
    config.addinivalue_line("qt_log_ignore", r"This plugin does not support (propagateSizeHints|raise)\(\)")


@pytest.fixture(autouse=True)
def _dark(qapp: QApplication) -> None:
    """Every test begins in the dark theme."""
    if theme.current().name != "dark" or not qapp.styleSheet():
        theme.apply(qapp, theme.load("dark"))


def _open_desks() -> list[str]:
    """Return the desks, logs of desks and locks that this process holds open, where the system can tell."""
    found = []
    for handle in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):
            found.append(os.readlink(handle))
    return sorted(name for name in found if ".desk" in Path(name).name)


@pytest.fixture(autouse=True)
def _leaves_nothing(qapp: QApplication) -> Iterator[None]:
    """No test leaves a window on the screen, a job that runs, or a desk open."""
    before, windows = _open_desks(), [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    yield
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()
        shown = [widget for widget in qapp.topLevelWidgets() if widget.isVisible() and widget not in windows]
        for widget in shown:  # what a test has shown without a window of the program is its own to close
            if not isinstance(widget, Window | QDialog):
                widget.close()
        left = [type(widget).__name__ for widget in shown if isinstance(widget, Window | QDialog)]
        kept = [name for name in _open_desks() if name not in before]
        if not left and not kept:
            return
        gc.collect()
        time.sleep(0.02)
    pytest.fail(f"the test leaves windows open: {left}, and files: {kept}")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk on which six episodes wait for review."""
    return retail_desk(tmp_path)


@pytest.fixture
def officer(qtbot: QtBot, desk: Path, tmp_path: Path) -> Iterator[Officer]:
    """A person at the window, with `desk` open; a file that needs another desk has a fixture of that name."""
    made = Officer(qtbot, tmp_path)
    made.open(desk)
    yield made
    made.close()


@pytest.fixture
def claim() -> tuple[Step, ...]:
    """A warranty claim of 18 steps that went wrong at step 9."""
    call, result = Kind.TOOL_CALL, Kind.TOOL_RESULT
    rows: list[tuple[Actor, Kind, str, str]] = [
        (Actor.USER, Kind.MESSAGE, "My espresso machine no longer heats, order #W8855135.", ""),
        (Actor.AGENT, Kind.MESSAGE, "Let me look that up.", ""),
        (Actor.AGENT, call, '{"order_id":"#W8855135"}', "get_order"),
        (Actor.TOOL, result, '{"delivered":"2024-11-03"}', "get_order"),
        (Actor.AGENT, Kind.MESSAGE, "Shall I check the warranty?", ""),
        (Actor.USER, Kind.MESSAGE, "Yes please.", ""),
        (Actor.AGENT, Kind.MESSAGE, "One moment.", ""),
        (Actor.AGENT, call, '{"topic":"warranty"}', "get_policy"),
        (Actor.TOOL, result, '{"warranty": {"months": 24, "starts": "delivery_date"}}', "get_policy"),
        (Actor.AGENT, Kind.MESSAGE, "The warranty runs from the purchase date, so it expired.", ""),
        (Actor.AGENT, call, '{"order_id": "#W8855135", "decision": "denied"}', "close_claim"),
        (Actor.TOOL, result, '{"status": "closed"}', "close_claim"),
        (Actor.AGENT, Kind.MESSAGE, "I closed the claim.", ""),
        (Actor.USER, Kind.MESSAGE, "But it was delivered in November!", ""),
        (Actor.AGENT, Kind.MESSAGE, "The decision is final.", ""),
        (Actor.AGENT, call, "{}", "reopen_claim"),
        (Actor.TOOL, result, "Error: already closed", "reopen_claim"),
        (Actor.USER, Kind.MESSAGE, "This is wrong.", ""),
    ]
    return tuple(
        Step(i, actor, kind, text, turn=i, tool=tool, is_error=text.startswith("Error"))
        for i, (actor, kind, text, tool) in enumerate(rows)
    )


@pytest.fixture
def dream() -> Revision:
    """What should have happened from step 9 on."""
    steps = (
        (
            Actor.AGENT,
            Kind.MESSAGE,
            "The warranty runs from the delivery date, so it is valid.",
            "",
            Provenance.DREAMED,
        ),
        (
            Actor.AGENT,
            Kind.TOOL_CALL,
            '{"order_id": "#W8855135", "decision": "approved"}',
            "close_claim",
            Provenance.DREAMED,
        ),
        (Actor.TOOL, Kind.TOOL_RESULT, '{"status": "closed"}', "close_claim", Provenance.SIMULATED),
    )
    return Revision(
        9,
        tuple(
            CorrectedStep(Step(9 + i, actor, kind, text, turn=9 + i, tool=tool), provenance)
            for i, (actor, kind, text, tool, provenance) in enumerate(steps)
        ),
        number=2,
    )

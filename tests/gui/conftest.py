"""GUI tests run without a display. This must be set before Qt is imported."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from PySide6.QtWidgets import QApplication

from dreamdesk.gui import theme
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

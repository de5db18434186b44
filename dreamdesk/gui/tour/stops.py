"""What the tour says, and of which part of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dreamdesk.gui.window import Window


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop.

    Attributes:
        title: What it is about.
        words: Two or three sentences.
        part: The part of the window that is outlined; None for the whole.
    """

    title: str
    words: str
    part: Callable[[Window], QWidget] | None = None


STOPS = (
    Stop(
        "An agent failed. What may it learn?",
        "Here you read what an AI agent did, where it went wrong and what it should have done instead, and you decide "
        "whether it may learn that. What you see is a demonstration: all of it is invented. Enter goes on, Esc leaves.",
    ),
    Stop(
        "The queue",
        "The failures that wait for a decision, the worst first. J and K go down and up. The lists above hold what "
        "waits for a second opinion, what was approved and so on.",
        lambda window: window.review.queue,
    ),
    Stop(
        "What happened",
        "The recording as a line of steps: the user, the agent and its tools each have a lane. T brings the keyboard "
        "here; the arrow keys go from step to step.",
        lambda window: window.review.timeline,
    ),
    Stop(
        "Where it went wrong",
        "Say first what you think: M marks the chosen step. V shows the desk's own view instead, with the evidence for "
        "it. Your mark counts more than the machine's.",
        lambda window: window.review.side.error,
    ),
    Stop(
        "What should have happened",
        "On the left what was recorded, on the right the correction, with every difference marked. Each corrected step "
        "says where it comes from: recorded, written by a model, or taken from an attempt that succeeded.",
        lambda window: window.review.compare,
    ),
    Stop(
        "The guardrails",
        "Rules that ran on the correction. What one of them blocks cannot be approved. What one of them warns of needs "
        "a reason in your own words.",
        lambda window: window.review.side.guard,
    ),
    Stop(
        "Your decision",
        "A approves, R rejects, E changes the correction, S asks for a second opinion. You sign with your own key; the "
        "first time, you are asked for your name and a passphrase.",
        lambda window: window.review.side.decision,
    ),
    Stop(
        "The other pages",
        "Patterns groups failures of one cause. Memory is what agents want to remember. The ledger shows who did what. "
        "Under Bundles stands what left this desk; nothing leaves it by itself.",
        lambda window: window.bar,
    ),
    Stop(
        "That is all you need to begin",
        "F1 explains the page that you are on, ? lists the keys, and Ctrl+Shift+P finds anything. The tour is in the "
        "Help menu whenever you want it again.",
    ),
)

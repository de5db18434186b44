"""What the tour says, and of which part of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dreamdesk.language import t

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
        t("An agent failed. What may it learn?"),
        t(
            "Here you read what an AI agent did, where it went wrong and what it should have done instead, "
            "and you decide whether it may learn that. The tour changes nothing. Enter goes on, Esc leaves."
        ),
    ),
    Stop(
        t("The queue"),
        t(
            "The failures that wait for a decision, the worst first. J and K go down and up. The lists above "
            "hold what waits for a second opinion, what was approved and so on."
        ),
        lambda window: window.review.queue,
    ),
    Stop(
        t("What happened"),
        t(
            "The recording as a line of steps: the user, the agent and its tools each have a lane. T brings "
            "the keyboard here; the arrow keys go from step to step."
        ),
        lambda window: window.review.timeline,
    ),
    Stop(
        t("Where it went wrong"),
        t(
            "Say first what you think: M marks the chosen step. V shows the desk's own view instead, with "
            "the evidence for it. Your mark counts more than the machine's."
        ),
        lambda window: window.review.side.error,
    ),
    Stop(
        t("What should have happened"),
        t(
            "On the left what was recorded, on the right the correction, with every difference marked. Each "
            "corrected step says where it comes from: recorded, written by a model, or taken from an attempt "
            "that succeeded."
        ),
        lambda window: window.review.compare,
    ),
    Stop(
        t("The guardrails"),
        t(
            "Rules that ran on the correction. What one of them blocks cannot be approved. What one of them "
            "warns of needs a reason in your own words."
        ),
        lambda window: window.review.side.guard,
    ),
    Stop(
        t("Your decision"),
        t(
            "A approves, R rejects, E changes the correction, S asks for a second opinion. You sign with "
            "your own key; the first time, you are asked for your name and a passphrase."
        ),
        lambda window: window.review.side.decision,
    ),
    Stop(
        t("The other pages"),
        t(
            "Patterns groups failures of one cause. Memory is what agents want to remember. The ledger shows "
            "who did what. Under Bundles stands what left this desk; nothing leaves it by itself."
        ),
        lambda window: window.bar,
    ),
    Stop(
        t("That is all you need to begin"),
        t(
            "F1 explains the page that you are on, ? lists the keys, and Ctrl+Shift+P finds anything. The "
            "tour is in the Help menu whenever you want it again."
        ),
    ),
)

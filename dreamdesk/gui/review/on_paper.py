"""The episode that is shown, on paper or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dreamdesk import pipeline
from dreamdesk.gui import choosing, printing
from dreamdesk.language import t

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection
    from dreamdesk.gui.jobs import Task
    from dreamdesk.gui.window import Window


def print_out(window: Window) -> None:
    """Ask for a printer, and print the episode as the auditor may see it."""
    case = window.review.case
    if case is None:
        return
    number, auditor, knows = case.number, window.identity.name, window.review.is_shown()

    def work(db: Connection, task: Task) -> str:
        return pipeline.EPISODE_FORMS["html"](pipeline.episode_report(db, number, auditor, knows=knows)).decode()

    def ask(html: str) -> None:
        printing.ask(window, html)

    window.jobs.read("print episode", work, ask, window.status.say)


def save(window: Window) -> None:
    """Ask for a place, and write the episode there as PDF or HTML."""
    case = window.review.case
    if case is None:
        return
    number, auditor, knows = case.number, window.identity.name, window.review.is_shown()

    def keep(place: Path) -> None:
        def work(db: Connection, task: Task) -> None:
            pipeline.write_episode(pipeline.episode_report(db, number, auditor, knows=knows), place)

        def done(nothing: None) -> None:
            window.status.say(t("The episode was written to {place}", place=place))

        window.jobs.read(f"episode to {place}", work, done, window.status.say)

    choosing.page(window, t("episode {number}", number=number), keep)

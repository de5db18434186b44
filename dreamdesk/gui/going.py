"""Going to an episode from wherever it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dreamdesk import pipeline

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection
    from dreamdesk.gui.jobs import Task
    from dreamdesk.gui.review.case import Case
    from dreamdesk.gui.window import Window


def show_episode(window: Window, episode: int) -> None:
    """Show one episode in Review, whatever list it is in."""
    window.turn_to("review")
    window.bar.search.clear()
    window.review.queue.show_episode(episode)
    window.review.queue.table.setFocus()


def take(window: Window, episode: int) -> None:
    """Show one episode of a family: who knows the family knows what the desk says of it, so that this is a look."""
    auditor = window.identity.name

    def work(db: Connection, task: Task) -> None:
        pipeline.reveal(db, episode, auditor)

    def done(nothing: None) -> None:
        window.review.queue.model.unveil(episode)
        show_episode(window, episode)

    window.jobs.write("reveal", work, done, window.status.say)


def take_step(window: Window, episode: int, step: int, text: str) -> None:
    """Show one step of an episode in Review, and light up *text* in it, once the episode is on the screen."""

    def show(case: Case | None) -> None:
        if case is not None and case.number == episode:
            window.review.shown.disconnect(show)
            window.review.show_step(step, text)

    window.review.shown.connect(show)
    show_episode(window, episode)

"""What stands behind a case, to be read: its policy, and how a model was asked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from dreamdesk.desk import exchanges
from dreamdesk.desk.exchanges import Record
from dreamdesk.gui.dialogs.reading import ReadingDialog
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.review.case import Case
from dreamdesk.language import t


def policy(case: Case, shown: bool, window: QWidget) -> bool:
    """Show the policy of *case*, with the passage that matters selected once the desk's view is *shown*.

    Returns:
        Whether there is one.
    """
    if not case.episode.policy.strip():
        return False
    passage = case.clause.text if case.clause is not None and shown else ""
    ReadingDialog(t("Policy"), case.episode.policy, passage, window).open()
    return True


def exchange(key: str, jobs: Jobs, window: QWidget, failed: Callable[[str], None]) -> None:
    """Show the question with this *key* and its answer, byte for byte; *failed* is told what is in the way."""

    def show(found: Record) -> None:
        facts = t(
            "{model} at {url}: {input_tokens:,} tokens in, {output_tokens:,} out",
            model=found.model,
            url=found.url,
            input_tokens=found.input_tokens,
            output_tokens=found.output_tokens,
        )
        asked, answered = (text.decode("utf-8", "replace") for text in (found.request, found.reply))
        text = "\n\n".join([facts, t("Asked:"), asked, t("Answered:"), answered])
        ReadingDialog(t("How a model was asked"), text, "", window).open()

    jobs.read("exchange", lambda db, task: exchanges.record(db, key), show, failed)

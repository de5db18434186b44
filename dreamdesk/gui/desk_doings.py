"""What the actions on the whole desk do: bundles, packets, backups, rules, auditors.

Dialogs are imported when they are asked for: the window must be on the screen first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dreamdesk import pipeline
from dreamdesk.gui import choosing
from dreamdesk.gui.going import show_episode
from dreamdesk.language import counted, t

if TYPE_CHECKING:
    from dreamdesk.desk.database import Connection
    from dreamdesk.gui.jobs import Task
    from dreamdesk.gui.window import Window


def release(window: Window) -> None:
    """Write what was approved into a bundle."""
    from dreamdesk.gui.dialogs.releasing import ReleaseDialog

    assert window.jobs.path is not None
    dialog = ReleaseDialog(window.jobs, window.identity, window.jobs.path.parent, window)
    dialog.caseWanted.connect(lambda episode: show_episode(window, episode))
    dialog.queueWanted.connect(lambda: window.do("page-review"))
    dialog.open()


def reports(window: Window) -> None:
    """Show what was read of each file."""
    from dreamdesk.gui.dialogs.import_report import ImportReportDialog

    def show(stored: list[pipeline.Stored]) -> None:
        reports = [item.report for item in stored]
        ImportReportDialog(reports, "", window, window.jobs, later=True).open()

    window.jobs.read("reports", lambda db, task: pipeline.import_reports(db), show)


def make_packet(window: Window) -> None:
    """Ask what goes into a packet, and for whom."""
    from dreamdesk.gui.packets.making import MakePacketDialog

    assert window.jobs.path is not None
    case = window.review.case if window.shown == "review" else None
    shown = case.number if case is not None else None
    MakePacketDialog(window.jobs, window.identity, window.jobs.path.parent, shown, window).open()


def open_packet(window: Window, path: Path) -> None:
    """Show what the packet at *path* would bring, and join it on demand."""
    from dreamdesk.gui.packets.opening import OpenPacketDialog

    if window.jobs.path is None:
        window.trouble.say(t("Open the desk that the packet is for, or make one, and then drop the packet again."))
        return
    dialog = OpenPacketDialog(window.jobs, window.identity, path, window)
    dialog.joined.connect(window.refresh)
    dialog.episodeChosen.connect(lambda episode: show_episode(window, episode))
    dialog.open()


def outside(window: Window) -> None:
    """Show the heads that were recorded outside the desk, and a receipt."""
    from dreamdesk.gui.ledger.outside import OutsideDialog

    OutsideDialog(window.jobs, window).open()


def erase(window: Window) -> None:
    """Take a person's words out of the desk."""
    from dreamdesk.gui.ledger.erasing import ErasingDialog

    dialog = ErasingDialog(window.jobs, window.identity, window)
    dialog.erased.connect(window.refresh)
    dialog.open()


def back_up(window: Window) -> None:
    """Write a copy of the desk and verify it."""

    def ask(target: Path) -> None:
        window.jobs.write(
            "backup",
            lambda db, task: pipeline.back_up(db, target, task.progress),
            lambda made: window.status.say(t("Backed up and verified: {made}", made=made)),
        )

    choosing.backup(window, ask)


def restore(window: Window) -> None:
    """Put a backup in the place of the desk that is open, or of one that cannot be opened."""
    from dreamdesk.gui.ledger.restoring import RestoreDialog

    if window.intake.busy():
        window.trouble.say(t("An import is running. Wait for its end, or cancel it, before a backup is put back."))
        return

    def restored(desk: Path) -> None:
        window.jobs.changed.emit()  # other windows on it read it again
        window.open_desk(desk)
        window.status.say(t("The backup was put back; a copy of what was there lies beside it"))

    def ask(backup: Path, desk: Path) -> None:
        dialog = RestoreDialog(backup, desk, window)
        dialog.restored.connect(restored)
        dialog.open()

    def choose(backup: Path) -> None:
        open_now = window.desk()
        if open_now is not None:
            ask(backup, open_now)
        else:
            choosing.place_of_desk(window, lambda desk: ask(backup, desk))

    choosing.copy_of_desk(window, choose)


def conflicts(window: Window) -> None:
    """Show what other desks say otherwise."""
    from dreamdesk.gui.packets.conflicts import ConflictsDialog

    dialog = ConflictsDialog(window.jobs, window)
    dialog.episodeChosen.connect(lambda episode: show_episode(window, episode))
    dialog.open()


def rules(window: Window) -> None:
    """Show how much each guardrail weighs, and the policies."""
    from dreamdesk.gui.dialogs.desk_rules import DeskRulesDialog

    DeskRulesDialog(window.jobs, window.identity, window).open()


def auditors(window: Window) -> None:
    """Show the auditors and their keys."""
    from dreamdesk.gui.dialogs.auditors import AuditorsDialog

    AuditorsDialog(window.jobs, window.identity, window).open()


def review_rules(window: Window) -> None:
    """Show the rules of the review."""
    from dreamdesk.gui.dialogs.review_rules import ReviewRulesDialog

    ReviewRulesDialog(window.jobs, window.identity, window).open()


def check(window: Window) -> None:
    """Run the guardrails where rules have changed since."""

    def work(db: Connection, task: Task) -> int:
        return len(pipeline.check(db, pipeline.stale(db), task.progress, task.cancelled))

    def done(number: int) -> None:
        window.status.say(
            t("{number} checked again", number=counted(number, "correction")) if number else t("Every check is current")
        )

    window.jobs.write("check", work, done)

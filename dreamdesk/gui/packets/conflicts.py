"""The conflicts of the desk, and what it has witnessed of other desks' ledgers."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.desk import packets
from dreamdesk.desk.database import Connection
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.jobs import Jobs, Task
from dreamdesk.gui.packets.tree import FindingsTree
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, t
from dreamdesk.model.text import one_line

PROVES = t(
    "A witnessed ledger can only grow: if that desk is rolled back or rewritten, its next packet is "
    "refused here. Of this desk the same holds at the desks that got packets from it."
)


@dataclass(frozen=True, slots=True)
class Held:
    """What the desk holds of its dealings with other desks."""

    conflicts: list[pipeline.PacketConflict]
    witnessed: list[str]
    packets: list[str]


SORTS = {"assignment": t("assignment"), "return": t("answer"), "exchange": t("exchange")}
"""What a packet is called in a list."""


class ConflictsDialog(Frame):
    """Lists conflicts with both sides, the packets that went and came, and the witnessed ledgers.

    Signals:
        episodeChosen: Somebody wants to see this episode.
    """

    episodeChosen = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(
            t("Work with other desks"),
            t(
                "Where two people contradict one another both sides are kept, until somebody decides with both "
                "before their eyes. Enter shows the episode."
            ),
            parent=parent,
        )
        self.resize(820, 560)
        self.tree = FindingsTree(t("Conflicts, packets and witnessed ledgers"))
        self.tree.episodeChosen.connect(self._show)
        self.body.addWidget(self.tree, 1)
        self.body.addWidget(Label(PROVES, tone="muted", role="small", wrap=True))
        jobs.read("conflicts", _held, self._fill, self.say)

    def _fill(self, held: Held) -> None:
        self.tree.conflicts(held.conflicts)
        if not held.packets:
            self.tree.heading(t("No packet was sent or taken in yet"), [t("File > Make a packet… hands work over.")])
        elif not held.conflicts:
            self.tree.heading(t("No conflicts"), [t("Nobody contradicts anybody.")], "ok")
        self.tree.heading(t("Packets"), held.packets)
        self.tree.heading(t("Witnessed ledgers"), held.witnessed)
        self.tree.setFocus()
        if first := self.tree.topLevelItem(0):
            self.tree.setCurrentItem(first.child(0) or first)

    def _show(self, episode: int) -> None:
        self.episodeChosen.emit(episode)
        self.accept()


def _held(db: Connection, task: Task) -> Held:
    rows = packets.all_packets(db)
    people = {row.digest: row.person for row in rows}
    last = {one.desk: one for one in packets.witnesses(db)}
    return Held(
        pipeline.packet_conflicts(db),
        [
            t(
                "desk {desk}, {packet}: {size:,} entries",
                desk=one.desk,
                packet=one_line(people.get(one.packet, ""), 80),
                size=one.size,
            )
            for one in last.values()
        ],
        [
            t(
                "{kind} to {person}, {episodes}" if row.sent else "{kind} from {person}, {episodes}",
                kind=SORTS[row.kind],
                person=one_line(row.person, 80),
                episodes=counted(len(row.episodes), "episode"),
            )
            for row in reversed(rows)
        ],
    )

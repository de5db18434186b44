"""The window while it imports: how late a heartbeat of 10 ms comes, in wall time and in the CPU time of the GUI thread.

python benchmarks/window.py [--mb 1000] [--work FOLDER]

A real window, offscreen, with a new desk; the import runs as it does for an officer, until the episodes are searchable
and prepared. What the GUI thread computed between two beats is the part of a delay that the window itself is to blame
for: on a busy machine the rest is that of others.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import corpus
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from dreamdesk.gui import looks
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.window import Window

BEAT_MS = 10
AT_MOST_MS = 50


class Heart:
    """Beats every 10 ms and notes how long it was, in milliseconds, since the beat before."""

    def __init__(self) -> None:
        self.walls: list[float] = []
        self.cpus: list[float] = []
        self._wall, self._cpu = time.perf_counter(), time.thread_time()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        self.walls.append((wall - self._wall) * 1_000)
        self.cpus.append((cpu - self._cpu) * 1_000)
        self._wall, self._cpu = wall, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=1_000, help="size of the traces")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir(), "dreamdesk-benchmark"))
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    traces = corpus.write(given.work / f"episodes-{given.mb}.jsonl", "episodes", given.mb * 1_000_000)
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(Path(folder, "settings")))
        app = QApplication([])
        memory = Memory()
        looks.dress(app, memory.theme())
        window = Window(memory)
        window.resize(1280, 800)
        window.show()
        begun = time.perf_counter()
        window.open_desk(Path(folder, "window.desk"), [traces], new=True)
        while not window.intake.busy():
            app.processEvents()
        heart = Heart()
        while window.intake.busy() or window.jobs.busy():
            app.processEvents()
            time.sleep(0.001)
        seconds = time.perf_counter() - begun
        print(f"{given.mb} MB in {seconds:.0f} s, {len(heart.walls):,} beats, {os.cpu_count()} cores\n")
        print("| milliseconds between two beats of 10 ms | p50 | p99 | longest | p99 at most |\n|---|---|---|---|---|")
        for what, series in (("wall", heart.walls), ("CPU of the GUI thread", heart.cpus)):
            p99 = quantiles(series, n=100, method="inclusive")[98]
            print(f"| {what} | {median(series):.1f} | {p99:.1f} | {max(series):.1f} | {AT_MOST_MS} |")
        window.close()


if __name__ == "__main__":
    main()

"""From the start of the process to the first paint of the window, with a large desk, against an empty PySide6 window.

python benchmarks/start.py [--episodes 100000] [--repeat 9] [--work FOLDER]

Each run is a process of its own, the two in turn, offscreen and warm. The processor time is that of the whole process
until then, the wall time what a person waits. `desk` is
the moment when the desk is open and all of the page is shown. `held` is the longest time that the thread of the window
computed without a look at mouse and keyboard between the first paint and that moment.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
AT_MOST = 2.5

EMPTY = """
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Watch(QObject):
    def eventFilter(self, receiver, event):
        if event.type() == QEvent.Type.Paint:
            told("paint")
            QTimer.singleShot(0, app.quit)
        return False
app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
window = QMainWindow()
window.resize(1280, 800)
window.show()
app.exec()
"""

DESK = """
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, FOLDER)
class Watch(QObject):
    def eventFilter(self, receiver, event):
        if event.type() == QEvent.Type.Paint:
            if "paint" not in seen:
                told("paint")
                beat[0] = time.thread_time()
                QTimer.singleShot(2, look)
        return False
beat, held = [time.thread_time()], [0.0]
def look():
    held[0] = max(held[0], time.thread_time() - beat[0])
    beat[0] = time.thread_time()
    windows = [one for one in app.topLevelWidgets() if type(one).__name__ == "Window" and one.isVisible()]
    if windows and windows[0].desk() == Path(DESK) and not windows[0].jobs.busy():
        told("desk")
        print(json.dumps(["held", held[0], held[0]]), flush=True)
        app.closeAllWindows()
        app.quit()
    else:
        QTimer.singleShot(2, look)
app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
from dreamdesk.gui.app import run
run(Path(DESK))
"""

TOLD = """
import json, os, time
seen = {}
def told(what):
    if what not in seen:
        seen[what] = (time.monotonic() - BEGUN, sum(os.times()[:2]))
        print(json.dumps([what, *seen[what]]), flush=True)
"""


def run(program: str, names: dict[str, object]) -> dict[str, tuple[float, float]]:
    """Run *program* in a process of its own; return the wall and processor seconds of each moment that it told."""
    settings = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    settings.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever uses the program has its modules compiled
    code = "".join(f"{name} = {value!r}\n" for name, value in {**names, "BEGUN": time.monotonic()}.items())
    done = subprocess.run(
        [sys.executable, "-c", code + TOLD + program], env=settings, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return {what: (wall, cpu) for what, wall, cpu in map(json.loads, done.stdout.splitlines())}


def make(path: Path, count: int) -> None:
    """Write a desk of *count* short episodes, as an officer would: by importing a file of traces."""
    traces = path.with_suffix(".jsonl")
    with traces.open("w", encoding="utf-8") as stream:
        for number in range(count):
            messages = [
                {"role": "user", "content": f"Where is parcel {number}?"},
                {"role": "assistant", "content": f"Parcel {number} was delivered, I believe."},
                {"role": "user", "content": f"It was not. Look up {number} again."},
                {"role": "assistant", "content": f"You are right, {number} is still on its way."},
            ]
            stream.write(json.dumps({"id": number, "messages": messages, "reward": number % 2}) + "\n")
    subprocess.run(
        [sys.executable, "-m", "dreamdesk", "import", str(traces), "--desk", str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    traces.unlink()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir(), "dreamdesk-benchmark"))
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    desk = given.work / f"start-{given.episodes}.desk"
    if not desk.exists():
        make(desk, given.episodes)
    runs: dict[str, list[tuple[float, float]]] = {"empty": [], "paint": [], "desk": [], "held": []}
    for number in range(given.repeat + 1):
        with tempfile.TemporaryDirectory(dir=given.work) as folder:
            empty = run(EMPTY, {})
            found = run(DESK, {"FOLDER": folder, "DESK": str(desk)})
        if number:  # the first fills the caches
            runs["empty"].append(empty["paint"])
            for moment in ("paint", "desk", "held"):
                runs[moment].append(found[moment])
    print(f"a desk of {given.episodes:,} episodes, {desk.stat().st_size / 1e6:.0f} MB, {given.repeat} runs, medians\n")
    print("| until | wall, ms | CPU, ms | times an empty window: wall | CPU | at most |\n|---|---|---|---|---|---|")
    base = [median(one[kind] for one in runs["empty"]) for kind in (0, 1)]
    for moment, words in (("empty", "empty window"), ("paint", "first paint"), ("desk", "desk open, everything shown")):
        wall, cpu = (median(one[kind] for one in runs[moment]) for kind in (0, 1))
        figure = AT_MOST if moment == "paint" else ""
        print(
            f"| {words} | {wall * 1e3:.0f} | {cpu * 1e3:.0f} | {wall / base[0]:.2f} | {cpu / base[1]:.2f} | {figure} |"
        )
    print(
        f"\nthe window computed at most {median(cpu for _, cpu in runs['held']) * 1e3:.0f} ms at a time between the two"
    )


if __name__ == "__main__":
    main()

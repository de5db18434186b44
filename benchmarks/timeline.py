"""The timeline of 100,000 steps: milliseconds a frame, and how often an empty widget would repaint in that time.

python benchmarks/timeline.py [steps]
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from dreamdesk.gui import theme
from dreamdesk.gui.timeline.view import TimelineView
from dreamdesk.model.correction import CorrectedStep, Provenance
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.finding import Candidate, Category

FRAMES = 120
WIDTH = 1_400


def frames(paint: Callable[[int], None]) -> tuple[float, float]:
    """Return the median and the 99th percentile of the CPU time of a frame, in milliseconds."""
    taken = []
    for frame in range(FRAMES):
        begin = time.process_time()
        paint(frame)
        taken.append((time.process_time() - begin) * 1_000)
    return median(taken), quantiles(taken, n=100)[98]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    app = QApplication(sys.argv[:1])
    theme.apply(app, theme.load("dark"))
    actors = (Actor.USER, Actor.AGENT, Actor.TOOL, Actor.AGENT, Actor.TOOL)
    steps = [Step(i, actors[(i * i + i // 7) % 5], Kind.MESSAGE, "x", i, is_error=i % 211 == 3) for i in range(count)]
    dream = [
        CorrectedStep(Step(count // 2 + i, Actor.AGENT, Kind.MESSAGE, "x", i), Provenance.DREAMED) for i in range(400)
    ]
    candidates = [Candidate(i * count // 50, Category.D1, 0.02, "offline", "x") for i in range(50)]

    view = TimelineView()
    empty = QWidget()
    for widget in (view, empty):
        widget.resize(WIDTH, view.height())
        widget.show()
    app.processEvents()
    gc.collect()

    begin = time.process_time()
    view.show_episode(steps, count // 2, candidates)
    view.show_correction(count // 2, dream)
    view.repaint()
    first = (time.process_time() - begin) * 1_000

    def whole(frame: int) -> None:
        view.repaint()

    def zoom(frame: int) -> None:
        view._rescale(view.scale.zoomed(1.09 if frame < FRAMES // 2 else 1 / 1.09, WIDTH / 2))
        view.repaint()

    def pan(frame: int) -> None:
        view._rescale(view.scale.panned(-37 if frame < FRAMES // 2 else 37))
        view.repaint()

    base, _ = frames(lambda frame: empty.repaint())
    print(f"{count:,} steps, {WIDTH} x {view.height()} pixels, CPU time")
    print(f"empty widget          {base:7.3f} ms a frame")
    print(f"first paint           {first:7.1f} ms, from the steps to the picture")
    for name, paint, pitch in (
        ("whole episode", whole, 0.0),
        ("zooming through", zoom, 0.0),
        ("panning, far out", pan, 0.4),
        ("panning, as bars", pan, 8.0),
        ("panning, as boxes", pan, 44.0),
    ):
        view._rescale(view.scale.fitted())
        view._rescale(view.scale.zoomed(max(1.0, pitch / view.scale.pitch), WIDTH / 2))
        middle, worst = frames(paint)
        print(f"{name:<21} {middle:7.2f} ms a frame, 99th percentile {worst:6.2f}, {middle / base:6.1f} x empty")


if __name__ == "__main__":
    main()

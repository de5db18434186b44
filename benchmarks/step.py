"""A step of 5 MB: milliseconds until it is laid out, highlighted and painted, folded and unfolded, and while scrolling.

python benchmarks/step.py [--mb 5]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable
from statistics import median
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import corpus
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dreamdesk.gui import looks
from dreamdesk.gui.compare.view import CompareView
from dreamdesk.model.episode import Actor, Kind, Step

AT_MOST_MS = 100


def texts(size: int) -> dict[str, str]:
    """Return JSON of many lines, JSON in one line, prose of many lines and prose in one line, each of about *size*."""
    chance, words = random.Random(5), corpus.Writer().words[:5_000]
    rows = [
        {"id": chance.randrange(10**9), "who": chance.choice(words), "open": True, "of": [chance.random(), None]}
        for _ in range(size // 96)
    ]
    prose = [" ".join(chance.choices(words, k=14)) for _ in range(size // 96)]

    def cut(parts: list[Any], written: Callable[[list[Any]], str]) -> str:
        return written(parts[: len(parts) * size // len(written(parts))])

    return {
        "JSON, indented": cut(rows, lambda part: json.dumps(part, indent=1)),
        "JSON, one line": cut(rows, json.dumps),
        "prose, many lines": cut(prose, "\n".join),
        "prose, one line": cut(prose, " ".join),
    }


def milliseconds(job: Callable[[], object]) -> tuple[float, float]:
    """Return the wall and the processor time of *job*."""
    wall, cpu = time.perf_counter(), time.process_time()
    job()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=5)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    app = QApplication([])
    looks.dress(app, "dark")
    print("| step | MB | first shown, ms wall (CPU) | unfolded to the end | a page further | at most |")
    print("|---|---|---|---|---|---|")
    for name, text in texts(int(given.mb * 1e6)).items():
        steps = [
            Step(0, Actor.USER, Kind.MESSAGE, "Show me.", 0),
            Step(1, Actor.TOOL, Kind.TOOL_RESULT, text, 1, tool="read"),
        ]
        found: list[list[tuple[float, float]]] = [[], [], []]
        for _ in range(given.repeat):
            view = CompareView()
            view.resize(1280, 700)
            view.show()
            app.processEvents()

            def first(view: CompareView = view, steps: list[Step] = steps) -> None:
                view.show_pair(steps, None, error=1)
                view.viewport().repaint()

            def press(key: Qt.Key, view: CompareView = view) -> None:
                QTest.keyClick(view, key)
                view.viewport().repaint()

            found[0].append(milliseconds(first))
            found[1].append(milliseconds(lambda press=press: press(Qt.Key.Key_Space)))  # type: ignore[misc]
            found[2] += [milliseconds(lambda press=press: press(Qt.Key.Key_PageDown)) for _ in range(5)]  # type: ignore[misc]
            view.close()
            view.deleteLater()
        told = [f"{median(w for w, _ in one):.1f} ({median(c for _, c in one):.1f})" for one in found]
        print(f"| {name} | {len(text) / 1e6:.1f} | {told[0]} | {told[1]} | {told[2]} | {AT_MOST_MS} |", flush=True)


if __name__ == "__main__":
    main()

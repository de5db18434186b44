"""PySide6 6.12.0 drops a reference to None on each void call and aborts Python 3.11 after some thousands of them."""

from __future__ import annotations

import subprocess
import sys

PAINT = """
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
image = QImage(8, 8, QImage.Format.Format_RGB32)
painter = QPainter(image)
for _ in range(50_000):
    painter.fillRect(0, 0, 8, 8, Qt.GlobalColor.red)
painter.end()
print(image.pixelColor(4, 4).name())
"""


def test_fifty_thousand_rectangles_do_not_abort_the_interpreter() -> None:
    done = subprocess.run([sys.executable, "-c", PAINT], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "#ff0000"

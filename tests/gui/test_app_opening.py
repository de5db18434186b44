"""What macOS asks the running program to open arrives as an event; it is tried in a program of its own."""

from __future__ import annotations

import subprocess
import sys

ASKED = """if True:
    from PySide6.QtCore import QCoreApplication, QTimer
    from PySide6.QtGui import QFileOpenEvent
    from dreamdesk.gui.opening import Application
    app = Application([])
    app.asked.connect(lambda path: print(type(path).__name__, path))
    QTimer.singleShot(0, lambda: QCoreApplication.postEvent(app, QFileOpenEvent("/desks/week 44.desk")))
    QTimer.singleShot(50, app.quit)
    app.exec()
"""


def test_a_file_that_the_system_asks_to_open_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split(maxsplit=1)[1].strip() == "/desks/week 44.desk"
    assert done.stdout.startswith("PosixPath")

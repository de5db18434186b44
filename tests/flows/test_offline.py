"""A day of work makes no connection, on the command line and in the window, in a network that leads nowhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk_tools import ROOT, environment

WATCH = """
import os, sys

def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        with open(os.environ["SOCKET_LOG"], "a") as log:
            log.write(f"{event} {arguments!r}\\n")

sys.addaudithook(watch)
"""

WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[2])
from dreamdesk.desk.queue import Tab
from dreamdesk.gui import app
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.window import Window
application = app._application()
window = Window(Memory())
window.show()
window.open_desk(Path(sys.argv[1]))
QTest.qWait(500)
window.review.queue.show_tab(Tab.ALL)
for action in ("reveal", "next", "error", "quote", "policy", "page-ledger", "verify", "page-review", "keys"):
    for _ in range(200):
        QTest.qWait(20)
        if not window.jobs.busy():
            break
    window.do(action)
assert window.review.case is not None
for shown in application.topLevelWidgets():
    shown.close()
print("seen")
"""


@pytest.fixture
def alone(tmp_path: Path) -> list[str]:
    """The beginning of a command that runs in a network namespace of its own, where only a dead loopback exists."""
    command = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this system lets nobody make a network namespace")
    return command


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment in which every use of a socket is written down."""
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(WATCH)
    return environment(
        PYTHONPATH=f"{hook}:{ROOT}",
        SOCKET_LOG=str(tmp_path / "sockets.log"),
        QT_QPA_PLATFORM="offscreen",
        HTTPS_PROXY="http://192.0.2.1:8080",
        HTTP_PROXY="http://192.0.2.1:8080",
    )


def test_the_watch_sees_a_connection(alone: list[str], watched: dict[str, str]) -> None:
    code = "import socket\ntry: socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError: pass"
    subprocess.run([*alone, sys.executable, "-c", code], env=watched, check=True)
    assert "socket.connect" in Path(watched["SOCKET_LOG"]).read_text()


def test_a_day_without_a_network(alone: list[str], watched: dict[str, str], samples: Path, tmp_path: Path) -> None:
    desk = tmp_path / "a.desk"

    def run(*words: object) -> list[dict[str, object]]:
        done = subprocess.run(
            [*alone, sys.executable, "-m", "dreamdesk", *map(str, words), "--json"],
            env=watched,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, (words, done.stdout[-500:], done.stderr[-2000:])
        return [json.loads(line) for line in done.stdout.splitlines()]

    run("import", samples, "--desk", desk)
    run("locate", "--desk", desk)
    run("dream", "--desk", desk)
    checks = run("check", "--desk", desk)
    run("auditor", "add", "Ann", "--role", "lead", "--desk", desk)
    blocked = {row["correction"] for row in checks if row["result"] == "block"}
    warned = {row["correction"] for row in checks if row["result"] == "warn"}
    open_ones = [n for n in sorted({int(str(row["correction"])) for row in checks}) if n not in blocked]
    for correction in open_ones:
        reason = "warning-not-material" if correction in warned else "follows-policy"
        words = ("--verdict", "approve", "--reason", reason, "--comment", "read", "--as", "Ann")
        run("decide", correction, *words, "--desk", desk)
    (bundle,) = run("release", "--desk", desk, "--out", tmp_path / "out", "--as", "Ann")
    run("verify", str(bundle["bundle"]))
    run("verify", "--desk", desk)
    seen = subprocess.run(
        [*alone, sys.executable, "-c", WINDOW, str(desk), str(tmp_path / "settings")],
        env=watched,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert seen.stdout.strip() == "seen", seen.stderr[-2000:]
    assert not Path(watched["SOCKET_LOG"]).exists(), Path(watched["SOCKET_LOG"]).read_text()

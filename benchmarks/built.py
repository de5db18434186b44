"""The built program against an empty Qt window built in the same way: size, and time from start to the first pixels.

build/frozen/bin/python benchmarks/built.py [--program dist/dreamdesk/dreamdesk] [--repeat 7] [--work FOLDER]

Needs PyInstaller, as `make dist` has it, and Xvfb. The two run in turn, warm, each on a new display whose frame buffer
is looked at from outside every 2 ms, so that nothing of the measuring is in the programs. Wall time is what a person
waits; processor time is that of the whole process until then.
"""

from __future__ import annotations

import argparse
import mmap
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.screen import virtual_display  # noqa: E402

EMPTY = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
window.show()
app.exec()
"""
SPEC = """
import sys
sys.path.insert(0, {root!r})
from tools.shipping.trim import trim
analysis = Analysis(["empty.py"], excludes=["PySide6.QtNetwork", "PySide6.QtDBus", "tkinter"])
trim(analysis)
COLLECT(EXE(PYZ(analysis.pure), analysis.scripts, exclude_binaries=True, name="empty"),
        analysis.binaries, analysis.datas, name="empty")
"""
_TICK = os.sysconf("SC_CLK_TCK")


def build_empty(folder: Path) -> Path:
    """Build the empty window in *folder*, once; return the program."""
    program = folder / "dist" / "empty" / "empty"
    if not program.exists():
        (folder / "empty.py").write_text(EMPTY)
        (folder / "empty.spec").write_text(SPEC.format(root=str(ROOT)))
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "empty.spec"]
        subprocess.run(command, cwd=folder, check=True)
    return program


def start(command: list[str], home: Path) -> tuple[float, float]:
    """Start a program; return the wall and the processor seconds until a pixel in the middle of the screen is its."""
    with tempfile.TemporaryDirectory() as folder, virtual_display(Path(folder)) as (name, screen):
        env = {"HOME": str(home), "LANG": "C.UTF-8", "DISPLAY": name, "QT_QPA_PLATFORM": "xcb"}
        with screen.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            begin = int.from_bytes(data[:4], "big") + 12 * int.from_bytes(data[76:80], "big")
            middle = begin + 4 * (1280 * 400 + 640)
            before, begun = data[middle : middle + 3], time.monotonic()
            with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                while data[middle : middle + 3] == before:
                    if process.poll() is not None or time.monotonic() - begun > 120:
                        process.kill()
                        raise SystemExit(f"{command[0]} has painted nothing.")
                    time.sleep(0.002)
                wall = time.monotonic() - begun
                fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
                process.kill()
    return wall, (int(fields[11]) + int(fields[12])) / _TICK


def megabytes(folder: Path) -> float:
    """Return how much the files of a folder take."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "dist" / "dreamdesk" / "dreamdesk")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir(), "dreamdesk-benchmark"))
    given = parser.parse_args()
    given.work.mkdir(exist_ok=True)
    programs = {"empty": build_empty(given.work.resolve()), "DreamDesk": given.program.resolve()}
    with tempfile.TemporaryDirectory() as home:
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for turn in range(given.repeat + 1):
            for name, program in programs.items():
                measured = start([str(program)], Path(home))
                times[name] += [measured] if turn else []  # the first of each warms the files
    empty, ours = ([median(one) for one in zip(*times[name], strict=True)] for name in programs)
    sizes = [megabytes(program.parent) for program in programs.values()]
    print("| built | empty window | DreamDesk | ratio |\n|---|---|---|---|")
    rows = (
        ("MB on the disk", *sizes),
        ("seconds to the first pixels", empty[0], ours[0]),
        ("CPU seconds", empty[1], ours[1]),
    )
    for what, one, other in rows:
        print(f"| {what} | {one:.2f} | {other:.2f} | {other / one:.2f} |")


if __name__ == "__main__":
    main()

"""``dreamdesk [VERB …]``: the command line when a verb is named, the window otherwise."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

VERBS = (
    "import",
    "list",
    "locate",
    "batches",
    "dream",
    "check",
    "decide",
    "auditor",
    "setting",
    "release",
    "bundles",
    "recall",
    "report-bundle",
    "verify",
    "witness",
    "packet",
    "policy",
    "guard",
    "effect",
    "exchange",
    "mapping",
    "memory",
    "outcome",
    "outcome-rule",
    "report",
    "environments",
    "oversight",
    "trace",
    "triage",
    "erase",
    "episode",
    "queue",
    "reserve",
    "reasons",
    "checklist",
    "incident",
    "desk",
    "learn",
    "evaluate",
)


def main() -> int:
    """Run the program; the exit status is returned."""
    arguments = sys.argv[1:]
    _be_somebody()
    try:
        if getattr(sys, "frozen", False):
            from multiprocessing import freeze_support

            _settle()
            freeze_support()  # where it was started as a process of an import, it is that and ends here
            if len(arguments) == 3 and arguments[0] == "run-environment":  # it calls itself so, see dream/outside.py
                from dreamdesk.dream.outside_process import main as run_environment

                run_environment(arguments[1], Path(arguments[2]))
                return 0
        if arguments and (arguments[0] in VERBS or arguments[0].startswith("-")):
            from dreamdesk.cli.main import run

            return run(arguments)
        return _window([Path(argument) for argument in arguments])
    except KeyboardInterrupt:
        print("dreamdesk: stopped", file=sys.stderr)  # noqa: T201
        return 2


def _be_somebody() -> None:
    """Give whoever has no name on this system, as in a container without accounts, a number for one.

    The ledger says who did what; `getpass.getuser` looks into the environment first.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError):  # OSError since Python 3.13
        os.environ["LOGNAME"] = f"uid-{os.getuid()}"


def _settle() -> None:
    """Make the built program at home on this machine.

    PyInstaller points LD_LIBRARY_PATH at the libraries that the program brings. ssh-keygen and a file manager that it
    starts need those of the machine, and where it starts itself it shall begin afresh. And it has no site-packages:
    environments that others wrote are installed into the folder ``environments`` beside the program.
    """
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", "")
    for name in [name for name in os.environ if name == "LD_LIBRARY_PATH" or name.startswith("_PYI_")]:
        del os.environ[name]
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    sys.path.append(str(Path(sys.executable).resolve().parent / "environments"))


def _window(paths: list[Path]) -> int:
    """Open the window on a desk and traces, or say what is in the way."""
    trouble = next((f"{path}: there is no such file, and no such verb." for path in paths if not path.exists()), "")
    headless = sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if headless and not trouble:
        trouble = "There is no display to open the window on. `dreamdesk --help` lists what works without one."
    if trouble:
        print(f"dreamdesk: {trouble}", file=sys.stderr)  # noqa: T201
        return 2
    from dreamdesk.gui import speech
    from dreamdesk.gui.memory import Memory

    speech.begin(Memory())  # before the rest, whose constants are translated when they are made
    from dreamdesk.gui.app import run

    desks = [path for path in paths if path.suffix == ".desk"]
    return run(desks[0] if desks else None, [path for path in paths if path not in desks])


if __name__ == "__main__":
    sys.exit(main())

"""``dreamdesk [VERB …]``: the command line when a verb is named, the window otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

VERBS = ("import", "list", "locate", "dream", "check", "decide", "auditor", "setting", "release", "verify")


def main() -> int:
    """Run the program; the exit status is returned."""
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in VERBS or arguments[0].startswith("-")):
        from dreamdesk.cli.main import run

        return run(arguments)
    from dreamdesk.gui.app import run as run_window

    paths = [Path(argument) for argument in arguments]
    desks = [path for path in paths if path.suffix == ".desk"]
    return run_window(desks[0] if desks else None, [path for path in paths if path not in desks])


if __name__ == "__main__":
    sys.exit(main())

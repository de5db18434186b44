"""The process in which an environment of somebody else's runs: ``python -m dreamdesk.dream.outside_process NAME FILE``.

The episode and the calls come on standard input, from `dreamdesk.dream.outside`; the answers go into FILE as JSON, so
that whatever the environment prints cannot be taken for them.
"""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path

from dreamdesk.dream.environment import GROUP, Environment, play


def main(name: str, target: Path) -> None:
    """Make the calls and write what came of them."""
    episode, runs = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  # our own words to ourselves
    found: Environment = next(iter(entry_points(group=GROUP, name=name))).load()
    played = [play(found, episode, run) for run in runs] if found.fits(episode) else []
    answer = {"environment": f"{name} {found.version}", "played": [asdict(one) for one in played]}
    target.write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

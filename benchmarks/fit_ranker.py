"""Train the ranker on labelled failures and write ``resources/ranker/offline.json``.

    python benchmarks/fit_ranker.py LABELS [--episodes FILE] [--write]

Without --write it prints the model only. LABELS and FILE are as `dreamdesk evaluate` reads them. The recipe stands in
``dreamdesk/locate/training.py``; the same labels give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dreamdesk.locate.ranker import model_out
from dreamdesk.locate.resources import resource
from dreamdesk.locate.training import calibrated, train
from dreamdesk.pipeline.evaluating import labelled_cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--episodes", type=Path, action="append", default=[])
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    marked = [case.rows for case in labelled_cases(asked.labels, asked.episodes)]
    text = json.dumps(model_out(calibrated(marked, train(marked))), indent=1, sort_keys=True) + "\n"
    if asked.write:
        resource("ranker", "offline.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()

"""Train the ranker on labelled failures and write ``resources/ranker/offline.json``.

    python benchmarks/fit_ranker.py LABELS [--write]

Without --write it prints the model only. LABELS is a folder as `dreamdesk evaluate` reads it. The recipe stands in
``dreamdesk/locate/training.py``; the same labels give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from dreamdesk.pipeline.evaluating import labelled_rows

from dreamdesk.locate.ranker import model_out
from dreamdesk.locate.resources import resource
from dreamdesk.locate.training import calibrated, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    marked = [case.rows for case in labelled_rows(asked.labels)]
    text = json.dumps(model_out(calibrated(marked, train(marked))), indent=1, sort_keys=True) + "\n"
    if asked.write:
        resource("ranker", "offline.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()

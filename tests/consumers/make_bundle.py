"""Write the bundle that `make test-formats` trains on: python tests/consumers/make_bundle.py FOLDER."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "release")]

from format_cases import every_sort  # noqa: E402
from release_cases import auditor  # noqa: E402

from dreamdesk.model.decision import Role  # noqa: E402
from dreamdesk.release.bundle import write  # noqa: E402
from dreamdesk.release.formats import formats  # noqa: E402

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    signers = [auditor("anna", Role.REVIEWER), auditor("Lea", Role.REVIEWER)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    write(folder, every_sort(signers, tuple(made.name for made in formats())), signers[1].sshsig, "Lea")

"""croissant.json names the training files as they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def test_it_names_every_training_file_with_its_hash_and_every_column(bundle: Path) -> None:
    data = bundle / "data"
    described = json.loads((data / "croissant.json").read_text(encoding="utf-8"))
    named = {entry["contentUrl"]: entry["sha256"] for entry in described["distribution"]}
    folders = ("sft", "preference", "step", "evals")
    files = [path for folder in folders for path in (data / folder).iterdir()]
    assert named == {path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    fields = {entry["name"]: [field["name"] for field in entry["field"]] for entry in described["recordSet"]}
    assert {f"{name}.jsonl" for name in fields} == set(named)
    assert fields["sft/trl_prompt_completion"] == [
        "prompt/role",
        "prompt/content",
        "completion/role",
        "completion/content",
        "tools/name",
        "tools/declared",
    ]
    assert described["datePublished"] == "2026-11-18"
    assert "licen" not in json.dumps(described).lower()  # whose data it is, the desk does not know

"""Every training format: what its rows say, what it cannot say, and that its consumers' loader gives it back."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_cases import answered, chat, every_sort
from release_cases import content_of, item

from dreamdesk.model.errors import UserError
from dreamdesk.release.bundle import write
from dreamdesk.release.formats import FOLDERS, formats
from dreamdesk.release.verify import verify
from dreamdesk.review.identity import Signer

ALL = tuple(made.name for made in formats())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, anna: Signer, lea: Signer) -> Path:
    """A bundle with every format, of corrections of every sort."""
    folder = tmp_path_factory.mktemp("formats") / "every-sort-3"
    return write(folder, every_sort([anna, lea], ALL), lea.sshsig, lea.auditor.name)


def read(bundle: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "data" / f"{name}.jsonl").read_bytes().splitlines()]


def of(bundle: Path, name: str, correction: int) -> dict[str, Any]:
    """Return the first row of *correction* in the file *name*."""
    lines = read(bundle, "provenance/rows")
    line = next(r["line"] for r in lines if (r["file"], r["correction"]) == (f"{name}.jsonl", correction))
    return read(bundle, name)[line - 1]


def test_the_bundle_is_sound_and_every_format_has_rows(made: Path) -> None:
    assert verify(made) == []
    for name in ALL:
        assert read(made, name), name


def test_openai_arguments_are_text_and_results_find_their_calls(made: Path) -> None:
    said = of(made, "sft/openai_chat", 3)["messages"]
    calls = said[2]["tool_calls"]
    assert [(one["id"], json.loads(one["function"]["arguments"])["order"]) for one in calls] == [
        ("call_1", 7),
        ("call_2", 8),
    ]
    assert [(one["tool_call_id"], one["content"]) for one in said[3:5]] == [
        ("call_2", "8 is here"),
        ("call_1", "7 is there"),
    ]
    assert [one.get("weight") for one in said] == [None, None, 0, None, None, 1]
    pair = of(made, "preference/openai_dpo", 3)
    assert pair["preferred_output"] == [{"role": "assistant", "content": "7 is there, 8 is here."}]
    assert pair["non_preferred_output"] == [{"role": "assistant", "content": "I do not know."}]
    assert "weight" not in json.dumps(pair)


def test_gemini_keeps_objects_and_joins_results(made: Path) -> None:
    row = of(made, "sft/gemini", 3)
    assert row["systemInstruction"] == {"parts": [{"text": "Be kind."}]}
    user, model, results, last = row["contents"]
    assert [part["functionCall"]["args"] for part in model["parts"]] == [{"order": 7}, {"order": 8}]
    assert [part["functionResponse"]["response"] for part in results["parts"]] == [
        {"output": "8 is here"},
        {"output": "7 is there"},
    ]
    assert (user["role"], last) == ("user", {"role": "model", "parts": [{"text": "7 is there, 8 is here."}]})
    pair = of(made, "preference/gemini", 2)
    assert [(one["score"], one["completion"]["parts"][0]["text"]) for one in pair["completions"]] == [
        (1, "4"),
        (0, "5"),
    ]
    assert [one["role"] for one in pair["contents"]] == ["user", "model", "user"]


def test_bedrock_and_axolotl_are_texts_in_turn(made: Path) -> None:
    (row,) = read(made, "sft/bedrock_claude")
    assert row == {
        "system": "Be kind.",
        "messages": [
            {"role": "user", "content": "Can you help me?"},
            {"role": "assistant", "content": "Of course."},
            {"role": "user", "content": "What is 2 + 2?"},
            {"role": "assistant", "content": "4"},
        ],
    }
    pair = of(made, "preference/axolotl_dpo", 2)
    assert (pair["chosen"]["content"], pair["rejected"]["content"]) == ("4", "5")


def test_sharegpt_turns_alternate_and_its_loader_is_told_where_they_are(made: Path) -> None:
    row = of(made, "sft/sharegpt", 2)
    assert [one["from"] for one in row["conversations"]] == ["human", "gpt", "human", "gpt"]
    told = json.loads((made / "data/dataset_info.json").read_text())
    assert set(told) == {"dreamdesk_sft", "dreamdesk_preference"}
    assert told["dreamdesk_preference"]["ranking"] is True
    for entry in told.values():
        columns = set(json.loads((made / "data" / entry["file_name"]).read_bytes().splitlines()[0]))
        assert set(entry["columns"].values()) <= columns


def test_the_first_false_step_is_the_error(made: Path) -> None:
    row = of(made, "step/stepwise", 3)
    assert row["labels"] == [True, False]
    assert row["prompt"] == "Be kind.\n\nWhere are 7 and 8?"
    assert row["completions"][0] == 'look({"order":7})\n\nlook({"order":8})'
    assert row["completions"][1].endswith("\n\nI do not know.")
    assert set(map(str, of(made, "step/stepwise_corrected", 3)["labels"])) == {"True"}


def test_wrong_behaviour_leaves_only_when_it_is_asked_for(
    tmp_path: Path, made: Path, anna: Signer, lea: Signer
) -> None:
    assert {row["label"] for row in read(made, "preference/trl_kto")} == {True}
    assert {row["label"] for row in read(made, "preference/trl_kto_negatives")} == {False}
    usual = write(tmp_path / "usual", every_sort([anna, lea]), lea.sshsig, lea.auditor.name)
    left = {made.name for made in formats() if (usual / "data" / made.path).exists()}
    assert left == set(ALL) - {"preference/trl_kto_negatives"}
    assert "DreamDesk-Formats: " in (usual / "bag-info.txt").read_text()
    assert "kto_negatives" not in (usual / "bag-info.txt").read_text()


def test_what_leaves_is_a_choice(tmp_path: Path, anna: Signer, lea: Signer) -> None:
    few = write(tmp_path / "few", every_sort([anna, lea], ("sft/gemini",)), lea.sshsig, lea.auditor.name)
    files = [path for folder in FOLDERS for path in (few / "data").glob(f"{folder}/*")]
    assert [path.name for path in files] == ["gemini.jsonl"]
    assert not (few / "data/dataset_info.json").exists()
    with pytest.raises(UserError, match=r"no training format 'sft/no'.*sft/gemini"):
        write(tmp_path / "no", every_sort([anna, lea], ("sft/no",)), lea.sshsig, lea.auditor.name)


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("sft/bedrock_claude.jsonl", "the corrected turn calls a tool, which the format cannot say"),
        ("sft/bedrock_claude.jsonl", "tools are called before the corrected turn"),
        ("sft/bedrock_claude.jsonl", "user and agent do not speak in turn"),
        ("sft/openai_chat.jsonl", "a call in the recording has no result"),
        ("sft/openai_chat.jsonl", "a tool has a name that OpenAI does not take"),
        ("sft/gemini.jsonl", "a system message stands in the middle"),
        ("sft/gemini.jsonl", "a tool has a name that Gemini does not take"),
        ("sft/gemini.jsonl", "the agent speaks twice in a row"),
        ("sft/sharegpt.jsonl", "a turn of the agent holds text and calls at once"),
        ("preference/gemini.jsonl", "one of the two answers calls a tool"),
        ("preference/openai_dpo.jsonl", "one of the two answers calls a tool"),
        ("preference/axolotl_dpo.jsonl", "tools are called, which the format cannot say"),
    ],
)
def test_what_a_format_cannot_say_is_left_out_and_counted(made: Path, file: str, reason: str) -> None:
    card = (made / "data/README.md").read_text()
    lines = [line for line in card.splitlines() if line.startswith(f"- {file}: ") and reason in line]
    assert len(lines) == 1, card
    page = (made / "data/report/report.html").read_text()
    assert lines[0].removeprefix("- ") in page


def test_every_turn_is_in_a_file_or_counted_as_left_out(made: Path) -> None:
    card = (made / "data/README.md").read_text()
    turns = len(read(made, "sft/trl_prompt_completion"))
    for name in ("sft/bedrock_claude", "sft/gemini", "sft/openai_chat", "sft/sharegpt"):
        told = [line for line in card.splitlines() if line.startswith(f"- {name}.jsonl: ")]
        left = sum(int(line.split(": ")[1].split()[0]) for line in told)
        assert len(read(made, name)) + left == turns, name


def test_schemas_travel_with_the_rows(made: Path) -> None:
    for name in ALL:
        schema = made / "data/schemas" / f"{name}.schema.json"
        assert "ource" in json.loads(schema.read_text())["$comment"] or name == "evals/regression"


_LOAD = """
import json, sys, datasets
for config in sys.argv[2:]:
    for row in datasets.load_dataset(sys.argv[1], config, split="train"):
        print(json.dumps([config, row]))
"""


def load(bundle: Path, home: Path, configs: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what `datasets` reads, in a process of its own."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(home), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", _LOAD, str(bundle / "data"), *configs]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {config: [] for config in configs}
    for line in done.stdout.splitlines():
        config, row = json.loads(line)
        found[config].append(row)
    return found


def written(bundle: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each configuration; a key that another row of it has is None."""
    found: dict[str, list[dict[str, Any]]] = {}
    for made in formats():
        if (bundle / "data" / made.path).exists():
            found.setdefault(made.config, []).extend(read(bundle, made.name))
    for config, rows in found.items():
        keys = dict.fromkeys(key for row in rows for key in row)
        found[config] = [{key: row.get(key) for key in keys} for row in rows]
    return found


def test_datasets_loads_every_configuration_exactly(made: Path, tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    expected = written(made)
    assert len(expected) == len({made.config for made in formats()})
    assert load(made, tmp_path, sorted(expected)) == expected


def test_calls_that_first_appear_after_ten_megabytes_load(tmp_path: Path, anna: Signer, lea: Signer) -> None:
    """`datasets` reads 10 MB at a time, and takes the types of the first part unless the card tells them."""
    pytest.importorskip("datasets")
    signers = [anna, lea]
    long = [chat(f"/{n}", "Can you help me? " + chr(97 + n) * 600_000) for n in range(20)]
    items = [item(n + 1, signers, wrong, answered(wrong, "4")) for n, wrong in enumerate(long)]
    last = every_sort(signers).items[3]
    content = content_of(
        [*items, replace(item(99, signers, last.episode, last.revision))], [s.auditor for s in signers]
    )
    small = replace(content, formats=("sft/trl_prompt_completion",))
    bundle = write(tmp_path / "big", small, lea.sshsig, lea.auditor.name)
    assert (bundle / "data/sft/trl_prompt_completion.jsonl").stat().st_size > 10 << 20
    assert _digest(load(bundle, tmp_path, ["sft"])["sft"]) == _digest(written(bundle)["sft"])


def _digest(rows: Iterator[Any] | list[Any]) -> str:
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()

"""The data card, Croissant, the bill of materials and the quality figures: complete, consistent and of the right form.

The official validators were run on such files: mlcroissant 1.1.1 (no error; it recommends a licence and a citation,
which the desk does not know; it reads all record sets), and the strict JSON schema of CycloneDX 1.7 in
cyclonedx-python-lib 11.12 (valid).
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_cases import every_sort

from dreamdesk.release.bundle import write
from dreamdesk.release.content import Asked
from dreamdesk.release.formats import FOLDERS, formats
from dreamdesk.review.identity import Signer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, anna: Signer, lea: Signer) -> Path:
    content = every_sort([anna, lea], tuple(made.name for made in formats()))
    asked = Asked("k" * 64, "claude-x", "a" * 64, "b" * 64)
    items = (replace(content.items[0], asked=asked), *content.items[1:])
    figures = {"agreement": {"n": 3, "enough": 30}, "sampling": {"plans": []}}
    whole = replace(content, items=items, quality=figures)
    return write(tmp_path_factory.mktemp("metadata") / "b", whole, lea.sshsig, lea.auditor.name)


def load(bundle: Path, name: str) -> Any:
    return json.loads((bundle / "data" / name).read_text(encoding="utf-8"))


def files(bundle: Path) -> set[str]:
    data = bundle / "data"
    return {path.relative_to(data).as_posix() for folder in FOLDERS for path in (data / folder).glob("*.jsonl")}


def test_croissant_has_what_version_1_1_and_rai_ask_for(made: Path) -> None:
    described = load(made, "croissant.json")
    assert described["@type"] == "sc:Dataset"
    assert described["conformsTo"] == ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
    assert described["@context"]["cr"] == "http://mlcommons.org/croissant/"
    assert {entry["contentUrl"] for entry in described["distribution"]} == files(made)
    objects = {entry["@id"] for entry in described["distribution"]}
    ids = [field["@id"] for entry in described["recordSet"] for field in entry["field"]]
    ids += [entry["@id"] for entry in described["recordSet"]] + list(objects)
    assert len(ids) == len(set(ids))
    for entry in described["recordSet"]:
        columns = {key for line in (made / "data" / f"{entry['name']}.jsonl").read_bytes().splitlines()
                   for key in json.loads(line)}  # fmt: skip
        assert {field["name"].split("/")[0] for field in entry["field"]} == columns
        for field in entry["field"]:
            assert field["source"]["fileObject"]["@id"] in objects
            assert field["dataType"] in ("sc:Text", "sc:Boolean")
    said = {key for key in described if key.startswith("rai:")}
    assert {"rai:dataAnnotationProtocol", "rai:dataCollection", "rai:dataCollectionMissingData", "rai:dataLimitations",
            "rai:personalSensitiveInformation", "rai:machineAnnotationTools", "rai:dataUseCases"} <= said  # fmt: skip
    assert any("imagined" in limit for limit in described["rai:dataLimitations"])
    for name in described["rai:dataAnnotationAnalysis"]:
        assert (made / "data" / name).exists(), name


def test_the_bill_of_materials_names_files_sources_models_and_people(made: Path) -> None:
    bill = load(made, "provenance/bom.cdx.json")
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.7")
    assert uuid.UUID(bill["serialNumber"].removeprefix("urn:uuid:"))
    components = {entry["bom-ref"]: entry for entry in bill["components"]}
    assert len(components) == len(bill["components"])
    for name in files(made):
        (digest,) = components[name]["hashes"]
        assert digest["content"] == hashlib.sha256((made / "data" / name).read_bytes()).hexdigest()
    sources = [json.loads(line) for line in (made / "data/provenance/sources.jsonl").read_bytes().splitlines()]
    assert {f"source:{source['sha256']}" for source in sources} <= set(components)
    assert components["model:claude-x"]["type"] == "machine-learning-model"
    known = {*components, "bundle"}
    for entry in bill["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= known
    declared = bill["declarations"]
    evidence = {entry["bom-ref"] for entry in declared["evidence"]}
    assert all(set(claim["evidence"]) <= evidence for claim in declared["claims"])
    for entry in declared["evidence"]:
        path = re.match(r"data/[a-z./]+[a-z]", entry["description"])
        assert path
        assert (made / path[0]).exists(), entry
    assert {entry["organization"]["name"] for entry in declared["assessors"]} == {"anna", "Lea Müller"}
    stewards = bill["metadata"]["component"]["data"][0]["governance"]["stewards"]
    assert [entry["contact"]["name"] for entry in stewards] == ["Lea Müller", "anna"]


def test_the_card_tells_every_file_and_only_columns_that_are_there(made: Path) -> None:
    yaml = pytest.importorskip("yaml")
    text = (made / "data/README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("\n---\n")[0])
    assert {file for entry in head["configs"] for file in entry["data_files"]} == files(made)
    features = {entry["config_name"]: [f["name"] for f in entry["features"]] for entry in head["dataset_info"]}
    for entry in head["configs"]:
        keys = {
            key
            for file in entry["data_files"]
            for line in (made / "data" / file).read_bytes().splitlines()
            for key in json.loads(line)
        }
        assert set(features[entry["config_name"]]) == keys
    for said in ("imagined", "nobody vouches", "mask_history", "TRL ≤1.13", "1 × withheld"):
        assert said in text, said


def test_quality_figures_say_what_they_count(made: Path) -> None:
    assert load(made, "quality/agreement.json") == {"n": 3, "enough": 30}
    figures = load(made, "quality/corrections.json")
    assert figures["n"] == 7
    assert figures["levels"] == {"V2": 7}
    assert figures["decisions"] == {"approve": 14}
    assert figures["checks"]["secrets: warn"] == 7
    assert figures["rejected"] == {"invented-facts": 2}


def test_provenance_tells_the_exchange_that_dreamed(made: Path) -> None:
    lines = [json.loads(line) for line in (made / "data/provenance/corrections.jsonl").read_bytes().splitlines()]
    assert lines[0]["exchange"]["model"] == "claude-x"
    assert lines[0]["exchange"]["reply_sha256"] == "b" * 64
    assert lines[1]["exchange"] is None
    assert [d["auditor"] for d in lines[0]["decisions"]] == ["anna", "Lea Müller"]

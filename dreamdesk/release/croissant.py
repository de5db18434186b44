"""croissant.json: the bundle's training files in the terms of MLCommons Croissant 1.0, with its RAI fields."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence

from dreamdesk.model.canonical import Json
from dreamdesk.model.text import one_line
from dreamdesk.release.content import Content
from dreamdesk.release.formats import Format

# The terms of the JSON-LD context that the specification prescribes (mlcommons/croissant, docs/croissant-spec.md).
_TERMS = (
    "citeAs column conformsTo extract field fileProperty fileObject fileSet format includes isLiveDataset jsonPath key "
    "md5 parentField path recordSet references regex repeated replace separator source subField transform"
)
_CONTEXT: dict[str, Json] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}


def croissant(
    content: Content, columns: Mapping[str, Sequence[str]], hashes: Mapping[str, str], formats: Sequence[Format]
) -> str:
    """Return the text of croissant.json. *columns* and *hashes*: the keys and the SHA-256 of each written path."""
    written = [made for made in formats if made.path in columns]
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"{one_line(content.desk)}, release {content.number}",
        "description": "Decisions that AI agents took wrongly in recorded runs, corrected and approved by people.",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "datePublished": time.strftime("%Y-%m-%d", time.gmtime(content.at // 10**9)),
        "version": f"{content.number}.0.0",
        "rai:dataAnnotationProtocol": "Each correction was read, with its error point, its evidence and checks, and "
        f"approved under signature by {content.required_approvals} auditor(s) or more: provenance/decisions.jsonl.",
        "rai:dataLimitations": "The steps before each error are as recorded. See README.md.",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": made.path,
                "name": made.path,
                "contentUrl": made.path,
                "encodingFormat": "application/jsonlines",
                "sha256": hashes[made.path],
            }
            for made in written
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": made.config,
                "name": made.config,
                "description": made.title,
                "field": [
                    field
                    for column, kind in made.columns.items()
                    if column in columns[made.path]
                    for field in _fields(made, column, kind)
                ],
            }
            for made in written
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def _fields(made: Format, column: str, kind: str) -> list[dict[str, Json]]:
    """Return the fields of one column. Croissant has no type for free JSON: of messages and tools it tells the text."""
    source: dict[str, Json] = {"fileObject": {"@id": made.path}, "extract": {"column": column}}
    if kind != "json":
        name = f"{made.config}/{column}"
        return [{"@type": "cr:Field", "@id": name, "name": column, "dataType": "sc:Text", "source": source}]
    paths = {"name": "$.function.name"} if column == "tools" else {"role": "$.role", "content": "$.content"}
    return [
        {
            "@type": "cr:Field",
            "@id": f"{made.config}/{column}/{part}",
            "name": f"{column}/{part}",
            "dataType": "sc:Text",
            "repeated": True,
            "source": {**source, "transform": {"jsonPath": path}},
        }
        for part, path in paths.items()
    ]

"""croissant.json: the bundle's training files in the terms of MLCommons Croissant 1.1, with its RAI fields.

Sources: mlcommons/croissant, docs/croissant-spec-1.1.md and docs/croissant-rai-spec.md.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping

from dreamdesk.model.canonical import Json
from dreamdesk.model.text import one_line
from dreamdesk.release.content import Content
from dreamdesk.release.formats import Format
from dreamdesk.release.rows import Rows

# The JSON-LD context that the specification prescribes.
_TERMS = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet format "
    "includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
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
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}
_TYPES = {"bool": "sc:Boolean", "bools": "sc:Boolean"}
_LISTS = ("json", "strings", "bools")
_LEAVES = {
    "tools": {"name": "$.function.name", "declared": "$.functionDeclarations[0].name"},
    "contents": {"role": "$.role", "text": "$.parts[0].text"},
    "conversations": {"from": "$.from", "value": "$.value"},
    "chosen": {"content": "$.content", "value": "$.value"},
    "rejected": {"content": "$.content", "value": "$.value"},
    "input": {"content": "$.messages[0].content"},
    "systemInstruction": {"text": "$.parts[0].text"},
    "system_instruction": {"text": "$.parts[0].text"},
    "completions": {"score": "$.score", "text": "$.completion.parts[0].text"},
}
"""What is told of a column of JSON values, by JSONPath into each; of any other column, role and content."""


def croissant(content: Content, rows: Rows, hashes: Mapping[str, str]) -> str:
    """Return the text of croissant.json. *rows* were written; *hashes*: the SHA-256 of each written path."""
    written = [made for made in rows.formats if made.path in rows.counts]
    described = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"{one_line(content.desk)}, release {content.number}",
        "description": "Decisions that AI agents took wrongly in recorded runs, corrected and approved by people.",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "datePublished": time.strftime("%Y-%m-%d", time.gmtime(content.at // 10**9)),
        "version": f"{content.number}.0.0",
        "isLiveDataset": False,
        **_rai(content, rows),
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
                "@id": made.name,
                "name": made.name,
                "description": made.title,
                "field": [
                    field
                    for column, kind in made.columns.items()
                    if column in rows.columns[made.path]
                    for field in _fields(made, column, kind)
                ],
            }
            for made in written
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def _rai(content: Content, rows: Rows) -> dict[str, Json]:
    """Return what the RAI vocabulary asks: how the data came about, who judged it, and what it cannot say."""
    made = Counter(c.provenance.value for item in content.items for c in item.revision.steps)
    gaps = Counter(gap.kind.value for item in content.items for gap in item.episode.gaps)
    sources = Counter(item.source.format for item in content.items)
    guardrails = sorted({check.guardrail for item in content.items for check in item.checks})
    return {
        "rai:dataCollection": f"Recorded runs of AI agents ({_told(sources)}). provenance/sources.jsonl names each "
        "file with its SHA-256, provenance/corrections.jsonl the bytes of each run in it.",
        "rai:dataCollectionType": ["Software Collection"],
        "rai:dataCollectionMissingData": f"What the recordings do not show: {_told(gaps) or 'no gap is known'}.",
        "rai:dataPreprocessingProtocol": [
            "One row is one corrected turn of the agent, with all that came before it.",
            f"Steps of the corrected paths by where they come from: {_told(made)}.",
            *(f"Left out: {said}" for said in rows.omissions()),
        ],
        "rai:dataAnnotationProtocol": "Each correction was read, with its error point, its evidence and checks, and "
        f"approved under signature by {content.required_approvals} auditor(s) or more: provenance/decisions.jsonl.",
        "rai:dataAnnotationPlatform": [f"DreamDesk {content.tool_version}".strip()],
        "rai:dataAnnotationAnalysis": [f"quality/{name}.json" for name in sorted({*content.quality, "corrections"})],
        "rai:annotationsPerItem": str(content.required_approvals),
        "rai:machineAnnotationTools": [f"guardrail {name}" for name in guardrails],
        "rai:dataUseCases": ["To train or to test the agent that was recorded, on the decisions that it took wrongly."],
        "rai:dataLimitations": [
            "The steps before each error are as recorded; nobody vouches that they were good.",
            "Tool results that nobody recorded are imagined; turns that follow one are "
            + ("in the data." if content.simulated_rows else "left out."),
            "An approval says that people read the correction, not that training on it helps.",
        ],
        "rai:personalSensitiveInformation": [
            "The recordings may hold personal data. A guardrail looks for secrets and personal data in corrections; "
            "names of people are not recognised."
        ],
    }


def _fields(made: Format, column: str, kind: str) -> list[dict[str, Json]]:
    """Return the fields of one column. Croissant has no type for free JSON: of such values some texts are told."""
    source: dict[str, Json] = {"fileObject": {"@id": made.path}, "extract": {"column": column}}
    several: dict[str, Json] = {"isArray": True, "arrayShape": "-1"} if kind in _LISTS else {}
    if kind not in ("json", "object"):
        name = f"{made.name}/{column}"
        told = {"dataType": _TYPES.get(kind, "sc:Text"), "source": source}
        return [{"@type": "cr:Field", "@id": name, "name": column, **told, **several}]
    paths = _LEAVES.get(column, {"role": "$.role", "content": "$.content"})
    return [
        {
            "@type": "cr:Field",
            "@id": f"{made.name}/{column}/{leaf}",
            "name": f"{column}/{leaf}",
            "dataType": "sc:Text",
            "source": {**source, "transform": {"jsonPath": path}},
            **several,
        }
        for leaf, path in paths.items()
    ]


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in sorted(counts.items()))

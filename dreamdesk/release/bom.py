"""bom.cdx.json: what the bundle's data is made of, as a CycloneDX 1.7 bill of materials for security teams.

Source: CycloneDX/specification, schema/bom-1.7.schema.json (components of type data, governance, declarations).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping

from dreamdesk.model.canonical import Json, sha256
from dreamdesk.model.text import one_line
from dreamdesk.release.content import Content
from dreamdesk.release.rows import Rows

PATH = "data/provenance/bom.cdx.json"


def bom(content: Content, rows: Rows, hashes: Mapping[str, str]) -> str:
    """Return the text of the bill. *rows* were written; *hashes*: the SHA-256 of each written path."""
    name, version = f"{one_line(content.desk)}, release {content.number}", f"{content.number}.0.0"
    sources = {source.sha256: source for source in _sources(content)}
    models = sorted({item.asked.model for item in content.items if item.asked})
    components = [
        *(_file(made.path, made.title, hashes[made.path]) for made in rows.formats if made.path in rows.counts),
        *(_source(source.name, digest) for digest, source in sorted(sources.items())),
        *({"type": "machine-learning-model", "bom-ref": f"model:{model}", "name": model} for model in models),
    ]
    used = [*(f"source:{digest}" for digest in sorted(sources)), *(f"model:{model}" for model in models)]
    body: dict[str, Json] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, sha256(repr(sorted(hashes.items())).encode()))}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(content.at // 10**9)),
            "tools": {"components": [{"type": "application", "name": "DreamDesk", "version": content.tool_version}]},
            "component": {
                "type": "data",
                "bom-ref": "bundle",
                "name": name,
                "version": version,
                "data": [_governed(content, name)],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": "bundle", "dependsOn": list(rows.counts)},
            *({"ref": path, "dependsOn": used} for path in rows.counts),
        ],
        "declarations": _declared(content),
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _sources(content: Content) -> list[Json]:
    return [item.source for item in content.items] + [source for plan in content.memory for source in plan.sources]


def _file(path: str, title: str, digest: str) -> dict[str, Json]:
    return {
        "type": "data",
        "bom-ref": path,
        "name": path,
        "description": title,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _source(name: str, digest: str) -> dict[str, Json]:
    return {
        "type": "data",
        "bom-ref": f"source:{digest}",
        "name": one_line(name),
        "description": "Recorded runs of agents. It is not in the bundle; its SHA-256 is that of the imported file.",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _governed(content: Content, name: str) -> dict[str, Json]:
    """Return who keeps and answers for the data: those who decided on it."""
    deciders = sorted({decision.auditor for decision in content.decisions})
    return {
        "type": "dataset",
        "name": name,
        "description": "Decisions that AI agents took wrongly in recorded runs, corrected and approved by people.",
        "classification": "As the recordings that it comes from",
        "sensitiveData": [
            "What the recordings hold, personal data included, unless a guardrail or a person took it out."
        ],
        "governance": {"stewards": [{"contact": {"name": one_line(person)}} for person in deciders]},
    }


def _declared(content: Content) -> dict[str, Json]:
    """Return what is claimed of the bundle, by whom, and where the evidence stands in it."""
    deciders = sorted({decision.auditor for decision in content.decisions})
    claim = f"Each correction was approved under signature by {content.required_approvals} auditor(s) or more."
    places = {
        "decisions": "data/provenance/decisions.jsonl and data/provenance/decisions: the signed decisions",
        "ledger": "data/audit/events.jsonl: the ledger of the desk, chained by hash",
        "checks": "data/provenance/corrections.jsonl: the guardrails' answers on each correction",
    }
    return {
        "assessors": [
            {"bom-ref": f"auditor:{person}", "thirdParty": False, "organization": {"name": one_line(person)}}
            for person in deciders
        ],
        "claims": [
            {
                "bom-ref": "claim:approved",
                "target": "bundle",
                "predicate": claim,
                "evidence": [f"evidence:{name}" for name in places],
            }
        ],
        "evidence": [
            {"bom-ref": f"evidence:{name}", "description": description} for name, description in places.items()
        ],
        "targets": {"components": [{"type": "data", "bom-ref": "target", "name": "bundle"}]},
    }

"""The data card (README.md for the Hugging Face loader) and VERIFY.txt: what a recipient reads first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from dreamdesk.model.text import one_line
from dreamdesk.release.content import Content
from dreamdesk.release.formats import Format
from dreamdesk.release.rows import Rows

_FEATURES = {
    "json": "list: json",
    "object": "dtype: json",
    "strings": "list: string",
    "bools": "list: bool",
    "string": "dtype: string",
    "bool": "dtype: bool",
}
"""What a column holds (`Format.columns`), in the terms of a dataset card."""

_CARD = """\
# Corrections approved by people

Each row is a decision that an AI agent took wrongly in a recorded run, answered as it should have been. People read
and approved every one of them; who, when and on what evidence stands in `provenance/` and `report/report.html`.

{table}

Load it with `datasets` 4.7 or newer (older versions do not know the JSON type and invent empty keys):

```python
from datasets import load_dataset
rows = load_dataset("path/to/this/folder", "{config}", split="train")
```

## How it was made
- {corrections} corrections of {episodes} episodes, under {decisions} signed decisions; {approvals} approving
  auditor(s) were required for each.
- One row holds one corrected turn of the agent. Later corrected turns of the same correction find the earlier ones in
  their prompt, so that tool results never enter the loss.
- {rejected}

## What a format could not say
Turns that a format cannot express are left out of its file, and are in the others:

{left_out}

## Limits
- {simulated}
- {gaps}
- The steps before the error are as recorded; nobody vouches that they were good.
- Thinking and gaps in the recording are left out of the rows. What other agents said in a run of several agents is
  user text that begins with the agent's name.
- `tools` is missing (None, once loaded) in rows whose trace does not say what the agent could call.
- Only `sft`, the preferences and the regression cases set the corrected turn apart. What is said above of the other
  files (`mask_history`, weights, turns that are learned along) decides what a trainer learns from them.
- Files for hosted services follow their published documentation (`schemas/` names it); no service has seen them.
- A recorded call whose arguments are not a JSON object is text in its message.
- An approval says that people read the correction. It does not say that training on it helps: run
  `evals/regression.jsonl` before and after.

## Where a row comes from
`provenance/rows.jsonl` names for each file and line the correction, the SHA-256 of the approved revision (a line of
`provenance/revisions.jsonl`), the steps of it that the row teaches and where each of them comes from (replayed,
grafted, dreamed, simulated, authored or imported).
"""

_MEMORY = """\
## Changes to what agents remember

People decided these changes path by path, and inside a file hunk by hunk. A plan holds what was approved and nothing
else, and takes back what was written before anybody decided and then rejected.

| file | for a | operations |
|---|---|---|
{files}

Each operation names the SHA-256 of the content that must stand there beforehand (`expected_sha256`) and of the one
that it leaves (`content_sha256`). Of a plan for a folder, `python3 apply_memory.py PLAN FOLDER` in the bundle checks
them all, then writes, then gives a receipt. Beside a plan lie the same operations as a memory store takes them
(`.ops.jsonl`), a unified diff that shows every line (`.patch`, for `patch -p1`), and the texts as they stand afterwards
(CLAUDE.md, AGENTS.md, SKILL.md and any other, in a folder of the plan's name).

A plan for a memory store holds the request of each operation; send them in their order, and keep the
`memory_version_id` of each reply. A reply of 409 means that the memory has changed since.{left_out}

`provenance/memory.jsonl` holds what the decisions sign: the SHA-256 of a line is the digest in a decision, and the
line says what an approval and what a rejection does. `provenance/memory_statements.jsonl` names for each new statement
the passages of the recorded sessions that support it; where there are none, no source was found.
"""


def card(content: Content, rows: Rows) -> str:
    """Return the text of README.md; *rows* are those that were written."""
    title = f"{one_line(content.desk)}, release {content.number}"
    written = [made for made in rows.formats if made.path in rows.counts]
    memory = _memory(content, rows)
    if not written:
        return f"# {title}\n\n{memory}"
    table = ["| configuration | file | rows | what |", "|---|---|---|---|"]
    table += [f"| `{made.config}` | `{made.path}` | {rows.counts[made.path]} | {made.title} |" for made in written]
    rejected = ", ".join(f"{count} for {reason}" for reason, count in sorted(content.rejected.items()))
    body = _CARD.format(
        table="\n".join(table),
        left_out="\n".join(f"- {said}" for said in rows.omissions() if not said.startswith("memory/"))
        or "- Nothing: every format could say every turn.",
        config=next((made.config for made in written if made.config == "sft"), written[0].config),
        corrections=len(content.items),
        episodes=len({item.episode_id for item in content.items}),
        decisions=sum(len(item.decisions) for item in content.items),
        approvals=content.required_approvals,
        rejected=f"Rejected and not in here: {rejected}." if rejected else "No correction was rejected.",
        gaps=_gaps(content),
        simulated="Turns after a simulated tool result ARE in here: the tool results before them were never recorded."
        if content.simulated_rows
        else "Tool results that nobody recorded are imagined. Turns that follow one are left out.",
    )
    return "\n".join([*_head(title, written, rows), body, *([memory] if memory else [])])


def _head(title: str, written: Sequence[Format], rows: Rows) -> list[str]:
    """Return the YAML head that `datasets` reads: which files a configuration has, and what their columns hold.

    The features are told, so that a column that first appears after the first megabytes of a file loads, too.
    """
    configs: dict[str, list[Format]] = {}
    for made in written:
        configs.setdefault(made.config, []).append(made)
    lines = ["---", f"pretty_name: {json.dumps(title, ensure_ascii=False)}"]
    lines += ["annotations_creators:", "- expert-generated", "configs:"]
    for config, group in configs.items():
        lines += [f"- config_name: {config}", "  data_files:", *(f"  - {made.path}" for made in group)]
    lines.append("dataset_info:")
    for config, group in configs.items():
        lines += [f"- config_name: {config}", "  features:"]
        present = {column for made in group for column in rows.columns[made.path]}
        for column, kind in group[0].columns.items():
            if column in present:
                lines += [f"  - name: {column}", f"    {_FEATURES[kind]}"]
    return [*lines, "---", ""]


def _gaps(content: Content) -> str:
    """Say what the recordings do not show."""
    kinds = Counter(gap.kind.value for item in content.items for gap in item.episode.gaps)
    told = ", ".join(f"{count} × {kind}" for kind, count in sorted(kinds.items()))
    return (
        f"The recordings have gaps, things that happened and are not shown: {told}."
        if told
        else ("No gap is known in the recordings: nothing that happened and is not shown.")
    )


def _memory(content: Content, rows: Rows) -> str:
    """Return what the card says of memory changes, "" where there are none."""
    if not content.memory:
        return ""
    files = "\n".join(
        f"| `memory/set-{plan.set_id}.plan.json` | {plan.plan['kind']} | {len(plan.plan['operations'])} |"
        for plan in content.memory
    )
    said = [line for line in rows.omissions() if line.startswith("memory/")]
    return _MEMORY.format(files=files, left_out="".join(f"\n- {line}" for line in said))

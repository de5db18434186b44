"""Each key of a good record in turn holds something of a wrong type, or is missing: nothing breaks, nothing is lost."""

import copy
import json
from pathlib import Path

import pytest

from dreamdesk.intake.opening import open_source
from dreamdesk.model.canonical import canonical

RECORDS = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "records").iterdir()}
MISSING = object()
WRONG = [None, True, 7, -1.5, "text", [], {}, [7], {"a": []}, [[["b"]]], 2**70, "\u0000", MISSING]


def places(value, prefix=()):
    """Yield the path of each key, of like list elements only that in the first."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*prefix, key)
        yield from places(value[key], (*prefix, key))


def spoiled(record, place, wrong):
    changed = copy.deepcopy(record)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    if wrong is MISSING:
        del holder[place[-1]]
    else:
        holder[place[-1]] = copy.deepcopy(wrong)
    return changed


def read(path):
    reading = open_source(path, path.parent.name)
    found = list(reading.episodes())
    for episode in found:
        canonical([[step.content, step.agent, step.tool, step.call_id, step.at, step.native] for step in episode.steps])
        assert episode.steps or episode.gaps
    return found, reading


@pytest.mark.parametrize(("name", "place"), [(n, p) for n, r in sorted(RECORDS.items()) for p in places(r)],
                         ids=lambda v: v if isinstance(v, str) else ".".join(map(str, v)))  # fmt: skip
def test_a_wrong_type_costs_at_most_its_record_and_is_told(tmp_path, name, place):
    folder = tmp_path / name
    folder.mkdir()
    for number, wrong in enumerate(WRONG):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(spoiled(RECORDS[name], place, wrong)))
        found, reading = read(path)
        assert found or reading.skipped or reading.notes, f"{wrong!r}: nothing was read, and nobody was told"


@pytest.mark.parametrize("name", sorted(set(RECORDS) - {"mini-swe-agent"}))
def test_spoiled_records_do_not_cost_the_good_ones(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    path = folder / "mixed.jsonl"
    good = json.dumps(RECORDS[name])
    for number, wrong in enumerate((None, 7, "text", [], {})):
        bad = json.dumps(spoiled(RECORDS[name], next(iter(places(RECORDS[name]))), wrong))
        path.write_text("\n".join([good, bad, json.dumps(wrong), good.replace(f"{1:032x}", f"{number + 2:032x}")]))
        found, reading = read(path)
        assert len(found) >= 2
        assert reading.skipped or len(found) > 2

"""The sample traces are what their README says: well formed, complete, and wrong only where they are meant to be."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

DOMAINS = ("customer-support", "data-processing", "workflow-orchestration")
SUPPORT = "customer-support/support-week44.jsonl"
LEDGER = "data-processing/ledger-entry-runs.json"
ROUTER = "workflow-orchestration/router-spans.otlp.jsonl"
HANDOFF = "workflow-orchestration/handoff-review.json"
READING_BACK = {"issue_refund", "cancel_items", "create_return", "close_claim", "post_invoice", "request_bank_change"}
"""Calls that the policies allow only after the person has said yes."""


class Call(NamedTuple):
    """One tool call, whatever the format: where it stands, what it asks, and what came back (None: nothing)."""

    place: str
    name: str
    arguments: Any
    result: Any


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def support(samples: Path) -> list[dict[str, Any]]:
    return lines(samples / SUPPORT)


def by_id(samples: Path) -> dict[str, dict[str, Any]]:
    return {episode["id"]: episode for episode in support(samples)}


def ledger(samples: Path) -> list[dict[str, Any]]:
    attempts: list[dict[str, Any]] = json.loads((samples / LEDGER).read_text(encoding="utf-8"))
    return attempts


def router(samples: Path) -> list[list[dict[str, Any]]]:
    """Return the spans of each trace, their attributes as a plain dict under "at"."""
    traces = []
    for request in lines(samples / ROUTER):
        spans = [s for r in request["resourceSpans"] for scope in r["scopeSpans"] for s in scope["spans"]]
        traces.append([{**span, "at": plain(span["attributes"])} for span in spans])
    return traces


def plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {a["key"]: next(iter(a["value"].values())) for a in attributes}


def blocks(messages: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, message in enumerate(messages):
        if isinstance(message["content"], str):
            yield index, {"type": "text", "text": message["content"]}
        else:
            yield from ((index, block) for block in message["content"])


def message_calls(place: str, messages: list[dict[str, Any]]) -> Iterator[Call]:
    found = list(blocks(messages))
    results = {b["tool_use_id"]: b["content"] for _, b in found if b["type"] == "tool_result"}
    calls = [b for _, b in found if b["type"] == "tool_use"]
    assert set(results) == {b["id"] for b in calls}, f"{place}: calls and results do not match"
    assert len(results) == len(calls), f"{place}: a call id occurs twice"
    for block in calls:
        yield Call(place, block["name"], block["input"], results[block["id"]])


def calls(samples: Path, domain: str) -> Iterator[Call]:
    """Yield every tool call of a domain."""
    if domain == "customer-support":
        for episode in support(samples):
            yield from message_calls(episode["id"], episode["messages"])
            if "correction" in episode:
                yield from message_calls(episode["id"] + " correction", episode["correction"]["messages"])
    elif domain == "data-processing":
        for attempt in ledger(samples):
            place = f"task {attempt['task_id']} trial {attempt['trial']}"
            results = {m["tool_call_id"]: m["content"] for m in attempt["traj"] if m["role"] == "tool"}
            asked = [c for m in attempt["traj"] for c in m.get("tool_calls", ())]
            assert [c["id"] for c in asked] == list(results), place
            for call in asked:
                arguments = json.loads(call["function"]["arguments"])
                yield Call(place, call["function"]["name"], arguments, results[call["id"]])
            for action in attempt["info"]["task"]["actions"]:
                yield Call(place + " expected", action["name"], action["kwargs"], "")
    else:
        for trace in router(samples):
            place = next(s["at"]["task.id"] for s in trace if "task.id" in s["at"])
            tools = [s["at"] for s in trace if s["at"]["gen_ai.operation.name"] == "execute_tool"]
            asked = [
                part
                for span in trace
                if span["at"]["gen_ai.operation.name"] == "chat"
                for message in json.loads(span["at"]["gen_ai.output.messages"])
                for part in message["parts"]
                if part["type"] == "tool_call"
            ]
            assert {p["id"] for p in asked} == {t["gen_ai.tool.call.id"] for t in tools}, place
            for tool in tools:
                arguments = json.loads(tool["gen_ai.tool.call.arguments"])
                assert arguments == next(p["arguments"] for p in asked if p["id"] == tool["gen_ai.tool.call.id"])
                yield Call(place, tool["gen_ai.tool.name"], arguments, tool["gen_ai.tool.call.result"])


def verdicts(samples: Path, domain: str) -> list[tuple[str, str]]:
    """Return (task, state) of every attempt."""
    if domain == "customer-support":
        return [(e["task_id"], e["outcome"]["state"]) for e in support(samples)]
    if domain == "data-processing":
        return [(str(a["task_id"]), "succeeded" if a["reward"] == 1 else "failed") for a in ledger(samples)]
    found = []
    for trace in router(samples):
        root = next(span for span in trace if "parentSpanId" not in span)
        event = plain(next(e for e in root["events"] if e["name"] == "gen_ai.evaluation.result")["attributes"])
        passed = event["gen_ai.evaluation.score.label"] == "pass"
        assert passed == (event["gen_ai.evaluation.score.value"] == 1.0) == (root["status"]["code"] == 1)
        found.append((root["at"]["task.id"], "succeeded" if passed else "failed"))
    return found


def steps(messages: list[dict[str, Any]]) -> int:
    return sum(1 for _ in blocks(messages))


def test_all_samples_parse_and_stay_small(samples: Path) -> None:
    files = [path for path in samples.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    for path in files:
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".jsonl":
            assert lines(path)


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_has_failed_and_successful_attempts_at_the_same_tasks(samples: Path, domain: str) -> None:
    found = verdicts(samples, domain)
    tasks: dict[str, set[str]] = defaultdict(set)
    for task, state in found:
        tasks[task].add(state)
    assert len(found) >= 8
    assert len(tasks) >= 4
    assert sum({"failed", "succeeded"} <= states for states in tasks.values()) >= 3
    assert Counter(state for _, state in found)["failed"] >= 5


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_call_fits_its_schema_and_has_its_result(samples: Path, domain: str) -> None:
    tools = json.loads((samples / domain / "tools.json").read_text(encoding="utf-8"))
    for tool in tools:
        assert set(tool) == {"name", "description", "input_schema"}
        Draft202012Validator.check_schema(tool["input_schema"])
    schemas = {tool["name"]: Draft202012Validator(tool["input_schema"]) for tool in tools}
    used = Counter()
    for call in calls(samples, domain):
        assert call.name in schemas, f"{call.place}: {call.name} is no tool"
        problems = [error.message for error in schemas[call.name].iter_errors(call.arguments)]
        assert not problems, f"{call.place}: {call.name}: {problems}"
        assert call.result is not None
        used[call.name] += 1
    assert len(used) >= 6


def test_the_policy_and_the_tools_stand_in_every_record(samples: Path) -> None:
    policies = {d: (samples / d / "policy.md").read_text(encoding="utf-8") for d in DOMAINS}
    tools = {d: json.loads((samples / d / "tools.json").read_text(encoding="utf-8")) for d in DOMAINS}
    for episode in support(samples):
        assert episode["policy"] == policies["customer-support"]
        assert policies["customer-support"] in episode["system"]
        assert episode["tools"] == tools["customer-support"]
    for attempt in ledger(samples):
        assert attempt["traj"][0] == {"role": "system", "content": policies["data-processing"]}
    for trace in router(samples):
        root = next(span for span in trace if "parentSpanId" not in span)
        (part,) = json.loads(root["at"]["gen_ai.system_instructions"])
        assert part["content"] == policies["workflow-orchestration"]
        offered = {t["name"]: t["parameters"] for t in json.loads(root["at"]["gen_ai.tool.definitions"])}
        assert offered == {t["name"]: t["input_schema"] for t in tools["workflow-orchestration"]}


def test_attempts_at_the_same_support_task_begin_alike(samples: Path) -> None:
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for episode in support(samples):
        pairs[episode["task_id"]].append(episode)
    for first, *rest in pairs.values():
        for other in rest:
            assert first["messages"][0] == other["messages"][0]
            ours, theirs = (
                [(c.name, c.arguments, c.result) for c in message_calls(e["id"], e["messages"])][:2]
                for e in (first, other)
            )
            assert ours == theirs


def test_messages_alternate_and_episodes_have_8_to_24_steps(samples: Path) -> None:
    for episode in support(samples):
        roles = [message["role"] for message in episode["messages"]]
        assert roles == (["user", "assistant"] * len(roles))[: len(roles)], episode["id"]
        assert 8 <= steps(episode["messages"]) <= 24, episode["id"]
    assert all(8 <= len(attempt["traj"]) <= 24 for attempt in ledger(samples))


def test_labels_and_corrections_begin_at_a_turn_of_the_agent(samples: Path) -> None:
    labelled = [e for e in support(samples) if "label" in e]
    corrected = [e for e in support(samples) if "correction" in e]
    assert len(labelled) >= 2
    assert len(corrected) >= 2
    for episode in labelled:
        assert episode["messages"][episode["label"]["message"]]["role"] == "assistant"
        assert episode["outcome"]["state"] in {"failed", "partial"}
    for episode in corrected:
        correction = episode["correction"]
        assert correction["from_message"] == episode["label"]["message"]
        roles = [message["role"] for message in correction["messages"]]
        assert roles == (["assistant", "user"] * len(roles))[: len(roles)]
        assert roles[-1] == "assistant"


def test_successful_episodes_ask_before_they_act(samples: Path) -> None:
    for episode in support(samples):
        if episode["outcome"]["state"] == "succeeded":
            said_yes = False
            for index, block in blocks(episode["messages"]):
                user = episode["messages"][index]["role"] == "user"
                said_yes = said_yes or (user and block["type"] == "text" and "yes" in block["text"].lower())
                assert said_yes or block.get("name") not in READING_BACK, episode["id"]
    for attempt in ledger(samples):
        if attempt["reward"] == 1:
            said_yes = False
            for message in attempt["traj"]:
                said_yes = said_yes or (message["role"] == "user" and "yes" in message["content"].lower())
                for call in message.get("tool_calls", ()):
                    assert said_yes or call["function"]["name"] not in READING_BACK


def test_the_flagship_is_first_and_its_dates_agree(samples: Path) -> None:
    failed, good = support(samples)[:2]
    assert (failed["task_id"], failed["outcome"]["state"]) == (good["task_id"], "failed")
    assert good["outcome"]["state"] == "succeeded"
    found = {call.name: call for call in message_calls("flagship", failed["messages"])}
    order, policy = json.loads(found["get_order"].result), json.loads(found["get_policy"].result)
    assert policy == {"warranty": {"months": 24, "starts": "delivery_date"}}
    bought, delivered = date.fromisoformat(order["purchased"]), date.fromisoformat(order["delivered"])
    assert (bought, delivered) == (date(2024, 10, 14), date(2024, 11, 3))
    claimed = date.fromisoformat(json.loads(found["get_claim"].result)["opened"])
    assert f"{claimed:%A %d %B %Y}" in failed["system"]
    assert bought.replace(year=bought.year + 2) < claimed <= delivered.replace(year=delivered.year + 2)
    assert found["close_claim"].arguments["decision"] == "denied"
    assert found["close_claim"].arguments["code"] == "OUT_OF_WARRANTY"
    decision = failed["messages"][failed["label"]["message"]]["content"]
    assert "expired on 14 October" in decision[0]["text"]
    assert decision[1]["name"] == "close_claim"
    assert steps(failed["messages"][: failed["label"]["message"]]) == 9
    for messages in (failed["correction"]["messages"], good["messages"]):
        (close,) = [call for call in message_calls("fixed", messages) if call.name == "close_claim"]
        assert (close.arguments["decision"], close.arguments["code"]) == ("approved", "IN_WARRANTY")


def test_the_other_support_failures_are_wrong_where_they_are_meant_to_be(samples: Path) -> None:
    episodes = by_id(samples)

    def arguments(identity: str, tool: str) -> Any:
        return next(c.arguments for c in message_calls(identity, episodes[identity]["messages"]) if c.name == tool)

    wrong, right = arguments("S-4403", "issue_refund"), arguments("S-4404", "issue_refund")
    assert wrong == {**right, "payment_method_id": "pm_2390"}
    order = json.loads(next(message_calls("S-4404", episodes["S-4404"]["messages"])).result)
    assert right["payment_method_id"] == order["payment"]["id"]
    assert right["amount"] == order["items"][0]["paid"] == round(order["items"][0]["list_price"] * 0.9, 2)
    assert arguments("S-4405", "cancel_items")["skus"] == ["MX-ATLAS-5", "TS-EMBER-2"]
    assert arguments("S-4406", "cancel_items")["skus"] == ["MX-ATLAS-5"]
    assert (date(2026, 10, 30) - date(2026, 9, 22)).days == 38
    assert "transfer_to_human" not in {c.name for c in message_calls("S-4410", episodes["S-4410"]["messages"])}


def test_ledger_amounts_are_right_except_where_they_are_meant_to_be_wrong(samples: Path) -> None:
    posted: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for attempt in ledger(samples):
        document: dict[str, Any] = {}
        for call, result in zip(attempt["traj"], attempt["traj"][1:], strict=False):
            for asked in call.get("tool_calls", ()):
                if asked["function"]["name"] == "read_document":
                    document = json.loads(result["content"])
                if asked["function"]["name"] == "post_invoice":
                    entry = json.loads(asked["function"]["arguments"])
                    assert entry["net"] + entry["vat"] == pytest.approx(entry["gross"], abs=0.001)
                    posted[attempt["task_id"], attempt["trial"]].append(entry)
        if attempt["reward"] == 1:
            for entry in posted[attempt["task_id"], attempt["trial"]]:
                assert entry["currency"] == document["currency"]
                assert entry["net"] == document.get("net", 1200.00)
                assert entry["gross"] == document.get("gross", 1428.00)
    assert [e["gross"] for e in posted[1, 0]] == [1699.32]
    assert [(e["net"], e["vat"]) for e in posted[1, 1]] == [(round(1428 / 1.19, 2), 228.00)]
    assert len(posted[2, 0]) == 2
    assert posted[2, 0][0] == posted[2, 0][1]
    assert len(posted[2, 1]) == 1
    assert [e["currency"] for e in posted[3, 0] + posted[3, 1]] == ["EUR", "CHF"]


def test_router_spans_form_trees_in_time(samples: Path) -> None:
    for trace in router(samples):
        ids = {span["spanId"]: span for span in trace}
        assert len(ids) == len(trace)
        assert len({span["traceId"] for span in trace}) == 1
        assert sum("parentSpanId" not in span for span in trace) == 1
        for span in trace:
            assert len(bytes.fromhex(span["traceId"])) == 16
            assert len(bytes.fromhex(span["spanId"])) == 8
            start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
            assert start <= end
            assert date(2026, 10, 1) <= date.fromtimestamp(start // 10**9) <= date(2026, 11, 30)
            if "parentSpanId" in span:
                parent = ids[span["parentSpanId"]]
                assert int(parent["startTimeUnixNano"]) <= start
                assert end <= int(parent["endTimeUnixNano"])
                assert parent["at"]["gen_ai.operation.name"] in {"invoke_agent", "execute_tool"}


def test_the_handoff_review_points_at_the_note_that_lost_the_restriction(samples: Path) -> None:
    episode = json.loads((samples / HANDOFF).read_text(encoding="utf-8"))
    step = episode["history"][int(episode["mistake_step"])]
    assert step["name"] == episode["mistake_agent"]
    assert "05:30" not in step["content"]
    assert "05:30" in episode["history"][1]["content"]
    assert "05:30" in episode["ground_truth"]

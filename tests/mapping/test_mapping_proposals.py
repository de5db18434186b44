"""Proposals on home-made logs: the desk finds by itself what each field is, and reads the episodes with that."""

from __future__ import annotations

from pathlib import Path

import mapping_logs as logs
import pytest

from dreamdesk.intake.mapping.applying import apply
from dreamdesk.intake.mapping.mapping import Mapping, Role, Unit
from dreamdesk.intake.mapping.proposal import Structure, as_role, propose
from dreamdesk.intake.mapping.sample import inside, take
from dreamdesk.intake.reader import Log
from dreamdesk.model.episode import Actor, Episode, Kind, OutcomeState


def read(path: Path) -> tuple[Mapping, list[Episode], Log]:
    sample = take(path)
    mapping, log = propose(sample).mapping, Log()
    return mapping, list(apply(mapping, inside(sample.records, mapping.records, log), log)), log


def roles(mapping: Mapping) -> dict[str, str]:
    return {field.role.value: field.path for field in mapping.fields}


def said(episode: Episode) -> list[tuple[str, str, str]]:
    return [(step.actor.value, step.kind.value, step.content) for step in episode.steps]


def test_chat_rows_in_a_table(tmp_path: Path) -> None:
    mapping, found, log = read(logs.write(tmp_path, "chat.csv", logs.CHAT_ROWS))
    assert roles(mapping) == {
        "episode": "conversation_id", "actor": "sender", "content": "message", "time": "sent_at", "outcome": "resolved",
    }  # fmt: skip
    first, second = found
    assert said(first)[0] == ("user", "message", 'Hello, my order "A-7" has not arrived yet.')
    assert [step.actor for step in first.steps] == [Actor.USER, Actor.AGENT, Actor.AGENT]
    assert (first.outcome.state, second.outcome.state) == (OutcomeState.FAILED, OutcomeState.SUCCEEDED)
    assert second.steps[1].content == "Yes: go to\nsettings, then addresses."
    assert first.started == 1772355600 * 10**9
    assert not log.skipped
    assert not log.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_german_headers_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(logs.GERMAN.replace("\n", "\r\n").encode(encoding))
    mapping, found, _ = read(path)
    assert roles(mapping) == {
        "episode": "Vorgang", "actor": "Absender", "content": "Nachricht", "time": "Zeitpunkt", "outcome": "Erfolg",
    }  # fmt: skip
    assert said(found[0]) == [
        ("user", "message", "Ich möchte meinen Vertrag kündigen, bitte."),
        ("agent", "message", "Ihr Vertrag läuft noch zwölf Monate."),
    ]
    assert found[0].outcome.state is OutcomeState.FAILED
    assert found[0].steps[0].at == 1772355600 * 10**9


def test_nested_events(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "events.jsonl", logs.NESTED))
    assert roles(mapping) == {
        "episode": "meta.session.id", "actor": "event.by", "kind": "event.type", "content": "event.payload.text",
        "time": "ts",
    }  # fmt: skip
    assert [kind for _, kind, _ in said(found[0])] == ["message", "tool_call", "tool_result", "message"]
    assert found[0].steps[1].content == '{"people":4}'
    assert len(found) == 3


def test_turns_without_the_usual_roles(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "turns.jsonl", logs.TURNS))
    assert (mapping.unit, mapping.steps) == (Unit.EPISODE, "turns")
    assert [step.actor for step in found[0].steps] == [Actor.USER, Actor.AGENT]
    assert [e.outcome.state for e in found[:2]] == [OutcomeState.FAILED, OutcomeState.SUCCEEDED]
    assert found[0].steps[1].pointer == "/turns/1"
    assert found[0].sha256


def test_a_ticket_log_with_milliseconds(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "tickets.jsonl", logs.TICKETS))
    assert roles(mapping)["time"] == "created"
    assert mapping.of(Role.TIME)[0].form == "milliseconds"
    assert found[0].steps[1].at == 1772355601500 * 10**6
    assert found[0].outcome.state is OutcomeState.FAILED
    assert [step.actor for step in found[0].steps] == [Actor.USER, Actor.AGENT, Actor.USER]


def test_a_support_chat_between_names(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "support.jsonl", logs.SUPPORT))
    assert mapping.of(Role.ACTOR)[0].values == (("anna", "user"), ("helpbot", "agent"))
    assert len(found) == 4


def test_tool_calls_in_columns_of_their_own(tmp_path: Path) -> None:
    _, found, log = read(logs.write(tmp_path, "tools.jsonl", logs.TOOL_COLUMNS))
    assert said(found[0]) == [
        ("user", "message", "Refund order 7 to my card."),
        ("agent", "message", "I look up the order first."),
        ("agent", "tool_call", '{"id":7}'),
        ("tool", "tool_result", '{"total": 20}'),
        ("agent", "message", "I refunded 200 euros to your card."),
    ]
    assert {step.tool for step in found[0].steps[2:4]} == {"get_order"}
    assert found[0].steps[1].turn == found[0].steps[2].turn
    assert not log.notes


def test_records_with_lists_of_steps_inside_a_document(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "runs.json", logs.STEPS))
    assert (mapping.records, mapping.steps, mapping.unit) == ("runs", "steps", Unit.EPISODE)
    assert [step.kind for step in found[0].steps] == [Kind.THINKING, Kind.TOOL_CALL, Kind.TOOL_RESULT] * 2
    assert found[0].task == "Sort the files by their date of change."
    assert [e.outcome.state for e in found[:2]] == [OutcomeState.FAILED, OutcomeState.SUCCEEDED]


def test_questions_with_their_answers(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "qa.jsonl", logs.QUESTIONS))
    assert mapping.unit is Unit.EPISODE
    assert [step.actor for step in found[0].steps] == [Actor.USER, Actor.AGENT]
    assert found[0].model == "gpt-4o"
    assert found[0].outcome.state is OutcomeState.FAILED


def test_a_log_with_the_newest_first_is_put_in_order(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "newest.jsonl", logs.NEWEST_FIRST))
    assert mapping.by_time
    times = [step.at for step in found[0].steps]
    assert times == sorted(times, key=lambda at: at or 0)


def test_a_rating_has_a_threshold(tmp_path: Path) -> None:
    mapping, found, _ = read(logs.write(tmp_path, "rated.csv", logs.SCORED))
    assert mapping.of(Role.OUTCOME)[0].threshold == 4
    assert [e.outcome.state for e in found[:5]] == [OutcomeState.FAILED] * 3 + [OutcomeState.SUCCEEDED] * 2


def test_each_proposal_has_a_reason_and_is_the_same_each_time(tmp_path: Path) -> None:
    path = logs.write(tmp_path, "tools.jsonl", logs.TOOL_COLUMNS)
    first, second = propose(take(path)), propose(take(path))
    assert first.mapping == second.mapping
    assert first.mapping.digest() == second.mapping.digest()
    for found in first.fields:
        assert bool(found.role) == bool(found.why)
        assert found.why == "" or found.why.endswith(".")


def test_the_structure_can_be_chosen(tmp_path: Path) -> None:
    sample = take(logs.write(tmp_path, "runs.json", logs.STEPS))
    chosen = propose(sample, Structure("runs", Unit.STEP))
    assert chosen.mapping.unit is Unit.STEP
    assert Structure("runs", Unit.EPISODE, "steps") in chosen.structures


def test_another_role_brings_the_meanings_of_the_values(tmp_path: Path) -> None:
    proposal = propose(take(logs.write(tmp_path, "chat.csv", logs.CHAT_ROWS)))
    sender = next(found for found in proposal.fields if found.path == "sender")
    assert as_role(sender, Role.KIND).values == (("bot", "agent"), ("customer", "user"))


def test_what_is_not_mapped_is_told(tmp_path: Path) -> None:
    rows = [{**row, "agent_mood": {"x": 1}, "zone": "EU"} for row in logs.SUPPORT]
    _, _, log = read(logs.write(tmp_path, "support.jsonl", rows))
    assert log.notes == ["not mapped, so not among the steps: agent_mood in 8 records; zone in 8 records"]

"""Mappings on a desk: kept under a name, used for files of the same shape, told in the report and in the ledger."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import mapping_logs as logs
import pytest

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import episodes, ledger, listing, mappings
from dreamdesk.desk.database import Connection, create
from dreamdesk.intake.mapping.mapped import MappedReader
from dreamdesk.intake.opening import UnknownFormat, open_source
from dreamdesk.intake.reader import Log, Trace
from dreamdesk.model.decision import Role
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import mapping

NAME = "Support bot log"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Connection]:
    db = create(tmp_path / "a.desk")
    yield db
    db.close()


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    return logs.write(tmp_path, "chat.csv", logs.CHAT_ROWS)


def keep(db: Connection, path: Path, name: str = NAME) -> mapping.Mapping:
    made = mapping.look(path)[1].mapping
    mapping.keep(db, name, made, "Ann")
    return made


def bodies(db: Connection, kind: str) -> list[dict[str, object]]:
    return [json.loads(body) for body in ledger.sound_bodies(db, kind)]


def test_a_file_of_unknown_format_says_that_it_can_be_mapped(desk: Connection, chat: Path) -> None:
    (report,) = pipeline.import_paths(desk, [chat])
    assert (report.format, report.mappable) == ("", str(chat))
    assert "mapping propose" in report.skipped[0].reason


def test_later_files_of_the_same_shape_are_read_with_the_mapping(desk: Connection, chat: Path) -> None:
    made = keep(desk, chat)
    other = logs.write(chat.parent, "next week.csv", logs.CHAT_ROWS.replace("c-", "d-"))
    (report,) = pipeline.import_paths(desk, [other])
    assert (report.format, report.episodes, report.failed, report.succeeded) == (f"mapping:{NAME}", 2, 1, 1)
    assert f"read with the mapping ‘{NAME}’" in report.notes
    (entry,) = bodies(desk, "imported")
    assert entry["mapping_sha256"] == made.digest()
    assert [row["outcome"] for row in listing.episodes(desk)] == ["failed", "succeeded"]
    assert pipeline.verify_desk(desk) == []


def test_a_file_of_another_shape_stays_unknown(desk: Connection, chat: Path) -> None:
    keep(desk, chat)
    other = logs.write(chat.parent, "other.csv", "conversation_id,who,what,x,y\n1,user,Hello there my friend.,1,2\n")
    (report,) = pipeline.import_paths(desk, [other])
    assert report.format == ""
    with pytest.raises(UnknownFormat, match="has not the fields"):
        open_source(other, f"mapping:{NAME}", mapping.kept_readers(desk))


def test_a_known_format_is_never_taken_over_by_a_mapping(desk: Connection, samples: Path) -> None:
    known = samples / "customer-support" / "support-week44.jsonl"
    keep(desk, known)
    assert not open_source(known, None, mapping.kept_readers(desk)).source.format.startswith("mapping:")


def test_saving_replacing_and_deleting_are_entries_of_the_ledger(desk: Connection, chat: Path) -> None:
    made = keep(desk, chat)
    keep(desk, chat)
    assert len(bodies(desk, mappings.CHANGED)) == 1, "the same mapping again changes nothing"
    other = mapping.look(logs.write(chat.parent, "s.jsonl", logs.SUPPORT))[1].mapping
    with pytest.raises(UserError, match="another mapping"):
        mapping.keep(desk, NAME, other, "Ann")
    mapping.keep(desk, NAME, other, "Ann", replace=True)
    mapping.delete(desk, NAME, "Bob")
    changes = bodies(desk, mappings.CHANGED)
    assert [(c["from"], c["to"]) for c in changes] == [
        ("", made.digest()), (made.digest(), other.digest()), (other.digest(), ""),
    ]  # fmt: skip
    assert changes[0]["mapping"] == made.to_json()
    assert mapping.kept(desk) == []
    assert pipeline.verify_desk(desk) == []
    with pytest.raises(UserError, match="keeps no mapping"):
        mapping.delete(desk, NAME, "Bob")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "a\u202eb"])
def test_a_name_that_nobody_could_read_is_refused(desk: Connection, chat: Path, name: str) -> None:
    with pytest.raises(UserError, match="needs a name"):
        keep(desk, chat, name)


def test_a_mapping_that_was_changed_behind_the_ledger_is_found(desk: Connection, chat: Path) -> None:
    keep(desk, chat)
    list(pipeline.import_paths(desk, [chat]))
    desk.execute("UPDATE mapping SET body = replace(body, '\"agent\"', '\"user\"')")
    assert pipeline.verify_desk(desk) == [f"the mapping ‘{NAME}’ is not the one in the ledger"]
    desk.execute("DELETE FROM mapping")
    assert pipeline.verify_desk(desk) == [f"the mapping ‘{NAME}’ is not the one in the ledger"]


def test_the_command_line_proposes_keeps_hands_on_and_imports(
    tmp_path: Path, chat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.desk", tmp_path / "second.desk"
    create(first).close()
    assert run(["mapping", "propose", str(chat), "--save", NAME, "--desk", str(first), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["path"]: line["is"] for line in lines[:-1]}["sender"] == "actor"
    assert run(["mapping", "show", NAME, "--desk", str(first)]) == 0
    assert "is=actor" in capsys.readouterr().out
    assert run(["mapping", "export", NAME, "--desk", str(first)]) == 0
    handed = tmp_path / "handed.json"
    handed.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["import", str(chat), "--mapping", str(handed), "--desk", str(second), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["format"], report["episodes"]) == (f"mapping:{NAME}", 2)
    assert run(["mapping", "list", "--desk", str(second), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == NAME
    assert run(["mapping", "delete", NAME, "--desk", str(second)]) == 0
    assert run(["verify", "--desk", str(second)]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mapping", "propose"], "takes FILE"),
        (["mapping", "list", "x"], "takes no file"),
        (["mapping", "list"], "--desk"),
        (["mapping", "propose", "{chat}", "--save", "x"], "--desk"),
        (["mapping", "show", "none", "--desk", "{desk}"], "keeps no mapping"),
        (["mapping", "import", "{chat}", "--desk", "{desk}"], "no mapping of DreamDesk"),
        (["import", "{chat}", "--mapping", "none", "--desk", "{desk}"], "keeps no mapping"),
    ],
)
def test_wrong_use_is_said_in_words(
    tmp_path: Path, chat: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    create(tmp_path / "b.desk").close()
    given = [part.format(chat=chat, desk=tmp_path / "b.desk") for part in arguments]
    assert run(given) == 2
    assert says in capsys.readouterr().err


def test_a_mapping_of_a_later_version_on_the_desk_is_passed_over(desk: Connection, chat: Path) -> None:
    made = keep(desk, chat)
    mappings.put(desk, "later", {**made.to_json(), "dreamdesk_mapping": 99}, "Ann")
    assert [reader.kept_as for reader in mapping.kept_readers(desk)] == [NAME]


def test_the_table_is_a_part_of_the_desk(desk: Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        desk.execute("INSERT INTO mapping VALUES('a', NULL, '', 1)")


def test_the_same_bytes_are_read_again_with_another_mapping(desk: Connection, chat: Path) -> None:
    made = keep(desk, chat)
    (first,) = pipeline.import_paths(desk, [chat])
    assert next(iter(pipeline.import_paths(desk, [chat]))).known
    fields = tuple(one for one in made.fields if one.role is not mapping.Role.OUTCOME)
    better = dataclasses.replace(made, fields=fields)
    mapping.keep(desk, NAME, better, "Ann", replace=True)
    (second,) = pipeline.import_paths(desk, [chat])
    assert (second.known, second.version, second.changed) == (False, 2, first.episodes)
    assert second.unknown == first.episodes
    assert second.notes[:2] == (
        f"version 2 of this file; of its episodes 0 unchanged, {first.episodes} changed, 0 new",
        f"the bytes of version 1, read again; {first.episodes} episodes of it, which nobody worked on, no longer shown",
    )
    assert next(iter(pipeline.import_paths(desk, [chat]))).known
    mapping.keep(desk, "Other", made, "Ann")
    assert next(iter(pipeline.import_paths(desk, [chat]))).known
    (third,) = pipeline.import_paths(desk, [chat], "mapping:Other")
    assert (third.format, third.version) == ("mapping:Other", 3)
    assert [entry["mapping_sha256"] for entry in bodies(desk, "imported")] == [
        made.digest(), better.digest(), made.digest()
    ]  # fmt: skip
    assert episodes.count(desk) == third.episodes == first.episodes
    assert pipeline.verify_desk(desk) == []


def test_of_an_earlier_reading_what_somebody_worked_on_stays_and_the_rest_goes_out_of_sight(
    desk: Connection, chat: Path
) -> None:
    made = keep(desk, chat)
    (first,) = pipeline.import_paths(desk, [chat])
    assert first.episodes == 2
    pipeline.add_auditor(desk, "Bob", Role.APPROVER, "correct horse battery")
    signer = pipeline.unlock(desk, "Bob", "correct horse battery")
    pipeline.set_outcome(desk, 1, OutcomeState.FAILED, "it lost the order", signer)
    fields = tuple(one for one in made.fields if one.role is not mapping.Role.OUTCOME)
    mapping.keep(desk, NAME, dataclasses.replace(made, fields=fields), "Ann", replace=True)
    (second,) = pipeline.import_paths(desk, [chat])
    assert "1 episode of it, which nobody worked on, no longer shown" in second.notes[1]
    assert episodes.ids(desk) == [1, 3, 4]
    assert bodies(desk, "reading-withdrawn")[0]["episodes"] == [2]
    assert pipeline.verify_desk(desk) == []
    desk.execute("UPDATE episode SET live = 1 WHERE id = 2")
    assert "episode 2 is shown or not, against the ledger" in pipeline.verify_desk(desk)
    desk.execute("UPDATE episode SET live = 0 WHERE id IN (2, 3)")
    assert "episode 3 is shown or not, against the ledger" in pipeline.verify_desk(desk)


def test_a_cancel_is_heard_while_the_records_of_each_episode_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"run": f"r{i // 4}", "speaker": ("user", "agent")[i % 2], "text": f"words {i}"} for i in range(200)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    trace = Trace(path, Log())

    def stop() -> None:
        raise KeyboardInterrupt

    trace.watch = stop
    with pytest.raises(KeyboardInterrupt):
        list(MappedReader("rows", mapping.look(path)[1].mapping).read(trace))
    assert trace.position == 0  # the second time through had not begun


def test_a_mapping_may_be_the_first_that_a_desk_keeps(
    tmp_path: Path, chat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.desk"
    assert run(["mapping", "propose", str(chat), "--desk", str(path), "--save", "chat"]) == 0
    assert run(["import", str(chat), "--desk", str(path)]) == 0
    assert "mapping:chat, 2 episodes" in capsys.readouterr().out
    assert run(["mapping", "list", "--desk", str(tmp_path / "none.desk")]) == 2


def test_steps_of_records_inside_the_file_point_into_it(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    steps = [{"speaker": who, "text": f"some words of {who}"} for who in ("user", "agent")]
    runs = [{"title": f"run {number}", "steps": steps} for number in range(3)]
    path.write_text(json.dumps({"meta": {"by": "x"}, "data": {"runs": runs}}))
    made = mapping.look(path)[1].mapping
    assert (made.records, made.steps) == ("data.runs", "steps")
    episodes = list(MappedReader("runs", made).read(Trace(path, Log())))
    assert [episode.steps[1].pointer for episode in episodes] == [f"/data/runs/{n}/steps/1" for n in range(3)]

"""An episode as a document: what it tells, to whom, and that nothing in it is more than text."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from small_desk import PASSPHRASE, small_desk

from dreamdesk import pipeline
from dreamdesk.cli import main
from dreamdesk.desk import episodes, ledger, settings
from dreamdesk.desk.database import create, open_desk
from dreamdesk.model.errors import UserError

HOSTILE = "<img src='http://x.example/a.png'><script>alert(1)</script> \u202egpj.exe\x1b[31m [a](file:///etc/passwd)"


def _text(blocks: list[object]) -> str:
    return pipeline.EPISODE_FORMS["text"](blocks).decode()  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "one.desk")


def test_it_tells_recording_error_point_corrections_checks_and_decisions(desk: Path) -> None:
    with closing(open_desk(desk)) as db:
        text = _text(pipeline.episode_report(db, 1))
        for step in episodes.load(db, 1).steps:
            assert step.content.split("\n")[0] in text
        size = ledger.size(db)
    for words in ("Error point", "Correction 1: rejected", "What should have happened", "Checks", "Signed by Ann",
                  "went wrong: ", "before the desk's view was seen", "The recording", "Outcome: failed"):  # fmt: skip
        assert words in " ".join(text.split()), words
    with closing(open_desk(desk)) as db:
        assert ledger.size(db) == size  # a look is no change


def test_the_same_desk_gives_the_same_bytes(desk: Path) -> None:
    with closing(open_desk(desk, readonly=True)) as db:
        for make in pipeline.EPISODE_FORMS.values():
            assert make(pipeline.episode_report(db, 1)) == make(pipeline.episode_report(db, 1))


def test_whoever_has_to_mark_first_does_not_read_where_it_went_wrong(desk: Path) -> None:
    with closing(open_desk(desk)) as db:
        pipeline.change_setting(db, settings.BLIND_MARK, settings.REQUIRED, "Ann")
        secret, open_ = (_text(pipeline.episode_report(db, 2, "Bo", knows=knows)) for knows in (None, True))
        marked = _text(pipeline.episode_report(db, 1, "Ann"))
    assert "The desk's view is left out" in secret
    assert "Error point" not in secret
    assert "error point" not in secret.split("marks the error point first")[1]
    assert "Correction" not in secret
    assert "Error point" in open_
    assert "Error point" in marked


def test_what_a_trace_says_stays_text(tmp_path: Path) -> None:
    run = [{"role": "user", "content": HOSTILE}, {"role": "assistant", "content": HOSTILE}]
    body = {"task_id": HOSTILE, "reward": 0.0, "info": {"task": {"instruction": HOSTILE}}, "trial": 0, "traj": run}
    (tmp_path / "runs.json").write_text(json.dumps([body]))
    with closing(create(tmp_path / "a.desk")) as db:
        list(pipeline.import_paths(db, [tmp_path / "runs.json"]))
        pipeline.prepare(db)
        page, text, pdf = (
            pipeline.EPISODE_FORMS[form](pipeline.episode_report(db, 1)) for form in ("html", "text", "pdf")
        )
    assert pdf.startswith(b"%PDF-")
    assert b"/URI" not in pdf
    assert b"\x1b" not in text
    assert "\u202e" not in text.decode()
    assert text.decode().count("⟦U+202E⟧") >= 2
    tags = set(re.findall(r"<([a-z0-9]+)", page.decode()))
    assert not tags & {"img", "script", "iframe", "object", "link", "a", "video"}


def test_the_command_line_writes_it_whole_or_not_at_all(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = {form: desk.with_name(f"one.{form}") for form in pipeline.EPISODE_FORMS}
    arguments = [word for form, place in places.items() for word in (f"--{form}", str(place))]
    assert main.run(["episode", "1", "--desk", str(desk), *arguments]) == 0
    assert all(place.stat().st_size > 1_000 for place in places.values())
    assert main.run(["episode", "1", "--desk", str(desk)]) == 0
    assert "The recording" in capsys.readouterr().out
    assert main.run(["episode", "9", "--desk", str(desk), "--pdf", str(desk.with_name("none.pdf"))]) == 2
    assert main.run(["episode", "1", "--desk", str(desk), "--pdf", str(desk.with_name("no") / "x.pdf")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not list(desk.parent.glob("*none*"))
    assert not list(desk.parent.glob(".*.new"))
    assert PASSPHRASE not in places["text"].read_text()


def test_an_ending_says_what_is_written(desk: Path) -> None:
    with closing(open_desk(desk, readonly=True)) as db:
        blocks = pipeline.episode_report(db, 1)
    for name, begins in (("a.pdf", b"%PDF"), ("b.HTML", b"<!"), ("c.txt", b"Episode 1"), ("d", b"%PDF")):
        pipeline.write_episode(blocks, desk.with_name(name))
        assert desk.with_name(name).read_bytes().startswith(begins)
    with pytest.raises(UserError, match="cannot be written"):
        pipeline.write_episode(blocks, desk.parent)

"""Import reports: kept with the source, complete by kind, and pages of them that a trace cannot write into."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.cli.main import run
from dreamdesk.desk import database
from dreamdesk.model.episode import GapKind
from dreamdesk.model.errors import UserError
from dreamdesk.model.source import ImportReport, Skip
from dreamdesk.pipeline.reporting import GAPS

LATE, EARLY = "2026-11-22T08:00:09Z", "2026-11-22T08:00:01Z"
ASKED = {"type": "user", "uuid": "a", "sessionId": "s", "timestamp": LATE, "message": {"role": "user", "content": "Go"}}
CALLS = [
    {"type": "thinking", "thinking": "", "signature": "x"},
    {"type": "tool_use", "id": "t", "name": "f", "input": {}},
]
SAID = {
    "type": "assistant", "uuid": "b", "parentUuid": "a", "sessionId": "s", "timestamp": EARLY,
    "message": {"role": "assistant", "id": "m", "content": CALLS},
}  # fmt: skip
SHOWN = {
    "type": "user", "uuid": "c", "parentUuid": "b", "sessionId": "s", "timestamp": LATE,
    "message": {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": "AA=="}}]},
}  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path):
    lines = [*map(json.dumps, (ASKED, SAID, SAID, SHOWN)), '{"type": "user", "uuid": ']
    (tmp_path / "session.jsonl").write_text("\n".join(lines))
    (tmp_path / "atif.json").write_text(
        json.dumps({"schema_version": "ATIF-v1.6", "agent": {"name": "a"}, "steps": [{"step_id": 1, "source": "user"}]})
    )
    db = database.create(tmp_path / "a.desk")
    list(pipeline.import_paths(db, [tmp_path / "atif.json", tmp_path / "session.jsonl"]))
    yield db
    db.close()


def test_the_report_tells_every_kind_of_gap_and_is_kept_with_the_source(desk):
    first, second = pipeline.import_reports(desk)
    assert (first.report.source, first.report.dialects) == ("atif.json", {"ATIF-v1.6": 1})
    found = second.report.gap_kinds
    assert found.keys() == {"withheld", "orphan_call", "media", "disorder", "duplicate"}
    assert found["duplicate"] == 1
    assert sum(found.values()) - found["duplicate"] == second.report.gaps
    (skip,) = second.report.skipped
    assert skip.place == "line 5"
    told = dict(pipeline.report_sections(second.report))
    assert dict(told["What the trace does not show"])["Episodes with times out of order"] == "1"
    assert told["Passed over"] == (("line 5", skip.reason),)
    assert pipeline.import_reports(desk, second.source) == [second]
    with pytest.raises(UserError, match="no source 9"):
        pipeline.import_reports(desk, 9)
    assert set(GAPS) == set(GapKind)


def test_the_command_line_prints_reports_as_words_json_and_a_page(desk, tmp_path, capsys):
    path = str(tmp_path / "a.desk")
    assert run(["report", "--desk", path, "--source", "2"]) == 0
    words = capsys.readouterr().out
    assert "Source 2: session.jsonl" in words
    assert "Calls without their result: 1" in words
    assert "line 5: " in words
    assert run(["report", "--desk", path, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["id"] for row in rows] == [1, 2]
    assert rows[1]["gap_kinds"]["media"] == 1
    assert run(["report", "--desk", path, "--html", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text()
    assert page == pipeline.report_page(pipeline.import_reports(desk), "a.desk")
    assert "Import reports of a.desk" in page
    assert run(["report", "--desk", path, "--html", str(tmp_path / "no" / "r.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err


class Tags(HTMLParser):
    """Collects the names of all tags, and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not attrs or tag in ("html", "meta")

    def handle_data(self, data):
        self.text += data


OURS = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "table", "tr", "td"}
EVIL = '<img src="file:///etc/passwd"><script>alert(1)</script></style></td>\u202e&lt;b&gt;'


@given(st.text(max_size=60).map(lambda text: EVIL[:40] + text + EVIL[40:]))
def test_no_text_of_a_source_becomes_markup(text):
    report = ImportReport(
        text, "00", text, 1, 1, gaps=1, skipped=(Skip(text, text),), notes=(text,), dialects={text: 1},
        gap_kinds={"missing": 1},
    )  # fmt: skip
    page = pipeline.report_page([report], text)
    parser = Tags()
    parser.feed(page)
    assert parser.tags <= OURS
    assert "\u202e" not in page
    assert "⟦U+202E⟧" in parser.text
    assert not re.search(r"<(?:img|script)", page)
    assert html.escape(EVIL[:40]) in page

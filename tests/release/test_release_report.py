"""The report: one document, the same as page, PDF and text; what differs is told to the word; evidence is computed."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.release.report import evidence, writing
from dreamdesk.release.report.differing import differing
from dreamdesk.release.report.document import NEW, OLD, Cell, Heading, Paragraph, Run, Step, plain, to_json
from dreamdesk.release.report.document import Path as Steps
from dreamdesk.release.report.html import page
from dreamdesk.release.report.pdf import pdf
from dreamdesk.release.report.words import words


def without(runs: Cell, mark: str) -> str:
    return "".join(run.text for run in runs if run.mark != mark)


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_differs_is_marked_and_nothing_is_lost(before: str, after: str) -> None:
    was, now = differing(before, after)
    assert "".join(run.text for run in was) == before
    assert "".join(run.text for run in now) == after
    assert without(was, OLD) == without(now, NEW)


def test_differences_are_words() -> None:
    was, now = differing("The card is pm_2390, is it?", "The card is pm_8841, is it?")
    assert [run.text for run in was if run.mark == OLD] == ["pm_2390"]
    assert [run.text for run in now if run.mark == NEW] == ["pm_8841"]


def test_a_report_survives_its_file_and_is_the_same_in_another_process(bundle: Path, tmp_path: Path) -> None:
    blocks = writing.read(bundle)
    folder = bundle / "data/report"
    assert to_json(blocks) == (folder / "report.json").read_bytes()
    program = (
        "import sys; from pathlib import Path; from dreamdesk.release.report import writing; "
        "from dreamdesk.release.report.pdf import pdf; "
        "Path(sys.argv[2]).write_bytes(pdf(writing.read(Path(sys.argv[1]))))"
    )
    subprocess.run([sys.executable, "-c", program, str(bundle), str(tmp_path / "r.pdf")], check=True)
    assert (tmp_path / "r.pdf").read_bytes() == (folder / "report.pdf").read_bytes()
    assert page(blocks).encode() == (folder / "report.html").read_bytes()


def test_the_pdf_brings_its_typefaces_and_asks_for_nothing(bundle: Path) -> None:
    data = (bundle / "data/report/report.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/FontFile2") >= 3
    for word in (b"/JavaScript", b"/URI", b"/Launch", b"/EmbeddedFile", b"CreationDate (D:2026"):
        assert word not in data


def test_characters_without_a_glyph_are_written_out() -> None:
    data = pdf([Heading("中 Ω → ж", 1), Paragraph(plain("a中")), Steps((Step("x", (Run("  \u202e中\n<b>&"),)),))])
    streams = [zlib.decompress(part) for part in _streams(data)]
    assert any(b"BT" in part for part in streams)
    text = words([Paragraph(plain("a\u202eb"))])
    assert "⟦U+202E⟧" in text


def _streams(data: bytes) -> list[bytes]:
    import base64

    found = []
    for match in re.finditer(rb"/Filter \[ /ASCII85Decode /FlateDecode \].*?stream\r?\n(.*?)endstream", data, re.S):
        found.append(base64.a85decode(match[1].strip().removesuffix(b"~>")))
    return found


def test_clauses_are_listed_only_with_evidence_that_is_here_and_never_say_that_a_rule_is_met(bundle: Path) -> None:
    rows = list(csv.DictReader((bundle / "data/report/evidence.csv").read_text().splitlines()))
    assert {row["rule"].split(" ")[0] for row in rows} == {"Regulation", "ISO/IEC", "NIST", "21"}
    assert all((bundle / row["file"]).is_file() for row in rows)
    assert all(row["source"] and row["looked up"] for row in rows)
    assert not [
        clause for clause, _ in evidence.found(lambda name: False) if "data/report/report.html" not in clause.files
    ]
    named = {(row["rule"], row["clause"]) for row in rows}
    missing = [clause for clause in evidence.clauses() if (clause.rule, clause.clause) not in named]
    assert ("ISO/IEC 42001:2023, Annex A", "A.8.4") in {(clause.rule, clause.clause) for clause in missing}
    text = (Path(evidence.TEMPLATES) / "clauses.json").read_text() + json.dumps(rows)
    assert "complian" not in text.lower()


def test_a_long_bundle_has_a_short_pdf_that_says_so() -> None:
    blocks = [Heading("A", 1), *(Heading(f"Correction {number}", 2, page=True) for number in range(100))]
    short = writing.shortened(blocks)
    assert len(short) == 2
    assert isinstance(short[-1], Paragraph)
    assert "100 cases are not shown here" in short[-1].runs[0].text
    assert writing.shortened(blocks, 100) == blocks
